// The review's rules on the document as a whole: variables without a value, what reading it
// noticed.
#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "config/review_bench.h"

namespace chela::config {
namespace {

constexpr std::string_view kNoVariable = "the environment has no ";

void find_variable(const Look& at, const std::string& written, std::vector<Look>& found) {
  if (at.raw().is_string() && at.raw().get_string().find(written) != std::string_view::npos)
    found.push_back(at);
  for (const auto& item : at.items()) find_variable(item, written, found);
  for (const auto& [key, member] : at.members()) find_variable(member, written, found);
}

void judge_variables(ReviewBench& bench) {
  for (const auto& note : bench.input().openclaw.notes) {
    if (!note.starts_with(kNoVariable)) continue;
    const auto name = note.substr(kNoVariable.size());
    std::vector<Look> places;
    find_variable(bench.root(), "${" + name + "}", places);
    if (places.empty()) continue;
    auto& finding = bench.add("variable-unset", bench.is_old() ? Severity::warn : Severity::info,
                              places.front(),
                              "Neither the environment nor .env has " + name + ". " +
                                  (bench.is_old() ? "OpenClaw 2026.2 does not start without it."
                                                  : "OpenClaw 2026.9 warns and takes the text as "
                                                    "it stands."));
    for (std::size_t i = 1; i < places.size(); ++i)
      ReviewBench::also(finding, places[i], bench.input().openclaw);
    finding.snippet = name + "=...";
  }
}

// Whether a rule of its own says it better.
bool is_said_elsewhere(const std::string& note) {
  return note.find("a secret in plain text") != std::string::npos ||
         note.find("names no primary model") != std::string::npos;
}

void judge_oddities(ReviewBench& bench) {
  for (const auto& note : bench.models().notes) {
    if (is_said_elsewhere(note)) continue;
    ReviewFinding finding;
    finding.rule = "oddity";
    const auto& file = bench.input().openclaw.file;
    finding.places.push_back({file.string(), "", {file, {}}});
    finding.why = note + ".";
    bench.findings().push_back(std::move(finding));
  }
}

}  // namespace

void review_document(ReviewBench& bench) {
  judge_variables(bench);
  judge_oddities(bench);
}

}  // namespace chela::config
