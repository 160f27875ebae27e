// A desk on which things go wrong: injects faults into a real tick, and holds what must be true
// after each of them.
#pragma once

#include <string>
#include <vector>

#include "scenarios/story.h"

struct sqlite3;

namespace chela::test {

// One check (lamps, two conditions that come and go, no events) and a TASKS.md with a person's
// lines in it.
class FaultDesk : public Desk {
 public:
  FaultDesk();

  // `chela tick --all`, by itself or below another program ("strace -e ..").
  Outcome beat() const { return chela({"tick", "--all"}); }
  Outcome beat_below(std::vector<std::string> words) const;
  std::vector<std::string> beat_words() const;

  // Pays what waits, now instead of in 15 s, and ages what was left behind: as if a while had
  // passed.
  void let_a_while_pass() const;

  // The state file parses, the ledger is whole, the person's lines are there once, no task stands
  // twice, nobody is left.
  void expect_intact() const;
  // The same, and after a while with nothing wrong: tasks and alerts are those of the recorded
  // runs, nothing waits, no temporaries are left.
  void expect_recovered() const;

  // Runs that the ledger has recorded: the cursor of the check.
  long runs() const;
  fs::path state_file() const { return workspace() / "memory/heartbeat-state.json"; }
  fs::path tasks_file() const { return workspace() / "TASKS.md"; }
  fs::path ledger() const { return state_folder(*this) / "ledger.db"; }

  // One SQL statement on the ledger; the first column of the first row.
  std::string ask_ledger(const std::string& sql) const;
};

// Why strace cannot be used here, or "". `beat_below` with these words injects `what` into the
// host, not into its workers: "fsync:error=EIO:when=2".
std::string why_no_strace();
std::vector<std::string> strace(const std::vector<std::string>& options);
std::vector<std::string> inject(const std::string& what);

// The folder of libfaketime and the environment that shifts the wall clock ("-1y", or
// "@2026-03-29 01:50:00"); empty where it is not there or a sanitizer stands in its way.
std::map<std::string, std::string> shifted_clock(const std::string& offset);

// Somebody else's transaction on the ledger, until the end of the scope.
class Held {
 public:
  explicit Held(const fs::path& file);
  ~Held();
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  sqlite3* database_ = nullptr;
};

// True once `condition` holds, tried every 10 ms.
template <class Condition>
bool comes_true(std::chrono::milliseconds patience, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

}  // namespace chela::test
