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
  static CallRow answered(const std::string& id) {
    CallRow row = call(id);
    row.state = CallState::done;
    row.ref = "p/m";
    row.spent = {{50}, 3};
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

TEST_F(StoreTest, CountsWhatFailedTriesCostWhereItWasSpent) {
  Store store = open();
  ASSERT_TRUE(store.enter(call("c1"), 1));
  CallRow done = call("c1");
  done.state = CallState::done;
  done.ref = "q/n";
  done.spent = {{70}, 9};
  done.lost = {{"p/m", {{40}, 5}}, {"p/o", {{10}, 1}}};
  ASSERT_TRUE(store.settle(done));
  EXPECT_EQ(*store.spent(kAll, "2026-11-27"), (Amount{{70}, 9}));
  EXPECT_EQ(*store.spent({Period::day, "", "p", {}, {}, false}, "2026-11-27"), (Amount{{50}, 6}));
  EXPECT_EQ(*store.spent({Period::day, "", "q", {}, {}, false}, "2026-11-27"), (Amount{{20}, 3}));
  const auto usage = *store.usage("2026-11-27", "2026-11-27");
  ASSERT_EQ(usage.size(), 3u);
  EXPECT_EQ(usage[0].ref, "p/m");
  EXPECT_EQ(usage[0].calls, 0);
  EXPECT_EQ(usage[2].calls, 1);
}

TEST_F(StoreTest, ShowsAtOnceWhatItSettlesSoon) {
  Store store = open();
  Store other = open();
  const Aside aside{"p/m", "env:K", {{600}, 10}, {}, kNow};
  ASSERT_TRUE(store.enter(call("c1"), 1, &aside));
  const CallRow done = answered("c1");
  store.settle_soon(done.id, [done] { return done; });
  EXPECT_EQ(*other.spent(kAll, "2026-11-27"), aside.amount) << "others count what is set aside";
  // Its place is free for the next one of this process, but for nobody else yet.
  EXPECT_EQ(other.enter(call("o1"), 1)->state, CallState::waiting);
  ASSERT_TRUE(other.leave("o1"));
  EXPECT_EQ(store.enter(call("c2"), 1)->state, CallState::active);
  EXPECT_EQ(store.enter(call("c3"), 1)->state, CallState::waiting);
  EXPECT_EQ(*store.spent(kAll, "2026-11-27"), (Amount{{50}, 3}));
  EXPECT_EQ(*other.spent(kAll, "2026-11-27"), (Amount{{50}, 3}));
  EXPECT_EQ(store.calls(9)->size(), 1u);
}

TEST_F(StoreTest, SettlesAtOnceWhereTheMoneyIsInTheWay) {
  Store store = open();
  BudgetRule rule = kAll;
  rule.usd = Usd{1000};
  const Aside aside{"p/m", "env:K", {{600}, 10}, {rule}, kNow};
  ASSERT_TRUE(store.enter(call("c1"), 9, &aside));
  const CallRow done = answered("c1");
  store.settle_soon(done.id, [done] { return done; });
  const auto next = store.enter(call("c2"), 9, &aside);
  ASSERT_TRUE(next && next->reservation);
  EXPECT_FALSE(next->reservation->refused_by) << "50 are spent, not the 600 that were set aside";
  EXPECT_EQ(next->reservation->percents.front().second, 65);
}

TEST_F(StoreTest, SettlesAtItsEndWhatItWasToSettleSoon) {
  const CallRow done = answered("c1");
  {
    Store store = open();
    ASSERT_TRUE(store.enter(call("c1"), 1));
    store.settle_soon(done.id, [done] { return done; });
  }
  EXPECT_EQ((*open().call("c1"))->spent, done.spent);
}

TEST_F(StoreTest, KeepsNothingOfABatchThatIsNotCommitted) {
  Store store = open();
  const Aside aside{"p/m", "env:K", {{600}, 10}, {}, kNow};
  CallRow done = call("c0");
  done.state = CallState::done;
  ASSERT_TRUE(store.enter(done, 9));
  store.settle_soon(done.id, [done] { return done; });
  {
    auto batch = store.begin();
    ASSERT_TRUE(batch);
    ASSERT_TRUE(store.enter(call("c1"), 9, &aside));
    ASSERT_TRUE(store.note_try("c1", "p", "env:K", 10, kNow));
  }
  EXPECT_TRUE(store.recent("p", "", kNow, kNow, "")->tries.empty());
  EXPECT_FALSE(*store.call("c1"));
  EXPECT_EQ((*store.call("c0"))->state, CallState::done) << "that one is settled all the same";
}

TEST_F(StoreTest, CountsEachTryAtFirstAsWhatItMayTake) {
  Store store = open();
  ASSERT_TRUE(store.note_try("c1", "p", "k", 100, kNow - 1h));
  ASSERT_TRUE(store.note_try("c1", "p", "k", 100, kNow - 50s));
  ASSERT_TRUE(store.note_try("c1", "p", "k", 100, kNow - 5s));
  ASSERT_TRUE(store.note_try("c1", "p", "l", 100, kNow));
  ASSERT_TRUE(store.settle_try("c1", "p", "k", 7));
  using Tries = std::vector<std::pair<Timestamp, std::int64_t>>;
  EXPECT_EQ(store.recent("p", "k", kNow - 60s, kNow, "")->tries,
            (Tries{{kNow - 50s, 100}, {kNow - 5s, 7}}));
  EXPECT_EQ(store.recent("p", "", kNow - 60s, kNow, "")->tries.size(), 3u);
}

TEST_F(StoreTest, KeepsAnnouncedLimitsOverARestart) {
  const CooldownKey key{"p", "env:K", "m"};
  {
    Store store = open();
    ASSERT_TRUE(store.put_limit(key, "requests", {0, kNow + 30s}));
    ASSERT_TRUE(store.put_limit(key, "tokens", {5, kNow + 10s}));
  }
  Store store = open();
  EXPECT_EQ(*store.limits(kNow + 20s), (AnnouncedLimits{{key, {{"requests", {0, kNow + 30s}}}}}));
  ASSERT_TRUE(store.remove_limit(key, "requests"));
  EXPECT_TRUE(store.limits(kNow + 20s)->empty());
}

TEST_F(StoreTest, ForgetsCallsAfterNinetyDaysAndKeepsTheirSums) {
  {
    Store store = open();
    for (int i = 0; i < 3; ++i) {
      CallRow row = call("c" + std::to_string(i));
      row.at = i == 2 ? kNow : kNow - std::chrono::days(91);
      row.ref = "p/m";
      row.state = CallState::done;
      row.spent = {{5}, 6};
      ASSERT_TRUE(store.enter(row, 9));
      ASSERT_TRUE(store.settle(row));
    }
  }
  Store store = open();
  EXPECT_EQ(store.calls(9)->size(), 1u);
  EXPECT_EQ(*store.spent(kAll, "2026-11-27"), (Amount{{15}, 18}));
}

// As the first version made it: one call is over, one is under way.
constexpr const char* kVersionOne = R"sql(
CREATE TABLE calls(
  ticket INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
  day TEXT NOT NULL, lane TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
  role TEXT NOT NULL, asked TEXT NOT NULL, ref TEXT NOT NULL, provider TEXT NOT NULL,
  key TEXT NOT NULL, started INTEGER NOT NULL,
  reserved_nanos INTEGER NOT NULL, reserved_tokens INTEGER NOT NULL,
  nanos INTEGER NOT NULL, tokens INTEGER NOT NULL, is_priced INTEGER NOT NULL,
  input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write_5m INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
  first_token_ms INTEGER, total_ms INTEGER, reason TEXT NOT NULL, explain TEXT NOT NULL);
CREATE INDEX calls_in_flight ON calls(state, lane, ticket) WHERE state IN ('waiting', 'active');
CREATE INDEX calls_by_day ON calls(day);
CREATE INDEX calls_by_provider ON calls(provider, started);
CREATE TABLE sums(key TEXT PRIMARY KEY, nanos INTEGER NOT NULL, tokens INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE cooldowns(
  provider TEXT NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL, until INTEGER NOT NULL,
  failures INTEGER NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,
  last_failure INTEGER NOT NULL, last_try INTEGER NOT NULL,
  PRIMARY KEY(provider, key, model)) WITHOUT ROWID;
CREATE TABLE said(key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO calls VALUES(1, 'first', 1800000000000, '2026-11-26', 'agents', 'done', '1:1',
  'coordinator', 'role', 'p/m', 'p', 'env:K', 1800000000000, 0, 0, 30, 12, 1, 8, 0, 0, 0, 4, 0,
  100, 200, '', '{"id":"first"}');
INSERT INTO calls VALUES(2, 'second', 1800000000000, '2026-11-27', 'agents', 'active', '1:1',
  'coordinator', 'role', 'p/m', 'p', 'env:K', 1800000000000, 7, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  NULL, NULL, '', '');
INSERT INTO sums VALUES('day|2026-11-26', 30, 12);
PRAGMA application_id = 1667788143;
PRAGMA user_version = 1;
)sql";

TEST_F(StoreTest, TakesOverAFileOfTheFirstVersion) {
  {
    std::ofstream touch(file_);
    auto database = services::Database::open(file_, 1s);
    ASSERT_TRUE(database && database->script(kVersionOne));
  }
  Store store = open();
  EXPECT_EQ(store.note(), "");
  EXPECT_EQ(*store.spent(kAll, "2026-11-26"), (Amount{{30}, 12}));
  EXPECT_EQ(*store.spent({Period::month, "coordinator", "p", {}, {}, false}, "2026-11-27"),
            (Amount{{37}, 15}));
  EXPECT_EQ((*store.call("first"))->usage.output_tokens, 4);
  EXPECT_EQ((*store.call("second"))->reason, "killed") << "its process is gone";
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
