// One round of keeping a mirror like the source: list both, merge, do what is to be done, remember.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "heartbeat/dispatch.h"
#include "tasks/ledger.h"

namespace chela::heartbeat {

inline constexpr Duration kMirrorEvery = std::chrono::minutes(5);

// What is remembered of a mirror between rounds.
struct MirrorState {
  std::string source;
  std::optional<Timestamp> last_ok;  // both sides were alike then
  Timestamp next{};                  // the epoch: at once
  std::size_t pairs = 0;             // tasks on both sides at last_ok
  int failures = 0;                  // rounds in a row
  std::optional<Timestamp> failing_since;
  std::string problem;      // of the last round; may hold foreign text
  bool is_away = false;     // it did not answer, rather than answering badly
  bool is_partial = false;  // some tasks could not be kept alike, the others are
};

// As the ledger's meta keeps it; what is not ours is a fresh state.
std::string to_text(const MirrorState& state);
MirrorState mirror_state_from(const std::string& text);
std::string mirror_meta_key(const std::string& mirror);

struct MirrorWish {
  bool is_dry = false;             // say what would be done, do nothing
  bool believes_removals = false;  // see tasks::MirrorInput
  std::size_t most_operations = 100;
};

struct MirrorRound {
  std::string source;
  std::string mirror;
  std::size_t pairs = 0;               // tasks that are on both sides now
  std::vector<std::string> done;       // a line per operation that was done, or would be
  std::vector<std::string> conflicts;  // a line each
  std::string problem;                 // "" where both sides are alike now
  bool is_away = false;
  bool is_partial = false;  // `problem` is about some tasks only
  bool has_more = false;    // most_operations were done, and more is to do
};

// Everything outlives the round. [loop-thread]
struct MirrorContext {
  tasks::Ledger& ledger;
  TaskBackend backend;
  std::string source;  // instances
  std::string mirror;
  std::function<bool()> is_ending;  // true: do no further operation; may be empty
};

// Never fails: what goes wrong is `problem`; a task that a backend refuses holds up no other. May
// be killed at any point: a pair is remembered only after all its operations were done, and those
// find themselves done when they are repeated. Tasks that the outbox still owes something are left
// alone.
boost::asio::awaitable<MirrorRound> mirror_round(MirrorContext context, MirrorWish wish,
                                                 Timestamp now);

// After a round that went well the next one is due in `every`; after failures later and later, up
// to an hour, or `every` where that is longer.
MirrorState after_round(MirrorState before, const MirrorRound& round, Duration every,
                        Timestamp now);

// When the next round is due. One that would wait longer than it could have been meant to is due at
// once: the clock has gone back.
Timestamp next_round(const MirrorState& state, Duration every, Timestamp now);

// What a person should be told of this mirror, or "": it answers badly three times in a row, or has
// not been reached for a day (a laptop may sleep over night).
std::string mirror_trouble(const std::string& mirror, const MirrorState& state, Timestamp now);

}  // namespace chela::heartbeat
