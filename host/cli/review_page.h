// How a review of openclaw.json is shown: a page of at most 80 columns, or one JSON document.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/review.h"
#include "config/review_keys.h"
#include "config/review_patch.h"
#include "config/review_workspace.h"

namespace chela::cli {

struct WrittenCopy {
  std::string file;
  config::Patched patched;
};

struct ReviewReport {
  std::string file;
  config::OpenClawVersion version = config::OpenClawVersion::v2026_2;
  std::string version_why;
  std::vector<config::ReviewFinding> findings;
  std::optional<std::vector<config::KeyUse>> keys;  // --for
  std::string workspace;                            // "" where there is none
  std::vector<config::WorkspaceAdvice> advice;
  std::optional<WrittenCopy> copy;  // --patch
};

// Lines with their ends. Prose and tables fit 80 columns; a snippet's line and a path are never
// broken, because they are there to be pasted. Foreign text is neutralised.
std::string review_page(const ReviewReport& report);

// {"file", "version", "version_why", "findings": [{"rule", "severity", "places": [{"path", "file",
// "line", "column"}], "why", "snippet", "kept_by", "mended_by_patch"}], "keys": [{"path",
// "2026.2", "2026.9", "kept_by", "note"}], "workspace": {"folder", "files": [{"file", "state",
// "why", "lines"}]}, "counts": {"crit", "warn", "info"}, "copy": {"file", "mended", "variables",
// "undone"}}
json::value review_json(const ReviewReport& report);

// 0 nothing above info, 1 warnings, 2 something critical.
int review_exit_code(const ReviewReport& report);

}  // namespace chela::cli
