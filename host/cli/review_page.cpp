#include "cli/review_page.h"

#include <algorithm>

#include "base/text.h"
#include "cli/output.h"

namespace chela::cli {
namespace {

using config::ReviewFinding;
using config::Severity;

constexpr std::size_t kColumns = 80;
constexpr std::size_t kMostPlaces = 12;  // shown of one finding; JSON has all

// `text` in lines of at most 80 columns, each behind `margin`; a word that is longer stays whole.
std::string wrapped(const std::string& text, const std::string& margin) {
  std::string lines, line;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    const std::string word(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.empty() && columns_of(margin + line + " " + word) > kColumns) {
      lines += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return lines + (line.empty() ? "" : margin + line + "\n");
}

// Each line of a snippet behind `margin`; control characters of foreign text are gone already in
// JSON's own escapes, the rest is replaced here.
std::string indented(const std::string& text, const std::string& margin) {
  std::string lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    lines += margin + base::printable(rest.substr(0, end), 4000) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

std::string joined(const std::vector<std::string>& words, const std::string& otherwise) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? otherwise : text;
}

std::string where_of(const config::ReviewPlace& place) {
  if (place.pointer.empty() && place.at.position.line == 0) return base::printable(place.path, 400);
  return base::printable(place.path, 200) + " (" +
         base::printable(config::where(place.at.file.filename().string(), place.at.position), 200) +
         ")";
}

Tone tone_of(Severity severity) {
  return severity == Severity::crit   ? Tone::bad
         : severity == Severity::warn ? Tone::warn
                                      : Tone::plain;
}

std::string finding_text(const ReviewFinding& finding) {
  std::string text = tinted(tone_of(finding.severity), config::to_string(finding.severity)) + "  " +
                     tinted(Tone::bold, finding.rule) + "\n";
  const auto shown = std::min(finding.places.size(), kMostPlaces);
  for (std::size_t i = 0; i < shown; ++i) text += wrapped(where_of(finding.places[i]), "  ");
  if (shown < finding.places.size())
    text += "  and " + std::to_string(finding.places.size() - shown) + " more\n";
  text += wrapped(base::printable(finding.why, 1000), "  ");
  const bool is_about_a_key = !finding.places.front().pointer.empty();
  if (is_about_a_key || !finding.kept_by.empty())
    text += wrapped("kept by: " + joined(finding.kept_by, "not known"), "  ");
  if (!finding.snippet.empty()) text += "\n" + indented(finding.snippet, "      ");
  return text + "\n";
}

// "agents.list.*.model", its status, who keeps it.
std::string keys_text(const std::vector<config::KeyUse>& keys, config::OpenClawVersion version) {
  std::vector<std::vector<std::string>> rows;
  bool has_through = false;
  for (const auto& key : keys) {
    std::string who;
    for (const auto& keeper : key.kept_by) {
      const bool is_through = keeper == "OpenClaw through chela";
      has_through = has_through || is_through;
      who += (who.empty() ? "" : ", ") + (is_through ? std::string("OpenClaw*") : keeper);
    }
    rows.push_back(
        {fitted(base::printable(key.path, 200), 50),
         key.fact == nullptr ? "?" : config::to_string(config::status_of(*key.fact, version)),
         who.empty() ? "not in chela's table" : who});
  }
  std::size_t width = 3;
  for (const auto& row : rows) width = std::max(width, columns_of(row[0]));
  const auto line = [&](const std::string& key, const std::string& status, const std::string& who) {
    return key + std::string(width - columns_of(key) + 2, ' ') + status +
           std::string(9 - std::min<std::size_t>(status.size(), 8), ' ') + who + "\n";
  };
  std::string text = tinted(Tone::dim, line("KEY", config::to_string(version), "KEPT BY"));
  for (const auto& row : rows) text += line(row[0], row[1], row[2]);
  if (has_through) text += "* its calls go through chela, which keeps this for them\n";
  return text + "\n";
}

const char* state_of(const config::WorkspaceAdvice& advice) {
  using State = config::WorkspaceAdvice::State;
  return advice.state == State::holds ? "holds" : advice.state == State::lacks ? "lacks" : "absent";
}

std::string advice_text(const ReviewReport& report) {
  using State = config::WorkspaceAdvice::State;
  std::string text;
  for (const auto& advice : report.advice) {
    const bool is_whole_file = advice.file == "HEARTBEAT.md";
    const char* says = is_whole_file ? "is as it should be" : "holds them";
    if (advice.state == State::lacks)
      says = is_whole_file ? "holds more than it should; all of it should be" : "lacks these lines";
    if (advice.state == State::absent) says = "is not there; it should hold";
    text += tinted(Tone::bold, advice.file) + " " + says + ":\n";
    text += wrapped(advice.why, "  ") + "\n";
    for (const auto& line : advice.lines) text += "    " + line + "\n";
    text += "\n";
  }
  return text;
}

std::string copy_text(const WrittenCopy& copy) {
  const auto& patched = copy.patched;
  std::string text = "corrected copy: " + base::printable(copy.file, 400) + " (mode 0600), " +
                     std::to_string(patched.done) + " findings mended\n";
  if (!patched.variables.empty())
    text += wrapped("Set these in .env beside openclaw.json (mode 0600) before you use it:", "  ");
  for (const auto& variable : patched.variables)
    text += wrapped(variable.name + "  (" + variable.path + ")", "    ");
  if (!patched.undone.empty()) text += "  Not done:\n";
  for (const auto& line : patched.undone) text += wrapped(base::printable(line, 400), "    ");
  return text;
}

std::size_t count(const ReviewReport& report, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [&](const auto& finding) { return finding.severity == severity; }));
}

json::array strings(const std::vector<std::string>& texts) {
  json::array list;
  for (const auto& text : texts) list.emplace_back(base::valid_utf8(text));
  return list;
}

}  // namespace

std::string review_page(const ReviewReport& report) {
  std::string text = base::printable(report.file, 400) + "\n";
  text += wrapped(std::string("read as OpenClaw ") + config::to_string(report.version) + ": " +
                      report.version_why,
                  "") +
          "\n";
  for (const auto& finding : report.findings) text += finding_text(finding);
  if (report.keys) text += keys_text(*report.keys, report.version);
  text += advice_text(report);
  if (report.copy) text += copy_text(*report.copy) + "\n";
  text += std::to_string(count(report, Severity::crit)) + " critical, " +
          std::to_string(count(report, Severity::warn)) + " warnings, " +
          std::to_string(count(report, Severity::info)) + " notes\n";
  return text;
}

json::value review_json(const ReviewReport& report) {
  json::array findings;
  for (const auto& finding : report.findings) {
    json::array places;
    for (const auto& place : finding.places) {
      places.push_back(json::object{{"path", place.path},
                                    {"file", place.at.file.string()},
                                    {"line", place.at.position.line},
                                    {"column", place.at.position.column}});
    }
    findings.push_back(json::object{{"rule", finding.rule},
                                    {"severity", config::to_string(finding.severity)},
                                    {"places", std::move(places)},
                                    {"why", finding.why},
                                    {"snippet", finding.snippet},
                                    {"kept_by", strings(finding.kept_by)},
                                    {"mended_by_patch", !finding.edits.empty()}});
  }
  json::object whole{{"file", report.file},
                     {"version", config::to_string(report.version)},
                     {"version_why", report.version_why},
                     {"findings", std::move(findings)}};
  if (report.keys) {
    using Version = config::OpenClawVersion;
    json::array keys;
    for (const auto& key : *report.keys) {
      json::object one{{"path", key.path}, {"kept_by", strings(key.kept_by)}};
      if (key.fact != nullptr) {
        one["2026.2"] = config::to_string(config::status_of(*key.fact, Version::v2026_2));
        one["2026.9"] = config::to_string(config::status_of(*key.fact, Version::v2026_9));
        one["note"] = key.fact->note;
      }
      keys.push_back(std::move(one));
    }
    whole["keys"] = std::move(keys);
  }
  json::array files;
  for (const auto& advice : report.advice) {
    files.push_back(json::object{{"file", advice.file},
                                 {"state", state_of(advice)},
                                 {"why", advice.why},
                                 {"lines", strings(advice.lines)}});
  }
  whole["workspace"] = json::object{{"folder", report.workspace}, {"files", std::move(files)}};
  whole["counts"] = json::object{{"crit", count(report, Severity::crit)},
                                 {"warn", count(report, Severity::warn)},
                                 {"info", count(report, Severity::info)}};
  if (report.copy) {
    json::array variables;
    for (const auto& variable : report.copy->patched.variables)
      variables.push_back(json::object{{"name", variable.name}, {"path", variable.path}});
    whole["copy"] = json::object{{"file", report.copy->file},
                                 {"mended", report.copy->patched.done},
                                 {"variables", std::move(variables)},
                                 {"undone", strings(report.copy->patched.undone)}};
  }
  return whole;
}

int review_exit_code(const ReviewReport& report) {
  return count(report, Severity::crit) > 0 ? 2 : count(report, Severity::warn) > 0 ? 1 : 0;
}

}  // namespace chela::cli
