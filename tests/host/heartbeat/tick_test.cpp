// Ticks that overlap: the ledger does not tell who was first, and what hangs holds up nobody.
#include "heartbeat/tick.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "host/heartbeat/run_until.h"

namespace chela::heartbeat {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kLong = std::chrono::hours(1);

class StillClock final : public services::Clock {
 public:
  Timestamp now() const override { return time; }
  Timestamp time = Timestamp(std::chrono::hours(500'000));
};

// A workspace with checks and a backend that last as long as their test says.
class World {
 public:
  explicit World(const std::vector<std::string>& ids) {
    std::string pattern = std::string(CHELA_BINARY_DIR) + "/tests/tick.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    auto opened = tasks::Ledger::open(folder_ / "ledger.db");
    EXPECT_TRUE(opened.has_value());
    ledger.emplace(std::move(*opened));
    for (const auto& id : ids) {
      CheckSpec spec;
      spec.plan.id = id;
      spec.plan.every = std::chrono::minutes(10);
      spec.plugin = "check." + id;
      checks_.push_back(std::move(spec));
    }
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    held_.clear();  // a timer must not outlive its loop
    io.reset();
    ledger.reset();
    std::filesystem::remove_all(folder_);
  }

  TickContext context() {
    Policy policy;
    policy.per_tick = 0;
    const auto run = [this](std::string check, tasks::CheckRow, Timestamp now) {
      return last(std::move(check), now);
    };
    const auto backend = [this](std::string, std::string op, json::value) {
      return answer(std::move(op));
    };
    const auto say = [this](const std::string& line) {
      said.push_back(line);
      return true;
    };
    return TickContext{*ledger,
                       clock,
                       log_,
                       checks_,
                       problems_,
                       policy,
                       Zone(),
                       (folder_ / "memory/heartbeat-state.json").string(),
                       (folder_ / "heartbeat-state.json").string(),
                       "desk",
                       notifiers_,
                       run,
                       backend,
                       {},
                       say,
                       &runs,
                       &folding_,
                       &dispatching_};
  }
  // Begins a tick; its report comes into `report`.
  void begin(TickContext& with, Patience patience, std::optional<Result<TickReport>>& report) {
    TickRequest request;
    request.patience = patience;
    asio::co_spawn(*io, tick(with, std::move(request)),
                   [&report](const std::exception_ptr&, Result<TickReport> outcome) {
                     report = std::move(outcome);
                   });
  }
  void run_for(milliseconds time) {
    io->restart();
    io->run_for(time);
  }

  void run_until(const std::function<bool()>& holds) { heartbeat::run_until(*io, holds); }
  // A check that lasts for long comes to its end.
  void release(const std::string& check) { held_.at(check)->cancel(); }

  std::filesystem::path ledger_path() const { return folder_ / "ledger.db"; }
  void use_one_plugin() {
    for (auto& check : checks_) check.plugin = "check.shared";
  }

  std::map<std::string, steady_clock::duration> lasts;
  std::map<std::string, std::optional<std::string>> faults;
  steady_clock::duration backend_lasts{};
  bool is_quiet = false;  // nothing is found any more
  json::array listed;     // what the task backend shows

  std::vector<std::string> said;
  StillClock clock;
  std::optional<tasks::Ledger> ledger;
  std::optional<asio::io_context> io{1};
  CheckRuns runs{[] {
    RunLimits limits;
    limits.turn = milliseconds(20);
    return limits;
  }()};

 private:
  asio::awaitable<RunResult> last(std::string check, Timestamp now) {
    const auto timer =
        std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, lasts[check]);
    held_[check] = timer;
    boost::system::error_code cancelled;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    held_.erase(check);
    RunResult result;
    result.run.check = check;
    result.run.started = now;
    result.fault = faults[check];
    if (result.fault) {
      result.run.outcome = tasks::RunOutcome::crashed;
      co_return result;
    }
    if (is_quiet) co_return result;
    tasks::Finding finding;
    finding.key = "it";
    finding.title = check + " found it";
    result.run.report.status = tasks::CheckStatus::warn;
    result.run.report.findings.push_back(std::move(finding));
    co_return result;
  }
  asio::awaitable<Result<json::value>> answer(std::string op) {
    asio::steady_timer timer(co_await asio::this_coro::executor, backend_lasts);
    if (op == "create") co_await timer.async_wait(asio::use_awaitable);
    co_return json::value{{"tasks", listed}};
  }

  std::filesystem::path folder_;
  std::map<std::string, std::shared_ptr<asio::steady_timer>> held_;
  std::vector<CheckSpec> checks_;
  std::vector<SetupProblem> problems_;
  services::OneAtATime folding_;
  services::OneAtATime dispatching_;
  std::vector<NotifierRules> notifiers_;
  services::Log log_{services::LogSettings(), clock};
};

// Checks in the order of their runs in the ledger, oldest first.
std::vector<std::string> recorded(World& world, const std::vector<std::string>& ids) {
  std::map<std::int64_t, std::string> by_row;
  for (const auto& id : ids) {
    const auto rows = world.ledger->runs(id);
    for (const auto& row : *rows) by_row[row.id] = id;
  }
  std::vector<std::string> order;
  for (const auto& [row, id] : by_row) order.push_back(id);
  return order;
}

TEST(Tick, TheLedgerDoesNotTellWhoWasFirst) {
  const std::vector<std::string> ids{"a", "b", "c"};
  const std::vector<std::map<std::string, steady_clock::duration>> speeds{
      {{"a", milliseconds(0)}, {"b", milliseconds(4)}, {"c", milliseconds(8)}},
      {{"a", milliseconds(8)}, {"b", milliseconds(4)}, {"c", milliseconds(0)}},
      {{"a", milliseconds(4)}, {"b", milliseconds(0)}, {"c", milliseconds(8)}},
  };
  for (const auto& speed : speeds) {
    World world(ids);
    world.lasts = speed;
    auto context = world.context();
    std::optional<Result<TickReport>> report;
    world.begin(context, Patience::end, report);
    world.run_for(std::chrono::seconds(20));
    ASSERT_TRUE(report && report->has_value());
    EXPECT_THAT(recorded(world, ids), ElementsAre("a", "b", "c"));
    EXPECT_THAT(world.said, ElementsAre(HasSubstr("a found it"), HasSubstr("b found it"),
                                        HasSubstr("c found it")));
  }
}

TEST(Tick, ACheckThatHangsIsLeftBehindAndItsResultFoldedLater) {
  World world({"quick", "slow"});
  world.lasts["slow"] = kLong;
  auto context = world.context();
  std::optional<Result<TickReport>> first, second;
  world.begin(context, Patience::turn, first);
  world.run_until([&] { return first.has_value(); });
  ASSERT_TRUE(first && first->has_value());
  EXPECT_EQ((*first)->runs.size(), 1u);
  EXPECT_THAT(world.said, ElementsAre(HasSubstr("quick found it")));
  EXPECT_EQ(outlook(context, world.clock.now())->check, "quick") << "slow is under way";
  world.release("slow");
  world.run_until([&] { return world.runs.has_results(); });
  world.begin(context, Patience::turn, second);
  world.run_until([&] { return second.has_value(); });
  ASSERT_TRUE(second && second->has_value());
  EXPECT_THAT(world.said, Contains(HasSubstr("slow found it")));
  EXPECT_THAT(world.runs.under_way(), IsEmpty());
}

TEST(Tick, ABackendThatHangsHoldsUpNoCheckAndLosesNoLine) {
  World world({"a"});
  world.backend_lasts = kLong;
  auto context = world.context();
  std::optional<Result<TickReport>> first, second;
  world.begin(context, Patience::turn, first);
  world.run_until(
      [&] { return !world.ledger->runs("a")->empty() && world.runs.under_way().empty(); });
  EXPECT_FALSE(first) << "it pays its outbox";
  EXPECT_THAT(world.runs.under_way(), IsEmpty());
  world.clock.time += std::chrono::minutes(10);
  world.begin(context, Patience::turn, second);
  world.run_until([&] { return second.has_value(); });
  ASSERT_TRUE(second && second->has_value());
  EXPECT_EQ(world.ledger->runs("a")->size(), 2u);
  EXPECT_EQ(world.ledger->outbox()->size(), 2u) << "the task and the line are still owed";
}

TEST(Tick, ATaskThatAPersonRemovedIsRememberedAsClosed) {
  World world({"a"});
  auto context = world.context();
  for (const bool is_quiet : {false, true}) {
    world.is_quiet = is_quiet;
    std::optional<Result<TickReport>> report;
    world.begin(context, Patience::end, report);
    world.run_for(std::chrono::seconds(5));
    ASSERT_TRUE(report && report->has_value());
    const auto tasks = *world.ledger->tasks();
    ASSERT_EQ(tasks.size(), 1u);
    EXPECT_EQ(tasks[0].closed, is_quiet) << "the backend lists none";
    world.clock.time += std::chrono::minutes(10);
  }
  EXPECT_THAT(world.said, Contains(HasSubstr("[recovered]")));
}

// A person ticked it, and unticked it again after the finding was over.
TEST(Tick, AFindingThatOpensAgainGoesOnInItsTaskThatIsOpenAgain) {
  World world({"a"});
  auto context = world.context();
  std::string id;
  const struct {
    bool is_quiet;
    const char* state;
  } beats[] = {{false, ""}, {true, "done"}, {true, "queue"}, {false, "queue"}};
  for (const auto& beat : beats) {
    world.is_quiet = beat.is_quiet;
    world.listed.clear();
    if (!id.empty())
      world.listed.push_back(
          json::object{{"id", id}, {"state", beat.state}, {"notes", "chela-finding: a/it\n"}});
    std::optional<Result<TickReport>> report;
    world.begin(context, Patience::end, report);
    world.run_for(std::chrono::seconds(5));
    ASSERT_TRUE(report && report->has_value());
    ASSERT_EQ(world.ledger->tasks()->size(), 1u);
    id = world.ledger->tasks()->front().id;
    world.clock.time += std::chrono::minutes(10);
  }
  EXPECT_FALSE(world.ledger->tasks()->front().closed);
}

TEST(Tick, WhatCannotBeRecordedIsDueAgain) {
  World world({"a"});
  world.lasts["a"] = kLong;
  auto context = world.context();
  std::optional<Result<TickReport>> report;
  world.begin(context, Patience::end, report);
  world.run_until([&] { return world.runs.is_under_way("a"); });
  // Another process commits in between; the tick's own reading is older then, but it reads anew.
  tasks::TickRecord other;
  auto elsewhere = tasks::Ledger::open(world.ledger_path());
  ASSERT_TRUE(elsewhere.has_value());
  ASSERT_TRUE(elsewhere->load().has_value());
  ASSERT_TRUE(elsewhere->commit(other).has_value());
  world.release("a");
  world.run_until([&] { return report.has_value(); });
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->has_value());
  EXPECT_FALSE(world.runs.is_under_way("a"));
  EXPECT_EQ(world.ledger->runs("a")->size(), 1u);
}

TEST(Tick, FaultsOfAPluginThatRanSideBySideQuarantineItOnce) {
  World world({"a", "b", "c", "d"});
  for (const char* id : {"a", "b", "c", "d"}) world.faults[id] = "crashed";
  world.use_one_plugin();
  auto context = world.context();
  std::optional<Result<TickReport>> report;
  world.begin(context, Patience::end, report);
  world.run_for(std::chrono::seconds(5));
  ASSERT_TRUE(report && report->has_value());
  EXPECT_EQ(world.ledger->quarantines()->size(), 1u);
  EXPECT_THAT((*report)->problems, Contains(HasSubstr("is quarantined for 10 min")).Times(1));
  EXPECT_EQ(outlook(context, world.clock.now())->check_at,
            world.clock.now() + std::chrono::minutes(10));
}

}  // namespace
}  // namespace chela::heartbeat
