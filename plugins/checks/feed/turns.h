// Whose turn it is and how long it may take, so that feeds that hang do not keep a run from the
// others. Pure.
#pragma once

#include <chela/duration.h>

#include <deque>
#include <optional>
#include <vector>

namespace feed {

// Where a run begins; indices of feeds.
struct Place {
  std::size_t first = 0;  // has waited longest for a verdict
  std::size_t next = 0;   // the others from here on
};

struct Turn {
  std::size_t feed = 0;
  chela::Duration timeout{};
  bool is_whole = true;  // as long as a feed may take: silence is a verdict
};

// One run over all feeds. The first may take its whole timeout (of several at most half of
// `total`), the others share what is left, at least a second each. Who is silent in a turn that was
// cut short has another one at the end while there is time, and else no verdict in this run.
class Turns {
 public:
  Turns(std::size_t feeds, Place begin, chela::Duration timeout, chela::Duration total);

  // `spent`: since the run began. Nothing where all had their turn or the time is over.
  std::optional<Turn> next(chela::Duration spent);
  // That turn is over; `is_silent`: no answer in time.
  void ended(const Turn& turn, bool is_silent);

  bool have_all_verdicts() const { return judged_ == state_.size(); }
  // How many were asked from `begin.next` on without a gap.
  std::size_t covered() const;
  // Of the next run: who got no verdict is the first of it, who was not asked comes next.
  Place after() const;

 private:
  enum class State { waiting, silent, judged };

  Place begin_;
  chela::Duration whole_;
  chela::Duration total_;
  std::vector<State> state_;  // by feed
  std::deque<std::size_t> queue_;
  std::size_t judged_ = 0;
  bool has_begun_ = false;
};

}  // namespace feed
