// The story of a chela that is killed at random moments of its ticks: nothing is lost, doubled or
// left behind.
#include <algorithm>
#include <cstdio>
#include <random>
#include <set>

#include "flicker/model.h"
#include "scenarios/story.h"

namespace chela::test {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

#ifdef CHELA_SANITIZED
constexpr int kRounds = 40;
#else
constexpr int kRounds = 200;
#endif

struct Lamps {
  std::string id;
  int conditions;
  long phase;
  bool has_events;
};
const Lamps kLamps[] = {{"hall", 2, 0, true}, {"yard", 3, 5, false}};

const char* const kMine =
    "# Tasks\n\nWritten by hand.\n\n## Queue\n- [ ] Water the plants\n  - twice a week\n\n## "
    "Done\n- [x] Buy a lamp\n";

// How many runs of `id` the ledger holds, as a person reads it.
long recorded_runs(const json::value& status, const std::string& id) {
  for (const auto& check : status.at("checks").as_array()) {
    if (get_string(check, "id") != id) continue;
    const std::string summary = get_string(check, "summary");
    return summary.starts_with("run ") ? std::stol(summary.substr(4)) : 0;
  }
  return -1;
}

// How often a condition was opened in the runs 1 to `runs`, and whether it is open after them.
struct Expected {
  int opened = 0;
  bool is_open = false;
};
Expected expected_of(long runs, long condition, long phase) {
  Expected expected;
  for (long run = 1; run <= runs; ++run) {
    const bool now = flicker::is_open(run, condition, phase);
    if (now && !expected.is_open) ++expected.opened;
    expected.is_open = now;
  }
  return expected;
}

class KillNine : public ::testing::Test {
 protected:
  void SetUp() override {
    adopt_orphans();
    desk_.without_builtins();
    for (const auto& lamps : kLamps) {
      add_flicker(desk_, lamps.id,
                  "conditions: " + std::to_string(lamps.conditions) +
                      ", phase: " + std::to_string(lamps.phase) +
                      ", events: " + (lamps.has_events ? "true" : "false"));
    }
    spill(desk_.workspace() / "TASKS.md", kMine);
    // A short silence, so that the kills fall into every step rather than into this wait.
    spill(desk_.manifest("tasks", "tasks-md"),
          "id: tasks-md\nplugin: tasks.markdown\nallow:\n  read: [\"${workspace}/TASKS.md\"]\n"
          "  write: [\"${workspace}/TASKS.md\"]\nconfig: {path: \"${workspace}/TASKS.md\", quiet: "
          "10ms}\n");
  }

  Running begin() const {
    return desk_.start({"tick", "--all", "--workspace", desk_.workspace().string()});
  }

  // The longest of some undisturbed ticks.
  microseconds usual_duration() {
    microseconds longest{0};
    for (int i = 0; i < 5; ++i) {
      const auto start = steady_clock::now();
      const auto outcome = desk_.chela({"tick", "--all"});
      EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
      said_ += outcome.out;
      longest =
          std::max(longest, std::chrono::duration_cast<microseconds>(steady_clock::now() - start));
    }
    return longest;
  }

  // The state file parses, and no task stands in TASKS.md twice.
  void look_at_files() {
    const auto state = desk_.workspace() / "memory/heartbeat-state.json";
    if (fs::exists(state)) {
      EXPECT_TRUE(parse_json(slurp(state)).has_value()) << slurp(state);
    }
    std::set<std::string> lines;
    for (const auto& task : read_tasks(slurp(desk_.workspace() / "TASKS.md"))) {
      const auto id = task.line.find("[id:: ");
      if (id == std::string::npos) continue;
      EXPECT_TRUE(lines.insert(task.line.substr(id, 12)).second) << task.line;
    }
  }

  void compare_with_model(const json::value& status) const;
  void look_for_leftovers();

  Desk desk_;
  std::string said_;
};

void KillNine::compare_with_model(const json::value& status) const {
  const std::string text = slurp(desk_.workspace() / "TASKS.md");
  const auto tasks = read_tasks(text);
  std::size_t open_alerts = 0, made = 0;
  for (const auto& lamps : kLamps) {
    const long runs = recorded_runs(status, lamps.id);
    std::printf("%s: %ld runs recorded\n", lamps.id.c_str(), runs);
    for (int i = 0; i < lamps.conditions; ++i) {
      const std::string name = lamps.id + "/lamp-" + std::to_string(i);
      SCOPED_TRACE(name);
      const Expected expected = expected_of(runs, i, lamps.phase);
      int open = 0, done = 0;
      for (const auto& task : tasks) {
        if (task.finding != name) continue;
        const bool is_done = task.box == "x" && task.section == "Done";
        EXPECT_TRUE(is_done || (task.box == " " && task.section == "Queue"))
            << task.section << ": " << task.line;
        ++(is_done ? done : open);
        EXPECT_EQ(count(task.notes, "recovered after"), is_done ? 1u : 0u) << task.line << "\n"
                                                                           << task.notes;
      }
      EXPECT_EQ(open, expected.is_open ? 1 : 0);
      EXPECT_EQ(done + open, expected.opened);
      open_alerts += expected.is_open ? 1 : 0;
      made += static_cast<std::size_t>(expected.opened);
    }
    int lost = 0, repeated = 0;
    for (long run = 1; lamps.has_events && run <= runs; ++run) {
      if (!flicker::has_event(run)) continue;
      const auto times = count(said_, "flash number " + std::to_string(run) + ".");
      lost += times == 0;
      repeated += times > 1;
    }
    EXPECT_EQ(lost, 0) << "events that nobody was told";
    if (lamps.has_events)
      std::printf("events said twice (killed between saying and crossing off): %d\n", repeated);
  }
  EXPECT_EQ(tasks.size(), made + 2);  // and the two of the person
  EXPECT_EQ(status.at("alerts").as_array().size(), open_alerts);
  EXPECT_EQ(get_int(status, "outbox"), 0);
  EXPECT_EQ(count(text, "Written by hand.\n"), 1u);
  EXPECT_EQ(count(text, "- [ ] Water the plants\n  - twice a week\n"), 1u);
  std::printf("tasks made: %zu, still open: %zu\n", made, open_alerts);
}

// What killed writers left behind is there only until a tick finds it to be old.
void KillNine::look_for_leftovers() {
  const auto after = [&](const char* when) {
    const auto kept = files_like(desk_.root(), ".chela-");
    std::printf("temporaries %s: %zu\n", when, kept.size());
    return kept;
  };
  for (const auto& file : after("after the kills")) {
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::minutes(10));
  }
  EXPECT_EQ(desk_.chela({"tick", "--all"}).exit_code, 0);
  const auto kept = after("once they are ten minutes old");
  // The folder's lock file belongs to every writer and stays.
  for (const auto& file : kept)
    EXPECT_EQ(file.string().find(".chela-tmp-"), std::string::npos) << file;
  EXPECT_LE(kept.size(), 2u);
}

TEST_F(KillNine, LosesNothingDoublesNothingLeavesNobody) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  const microseconds usual = usual_duration();
  std::printf("a tick takes up to %lld ms\n", static_cast<long long>(usual.count() / 1000));
  std::uniform_int_distribution<long> delays(0, static_cast<long>(usual.count()));
  int killed = 0, left = 0, waiting = 0;
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    Running running = begin();
    std::this_thread::sleep_for(microseconds(delays(random)));
    ::kill(running.pid, SIGKILL);
    const Outcome outcome = Desk::finish(std::move(running));
    said_ += outcome.out;
    killed += outcome.exit_code == 128 + SIGKILL;
    if (!all_children_end()) ++left;
    look_at_files();
    const auto status = desk_.chela_json({"status"});  // the ledger opens
    waiting += status.is_object() && get_int(status, "outbox") > 0;
  }
  EXPECT_EQ(left, 0) << "processes still there 2 s after their chela was killed";
  for (int i = 0; i < 3; ++i) {
    const auto outcome = desk_.chela({"tick", "--all"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    said_ += outcome.out;
  }
  std::printf("%d of %d ticks were killed before their end, work waited in the outbox after %d\n",
              killed, kRounds, waiting);
  EXPECT_GT(killed, kRounds / 3);
  EXPECT_GT(waiting, 0);
  compare_with_model(desk_.chela_json({"status"}));
  look_for_leftovers();
  EXPECT_TRUE(all_children_end());
}

}  // namespace
}  // namespace chela::test
