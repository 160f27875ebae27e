// What keeps two task backends alike: a three-way merge per task and per field. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace chela::tasks {

enum class Side { source, mirror };

constexpr Side other_side(Side side) {
  return side == Side::source ? Side::mirror : Side::source;
}

// The member `source` or `mirror` of a pair, a plan or an input.
template <class T>
auto& on(Side side, T& both) {
  return side == Side::source ? both.source : both.mirror;
}

// A task as one backend shows it. Names of states and priorities are those of chela.tasks/1.
struct MirrorTask {
  std::string id;   // this backend's own
  std::string key;  // the idempotency key it was created with, "" where the backend does not say
  std::string title;
  std::string state = "queue";
  std::string priority = "none";
  std::string needs;                   // "human" or ""
  std::string notes;                   // lines
  std::optional<Timestamp> updated{};  // as the backend says, if it does
  bool is_derived = false;             // the id is made of the title, and changes with it

  bool operator==(const MirrorTask&) const = default;
};

// What a backend can keep. A field that it cannot keep is neither written to it nor read from it;
// a state or priority that it does not tell apart becomes the nearest one that it does.
struct Capabilities {
  std::vector<std::string> states{"queue", "in_progress", "blocked", "done", "cancelled"};
  std::vector<std::string> priorities{"none", "low", "medium", "high"};  // empty: none kept
  bool keeps_needs = true;
  bool keeps_notes = true;
};

// One task on both sides, each as that side showed it when both were last alike. Each side is
// compared with its own picture, so what a backend rounds or drops is never taken for an edit.
struct MirrorPair {
  MirrorTask source;
  MirrorTask mirror;
  // The source as chela last wrote it on its own behalf. A source field that equals it was touched
  // by nobody, and gives way to a person's edit on the mirror.
  std::optional<MirrorTask> written{};
  // The side on which the task was not found, and since when. Once it was closed on the other side
  // for that, its picture here says "cancelled": where it comes back, that is news.
  std::optional<Side> missing{};
  Timestamp missing_since{};
  // One side was made by us and has not been seen in a list yet.
  std::optional<Side> made{};
  bool operator==(const MirrorPair&) const = default;
};

// One call to the backend of `side`; at least one member is set.
struct MirrorOperation {
  enum class Kind { create, update };
  Side side = Side::mirror;
  Kind kind = Kind::update;
  std::string id;  // update: the task's; create: the idempotency key
  std::optional<std::string> title{};
  std::optional<std::string> state{};
  std::optional<std::string> priority{};
  std::optional<std::string> needs{};
  std::vector<std::string> notes{};  // to append, in this order
};

// What is to be done for one task. Do the operations in order and stop at the first failure; then
// store what settle() answers. Storing it pair by pair makes a crash at any point harmless.
struct PairPlan {
  std::optional<MirrorPair> before{};  // absent: not known yet
  std::optional<MirrorTask> source{};  // as seen now; absent: to be created, or gone
  std::optional<MirrorTask> mirror{};
  std::vector<MirrorOperation> operations{};
  std::optional<Side> missing{};  // see MirrorPair
  Timestamp missing_since{};
  bool is_dropped = false;  // gone from both sides: the pair is forgotten
};

// What an operation was answered with.
struct MirrorReply {
  MirrorTask task;
  bool is_new = true;  // of a create: false where the task was there already
  MirrorReply(MirrorTask shown, bool made = true) : task(std::move(shown)), is_new(made) {}
};

struct MirrorPlan {
  std::vector<PairPlan> pairs;          // all of them, those with nothing to do included
  std::vector<std::string> conflicts;   // a line each; may hold foreign text
  std::vector<std::string> complaints;  // what one task's backend does that it must not; likewise
  std::string problem;                  // not "": one side could not be seen, so nothing is done
};

struct MirrorInput {
  std::string source_name;  // instance ids, for the lines that people read
  std::string mirror_name;
  std::vector<MirrorPair> base;    // what settle() answered in earlier rounds
  std::vector<MirrorTask> source;  // complete lists, closed tasks included
  std::vector<MirrorTask> mirror;
  Capabilities source_keeps;
  Capabilities mirror_keeps;
  bool believes_removals = false;  // a person says that most of a list is meant to be gone
};

// The rules:
//   * One side changed a field: the other gets it. Both did, differently: the side that a person
//     touched last wins, and the loser's value becomes a note on both sides. An `updated` counts as
//     the time of an edit only where it moved since the base (people edit files without moving it);
//     else the edit is as old as its being seen, `now`. At the same time the source wins.
//   * Lines added to the notes of one side are appended to the other; lines taken away stay there.
//   * An open task without a partner is created on the other side; a closed one is left alone.
//     A partner is found by the pair's ids, by the idempotency key, else by an equal title that is
//     unique among the open tasks of both sides without one.
//     Without a common picture open wins over closed: nothing is closed on a guess.
//   * One open task of a side whose id was made of its title is gone, and one that is alike but for
//     its title is new there: renamed.
//   * Gone from one side for 10 minutes: cancelled (or done) on the other with a note, unless a
//     person changed it there since; then it is created again, and so it is where it comes back.
//     Nothing is ever removed. What we made and never saw in a list is not taken for gone.
//   * Half and more of the tasks gone at once, and more than 3 or all: the list is not believed.
// After all operations were done and settled, the next round has nothing to do.
inline constexpr Duration kAbsence = std::chrono::minutes(10);
MirrorPlan reconcile(const MirrorInput& input, Timestamp now);

// The pair to store after its operations; nullopt: none.
//   replies  what each operation was answered with, as far as they were done
// Only what the operations set is taken from the replies: what else they show was changed since the
// lists were read, and is news for the next round. Where some were not done it is `before`: the
// next round finds what was done as already alike.
std::optional<MirrorPair> settle(const PairPlan& plan, const std::vector<MirrorReply>& replies);

// The idempotency key on the other side for a task of `backend`: always the same one, so that a
// create repeated after a crash finds its task. 12 characters.
std::string mirror_key(std::string_view backend, std::string_view task_id);

// The key on a mirror for a task of the source: its id where that is a key, so that people meet the
// same id on both sides; else mirror_key().
std::string key_for_mirror(std::string_view source_name, std::string_view task_id);

}  // namespace chela::tasks
