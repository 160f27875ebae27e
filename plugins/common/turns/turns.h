// Whose turn it is and how long it may take, where one run asks many servers one after the other
// and those that hang must not hide the others. Pure.
#pragma once

#include <chela/duration.h>
#include <chela/json.h>

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace turns {

namespace json = chela::json;

// Where a run begins; indices of what is asked.
struct Place {
  std::size_t first = 0;   // has waited longest for a verdict
  std::size_t next = 0;    // the others from here on
  std::size_t silent = 0;  // so many were asked in a row, in whichever runs, and nobody answered
};

// The members `first`, `next` and `silent` of a cursor, and back. What they hold that cannot be is
// brought within `count`, which is at least 1.
Place read_place(const json::value& cursor, std::size_t count);
void write_place(json::object& cursor, const Place& place);

struct Turn {
  std::size_t index = 0;
  chela::Duration timeout{};
  bool is_whole = true;  // as long as one may take: silence is a verdict
};

// One run over `count` servers. The first may take its whole timeout (of several at most half of
// `total`), the others share what is left, at least a second each. Who is silent in a turn that was
// cut short has another one at the end while there is time, and else no verdict in this run.
class Turns {
 public:
  Turns(std::size_t count, Place begin, chela::Duration timeout, chela::Duration total);

  // `spent`: since the run began. Nothing where all had their turn or the time is over.
  std::optional<Turn> next(chela::Duration spent);
  // That turn is over; `is_silent`: no answer in time.
  void ended(const Turn& turn, bool is_silent);

  std::size_t judged() const { return judged_; }
  bool have_all_verdicts() const { return judged_ == state_.size(); }
  // Of the next run: who got no verdict is the first of it, who was not asked comes next.
  // `is_silent`: nobody answered in this run.
  Place after(bool is_silent) const;

 private:
  enum class State { waiting, silent, judged };

  // How many were asked from `begin.next` on without a gap.
  std::size_t covered() const;

  Place begin_;
  chela::Duration whole_;
  chela::Duration total_;
  std::vector<State> state_;  // by index
  std::deque<std::size_t> queue_;
  std::size_t judged_ = 0;
  bool has_begun_ = false;
};

}  // namespace turns
