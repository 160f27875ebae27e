// Four thousand random ticks with crashes anywhere between deciding and doing, against a plain
// model.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>

#include "base/ids.h"
#include "heartbeat/rules.h"
#include "tasks/ledger.h"
#include "tasks/outbox.h"

namespace chela::heartbeat {
namespace {

using namespace std::chrono_literals;
using tasks::AlertId;
using tasks::Finding;
using tasks::FindingClass;
using tasks::OutboxKind;

// A task backend that keeps its promise (create is idempotent by id) and remembers what was done to
// it.
struct FakeBackend {
  struct Task {
    bool is_open = true;
    bool closed_by_person = false;
    int closes = 0;
    std::vector<std::string> keys;
  };
  std::map<std::string, Task> tasks;
  int replays = 0;

  void apply(OutboxKind kind, const json::value& payload) {
    const auto id = get_string(payload, "id");
    if (kind == OutboxKind::create_task) {
      const auto [task, is_new] = tasks.try_emplace(id);
      if (!is_new) return void(++replays);
      task->second.keys = get_strings(payload, "keys");
      return;
    }
    auto& task = tasks.at(id);  // throws, and fails the test, when the task was never created
    if (!get_bool(payload, "close")) return;
    if (!task.is_open) return void(++replays);
    task.is_open = false;
    ++task.closes;
  }
};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    folder_ = std::filesystem::temp_directory_path() / ("chela-model-" + base::random_id(12));
    // The model needs no disk: a restart here is a fresh object over the same bytes.
    if (std::filesystem::exists("/dev/shm"))
      folder_ = "/dev/shm/chela-model-" + base::random_id(12);
    std::filesystem::create_directories(folder_);
    restart();
  }
  ~World() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  void tick() {
    now_ += 12h;
    turn_the_world();
    const auto snapshot = *ledger_->load();
    Known known{snapshot.alerts, snapshot.tasks, "todo", {NotifierRules{.id = "phone"}}};
    std::vector<AlertChanges> all;
    tasks::TickRecord rows;
    std::map<std::string, CheckRun> runs;
    for (const auto& check : checks_) {
      if (chance(50)) continue;
      const auto run = run_of(check);
      const auto before = row_of(snapshot, check);
      // The model knows nothing of flapping; tests/host/heartbeat/alerts_test.cpp does.
      AlertPolicy policy;
      policy.has_flap_detection = false;
      policy.remind_crit.reset();
      const Memory memory{before, snapshot.alerts, *ledger_->seen(check),
                          *ledger_->conditions(check), snapshot.mutes};
      all.push_back(fold(run, memory, policy, now_));
      rows.checks.push_back(row_after(before, run));
      runs[check] = run;
    }
    auto actions = decide(all, known, now_, [] { return base::random_id(); });
    actions.record.checks = rows.checks;
    if (chance(10)) return restart();  // died before the commit: the tick never happened
    ASSERT_TRUE(ledger_->commit(actions.record));
    for (const auto& change : all) remember(change, runs.at(change.check), snapshot);
    check_creations(actions);
    count_lines(actions);
    if (chance(15)) return restart();  // died between commit and dispatch
    dispatch();
    if (chance(20)) person_closes_something();
  }

  void dispatch(bool reliably = false) {
    for (const auto& row : tasks::sendable(*ledger_->outbox(), now_)) {
      if (!reliably && chance(10)) {
        ASSERT_TRUE(
            ledger_->outbox_failed(row.id, "down", tasks::next_attempt(row.attempts + 1, now_)));
        continue;
      }
      if (row.kind != OutboxKind::say) backend_.apply(row.kind, *parse_json(row.payload));
      if (!reliably && chance(10)) return restart();  // done outside, not yet noted inside
      ASSERT_TRUE(ledger_->outbox_done(row.id));
    }
  }

  void settle() {
    while (!ledger_->outbox()->empty()) {
      now_ += 2h;
      dispatch(true);
    }
  }

  // What must hold whenever nothing is owed.
  void check_settled() {
    const auto snapshot = *ledger_->load();
    std::set<AlertId> open;
    std::set<std::string> open_tasks;
    for (const auto& alert : snapshot.alerts) {
      open.insert({alert.check, alert.key});
      ASSERT_TRUE(backend_.tasks.count(alert.task_id)) << alert.check << "/" << alert.key;
      const auto& task = backend_.tasks.at(alert.task_id);
      ASSERT_EQ(task.is_open, !task.closed_by_person) << alert.task_id;
      ASSERT_EQ(std::count(task.keys.begin(), task.keys.end(), alert.check + "/" + alert.key), 1);
      open_tasks.insert(alert.task_id);
    }
    ASSERT_EQ(open, expected_open_);
    std::map<std::string, int> tasks_of_key;
    for (const auto& [id, task] : backend_.tasks) {
      if (!task.is_open) {
        ASSERT_EQ(task.closes, task.closed_by_person ? 0 : 1) << id;
        continue;
      }
      ASSERT_TRUE(open_tasks.count(id)) << id << " is open for nothing";
      for (const auto& key : task.keys)
        ASSERT_EQ(++tasks_of_key[key], 1) << "two open tasks for " << key;
    }
    for (const auto& task : snapshot.tasks)
      ASSERT_EQ(task.closed, !backend_.tasks.at(task.id).is_open);
  }

  void check_said() {
    EXPECT_EQ(opened_lines_ + summarised_, openings_);
    EXPECT_EQ(recovered_lines_, recoveries_);
    EXPECT_EQ(said_events_, expected_events_);
  }

  std::string figures() const {
    return std::to_string(openings_) + " openings, " + std::to_string(recoveries_) +
           " recoveries, " + std::to_string(backend_.tasks.size()) + " tasks, " +
           std::to_string(backend_.replays) + " replays, " + std::to_string(folded_ticks_) +
           " folded ticks, " + std::to_string(restarts_) + " restarts, " +
           std::to_string(said_events_.size()) + " events";
  }
  int folded_ticks() const { return folded_ticks_; }
  int replays() const { return backend_.replays; }

 private:
  bool chance(int percent) { return std::uniform_int_distribution<int>(0, 99)(random_) < percent; }
  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  void restart() {
    ledger_.reset();
    auto opened = tasks::Ledger::open(folder_ / "ledger.db");
    ASSERT_TRUE(opened) << opened.error().message;
    ledger_ = std::make_unique<tasks::Ledger>(std::move(*opened));
    ++restarts_;
  }

  static tasks::CheckRow row_of(const tasks::Snapshot& snapshot, const std::string& check) {
    for (const auto& row : snapshot.checks) {
      if (row.check == check) return row;
    }
    tasks::CheckRow fresh;
    fresh.check = check;
    return fresh;
  }

  // Conditions come and go; now and then a storm.
  void turn_the_world() {
    const int flips = chance(5) ? 25 : 2;
    for (int i = 0; i < flips; ++i) {
      const AlertId id{checks_[static_cast<std::size_t>(pick(6))], "k" + std::to_string(pick(8))};
      if (!truth_.erase(id)) truth_.insert(id);
    }
    if (chance(30))
      events_.push_back(
          {checks_[static_cast<std::size_t>(pick(6))], "e" + std::to_string(next_event_++)});
    if (events_.size() > 10) events_.erase(events_.begin());
  }

  CheckRun run_of(const std::string& check) {
    CheckRun run;
    run.check = check;
    run.started = now_;
    const int luck = pick(100);
    if (luck < 10) run.outcome = tasks::RunOutcome::failed;
    if (luck == 10) run.outcome = tasks::RunOutcome::crashed;
    if (luck == 11) run.outcome = tasks::RunOutcome::quarantined;
    run.error = "broken";
    run.report.status = luck > 90 ? tasks::CheckStatus::unknown : tasks::CheckStatus::warn;
    for (const auto& id : truth_) {
      if (id.check != check) continue;
      Finding finding;
      finding.key = id.key;
      finding.title = "T " + id.key;
      finding.severity = static_cast<tasks::Severity>(pick(3));
      finding.needs_human = chance(5);
      run.report.findings.push_back(finding);
    }
    for (const auto& id : events_) {
      if (id.check != check) continue;
      Finding finding;
      finding.key = id.key;
      finding.cls = FindingClass::event;
      finding.title = "E " + id.key;
      run.report.findings.push_back(finding);
    }
    return run;
  }

  // The model: after a run that could tell, what is open is what was reported; the host's own two
  // come with failures in a row and go with the next good run.
  void remember(const AlertChanges& change, const CheckRun& run, const tasks::Snapshot& snapshot) {
    const auto& check = run.check;
    const bool tells = could_tell(run);
    std::set<AlertId> before;
    for (const auto& id : expected_open_) {
      if (id.check == check) before.insert(id);
    }
    std::set<AlertId> after = before;
    if (tells) {
      after.clear();
      for (const auto& id : truth_) {
        if (id.check == check) after.insert(id);
      }
      failures_[check] = 0;
    } else {
      const int failures = ++failures_[check];
      const bool is_fault = run.outcome == tasks::RunOutcome::crashed ||
                            run.outcome == tasks::RunOutcome::quarantined;
      if (is_fault) after.insert({check, "chela:fault"});
      if (!is_fault && failures >= 3) after.insert({check, "chela:run"});
    }
    std::vector<AlertId> opened;
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                        std::back_inserter(opened));
    std::vector<AlertId> gone;
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                        std::back_inserter(gone));
    openings_ += opened.size();
    recoveries_ += gone.size();
    for (const auto& id : before) expected_open_.erase(id);
    expected_open_.insert(after.begin(), after.end());
    const bool is_baseline = tells && !row_of(snapshot, check).baseline_done;
    ASSERT_EQ(change.is_baseline, is_baseline);
    if (is_baseline && opened.size() > 1) summarised_ += opened.size();
    if (run.outcome != tasks::RunOutcome::ok || (!tells && !row_of(snapshot, check).baseline_done))
      return;
    for (const auto& finding : run.report.findings) {
      if (finding.cls != FindingClass::event || !known_events_.insert(check + finding.key).second)
        continue;
      if (!is_baseline) expected_events_.insert(check + finding.key);
    }
  }

  void check_creations(const Actions& actions) {
    const auto created =
        std::count_if(actions.record.outbox.begin(), actions.record.outbox.end(),
                      [](const auto& row) { return row.kind == OutboxKind::create_task; });
    ASSERT_LE(created, 5);
    for (const auto& row : actions.record.outbox) {
      const auto keys = get_strings(*parse_json(row.payload), "keys");
      if (created == 5 && keys.size() > 1) ++folded_ticks_;
    }
  }

  void count_lines(const Actions& actions) {
    for (const auto& line : actions.lines) {
      if (line.kind == SayKind::opened && !line.key.empty()) ++opened_lines_;
      if (line.kind == SayKind::recovered) ++recovered_lines_;
      if (line.kind == SayKind::event) {
        ASSERT_TRUE(said_events_.insert(line.check + line.key).second) << "said twice";
      }
    }
  }

  void person_closes_something() {
    auto mirror = *ledger_->tasks();
    for (auto& task : mirror) {
      const auto found = backend_.tasks.find(task.id);
      if (task.closed || found == backend_.tasks.end() || !found->second.is_open || !chance(10))
        continue;
      found->second.is_open = false;
      found->second.closed_by_person = true;
      task.closed = true;
      task.state = "done";
      ASSERT_TRUE(ledger_->save_tasks({task}));
      return;
    }
  }

  std::mt19937 random_;
  std::filesystem::path folder_;
  std::unique_ptr<tasks::Ledger> ledger_;
  FakeBackend backend_;
  Timestamp now_{24h * 20000};
  const std::vector<std::string> checks_{"a", "b", "c", "d", "e", "f"};
  std::set<AlertId> truth_{{"a", "k1"}, {"a", "k2"}, {"b", "k1"}};
  std::vector<AlertId> events_{{"a", "old"}};
  std::set<AlertId> expected_open_;
  std::map<std::string, int> failures_;
  std::set<std::string> known_events_, expected_events_, said_events_;
  std::size_t openings_ = 0, recoveries_ = 0, summarised_ = 0, opened_lines_ = 0,
              recovered_lines_ = 0;
  int next_event_ = 0, folded_ticks_ = 0, restarts_ = -1;
};

TEST(Model, NoTaskIsLostOrDoubledOverTwoThousandTicksWithRestarts) {
  for (const unsigned seed : {1u, 2u}) {
    SCOPED_TRACE(seed);
    World world(seed);
    for (int i = 0; i < 2000; ++i) {
      SCOPED_TRACE(i);
      world.tick();
      if (testing::Test::HasFatalFailure()) return;
      if (i % 50 != 49) continue;
      world.settle();
      world.check_settled();
      if (testing::Test::HasFatalFailure()) return;
    }
    world.check_said();
    std::printf("seed %u: %s\n", seed, world.figures().c_str());
    EXPECT_GT(world.folded_ticks(), 20);
    EXPECT_GT(world.replays(), 20);
  }
}

}  // namespace
}  // namespace chela::heartbeat
