// The rules of mirroring, one by one: who wins, what is created, what is believed.
#include "tasks/mirror.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace chela::tasks {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + 12h};

MirrorTask task(const std::string& id, const std::string& title) {
  MirrorTask made;
  made.id = id;
  made.title = title;
  return made;
}

MirrorInput alike(int count) {
  MirrorInput input;
  input.source_name = "markdown";
  input.mirror_name = "reminders";
  for (int i = 1; i <= count; ++i) {
    const auto n = std::to_string(i);
    input.source.push_back(task("s" + n, "task " + n));
    input.mirror.push_back(task("m" + n, "task " + n));
    input.base.push_back({input.source.back(), input.mirror.back()});
  }
  return input;
}

std::vector<MirrorOperation> operations(const MirrorPlan& plan) {
  std::vector<MirrorOperation> all;
  for (const auto& pair : plan.pairs)
    all.insert(all.end(), pair.operations.begin(), pair.operations.end());
  return all;
}

TEST(Reconcile, HasNothingToDoForAlikeSides) {
  const auto plan = reconcile(alike(5), kNow);
  EXPECT_TRUE(operations(plan).empty());
  EXPECT_EQ(plan.pairs.size(), 5U);
  EXPECT_EQ(plan.problem, "");
}

TEST(Reconcile, AClosedTaskThatIsTidiedAwayIsNotTakenForANewOneOfItsTitle) {
  auto input = alike(1);
  input.base[0].source.state = input.base[0].mirror.state = "done";
  input.mirror[0].state = "done";
  input.source = {task("new", "task 1")};
  const auto all = operations(reconcile(input, kNow));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, MirrorOperation::Kind::create);
  EXPECT_EQ(all[0].side, Side::mirror);
}

TEST(Reconcile, CopiesAFieldThatOneSideChanged) {
  const struct {
    const char* name;
    Side changed;
    const char* state;
    Capabilities mirror_keeps;
    const char* copied;  // "": nothing to do
  } cases[] = {
      {"to the mirror", Side::source, "blocked", {}, "blocked"},
      {"to the source", Side::mirror, "done", {}, "done"},
      {"rounded to what the mirror keeps", Side::source, "cancelled", {{"queue", "done"}}, "done"},
      {"nothing where rounding shows no change", Side::source, "blocked", {{"queue", "done"}}, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto input = alike(1);
    input.mirror_keeps = c.mirror_keeps;
    (c.changed == Side::source ? input.source : input.mirror)[0].state = c.state;
    const auto plan = reconcile(input, kNow);
    const auto all = operations(plan);
    EXPECT_TRUE(plan.conflicts.empty());
    ASSERT_EQ(all.size(), *c.copied == '\0' ? 0U : 1U);
    if (all.empty()) continue;
    EXPECT_NE(all[0].side, c.changed);
    EXPECT_EQ(all[0].state, c.copied);
    EXPECT_FALSE(all[0].title.has_value());
  }
}

TEST(Reconcile, LetsTheSideWinThatAPersonTouchedLast) {
  const struct {
    const char* name;
    std::optional<Timestamp> source_before, source_at, mirror_at;
    bool is_ours;
    Side winner;
  } cases[] = {
      {"no times: the source", {}, {}, {}, false, Side::source},
      {"the source is newer", {}, kNow - 1h, kNow - 2h, false, Side::source},
      {"the mirror is newer", {}, kNow - 2h, kNow - 1h, false, Side::mirror},
      {"a time that did not move says nothing", kNow - 2h, kNow - 2h, kNow - 1h, false,
       Side::source},
      {"a time in the future is now", {}, {}, kNow + 24h, false, Side::source},
      {"what chela wrote was touched by nobody", {}, kNow - 1h, kNow - 2h, true, Side::mirror},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto input = alike(1);
    input.base[0].source.updated = c.source_before;
    input.source[0].title = "left";
    input.source[0].updated = c.source_at;
    input.mirror[0].title = "right";
    input.mirror[0].updated = c.mirror_at;
    if (c.is_ours) input.base[0].written = input.source[0];
    const auto plan = reconcile(input, kNow);
    const auto all = operations(plan);
    ASSERT_EQ(all.size(), 2U);
    ASSERT_EQ(all[0].side, Side::source);
    const bool source_wins = c.winner == Side::source;
    EXPECT_EQ(all[0].title, source_wins ? std::nullopt : std::optional<std::string>("right"));
    EXPECT_EQ(all[1].title, source_wins ? std::optional<std::string>("left") : std::nullopt);
    const std::vector<std::string> note{source_wins ? "was: title \"right\" in reminders"
                                                    : "was: title \"left\" in markdown"};
    EXPECT_EQ(all[0].notes, note);
    EXPECT_EQ(all[1].notes, note);
    EXPECT_EQ(plan.conflicts.size(), 1U);
  }
}

TEST(Reconcile, DoesNotCallTheSameChangeOnBothSidesAConflict) {
  auto input = alike(1);
  input.source[0].priority = "high";
  input.mirror[0].priority = "high";
  EXPECT_TRUE(operations(reconcile(input, kNow)).empty());
}

TEST(Reconcile, NeverReadsAFieldThatTheMirrorCannotKeep) {
  auto input = alike(1);
  input.mirror_keeps.priorities.clear();
  input.mirror_keeps.keeps_needs = false;
  input.source[0].priority = input.base[0].source.priority = "high";
  input.source[0].needs = "human";
  input.mirror[0].priority = "low";
  EXPECT_TRUE(operations(reconcile(input, kNow)).empty());
}

TEST(Reconcile, CreatesWhatOnlyOneSideHas) {
  auto input = alike(0);
  input.source = {task("k3f9q2", "from us")};
  input.mirror = {task("7", "from a person")};
  input.source[0].notes = "3 GB left\n";
  auto closed = task("8", "done long ago");
  closed.state = "done";
  input.mirror.push_back(closed);
  const auto all = operations(reconcile(input, kNow));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].side, Side::mirror);
  EXPECT_EQ(all[0].id, "k3f9q2");
  EXPECT_EQ(all[0].notes, std::vector<std::string>{"3 GB left"});
  EXPECT_EQ(all[1].side, Side::source);
  EXPECT_EQ(all[1].id, mirror_key("reminders", "7"));
  EXPECT_EQ(all[1].title, "from a person");
}

TEST(Reconcile, FindsAPartnerInsteadOfCreatingASecondTask) {
  const auto with_key = [](MirrorTask made, const std::string& key) {
    made.key = key;
    return made;
  };
  const struct {
    const char* name;
    MirrorTask source, mirror;
  } cases[] = {
      {"the mirror keeps our id", task("s1", "a"), task("s1", "a")},
      {"the mirror shows our key", task("s1", "a"), with_key(task("9", "a"), "s1")},
      {"the source shows the mirror's key", with_key(task("s1", "a"), mirror_key("reminders", "9")),
       task("9", "a")},
      {"the titles are equal", task("s1", "a"), task("9", "a")},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto input = alike(0);
    input.source = {c.source};
    input.mirror = {c.mirror};
    const auto plan = reconcile(input, kNow);
    EXPECT_TRUE(operations(plan).empty());
    EXPECT_EQ(plan.pairs.size(), 1U);
  }
}

TEST(Reconcile, ClosesWhatIsGoneFromTheOtherSide) {
  const struct {
    const char* name;
    Side gone;
    bool is_touched;
    std::vector<std::string> mirror_states;
    const char* closed_as;  // "": created again
  } cases[] = {
      {"gone from the mirror", Side::mirror, false, {"queue", "done", "cancelled"}, "cancelled"},
      {"gone from the source", Side::source, false, {"queue", "done"}, "done"},
      {"changed in the source since", Side::mirror, true, {"queue", "done"}, ""},
      {"changed on the mirror since", Side::source, true, {"queue", "done"}, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto input = alike(1);
    input.mirror_keeps.states = c.mirror_states;
    (c.gone == Side::source ? input.source : input.mirror).clear();
    auto& left = c.gone == Side::source ? input.mirror : input.source;
    const auto seen_once = reconcile(input, kNow);
    ASSERT_TRUE(operations(seen_once).empty()) << "it may be cut and pasted";
    input.base = {*settle(seen_once.pairs[0], {})};
    EXPECT_EQ(input.base[0].missing, c.gone);
    EXPECT_TRUE(operations(reconcile(input, kNow + kAbsence - 1min)).empty());
    EXPECT_EQ(operations(reconcile(input, kNow - 24h)).size(), 0U) << "the clock has gone back";
    if (c.is_touched) left[0].title = "edited";
    const auto plan = reconcile(input, kNow + kAbsence);
    const auto all = operations(plan);
    ASSERT_EQ(all.size(), 1U);
    if (c.is_touched) {
      EXPECT_EQ(all[0].kind, MirrorOperation::Kind::create);
      EXPECT_EQ(all[0].side, c.gone);
      EXPECT_EQ(all[0].title, "edited");
      continue;
    }
    EXPECT_NE(all[0].side, c.gone);
    EXPECT_EQ(all[0].state, c.closed_as);
    EXPECT_EQ(all[0].notes.size(), 1U);

    // It comes back: so it does on the other side.
    left[0].state = c.closed_as;
    left[0].notes = all[0].notes[0] + "\n";
    input.base = {*settle(plan.pairs[0], {MirrorReply(left[0])})};
    EXPECT_TRUE(operations(reconcile(input, kNow + 24h)).empty());
    const auto n = alike(1);
    (c.gone == Side::source ? input.source : input.mirror) =
        c.gone == Side::source ? n.source : n.mirror;
    const auto back = operations(reconcile(input, kNow + 24h));
    ASSERT_FALSE(back.empty());
    for (const auto& one : back) {
      if (one.side == c.gone)
        EXPECT_FALSE(one.state);
      else
        EXPECT_EQ(one.state, "queue");
    }
  }
}

TEST(Reconcile, WhatItMadeAndNeverSawIsNotTakenForGone) {
  auto input = alike(1);
  input.mirror.clear();
  input.base[0].made = Side::mirror;
  const auto plan = reconcile(input, kNow + 24h);
  EXPECT_TRUE(operations(plan).empty());
  ASSERT_EQ(plan.complaints.size(), 1U);
  EXPECT_EQ(plan.complaints[0], "reminders does not list 'task 1', which it said it had made");
}

TEST(Reconcile, OneThatIsGoneAndOneThatIsNewWithAnotherTitleWasRenamed) {
  auto input = alike(2);
  for (auto& pair : input.base) pair.source.is_derived = true;
  input.source[1].is_derived = true;
  const auto derived = [](const std::string& id, const std::string& title) {
    auto made = task(id, title);
    made.is_derived = true;
    return made;
  };
  input.source[0] = derived("derived", "task 1, better");
  auto all = operations(reconcile(input, kNow));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, "m1");
  EXPECT_EQ(all[0].title, "task 1, better");
  // Two at once cannot be told apart.
  input.source[1] = derived("another", "task 2, better");
  all = operations(reconcile(input, kNow));
  EXPECT_EQ(all.size(), 0U) << "both are gone at once: not believed";
}

TEST(Reconcile, OneThatIsGoneAndAStrangerWithAnIdOfItsOwnAreTwoTasks) {
  auto input = alike(2);
  input.base[0].source.is_derived = true;
  input.source[0] = task("k3f9q2", "book a flight");
  const auto all = operations(reconcile(input, kNow));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, MirrorOperation::Kind::create);
}

// A line was renamed and its old title used again: the key made of that title is another task's.
TEST(Reconcile, AKeyThatIsTakenIsNotUsedAgain) {
  auto input = alike(1);
  input.source[0].id = input.base[0].source.id = "renamed";
  input.mirror[0].id = input.base[0].mirror.id = "k3f9q2";
  input.source.push_back(task("k3f9q2", "weekly report"));
  const auto plan = reconcile(input, kNow);
  const auto all = operations(plan);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, MirrorOperation::Kind::create);
  EXPECT_NE(all[0].id, "k3f9q2");
  // After a crash it is found under that key.
  input.mirror.push_back(task(all[0].id, "weekly report, as this backend writes it"));
  for (const auto& one : operations(reconcile(input, kNow)))
    EXPECT_EQ(one.kind, MirrorOperation::Kind::update);
}

TEST(Reconcile, WithoutACommonPictureNothingIsClosed) {
  auto input = alike(0);
  input.source = {task("k3f9q2", "a")};
  input.mirror = {task("k3f9q2", "a")};
  input.mirror[0].state = "cancelled";
  input.mirror[0].updated = kNow - 1h;
  input.source[0].updated = kNow - 24h;
  const auto all = operations(reconcile(input, kNow));
  for (const auto& one : all) {
    if (one.side == Side::source) {
      EXPECT_FALSE(one.state);
    } else {
      EXPECT_EQ(one.state, "queue");
    }
  }
  EXPECT_FALSE(all.empty());
}

TEST(Reconcile, DoesNotBelieveThatMostTasksAreGoneAtOnce) {
  const struct {
    const char* name;
    int all, gone;
    bool is_believed;
  } cases[] = {
      {"the only one", 1, 1, true},    {"two of two", 2, 2, false},  {"two of three", 3, 2, true},
      {"three of three", 3, 3, false}, {"four of nine", 9, 4, true}, {"four of eight", 8, 4, false},
      {"five of eight", 8, 5, false},
  };
  for (const auto& c : cases) {
    for (const auto side : {Side::source, Side::mirror}) {
      SCOPED_TRACE(c.name);
      auto input = alike(c.all);
      auto& list = side == Side::source ? input.source : input.mirror;
      list.resize(static_cast<std::size_t>(c.all - c.gone));
      for (auto i = list.size(); i < input.base.size(); ++i) {
        input.base[i].missing = side;
        input.base[i].missing_since = kNow - 1h;
      }
      const auto plan = reconcile(input, kNow);
      EXPECT_EQ(plan.problem.empty(), c.is_believed);
      EXPECT_EQ(operations(plan).size(), c.is_believed ? static_cast<std::size_t>(c.gone) : 0U);
      EXPECT_EQ(plan.pairs.empty(), !c.is_believed);
      input.believes_removals = true;
      EXPECT_EQ(operations(reconcile(input, kNow)).size(), static_cast<std::size_t>(c.gone));
    }
  }
}

TEST(Reconcile, AppendsNewNotesOnceAndKeepsThoseTakenAway) {
  auto input = alike(1);
  input.base[0].source.notes = input.source[0].notes = "old\n";
  input.base[0].mirror.notes = "- 05:52 old\n";
  input.mirror[0].notes = "- 05:55 new\n";
  const auto all = operations(reconcile(input, kNow));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].side, Side::source);
  EXPECT_EQ(all[0].notes, std::vector<std::string>{"05:55 new"});
  // Written there, whatever that backend puts in front of it, it is the same line.
  input.source[0].notes += "- 06:00 05:55 new\n";
  EXPECT_TRUE(operations(reconcile(input, kNow)).empty());
}

TEST(Reconcile, CarriesNotesAsTheyStandAndAsOftenAsTheyDo) {
  auto input = alike(1);
  input.mirror[0].notes =
      "08:00 took the pill\n20:00 took the pill\n```\n  code\n```\n\n* a point\n";
  const auto all = operations(reconcile(input, kNow));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].notes, (std::vector<std::string>{"08:00 took the pill", "20:00 took the pill",
                                                    "```", "  code", "```", "a point"}));
}

TEST(Settle, AppendsToNotesWithoutALineEnd) {
  auto input = alike(1);
  input.source[0].notes = "phone 0815\nphone 0817";
  input.mirror[0].notes = input.base[0].source.notes = input.base[0].mirror.notes = "phone 0815";
  const auto plan = reconcile(input, kNow);
  input.mirror[0].notes = "phone 0815\nphone 0817";
  const auto pair = settle(plan.pairs[0], {MirrorReply(input.mirror[0])});
  EXPECT_EQ(pair->mirror.notes, "phone 0815\nphone 0817\n");
  // A corrected note does not come back.
  input.base = {*pair};
  input.source[0].notes = "phone 0817";
  EXPECT_TRUE(operations(reconcile(input, kNow)).empty());
}

// The reply shows what a person did meanwhile: that is news for the next round.
TEST(Settle, TakesFromAReplyOnlyWhatWasSet) {
  auto input = alike(1);
  input.source[0].notes = "3 GB left\n";
  const auto plan = reconcile(input, kNow);
  auto shown = input.mirror[0];
  shown.notes = "- 05:52 3 GB left\n- by phone\n";
  shown.state = "done";
  shown.title = "edited";
  input.base = {*settle(plan.pairs[0], {MirrorReply(shown)})};
  input.mirror = {shown};
  const auto all = operations(reconcile(input, kNow + 1min));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].side, Side::source);
  EXPECT_EQ(all[0].state, "done");
  EXPECT_EQ(all[0].title, "edited");
  EXPECT_EQ(all[0].notes, std::vector<std::string>{"by phone"});
}

TEST(Settle, KeepsTheOldPairUntilEverythingWasDone) {
  auto input = alike(1);
  input.source[0].title = "left";
  input.mirror[0].title = "right";
  const auto plan = reconcile(input, kNow);
  const auto half = settle(plan.pairs[0], {MirrorReply(task("s1", "left"))});
  ASSERT_TRUE(half);
  EXPECT_EQ(half->source.title, "task 1");
  const auto whole =
      settle(plan.pairs[0], {MirrorReply(task("s1", "left")), MirrorReply(task("m1", "left"))});
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->mirror.title, "left");
}

}  // namespace
}  // namespace chela::tasks
