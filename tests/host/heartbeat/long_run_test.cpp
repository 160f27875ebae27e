// A year of heartbeats on a virtual clock: neither memory nor descriptors nor files grow with the
// number of ticks.
#include <gtest/gtest.h>
#include <malloc.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <filesystem>
#include <random>

#include "heartbeat/mirroring.h"
#include "heartbeat/tick.h"

namespace chela::heartbeat {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

#ifdef CHELA_SANITIZED
constexpr int kTicks = 3'000;  // the allocator is another one, and each tick ten times as slow
#else
constexpr int kTicks = 100'000;
#endif
constexpr int kChecks = 6;

class VirtualClock final : public services::Clock {
 public:
  Timestamp now() const override { return time; }
  Timestamp time = Timestamp(500'000h);
};

// Tasks in memory; a person takes away all but the newest closed ones.
class MemoryTasks {
 public:
  Result<json::value> answer(const std::string& op, const json::value& request) {
    if (op == "describe") {
      return json::value{{"states", {"queue", "in_progress", "blocked", "done", "cancelled"}},
                         {"priorities", {"none", "low", "medium", "high"}},
                         {"keeps_ids", true}};
    }
    if (op == "list") {
      json::array list;
      for (const auto& [id, task] : tasks_) list.push_back(task);
      return json::value{{"tasks", list}};
    }
    std::string id = get_string(request, "id");
    if (op == "create") {
      id = get_string(request, "idempotency_key");
      if (!tasks_.contains(id)) tasks_[id] = find(request, "task")->get_object();
      tasks_[id]["id"] = id;
    }
    if (!tasks_.contains(id)) return fail(ErrorCode::not_found, "gone");
    auto& task = tasks_[id];
    if (const auto* set = find(request, "set"))
      for (const auto& [key, value] : set->get_object()) task[key] = value;
    if (const auto note = find_string(request, "note"))
      task["notes"] = get_string(task, "notes") + *note + "\n";
    if (op == "update" && is_closed(task)) closed_.push_back(id);
    json::value reply{{"task", task}};
    for (; closed_.size() > 20; closed_.pop_front()) {
      const auto oldest = tasks_.find(closed_.front());
      if (oldest != tasks_.end() && is_closed(oldest->second)) tasks_.erase(oldest);
    }
    return reply;
  }

 private:
  static bool is_closed(const json::object& task) {
    const std::string state = get_string(task, "state");
    return state == "done" || state == "cancelled";
  }

  std::map<std::string, json::object> tasks_;
  std::deque<std::string> closed_;
};

// What may not grow.
struct Use {
  std::size_t heap = 0;         // bytes in use
  std::size_t descriptors = 0;  // open
  std::size_t ledger = 0;       // bytes, its log included
  std::size_t files = 0;        // in the workspace and beside the ledger
  std::size_t outbox = 0;
  std::size_t pairs = 0;
};

class LongRun : public ::testing::Test {
 protected:
  LongRun() {
    // On a disk in memory where there is one: this is no test of fsync.
    const fs::path shared = "/dev/shm";
    std::error_code error;
    const fs::path parent = fs::is_directory(shared, error) ? shared : fs::temp_directory_path();
    std::string pattern = (parent / "chela-long.XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    fs::create_directories(folder_ / "workspace/memory");
    auto opened = tasks::Ledger::open(folder_ / "ledger.db");
    EXPECT_TRUE(opened.has_value());
    ledger_.emplace(std::move(*opened));
    for (int i = 0; i < kChecks; ++i) {
      CheckSpec spec;
      spec.plan.id = "check-" + std::to_string(i);
      spec.plan.every = 30min * (1 + i);
      spec.plugin = "check.p" + std::to_string(i % 5);
      if (i == 3) spec.needs = {"check-0"};
      checks_.push_back(std::move(spec));
    }
  }
  ~LongRun() override {
    ledger_.reset();
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  // Conditions that come and go, mails, crashes, runs that could not tell.
  RunResult result_of(const std::string& check, Timestamp now) {
    RunResult result;
    result.run.check = check;
    result.run.started = now;
    result.run.duration = Duration(5);
    const auto luck = random_() % 1000;
    if (luck < 80) {
      result.run.outcome = tasks::RunOutcome::crashed;
      result.run.error = "crashed";
      result.fault = "crashed";
      return result;
    }
    auto& report = result.run.report;
    report.cursor = json::object{{"n", static_cast<std::int64_t>(++number_)}};
    if (luck < 87) {
      report.status = tasks::CheckStatus::unknown;
      return result;
    }
    if (luck < 100) bad_[check] = 1 + random_() % 8;
    if (bad_[check] > 0) {
      --bad_[check];
      tasks::Finding finding;
      finding.key = "condition-" + std::to_string(random_() % 3);
      finding.severity = random_() % 3 == 0 ? tasks::Severity::crit : tasks::Severity::warn;
      finding.title = check + " found something";
      report.status = tasks::CheckStatus::warn;
      report.findings.push_back(finding);
    }
    if (luck % 40 == 0) {
      tasks::Finding mail;
      mail.key = "mail-" + std::to_string(number_);
      mail.cls = tasks::FindingClass::event;
      mail.title = "a mail of its own";
      report.findings.push_back(mail);
    }
    report.metrics.push_back({"free", static_cast<double>(luck), "percent", "10:", "5:"});
    return result;
  }

  TickContext context() {
    Policy policy;
    policy.per_tick = 0;
    return TickContext{
        *ledger_,
        clock_,
        log_,
        checks_,
        problems_,
        policy,
        Zone(),
        (folder_ / "workspace/memory/heartbeat-state.json").string(),
        (folder_ / "workspace/heartbeat-state.json").string(),
        "source",
        notifiers_,
        [this](std::string check, tasks::CheckRow, Timestamp now) -> asio::awaitable<RunResult> {
          ++runs_;
          co_return result_of(check, now);
        },
        backend(),
        {},
        [this](const std::string&) {
          ++said_;
          return true;
        },
        &check_runs_,
        &folding_,
        &dispatching_};
  }

  TaskBackend backend() {
    return [this](std::string target, std::string op,
                  json::value request) -> asio::awaitable<Result<json::value>> {
      // Now and then it is away, so that rows wait in the outbox.
      if (random_() % 50 == 0) co_return fail(ErrorCode::unavailable, "away");
      co_return (target == "mirror" ? mirror_ : source_).answer(op, request);
    };
  }

  void beat(TickContext& with) {
    io_.restart();
    asio::co_spawn(io_, tick(with, TickRequest()),
                   [](const std::exception_ptr& thrown, const Result<TickReport>& report) {
                     EXPECT_FALSE(thrown);
                     ASSERT_TRUE(report) << report.error().message;
                   });
    io_.run();
  }

  void mirror() {
    io_.restart();
    MirrorContext with{*ledger_, backend(), "source", "mirror", {}};
    asio::co_spawn(io_, mirror_round(std::move(with), {}, clock_.time),
                   [this](const std::exception_ptr& thrown, const MirrorRound& round) {
                     EXPECT_FALSE(thrown);
                     if (round.problem.empty()) ++mirrored_;
                   });
    io_.run();
  }

  static std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::recursive_directory_iterator(folder), {}));
  }

  Use use() {
    Use now;
    now.heap = mallinfo2().uordblks;
    now.descriptors =
        static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
    std::error_code error;
    for (const char* name : {"ledger.db", "ledger.db-wal"}) {
      const auto size = fs::file_size(folder_ / name, error);
      if (!error) now.ledger += size;
    }
    now.files = entries(folder_);
    now.outbox = ledger_->outbox()->size();
    now.pairs = ledger_->mirror_pairs("source", "mirror")->size();
    return now;
  }

  fs::path folder_;
  VirtualClock clock_;
  services::Log log_{services::LogSettings(), clock_};
  std::optional<tasks::Ledger> ledger_;
  std::vector<CheckSpec> checks_;
  std::vector<SetupProblem> problems_;
  CheckRuns check_runs_;
  services::OneAtATime folding_;
  services::OneAtATime dispatching_;
  std::vector<NotifierRules> notifiers_;
  asio::io_context io_{1};
  std::mt19937 random_{20'261'127};
  MemoryTasks source_, mirror_;
  std::map<std::string, std::size_t> bad_;
  std::size_t number_ = 0, runs_ = 0, said_ = 0, mirrored_ = 0;
};

TEST_F(LongRun, NothingGrowsWithTheNumberOfTicks) {
  auto with = context();
  std::vector<Use> uses;
  for (int i = 1; i <= kTicks; ++i) {
    clock_.time += 5min;
    beat(with);
    if (i % 12 == 0) mirror();
    if (i % (kTicks / 10) == 0) {
      uses.push_back(use());
      const auto& now = uses.back();
      std::printf(
          "%7d ticks: heap %zu KiB, %zu descriptors, ledger %zu KiB, %zu files, %zu owed, "
          "%zu pairs\n",
          i, now.heap / 1024, now.descriptors, now.ledger / 1024, now.files, now.outbox, now.pairs);
    }
  }
  std::printf("%zu runs, %zu lines said, %zu rounds of the mirror\n", runs_, said_, mirrored_);
  EXPECT_GT(runs_, static_cast<std::size_t>(kTicks) / 4);
  EXPECT_GT(said_, static_cast<std::size_t>(kTicks) / 100);
  EXPECT_GT(mirrored_, static_cast<std::size_t>(kTicks) / 20);
  // What has a limit (90 days, 1,000 faults) is full by the middle; from there on nothing may rise.
  Use most;
  for (std::size_t i = 0; i < 5; ++i) {
    most.heap = std::max(most.heap, uses[i].heap);
    most.ledger = std::max(most.ledger, uses[i].ledger);
    most.descriptors = std::max(most.descriptors, uses[i].descriptors);
    most.files = std::max(most.files, uses[i].files);
  }
  const Use& last = uses.back();
  EXPECT_LE(last.descriptors, most.descriptors);
  EXPECT_LE(last.files, most.files);
  EXPECT_LT(last.outbox, 50U);
  EXPECT_LT(last.pairs, 100U);
#ifndef CHELA_SANITIZED
  EXPECT_LE(last.heap, most.heap + most.heap / 10);
  EXPECT_LE(last.ledger, most.ledger + most.ledger / 10);
#endif
}

}  // namespace
}  // namespace chela::heartbeat
