#include "config/review_workspace.h"

#include <algorithm>
#include <string_view>

namespace chela::config {
namespace {

std::string lowered(std::string text) {
  for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// The text cut in front of each heading.
std::vector<std::string> sections(const std::string& text) {
  std::vector<std::string> all(1);
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    if (line.starts_with('#')) all.emplace_back();
    all.back() += std::string(line) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return all;
}

bool speaks_of_tasks(const std::string& soul) {
  const auto all = sections(lowered(soul));
  return std::any_of(all.begin(), all.end(), [](const auto& section) {
    const auto has = [&](const char* word) { return section.find(word) != std::string::npos; };
    const bool names_tasks = has("tasks.md") || has("chela task");
    return names_tasks && (has("spawn") || has("sub-agent") || has("subagent"));
  });
}

// OpenClaw 2026.2 skips a beat where a file has only blank lines, headings and empty list stubs.
bool asks_a_model(const std::string& heartbeat) {
  std::string_view rest = heartbeat;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) continue;
    line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    const bool is_heading = line.starts_with('#');
    const bool is_stub = line == "-" || line == "*" || line == "+" || line == "- [ ]" ||
                         line == "* [ ]" || line == "- [x]";
    if (!is_heading && !is_stub) return true;
  }
  return false;
}

}  // namespace

std::vector<WorkspaceAdvice> advise_workspace(const std::optional<std::string>& soul,
                                              const std::optional<std::string>& heartbeat,
                                              OpenClawVersion version) {
  using State = WorkspaceAdvice::State;
  WorkspaceAdvice tasks;
  tasks.file = "SOUL.md";
  tasks.state = !soul ? State::absent : speaks_of_tasks(*soul) ? State::holds : State::lacks;
  tasks.why =
      "Every spawn has a line in TASKS.md, so that work which died is seen and not done twice.";
  tasks.lines = {
      "## Tasks",
      "- Before you spawn a sub-agent or begin anything longer than a minute, look",
      "  into TASKS.md: what is in progress there is not started again.",
      "- Log every spawn: `chela task add \"TITLE\"`, then `chela task start ID`.",
      "- When it ends: `chela task done ID \"what came out\"`. When it cannot go",
      "  on: `chela task block ID \"why\"` (--needs-human if only a person can help).",
  };
  WorkspaceAdvice beat;
  beat.file = "HEARTBEAT.md";
  beat.lines = {"# chela rotates the checks (chela heartbeat plan); nothing to do here"};
  if (version == OpenClawVersion::v2026_9) {
    beat.state = heartbeat && asks_a_model(*heartbeat) ? State::lacks : State::holds;
    beat.why = beat.state == State::holds
                   ? "OpenClaw 2026.9 does not read it, and nothing waits in it."
                   : "OpenClaw 2026.9 does not read it: what stands there is never done. chela's "
                     "checks take its place.";
  } else {
    beat.state = !heartbeat                 ? State::absent
                 : asks_a_model(*heartbeat) ? State::lacks
                                            : State::holds;
    beat.why =
        "Only headings: OpenClaw 2026.2 then skips the beat without asking a model. chela rotates "
        "the checks and keeps their state.";
  }
  return {tasks, beat};
}

}  // namespace chela::config
