// A plugin is put aside, tried once, let in again: the rule, and what the ledger keeps of it.
#include "heartbeat/quarantine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <set>

#include "heartbeat/judge_plugin.h"

namespace chela::heartbeat {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Timestamp kNow = Timestamp(hours(500'000));

tasks::FaultRow fault_at(Timestamp at) {
  return {"x", "check.x", at, "crashed"};
}

Standing aside(Timestamp since, Duration length, int doublings = 0) {
  Standing standing;
  standing.row = tasks::QuarantineRow{"check.x", since, since + length, "crashed"};
  standing.began = since;
  standing.doublings = doublings;
  return standing;
}

Standing lifted(Timestamp at, int doublings) {
  Standing standing;
  standing.lifted = at;
  standing.doublings = doublings;
  return standing;
}

TEST(Quarantine, ComesWithTheThirdFaultInTenMinutes) {
  using Faults = std::vector<tasks::FaultRow>;
  const struct {
    const char* name;
    bool has_fault;
    Faults recent;
    Standing before;
    QuarantineStep step;
  } cases[] = {
      {"the third", true, {fault_at(kNow - minutes(9)), fault_at(kNow)}, {}, QuarantineStep::set},
      {"a good run", false, {fault_at(kNow), fault_at(kNow)}, {}, QuarantineStep::none},
      {"the second", true, {fault_at(kNow - minutes(1))}, {}, QuarantineStep::none},
      {"one is too old",
       true,
       {fault_at(kNow - minutes(11)), fault_at(kNow)},
       {},
       QuarantineStep::none},
      {"one lies in the future",
       true,
       {fault_at(kNow + hours(9)), fault_at(kNow)},
       {},
       QuarantineStep::none},
      {"they were forgiven",
       true,
       {fault_at(kNow - minutes(3)), fault_at(kNow - minutes(2))},
       lifted(kNow - minutes(1), 0),
       QuarantineStep::none},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    PluginRun run{kNow - seconds(1), std::nullopt};
    if (c.has_fault) run.fault = "crashed";
    const auto verdict = after_run("check.x", run, c.recent, c.before, kNow);
    EXPECT_EQ(verdict.step, c.step);
    if (verdict.step == QuarantineStep::set) {
      EXPECT_EQ(verdict.after.row->until, kNow + minutes(10));
    }
  }
}

TEST(Quarantine, EndsWithAGoodRunAndDoublesWithABadTrial) {
  const Standing now_due = aside(kNow - minutes(10), minutes(10));
  const Standing not_due = aside(kNow - minutes(4), minutes(10));
  const Standing from_future = aside(kNow + hours(9), minutes(10));
  const struct {
    const char* name;
    Standing before;
    Timestamp started;
    bool has_fault;
    QuarantineStep step;
  } cases[] = {
      {"a good trial", now_due, kNow, false, QuarantineStep::lift},
      {"a bad trial", now_due, kNow, true, QuarantineStep::set},
      {"a good run that a person asked for", not_due, kNow, false, QuarantineStep::lift},
      {"a bad run that a person asked for", not_due, kNow, true, QuarantineStep::none},
      {"a bad run that had begun before", not_due, kNow - minutes(5), true, QuarantineStep::none},
      {"a good run that had begun before", not_due, kNow - minutes(5), false, QuarantineStep::none},
      {"a good run after the clock was put back", from_future, kNow, false, QuarantineStep::lift},
      {"a bad run after the clock was put back", from_future, kNow, true, QuarantineStep::set},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    PluginRun run{c.started, std::nullopt};
    if (c.has_fault) run.fault = "crashed again";
    const auto verdict = after_run("check.x", run, {}, c.before, kNow);
    EXPECT_EQ(verdict.step, c.step);
    if (c.step == QuarantineStep::lift) {
      EXPECT_FALSE(verdict.after.row.has_value());
      EXPECT_EQ(verdict.after.lifted, kNow);
    }
    if (c.step == QuarantineStep::set) {
      const auto& row = verdict.after.row;
      EXPECT_EQ(row->since, kNow);
      EXPECT_EQ(row->reason, "crashed again");
      EXPECT_LE(row->until - row->since, minutes(20));
      EXPECT_GE(row->until - row->since, minutes(18));
    }
  }
}

TEST(Quarantine, ABackendsTrialIsTheOperationThatItFailedIn) {
  Standing failed_in_create = aside(kNow - minutes(10), minutes(10));
  failed_in_create.failed_in = "create";
  Standing failed_at_start = failed_in_create;
  failed_at_start.failed_in.clear();
  const struct {
    const char* name;
    Standing before;
    const char* operation;
    bool has_fault;
    Timestamp started;
    QuarantineStep step;
  } cases[] = {
      {"a good one of it", failed_in_create, "create", false, kNow, QuarantineStep::lift},
      {"a good one of another", failed_in_create, "list", false, kNow, QuarantineStep::none},
      {"a bad one of it", failed_in_create, "create", true, kNow, QuarantineStep::set},
      {"a bad one of another", failed_in_create, "list", true, kNow, QuarantineStep::set},
      {"a good one of another, a day later", failed_in_create, "list", false, kNow + hours(24),
       QuarantineStep::lift},
      {"any, where it did not even start", failed_at_start, "list", false, kNow,
       QuarantineStep::lift},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    PluginRun run{c.started, std::nullopt, c.operation};
    if (c.has_fault) run.fault = "crashed again";
    const auto verdict = after_run("check.x", run, {}, c.before, c.started);
    EXPECT_EQ(verdict.step, c.step);
    if (c.step == QuarantineStep::set) {
      EXPECT_EQ(verdict.after.failed_in, c.operation) << "the last one is what it is tried by";
    }
  }
}

TEST(Quarantine, DoublesUpToADayAndBeginsAnewAfterAGoodDay) {
  Timestamp now = kNow;
  Standing standing = aside(now, minutes(10));
  Duration last = minutes(10);
  for (int trial = 0; trial < 20; ++trial) {
    now = standing.row->until;
    standing = after_run("check.x", {now, "crashed"}, {}, standing, now).after;
    const Duration length = standing.row->until - standing.row->since;
    EXPECT_LE(length, kLongestQuarantine);
    if (trial < 7) {
      EXPECT_GT(length, last);
    }
    if (trial > 9) {
      EXPECT_GE(length, kLongestQuarantine / 10 * 9);
    }
    last = length;
  }
  EXPECT_EQ(standing.began, kNow);

  const auto relapse = [&](Timestamp lifted_at, int doublings) {
    const std::vector<tasks::FaultRow> two{fault_at(now - minutes(1)), fault_at(now - minutes(1))};
    const auto verdict =
        after_run("check.x", {now, "crashed"}, two, lifted(lifted_at, doublings), now);
    return verdict.after.row->until - now;
  };
  EXPECT_GE(relapse(now - hours(1), 1), minutes(36)) << "it goes on where it was";
  EXPECT_EQ(relapse(now - hours(25), 5), minutes(10)) << "after a good day";
  EXPECT_EQ(relapse(now - hours(1), released(standing, now).doublings), minutes(10))
      << "after a person lifted it";
}

TEST(Quarantine, TwoPluginsThatBrokeTogetherAreNotTriedTogether) {
  std::set<Duration> lengths;
  for (const char* plugin : {"check.a", "check.b", "check.c", "check.d"}) {
    Standing standing = aside(kNow - minutes(10), minutes(10), 3);
    standing.row->plugin = plugin;
    const auto verdict = after_run(plugin, {kNow, "crashed"}, {}, standing, kNow);
    lengths.insert(verdict.after.row->until - kNow);
  }
  EXPECT_GE(lengths.size(), 3u);
}

TEST(Quarantine, ATrialIsDueAtOnceWhereTheRowCannotBeBelieved) {
  const struct {
    const char* name;
    tasks::QuarantineRow row;
    Timestamp trial;
  } cases[] = {
      {"regular", {"x", kNow - minutes(4), kNow + minutes(6), ""}, kNow + minutes(6)},
      {"over", {"x", kNow - minutes(40), kNow - minutes(30), ""}, kNow - minutes(30)},
      {"set by a clock that was ahead", {"x", kNow + hours(9), kNow + hours(10), ""}, kNow},
      {"longer than any", {"x", kNow - minutes(4), kNow + hours(9000), ""}, kNow},
      {"nudged by seconds", {"x", kNow + seconds(20), kNow + minutes(10), ""}, kNow + minutes(10)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(trial_at(c.row, kNow), c.trial);
  }
}

class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() {
    std::string pattern = std::string(CHELA_BINARY_DIR) + "/tests/judge.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    auto ledger = tasks::Ledger::open(folder_ / "ledger.db");
    EXPECT_TRUE(ledger.has_value());
    ledger_.emplace(std::move(*ledger));
  }
  ~JudgeTest() override {
    ledger_.reset();
    std::filesystem::remove_all(folder_);
  }
  // A tick with one run per instance, all of one plugin; the faults are kept as a tick does.
  Judge judge(Timestamp now, const std::vector<std::optional<std::string>>& runs) {
    Judge judge(*ledger_, now);
    for (const auto& fault : runs) {
      EXPECT_TRUE(judge.take("check.x", "x", {now, fault}).has_value());
    }
    EXPECT_TRUE(judge.apply().has_value());
    for (const auto& fault : runs) {
      if (fault) {
        EXPECT_TRUE(ledger_->record_fault({"x", "check.x", now, *fault}).has_value());
      }
    }
    return judge;
  }
  std::vector<tasks::QuarantineRow> rows() { return *ledger_->quarantines(); }

  std::filesystem::path folder_;
  std::optional<tasks::Ledger> ledger_;
};

TEST_F(JudgeTest, CountsTheFaultsOfOneTickTogetherAndPutsAsideOnce) {
  const auto judged = judge(kNow, {"crashed", "crashed", "crashed", "crashed"});
  ASSERT_EQ(judged.problems().size(), 1u);
  EXPECT_NE(judged.problems()[0].find("check.x is quarantined for 10 min"), std::string::npos);
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].until, kNow + minutes(10));
}

TEST_F(JudgeTest, SaysHowLongItWasAsideAndRemembersTheDoubling) {
  judge(kNow, {"crashed", "crashed", "crashed"});
  const Timestamp first_trial = kNow + minutes(10);
  judge(first_trial, {"crashed"});
  const auto good = judge(first_trial + minutes(30), {std::nullopt});
  ASSERT_EQ(good.lifted().size(), 1u);
  EXPECT_EQ(good.lifted()[0], "check.x works again after 40 min of quarantine");
  EXPECT_TRUE(rows().empty());
  const Timestamp relapse = first_trial + hours(2);
  judge(relapse, {"crashed", "crashed", "crashed"});
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_GE(rows()[0].until - relapse, minutes(36));
}

TEST_F(JudgeTest, APersonLiftsItAndWhatWasIsForgiven) {
  EXPECT_EQ(release(*ledger_, "check.x", kNow).error().code, ErrorCode::failed_precondition);
  judge(kNow, {"crashed", "crashed", "crashed"});
  const auto row = release(*ledger_, "check.x", kNow + minutes(1));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->reason, "crashed");
  EXPECT_TRUE(rows().empty());
  EXPECT_TRUE(judge(kNow + minutes(2), {"crashed", "crashed"}).problems().empty());
  EXPECT_EQ(judge(kNow + minutes(3), {"crashed"}).problems().size(), 1u);
}

TEST_F(JudgeTest, KeepsWhichOperationTheNextTrialIsAbout) {
  const auto call = [&](Timestamp now, const char* operation, std::optional<std::string> fault) {
    Judge judge(*ledger_, now);  // a new one each time, as each call of a backend has
    EXPECT_TRUE(judge.take("check.x", "x", {now, fault, operation}).has_value());
    EXPECT_TRUE(judge.apply().has_value());
    if (fault) {
      EXPECT_TRUE(ledger_->record_fault({"x", "check.x", now, *fault}).has_value());
    }
  };
  for (int i = 0; i < 3; ++i) call(kNow, "create", "crashed");
  const Timestamp trial = kNow + minutes(10);
  call(trial, "list", std::nullopt);
  EXPECT_EQ(rows().size(), 1u) << "that it lists was never in doubt";
  call(trial, "create", "crashed");
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].since, trial) << "one crash is enough";
  call(rows()[0].until, "create", std::nullopt);
  EXPECT_TRUE(rows().empty());
}

TEST_F(JudgeTest, UnderstandsARowOfAnEarlierChela) {
  ASSERT_TRUE(
      ledger_->set_quarantine({"check.x", kNow, kNow + minutes(40), "crashed"}).has_value());
  judge(kNow + minutes(40), {"crashed"});
  ASSERT_EQ(rows().size(), 1u);
  const Duration length = rows()[0].until - rows()[0].since;
  EXPECT_GE(length, minutes(72));
  EXPECT_LE(length, minutes(80));
}

}  // namespace
}  // namespace chela::heartbeat
