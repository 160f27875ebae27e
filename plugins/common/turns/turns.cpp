#include "turns.h"

#include <algorithm>
#include <cstdint>

namespace turns {
namespace {

constexpr chela::Duration kLeast = std::chrono::seconds(1);

}  // namespace

Place read_place(const json::value& cursor, std::size_t count) {
  const auto number = [&](const char* name) {
    return static_cast<std::size_t>(std::max<std::int64_t>(chela::get_int(cursor, name), 0));
  };
  return {number("first") % count, number("next") % count, std::min(number("silent"), count)};
}

void write_place(json::object& cursor, const Place& place) {
  cursor["first"] = place.first;
  cursor["next"] = place.next;
  cursor["silent"] = place.silent;
}

Turns::Turns(std::size_t count, Place begin, chela::Duration timeout, chela::Duration total)
    : begin_(begin),
      whole_(std::min({timeout, total, count == 1 ? total : std::max(kLeast, total / 2)})),
      total_(total),
      state_(count) {
  queue_.push_back(begin.first);
  for (std::size_t i = 0; i < count; ++i) {
    const auto index = (begin.next + i) % count;
    if (index != begin.first) queue_.push_back(index);
  }
}

std::optional<Turn> Turns::next(chela::Duration spent) {
  const auto left = total_ - spent;
  if (queue_.empty() || (has_begun_ && left < kLeast)) return std::nullopt;
  const auto index = queue_.front();
  const auto share = std::max(kLeast, left / static_cast<std::int64_t>(queue_.size()));
  queue_.pop_front();
  const bool is_again = state_[index] == State::silent;
  const auto timeout = !has_begun_ ? whole_ : std::min(whole_, is_again ? left : share);
  has_begun_ = true;
  return Turn{index, timeout, timeout == whole_};
}

void Turns::ended(const Turn& turn, bool is_silent) {
  State& state = state_[turn.index];
  if (is_silent && !turn.is_whole) {
    if (state == State::waiting) queue_.push_back(turn.index);
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

Place Turns::after(bool is_silent) const {
  Place place{begin_.first, (begin_.next + covered()) % state_.size(),
              is_silent ? std::min(begin_.silent + covered(), state_.size()) : 0};
  for (std::size_t i = 0; i < state_.size(); ++i) {
    place.first = (begin_.first + i) % state_.size();
    if (state_[place.first] != State::judged) return place;
  }
  place.first = begin_.first;
  return place;
}

}  // namespace turns
