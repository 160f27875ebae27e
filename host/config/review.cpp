#include "config/review.h"

#include <algorithm>

#include "base/text.h"
#include "config/review_bench.h"
#include "config/review_keys.h"
#include "config/review_snippet.h"

namespace chela::config {

std::vector<ReviewFinding> review(const ReviewInput& input) {
  ReviewBench bench(input);
  review_secrets(bench);
  review_gateway(bench);
  review_doors(bench);
  review_models(bench);
  review_heartbeat(bench);
  review_limits(bench);
  review_memory(bench);
  review_document(bench);
  if (input.judges_keys) review_keys(bench);
  auto findings = std::move(bench.findings());
  for (auto& finding : findings) {
    if (finding.snippet.empty()) finding.snippet = snippet_of(finding.edits, input.openclaw.raw);
    const auto& first = finding.places.front();
    if (!first.pointer.empty())
      finding.kept_by = keepers_of(input.openclaw.raw, first.pointer, input.version);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a.severity > b.severity; });
  return findings;
}

VersionGuess guess_version(const OpenClaw& openclaw) {
  const Look root(openclaw);
  for (const auto& key : {root["agents"]["entries"], root["memory"]["search"], root["mcp"],
                          root["secrets"]["providers"]}) {
    if (key.exists()) return {OpenClawVersion::v2026_9, key.path() + " is there"};
  }
  for (const auto& key : {root["meta"]["lastTouchedVersion"], root["wizard"]["lastRunVersion"]}) {
    const auto version = text_of(key);
    if (!version.starts_with("2026.") || version.size() < 6) continue;
    const bool is_old = version.starts_with("2026.1.") || version.starts_with("2026.2.") ||
                        version == "2026.1" || version == "2026.2";
    return {is_old ? OpenClawVersion::v2026_2 : OpenClawVersion::v2026_9,
            key.path() + " says " + base::printable(version, 20)};
  }
  for (const auto& key : {root["agents"]["list"], root["agents"]["defaults"]["memorySearch"],
                          root["logging"]["redactSensitive"]}) {
    if (key.exists()) return {OpenClawVersion::v2026_2, key.path() + " is there"};
  }
  return {OpenClawVersion::v2026_9, "nothing in it speaks for an older one"};
}

const char* to_string(OpenClawVersion version) {
  return version == OpenClawVersion::v2026_2 ? "2026.2" : "2026.9";
}

const char* to_string(Severity severity) {
  return severity == Severity::crit ? "crit" : severity == Severity::warn ? "warn" : "info";
}

}  // namespace chela::config
