// What the stories share: reading TASKS.md as a person would, the flicker check, counting processes
// that stay behind.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/chela_program.h"

namespace chela::test {

struct SeenTask {
  std::string section;  // "Queue", "Done", ...
  std::string box;      // " ", "x", ...
  std::string line;
  std::string notes;
  std::string finding;  // "lamps/lamp-1", "" where nobody's
};

// The tasks of a TASKS.md that holds nothing odd: headings, boxes, indented notes.
inline std::vector<SeenTask> read_tasks(const std::string& text) {
  std::vector<SeenTask> tasks;
  std::string section;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) {
      section = line.substr(3);
    } else if (line.starts_with("- [") && line.size() > 4) {
      tasks.push_back({section, line.substr(3, 1), line, "", ""});
    } else if (line.starts_with("  ") && !tasks.empty()) {
      tasks.back().notes += line + "\n";
      const auto mark = line.find("chela-finding: ");
      if (mark != std::string::npos) tasks.back().finding = line.substr(mark + 15);
    }
  }
  return tasks;
}

inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++found;
  return found;
}

// What flickers would soon be flapping; only a test that is about alerts (`more`) wants that.
inline void add_flicker(const Desk& desk, const std::string& id, const std::string& config,
                        const std::string& more = "") {
  const auto plugin = desk.chela_home() / "plugins/check.flicker.so";
  if (!fs::exists(plugin)) fs::copy_file(CHELA_FLICKER, plugin);
  spill(desk.manifest("checks", id),
        "id: " + id + "\nplugin: check.flicker\nevery: 1h\n" +
            (more.find("alerts:") == std::string::npos ? "alerts: {flapping: false}\n" : "") +
            more + "config: {" + config + "}\n");
}

// From now on this program inherits every process that loses its parent below it, so none can hide.
inline void adopt_orphans() {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
}

// True once no child is left; kills what is there after `patience` and says so by false.
inline bool all_children_end(std::chrono::milliseconds patience = std::chrono::seconds(2)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    const pid_t ended = waitpid(-1, nullptr, WNOHANG);
    if (ended < 0) return true;  // ECHILD
    if (ended > 0) continue;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// Reads what comes until `wanted` stands in it or `patience` is over; all that was read is in
// `text`.
inline bool wait_for_text(const Running& running, const std::string& wanted, std::string& text,
                          std::chrono::milliseconds patience = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (text.find(wanted) == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{running.out_fd, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(left.count())) <= 0) continue;
    char bytes[4096];
    const auto got = read(running.out_fd, bytes, sizeof bytes);
    if (got <= 0) return text.find(wanted) != std::string::npos;
    text.append(bytes, static_cast<std::size_t>(got));
  }
  return true;
}

// The workspace's own folder in chela's state.
inline fs::path state_folder(const Desk& desk) {
  fs::path found;
  for (const auto& entry : fs::recursive_directory_iterator(desk.chela_home())) {
    if (entry.path().filename() == "ledger.db") found = entry.path().parent_path();
  }
  return found;
}

inline std::vector<fs::path> files_like(const fs::path& folder, const std::string& part) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename().string().find(part) != std::string::npos)
      found.push_back(entry.path());
  }
  return found;
}

}  // namespace chela::test
