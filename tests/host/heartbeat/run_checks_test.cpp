// However many checks hang, a tick ends, the others have their turn, and none runs twice at once.
#include "heartbeat/run_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

#include "host/heartbeat/run_until.h"

namespace chela::heartbeat {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Timestamp kNow = Timestamp(std::chrono::hours(500'000));
constexpr auto kLong = std::chrono::hours(1);

// Checks that last as long as their test says, and a count of how many ran side by side.
class Bench {
 public:
  explicit Bench(RunLimits limits) : runs(limits, [this] { ++changes; }) {}

  // Begins a tick; `outcome` is filled when it ends.
  void begin(const std::vector<std::string>& checks, Patience patience,
             std::optional<RunsOfTick>& outcome) {
    std::vector<Job> jobs;
    for (const auto& check : checks) jobs.push_back({check, "check." + check, {}});
    RunCheck run = [this](std::string check, tasks::CheckRow, Timestamp now) {
      return last(std::move(check), now);
    };
    asio::co_spawn(io, runs.run(std::move(jobs), std::move(run), kNow, patience, runs.deadline()),
                   [this, &outcome](const std::exception_ptr&, RunsOfTick ran) {
                     outcome = std::move(ran);
                     if (does_stop) io.stop();
                   });
  }
  // A whole tick; what goes on beside stays in the loop.
  RunsOfTick tick(const std::vector<std::string>& checks, Patience patience) {
    std::optional<RunsOfTick> outcome;
    does_stop = true;
    begin(checks, patience, outcome);
    io.restart();
    io.run();
    does_stop = false;
    return std::move(*outcome);
  }
  void run_until(const std::function<bool()>& holds) { heartbeat::run_until(io, holds); }

  std::map<std::string, steady_clock::duration> lasts;  // else no time at all
  std::map<std::string, int> begun;
  std::map<std::string, int> now_running;
  int most_at_once = 0;
  bool has_overlapped = false;  // a check with itself
  int changes = 0;
  bool does_stop = false;
  asio::io_context io{1};
  CheckRuns runs;

 private:
  asio::awaitable<RunResult> last(std::string check, Timestamp now) {
    ++begun[check];
    if (++now_running[check] > 1) has_overlapped = true;
    int count = 0;
    for (const auto& [name, running] : now_running) count += running;
    most_at_once = std::max(most_at_once, count);
    const bool has_to_wait = lasts.contains(check);
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             has_to_wait ? lasts[check] : steady_clock::duration(0));
    if (has_to_wait) co_await timer.async_wait(asio::use_awaitable);
    --now_running[check];
    RunResult result;
    result.run.check = check;
    result.run.started = now;
    co_return result;
  }
};

std::vector<std::string> names(const std::vector<RunResult>& results) {
  std::vector<std::string> list;
  for (const auto& result : results) list.push_back(result.run.check);
  return list;
}

RunLimits limits(std::size_t at_once, milliseconds turn, milliseconds tick = kLong) {
  RunLimits limits;
  limits.at_once = at_once;
  limits.turn = turn;
  limits.tick = tick;
  return limits;
}

TEST(CheckRuns, GivesResultsInTheOrderOfChoosingWhoeverWasFirst) {
  Bench bench(limits(4, kLong));
  bench.lasts = {{"a", milliseconds(30)}, {"b", milliseconds(20)}, {"c", milliseconds(10)}};
  const auto ran = bench.tick({"c", "a", "b", "d"}, Patience::end);
  EXPECT_THAT(names(ran.ended), ElementsAre("c", "a", "b", "d"));
}

TEST(CheckRuns, RunsThatEndWithoutAWaitAreRunOnce) {
  Bench bench(limits(2, kLong));
  EXPECT_EQ(bench.tick({"a", "b", "c", "d", "e"}, Patience::end).ended.size(), 5u);
  EXPECT_EQ(bench.begun["b"], 1);
  EXPECT_EQ(bench.begun["e"], 1);
}

TEST(CheckRuns, KeepsToItsBound) {
  Bench bench(limits(3, kLong));
  std::vector<std::string> many;
  for (int i = 0; i < 20; ++i) {
    many.push_back("check-" + std::to_string(10 + i));
    bench.lasts[many.back()] = milliseconds(2);
  }
  EXPECT_EQ(bench.tick(many, Patience::end).ended.size(), 20u);
  EXPECT_EQ(bench.most_at_once, 3);
}

TEST(CheckRuns, ATickWaitsForNoneThatHangsAndTheOthersHaveTheirTurn) {
  Bench bench(limits(2, milliseconds(10)));
  std::vector<std::string> all;
  for (int i = 0; i < 9; ++i) {
    all.push_back("hangs-" + std::to_string(i));
    bench.lasts[all.back()] = kLong;
  }
  all.push_back("good");
  const auto ran = bench.tick(all, Patience::turn);
  EXPECT_THAT(names(ran.ended), ElementsAre("good"));
  EXPECT_EQ(ran.going_on.size(), 9u);
  EXPECT_THAT(ran.not_started, IsEmpty());
  EXPECT_TRUE(bench.runs.has_free_turn());
  EXPECT_FALSE(bench.runs.has_results());
}

TEST(CheckRuns, WhereTooManyHangTheTicksDeadlineEndsItAndTheRestIsLeftDue) {
  RunLimits few = limits(1, milliseconds(5), milliseconds(400));
  few.beside = 2;
  Bench bench(few);
  for (const char* check : {"a", "b", "c", "d", "e"}) bench.lasts[check] = kLong;
  for (const auto patience : {Patience::turn, Patience::tick}) {
    SCOPED_TRACE(static_cast<int>(patience));
    const auto ran = bench.tick({"a", "b", "c", "d", "e"}, patience);
    EXPECT_THAT(ran.ended, IsEmpty());
    EXPECT_THAT(ran.going_on, UnorderedElementsAre("a", "b", "c"));
    EXPECT_THAT(ran.not_started, ElementsAre("d", "e"));
  }
  EXPECT_EQ(bench.begun["a"], 1) << "the second tick joined its run";
  EXPECT_THAT(bench.runs.under_way(), ElementsAre("a", "b", "c"));
}

TEST(CheckRuns, ALateResultIsFoldedByTheTickInWhichItComesBack) {
  Bench bench(limits(4, milliseconds(1)));
  bench.lasts["slow"] = milliseconds(300);
  bench.lasts["other"] = milliseconds(400);
  EXPECT_THAT(bench.tick({"other", "slow"}, Patience::turn).going_on, ElementsAre("other", "slow"));
  const int before = bench.changes;
  bench.run_until([&] { return bench.now_running["slow"] + bench.now_running["other"] == 0; });
  EXPECT_GT(bench.changes, before);
  EXPECT_TRUE(bench.runs.has_results());
  EXPECT_TRUE(bench.runs.is_under_way("slow")) << "leased until it is recorded";
  const auto ran = bench.tick({"quick"}, Patience::turn);
  EXPECT_THAT(names(ran.ended), ElementsAre("other", "slow", "quick"));
  EXPECT_TRUE(bench.runs.is_under_way("slow"));
  bench.runs.recorded({"other", "slow", "quick"});
  EXPECT_THAT(bench.runs.under_way(), IsEmpty());
}

TEST(CheckRuns, NoCheckRunsTwiceAtOnceAndWhoAskedLastHasTheResult) {
  Bench bench(limits(4, milliseconds(1)));
  bench.lasts["slow"] = milliseconds(30);
  std::optional<RunsOfTick> first, second;
  bench.begin({"slow"}, Patience::end, first);
  bench.begin({"slow"}, Patience::tick, second);
  bench.run_until([&] { return first && second; });
  ASSERT_TRUE(first && second);
  EXPECT_THAT(first->ended, IsEmpty());
  EXPECT_THAT(first->going_on, ElementsAre("slow"));
  EXPECT_THAT(names(second->ended), ElementsAre("slow"));
  EXPECT_EQ(bench.begun["slow"], 1);
  EXPECT_FALSE(bench.has_overlapped);
}

TEST(CheckRuns, AHurryEndsTheWaitingAndDroppingEndsTheCounting) {
  Bench bench(limits(2, kLong));
  bench.lasts["hangs"] = kLong;
  bench.lasts["soon"] = milliseconds(1);
  std::optional<RunsOfTick> ran;
  bench.begin({"hangs", "soon"}, Patience::end, ran);
  bench.run_until([&] { return bench.begun["soon"] == 1 && bench.now_running["soon"] == 0; });
  ASSERT_FALSE(ran);
  bench.runs.hurry();
  bench.run_until([&] { return ran.has_value(); });
  ASSERT_TRUE(ran);
  EXPECT_THAT(names(ran->ended), ElementsAre("soon"));
  EXPECT_THAT(ran->going_on, ElementsAre("hangs"));
  bench.runs.recorded({"soon"});
  bench.runs.drop_all();
  EXPECT_THAT(bench.runs.under_way(), IsEmpty());
}

TEST(CheckRuns, WhoWaitsForADroppedRunIsToldSo) {
  Bench bench(limits(2, kLong));
  bench.lasts["hangs"] = kLong;
  std::optional<RunsOfTick> ran;
  bench.begin({"hangs"}, Patience::end, ran);
  bench.run_until([&] { return bench.now_running["hangs"] == 1; });
  bench.runs.drop_all();
  bench.run_until([&] { return ran.has_value(); });
  ASSERT_TRUE(ran);
  EXPECT_THAT(ran->ended, IsEmpty());
  EXPECT_THAT(ran->dropped, ElementsAre("hangs"));
}

}  // namespace
}  // namespace chela::heartbeat
