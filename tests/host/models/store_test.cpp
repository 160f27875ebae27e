#include "models/store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace chela::models {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow{std::chrono::hours(500'000)};
const BudgetRule kAll{Period::day, "", "", {}, {}, false};

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/chela-store-XXXXXX";
    folder_ = mkdtemp(pattern);
    file_ = folder_ / "models.db";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Store open() {
    auto store = Store::open(file_, kNow);
    EXPECT_TRUE(store) << store.error().message;
    return std::move(*store);
  }
  static CallRow call(const std::string& id, const std::string& role = "coordinator") {
    CallRow row;
    row.id = id;
    row.at = kNow;
    row.day = "2026-11-27";
    row.role = role;
    row.asked = "role " + role;
    return row;
  }
  static BudgetRule dollar() { return {Period::day, "", "", Usd{1'000'000'000}, {}, false}; }

  std::filesystem::path folder_;
  std::filesystem::path file_;
};

TEST_F(StoreTest, LetsAsManyGoAsTheCapSaysInTheirOrder) {
  Store store = open();
  EXPECT_EQ(store.enter(call("c1"), 2)->state, CallState::active);
  EXPECT_EQ(store.enter(call("c2"), 2)->state, CallState::active);
  EXPECT_EQ(store.enter(call("c3"), 2)->position, 1);
  EXPECT_EQ(store.enter(call("c4"), 2)->position, 2);
  CallRow other = call("s1");
  other.lane = Lane::subagents;
  EXPECT_EQ(store.enter(other, 1)->state, CallState::active);
  CallRow done = call("c1");
  done.state = CallState::done;
  ASSERT_TRUE(store.settle(done));
  EXPECT_EQ(store.look("c4", Lane::agents, 2)->position, 2);
  EXPECT_EQ(store.look("c3", Lane::agents, 2)->state, CallState::active);
  EXPECT_EQ(store.look("c4", Lane::agents, 2)->position, 1);
  ASSERT_TRUE(store.leave("c4"));
  EXPECT_EQ(store.in_flight()->size(), 3u);
}

TEST_F(StoreTest, SetsMoneyAsideAndGivesBackWhatWasNotSpent) {
  Store store = open();
  const std::vector<BudgetRule> rules{dollar()};
  ASSERT_TRUE(store.enter(call("c1"), 4));
  ASSERT_TRUE(store.enter(call("c2"), 4));
  auto first = store.reserve("c1", {"p/m", "env:K", {{700'000'000}, 10}, rules, kNow});
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->refused_by);
  EXPECT_EQ(first->percents[0].second, 70);
  auto second = store.reserve("c2", {"p/m", "env:K", {{400'000'000}, 10}, rules, kNow});
  ASSERT_TRUE(second->refused_by);
  // Another candidate for the first call replaces what was set aside.
  ASSERT_TRUE(store.reserve("c1", {"q/n", "env:L", {{500'000'000}, 10}, rules, kNow}));
  EXPECT_EQ(store.spent(kAll, "2026-11-27")->usd, Usd{500'000'000});
  EXPECT_EQ(store.spent({Period::day, "", "p", {}, {}, false}, "2026-11-27")->usd, Usd{0});
  CallRow done = call("c1");
  done.state = CallState::done;
  done.ref = "q/n";
  done.spent = {{100'000'000}, 7};
  ASSERT_TRUE(store.settle(done));
  EXPECT_EQ(*store.spent(kAll, "2026-11-27"), (Amount{{100'000'000}, 7}));
  EXPECT_EQ(*store.spent({Period::month, "coordinator", "q", {}, {}, false}, "2026-11-27"),
            (Amount{{100'000'000}, 7}));
  EXPECT_FALSE(store.reserve("c2", {"p/m", "env:K", {{400'000'000}, 10}, rules, kNow})->refused_by);
}

TEST_F(StoreTest, SetsMoneyAsideForACallThatGoesInAtOnceAndForNoOther) {
  Store store = open();
  const Aside aside{"p/m", "env:K", {{600'000'000}, 10}, {dollar()}, kNow};
  const auto first = store.enter(call("c1"), 2, &aside);
  ASSERT_TRUE(first && first->reservation);
  EXPECT_FALSE(first->reservation->refused_by);
  EXPECT_EQ(first->reservation->percents[0].second, 60);
  EXPECT_EQ((*store.call("c1"))->reserved, aside.amount);
  EXPECT_EQ(store.recent("p", "env:K", kNow, kNow, "another")->active, 1);
  // It is in, but there is no room for it.
  const auto second = store.enter(call("c2"), 2, &aside);
  ASSERT_TRUE(second && second->reservation);
  EXPECT_EQ(second->state, CallState::active);
  EXPECT_TRUE(second->reservation->refused_by);
  EXPECT_EQ((*store.call("c2"))->reserved, Amount());
  EXPECT_EQ((*store.call("c2"))->ref, "");
  const auto third = store.enter(call("c3"), 2, &aside);
  EXPECT_EQ(third->state, CallState::waiting);
  EXPECT_FALSE(third->reservation);
  EXPECT_EQ(*store.spent(kAll, "2026-11-27"), aside.amount);
}

TEST_F(StoreTest, MovesSumsToTheProviderThatAnswered) {
  Store store = open();
  const Aside aside{"p/m", "env:K", {{600}, 10}, {}, kNow};
  ASSERT_TRUE(store.enter(call("c1"), 2, &aside));
  CallRow done = call("c1");
  done.state = CallState::done;
  done.ref = "q/n";
  done.spent = {{50}, 3};
  ASSERT_TRUE(store.settle(done));
  EXPECT_EQ(*store.spent(kAll, "2026-11-27"), (Amount{{50}, 3}));
  EXPECT_EQ(*store.spent({Period::day, "", "p", {}, {}, false}, "2026-11-27"), Amount());
  EXPECT_EQ(*store.spent({Period::day, "coordinator", "q", {}, {}, false}, "2026-11-27"),
            (Amount{{50}, 3}));
}

TEST_F(StoreTest, NeverSpendsMoreThanABudgetFromTwoProcesses) {
  const std::vector<BudgetRule> rules{dollar()};
  constexpr int kProcesses = 4;
  constexpr int kCalls = 50;
  { Store store = open(); }
  for (int p = 0; p < kProcesses; ++p) {
    if (fork() != 0) continue;
    auto store = Store::open(file_, kNow);
    if (!store) _exit(1);
    for (int i = 0; i < kCalls; ++i) {
      const std::string id = std::to_string(p) + "-" + std::to_string(i);
      if (!store->enter(call(id), 1000)) _exit(2);
      const auto got = store->reserve(id, {"p/m", "k", {{33'000'000}, 1}, rules, kNow});
      if (!got) _exit(3);
      CallRow done = call(id);
      done.state = got->refused_by ? CallState::failed : CallState::done;
      done.ref = "p/m";
      if (!got->refused_by) done.spent = {{33'000'000}, 1};
      if (!store->settle(done)) _exit(4);
    }
    _exit(0);
  }
  for (int p = 0; p < kProcesses; ++p) {
    int status = 0;
    wait(&status);
    EXPECT_EQ(status, 0);
  }
  Store store = open();
  EXPECT_EQ(store.spent(kAll, "2026-11-27")->usd, Usd{30 * 33'000'000});
}

TEST_F(StoreTest, CountsWhatAKilledProcessHadSetAside) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = Store::open(file_, kNow);
    if (!store || !store->enter(call("c1"), 1) || !store->enter(call("c2"), 1)) _exit(1);
    if (!store->reserve("c1", {"p/m", "k", {{5}, 6}, {}, kNow})) _exit(1);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  Store store = open();
  EXPECT_TRUE(store.in_flight()->empty());
  const auto row = *store.call("c1");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->reason, "killed");
  EXPECT_EQ(*store.spent(kAll, "2026-11-27"), (Amount{{5}, 6}));
  EXPECT_FALSE(*store.call("c2"));
}

TEST_F(StoreTest, KeepsCooldownsOverARestart) {
  const CooldownKey key{"p", "env:K", "m"};
  const Cooldown cooldown{kNow + 30s, 2, Reason::overloaded, "busy", kNow, kNow};
  {
    Store store = open();
    ASSERT_TRUE(store.put_cooldown(key, cooldown));
  }
  Store store = open();
  EXPECT_EQ(*store.cooldowns(), (Cooldowns{{key, cooldown}}));
  ASSERT_TRUE(store.remove_cooldowns({key}));
  EXPECT_TRUE(store.cooldowns()->empty());
}

TEST_F(StoreTest, LetsOneAtATimeProbe) {
  Store store = open();
  const CooldownKey key{"p", "env:K", "m"};
  ASSERT_TRUE(store.put_cooldown(key, {kNow + 5min, 2, Reason::overloaded, "busy", kNow, kNow}));
  EXPECT_FALSE(*store.claim_probe(key, kNow + 9s));
  EXPECT_TRUE(*store.claim_probe(key, kNow + 10s));
  EXPECT_FALSE(*store.claim_probe(key, kNow + 19s));
  EXPECT_TRUE(*store.claim_probe(key, kNow + 20s));
  EXPECT_FALSE(*store.claim_probe({"other", "", ""}, kNow + 20s));
}

TEST_F(StoreTest, TellsWhatWasUsed) {
  Store store = open();
  for (int i = 0; i < 3; ++i) {
    CallRow row = call("call-" + std::to_string(i));
    ASSERT_TRUE(store.enter(row, 9));
    row.state = i == 2 ? CallState::failed : CallState::done;
    row.ref = "p/m";
    row.spent = {{10}, 5};
    row.usage.input_tokens = 3;
    row.usage.output_tokens = 2;
    row.is_priced = i == 0;
    row.first_token = 100ms * (i + 1);
    row.explain = json::object{{"n", i}};
    ASSERT_TRUE(store.settle(row));
  }
  const auto usage = *store.usage("2026-11-01", "2026-11-30");
  ASSERT_EQ(usage.size(), 1u);
  EXPECT_EQ(usage[0].calls, 3);
  EXPECT_EQ(usage[0].failed, 1);
  EXPECT_EQ(usage[0].unpriced, 1);
  EXPECT_EQ(usage[0].usd, Usd{30});
  EXPECT_EQ(usage[0].usage.input_tokens, 9);
  EXPECT_TRUE(store.usage("2026-12-01", "2026-12-31")->empty());
  EXPECT_EQ(*store.first_tokens("p/m", 10), (std::vector<Duration>{200ms, 100ms}));
  EXPECT_EQ(get_int((*store.call("call-1"))->explain, "n"), 1);
  EXPECT_EQ((*store.call("call"))->id, "call-2");
  EXPECT_FALSE(*store.call("cal"));
  EXPECT_EQ(store.calls(2)->size(), 2u);
}

TEST_F(StoreTest, SettlesACallOnce) {
  Store store = open();
  ASSERT_TRUE(store.enter(call("c1"), 1));
  CallRow done = call("c1");
  done.state = CallState::done;
  done.ref = "p/m";
  done.spent = {{5}, 6};
  ASSERT_TRUE(store.settle(done));
  ASSERT_TRUE(store.settle(done));
  EXPECT_EQ(*store.spent(kAll, "2026-11-27"), (Amount{{5}, 6}));
}

TEST_F(StoreTest, CountsOldActiveCallsButNotItselfNorTheFuture) {
  Store store = open();
  for (const char* id : {"old", "own", "ahead"}) ASSERT_TRUE(store.enter(call(id), 9));
  ASSERT_TRUE(store.reserve("old", {"p/m", "k", {{1}, 1}, {}, kNow - 75s}));
  ASSERT_TRUE(store.reserve("own", {"p/m", "k", {{1}, 1}, {}, kNow}));
  ASSERT_TRUE(store.reserve("ahead", {"p/m", "k", {{1}, 1}, {}, kNow + 24h}));
  const auto recent = store.recent("p", "k", kNow - 60s, kNow, "own");
  EXPECT_EQ(recent->active, 1);
  EXPECT_TRUE(recent->tries.empty());
}

TEST_F(StoreTest, SetsADamagedFileAside) {
  std::ofstream(file_) << "this is no database, but it is longer than sixteen bytes";
  Store store = open();
  EXPECT_NE(store.note().find("it is kept as"), std::string::npos) << store.note();
  EXPECT_TRUE(store.calls(1)->empty());
}

TEST_F(StoreTest, LeavesFilesOfOthersAlone) {
  {
    auto database = services::Database::open(
        [&] {
          std::ofstream touch(file_);
          return file_;
        }(),
        1s);
    ASSERT_TRUE(database && database->script("CREATE TABLE theirs(x)"));
  }
  const auto store = Store::open(file_, kNow);
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("another program's"), std::string::npos);
}

TEST_F(StoreTest, SaysThingsOnce) {
  Store store = open();
  EXPECT_TRUE(*store.say_once("80|day", kNow));
  EXPECT_FALSE(*store.say_once("80|day", kNow));
}

}  // namespace
}  // namespace chela::models
