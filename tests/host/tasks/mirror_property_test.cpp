// Random edits on both sides, crashes in between: one round makes them alike, a second one has
// nothing to do, and nothing that a person wrote is lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include <set>

#include "mirror_fake.h"

namespace chela::tasks {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAll = 1'000'000;
#ifdef CHELA_SANITIZED
constexpr unsigned kSeeds = 30;
#else
constexpr unsigned kSeeds = 150;
#endif

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    source_.has_times = pick(2) == 0;
    mirror_.has_times = pick(2) == 0;
    mirror_.shows_keys = pick(4) != 0;
    if (pick(2) == 0) mirror_.note_mark = "- 05:52 ";
    if (pick(2) == 0) mirror_.keeps.states = {"queue", "done"};
    if (pick(3) == 0) mirror_.keeps.priorities = {"low", "high"};
    if (pick(3) == 0) mirror_.keeps.priorities.clear();
    mirror_.keeps.keeps_needs = pick(2) == 0;
  }

  std::size_t pick(std::size_t below) { return random_() % below; }

  void edit_at_random() {
    for (auto* side : {&source_, &mirror_}) {
      written_.erase(side);
      bool has_removed = false;
      for (auto edits = pick(10); edits > 0; --edits) {
        now_ += 1min;
        edit(*side, has_removed);
      }
    }
  }

  // Does a whole round, or dies after `steps` operations, before the ledger hears of the last one.
  // Where people are busy, they go on between the lists and the operations.
  void run_round(std::size_t steps, bool is_busy = false) {
    now_ += 1min;
    const auto plan = reconcile(input(), now_);
    for (auto edits = is_busy ? 6 : 0; edits > 0; --edits)
      edit_task(pick(2) == 0 ? source_ : mirror_, 1 + pick(4));
    ASSERT_EQ(plan.problem, "");
    conflicts += plan.conflicts.size();
    std::vector<MirrorPair> next;
    for (const auto& pair : plan.pairs) {
      std::vector<MirrorReply> replies;
      for (const auto& operation : pair.operations) {
        if (steps == 0) return;
        auto& backend = operation.side == Side::source ? source_ : mirror_;
        replies.push_back(backend.apply(operation, now_));
        ++operations;
        if (--steps == 0) return;
      }
      const auto settled = settle(pair, replies);
      store(pair, settled);
    }
  }

  // What is gone is believed to be gone after a while.
  void run_to_the_end() {
    run_round(kAll);
    now_ += kAbsence;
    run_round(kAll);
  }

  void expect_alike() {
    const auto plan = reconcile(input(), now_ + 1min);
    EXPECT_EQ(plan.problem, "");
    EXPECT_TRUE(plan.conflicts.empty());
    for (const auto& pair : plan.pairs) {
      EXPECT_TRUE(pair.operations.empty());
      if (!pair.source || !pair.mirror) continue;
      EXPECT_EQ(pair.source->title, pair.mirror->title);
      EXPECT_EQ(nearest_state(pair.source->state, mirror_.keeps), pair.mirror->state);
      EXPECT_TRUE(new_lines(pair.source->notes, "", pair.mirror->notes).empty());
      EXPECT_TRUE(new_lines(pair.mirror->notes, "", pair.source->notes).empty());
    }
    // No open task is alone, and none is there twice.
    std::array<std::multiset<std::string>, 2> titles;
    for (const auto& [id, task] : source_.tasks)
      if (is_open_state(task.state)) titles[0].insert(task.title);
    for (const auto& [id, task] : mirror_.tasks)
      if (is_open_state(task.state)) titles[1].insert(task.title);
    EXPECT_EQ(titles[0], titles[1]);
    EXPECT_EQ(std::set<std::string>(titles[0].begin(), titles[0].end()).size(), titles[0].size());
  }

  // What was last written into each title and every note stands somewhere, as itself or as "was:".
  void expect_nothing_lost() {
    std::string all;
    for (const auto* side : {&source_, &mirror_})
      for (const auto& [id, task] : side->tasks) all += "\"" + task.title + "\"\n" + task.notes;
    for (const auto& [side, by_task] : written_) {
      for (const auto& [id, texts] : by_task) {
        if (!texts.title.empty()) {
          EXPECT_NE(all.find("\"" + texts.title + "\""), std::string::npos) << texts.title;
        }
        for (const auto& note : texts.notes)
          EXPECT_NE(all.find(note + "\n"), std::string::npos) << note;
      }
    }
  }

  std::size_t operations = 0;
  std::size_t conflicts = 0;

 private:
  struct Texts {
    std::string title;
    std::vector<std::string> notes;
  };

  void edit(FakeTaskBackend& side, bool& has_removed) {
    const auto text = "text-" + std::to_string(++texts_) + ".";
    if (side.tasks.empty() || pick(10) == 0) {
      auto& made = side.add("");
      made.title = text;
      made.priority = side.keeps.priorities.empty() ? "none" : side.keeps.priorities[0];
      written_[&side][made.id].title = text;
      return;
    }
    const auto what = pick(6);
    if (what < 5) return edit_task(side, what);
    const auto open = std::count_if(side.tasks.begin(), side.tasks.end(), [](const auto& entry) {
      return is_open_state(entry.second.state);
    });
    if (has_removed || open < 6) return;  // fewer than the guard doubts

    has_removed = true;
    auto found = side.tasks.begin();
    std::advance(found, static_cast<long>(pick(side.tasks.size())));
    written_[&side].erase(found->first);
    side.tasks.erase(found);
  }

  void edit_task(FakeTaskBackend& side, std::size_t what) {
    static constexpr std::array states{"queue", "in_progress", "blocked", "done", "cancelled"};
    static constexpr std::array priorities{"none", "low", "medium", "high"};
    if (side.tasks.empty()) return;
    const auto text = "text-" + std::to_string(++texts_) + ".";
    auto found = side.tasks.begin();
    std::advance(found, static_cast<long>(pick(side.tasks.size())));
    auto& task = found->second;
    if (side.has_times) task.updated = now_;
    switch (what) {
      case 0:
        task.title = written_[&side][task.id].title = text;
        return;
      case 1:
        side.add_note(task, text);
        written_[&side][task.id].notes.push_back(text);
        return;
      case 2:
        task.state = nearest_state(states[pick(states.size())], side.keeps);
        return;
      case 3:
        if (side.keeps.priorities.empty()) return;
        task.priority = nearest_priority(priorities[pick(priorities.size())], side.keeps);
        return;
      default:
        if (side.keeps.keeps_needs) task.needs = task.needs.empty() ? "human" : "";
    }
  }

  void store(const PairPlan& plan, const std::optional<MirrorPair>& settled) {
    if (plan.before)
      std::erase_if(base_, [&](const MirrorPair& pair) {
        return pair.source.id == plan.before->source.id && pair.mirror.id == plan.before->mirror.id;
      });
    if (settled) base_.push_back(*settled);
  }

  MirrorInput input() const {
    return {"markdown",     "reminders",   base_,        source_.list(),
            mirror_.list(), source_.keeps, mirror_.keeps};
  }

  std::mt19937 random_;
  FakeTaskBackend source_{"s"};
  FakeTaskBackend mirror_{"m"};
  std::vector<MirrorPair> base_;
  std::map<FakeTaskBackend*, std::map<std::string, Texts>> written_;
  Timestamp now_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 26)};
  int texts_ = 0;
};

TEST(ReconcileProperty, OneRoundMakesBothSidesAlikeAndLosesNothing) {
  std::size_t operations = 0;
  std::size_t conflicts = 0;
  for (unsigned seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    for (int round = 0; round < 25 && !HasFailure(); ++round) {
      world.edit_at_random();
      world.run_to_the_end();
      world.expect_alike();
      world.expect_nothing_lost();
    }
    operations += world.operations;
    conflicts += world.conflicts;
  }
  EXPECT_GT(operations, kSeeds * 50U);
  EXPECT_GT(conflicts, kSeeds / 2);
}

TEST(ReconcileProperty, ACrashAfterAnyOperationNeitherLosesNorDoubles) {
  for (unsigned seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    for (int round = 0; round < 25 && !HasFailure(); ++round) {
      world.edit_at_random();
      for (auto crashes = 1 + world.pick(3); crashes > 0; --crashes)
        world.run_round(1 + world.pick(6));
      world.run_to_the_end();
      world.expect_alike();
      world.expect_nothing_lost();
    }
  }
}

TEST(ReconcileProperty, WhatPeopleEditDuringARoundIsCarriedOverByTheNext) {
  for (unsigned seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    for (int round = 0; round < 25 && !HasFailure(); ++round) {
      world.edit_at_random();
      world.run_round(kAll, true);
      world.run_to_the_end();
      world.expect_alike();
      world.expect_nothing_lost();
    }
  }
}

}  // namespace
}  // namespace chela::tasks
