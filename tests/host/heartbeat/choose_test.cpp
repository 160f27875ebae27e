// Whatever is asked for: no check is chosen twice, and a quarantined plugin is tried once.
#include "heartbeat/choose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chela::heartbeat {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Timestamp kNow = Timestamp(std::chrono::hours(500'000));

// Three instances of one plugin, then one of another; all due, all with a window of their own age.
struct Desk {
  Desk() {
    for (const char* id : {"a", "b", "c", "good"}) {
      CheckPlan plan;
      plan.id = id;
      plan.every = minutes(10);
      all.plans.push_back(std::move(plan));
      all.needs.emplace_back();
      all.times.push_back({kNow - minutes(30), kNow - minutes(30), 0});
      all.plugins.push_back(std::string(id) == "good" ? "check.good" : "check.bad");
    }
  }
  Desk& quarantined(Timestamp until) {
    all.quarantines["check.bad"] = {"check.bad", until - minutes(10), until, "crashed"};
    for (std::size_t i = 0; i < 3; ++i) all.plans[i].paused_until = until;
    return *this;
  }
  Desk& running(const char* id) {
    all.under_way.insert(id);
    return *this;
  }
  std::vector<std::string> chosen(const Wish& wish, std::size_t per_tick = 0) {
    Policy policy;
    policy.per_tick = per_tick;
    Choice choice = choose(all, wish, kNow, policy);
    notes = std::move(choice.notes);
    std::vector<std::string> ids;
    for (const auto i : choice.chosen) ids.push_back(all.plans[i].id);
    return ids;
  }
  Candidates all;
  std::vector<std::string> notes;
};

const Wish kDue{};
const Wish kAll{true, std::nullopt};
Wish one(std::size_t i) {
  return {false, i};
}

TEST(Choose, WhatIsUnderWayIsNotChosenAgain) {
  EXPECT_THAT(Desk().chosen(kDue), ElementsAre("a", "b", "c", "good"));
  EXPECT_THAT(Desk().running("a").running("c").chosen(kDue), ElementsAre("b", "good"));
  EXPECT_THAT(Desk().running("a").chosen(kDue, 1), ElementsAre("b"));
}

TEST(Choose, WhatIsNeededGoesFirstAndHoldsUpWhatNeedsItWhileItIsUnderWay) {
  Desk desk;
  desk.all.needs[0] = {"good"};
  desk.all.needs[1] = {"a"};
  EXPECT_THAT(desk.chosen(kDue, 1), ElementsAre("good"));
  EXPECT_THAT(desk.running("good").chosen(kDue), ElementsAre("c"));
  EXPECT_THAT(desk.chosen(one(0)), ElementsAre("a")) << "who asks for it has it";
}

TEST(Choose, WhoAsksJoinsARunThatIsUnderWay) {
  EXPECT_THAT(Desk().running("b").chosen(one(1)), ElementsAre("b"));
  EXPECT_THAT(Desk().running("b").chosen(kAll), ElementsAre("a", "c", "good", "b"));
}

TEST(Choose, AQuarantinedPluginHasOneTrialRun) {
  const Timestamp past = kNow - minutes(1);
  EXPECT_THAT(Desk().quarantined(past).chosen(kDue), ElementsAre("good", "a"));
  EXPECT_THAT(Desk().quarantined(past).running("b").chosen(kDue), ElementsAre("good"));
  EXPECT_THAT(Desk().quarantined(kNow + minutes(5)).chosen(kDue), ElementsAre("good"));
}

TEST(Choose, WhoAsksForAllHasOneTrialAndIsToldSo) {
  Desk desk;
  EXPECT_THAT(desk.quarantined(kNow + minutes(5)).chosen(kAll), ElementsAre("good", "a"));
  EXPECT_THAT(desk.notes,
              ElementsAre("check.bad is quarantined for another 5 min; a runs as its trial, left "
                          "out: b, c"));
}

TEST(Choose, WhoAsksForOneHasItBeforeItsTimeAndIsToldSo) {
  Desk desk;
  EXPECT_THAT(desk.quarantined(kNow + minutes(5)).chosen(one(1)), ElementsAre("b"));
  EXPECT_THAT(desk.notes,
              ElementsAre("check.bad is quarantined for another 5 min; b runs because you asked"));
  EXPECT_THAT(desk.running("a").chosen(one(1)), IsEmpty());
  EXPECT_THAT(desk.notes, ElementsAre(HasSubstr("a trial run of check.bad is under way")));
}

TEST(NextCheck, PassesOverWhatIsUnderWayAndNamesTheOther) {
  Desk desk;
  desk.quarantined(kNow + minutes(5)).running("good");
  const auto next = next_check(desk.all, kNow, {});
  EXPECT_EQ(next.at, kNow + minutes(5));
  EXPECT_EQ(next.check, "a");
  desk.running("b");
  EXPECT_EQ(next_check(desk.all, kNow, {}).at, kNever) << "its trial is under way";
}

}  // namespace
}  // namespace chela::heartbeat
