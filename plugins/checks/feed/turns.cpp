#include "turns.h"

#include <algorithm>

namespace feed {
namespace {

constexpr chela::Duration kLeast = std::chrono::seconds(1);

}  // namespace

Turns::Turns(std::size_t feeds, Place begin, chela::Duration timeout, chela::Duration total)
    : begin_(begin),
      whole_(std::min({timeout, total, feeds == 1 ? total : std::max(kLeast, total / 2)})),
      total_(total),
      state_(feeds) {
  queue_.push_back(begin.first);
  for (std::size_t i = 0; i < feeds; ++i) {
    const auto feed = (begin.next + i) % feeds;
    if (feed != begin.first) queue_.push_back(feed);
  }
}

std::optional<Turn> Turns::next(chela::Duration spent) {
  const auto left = total_ - spent;
  if (queue_.empty() || (has_begun_ && left < kLeast)) return std::nullopt;
  const auto feed = queue_.front();
  const auto share = std::max(kLeast, left / static_cast<std::int64_t>(queue_.size()));
  queue_.pop_front();
  const bool is_again = state_[feed] == State::silent;
  const auto timeout = !has_begun_ ? whole_ : std::min(whole_, is_again ? left : share);
  has_begun_ = true;
  return Turn{feed, timeout, timeout == whole_};
}

void Turns::ended(const Turn& turn, bool is_silent) {
  State& state = state_[turn.feed];
  if (is_silent && !turn.is_whole) {
    if (state == State::waiting) queue_.push_back(turn.feed);
    state = State::silent;
    return;
  }
  state = State::judged;
  ++judged_;
}

std::size_t Turns::covered() const {
  std::size_t count = 0;
  while (count < state_.size() && state_[(begin_.next + count) % state_.size()] != State::waiting)
    ++count;
  return count;
}

Place Turns::after() const {
  Place place{begin_.first, (begin_.next + covered()) % state_.size()};
  for (std::size_t i = 0; i < state_.size(); ++i) {
    place.first = (begin_.first + i) % state_.size();
    if (state_[place.first] != State::judged) return place;
  }
  place.first = begin_.first;
  return place;
}

}  // namespace feed
