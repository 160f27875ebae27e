#include "heartbeat/schedule.h"

#include <algorithm>
#include <cassert>

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

// Most checks share one zone, and its offset holds for months: look it up once per run of equals.
class SpanMemo {
 public:
  explicit SpanMemo(Timestamp now) : now_(now) {}
  const OffsetSpan& of(const CheckPlan& plan) {
    if (plan.window && (!zone_ || !(*zone_ == plan.window->zone))) {
      zone_ = &plan.window->zone;
      span_ = zone_->span_at(now_);
    }
    return span_;
  }

 private:
  Timestamp now_;
  const Zone* zone_ = nullptr;
  OffsetSpan span_;
};

Due::Why why(DueTime::Basis basis) {
  switch (basis) {
    case DueTime::Basis::slot:
      return Due::Why::overdue;
    case DueTime::Basis::first_run:
      return Due::Why::first_run;
    case DueTime::Basis::retry:
      return Due::Why::retry;
    case DueTime::Basis::clock_back:
      return Due::Why::clock_back;
  }
  return Due::Why::overdue;
}

// Raises to last chance whoever could otherwise be shut out. With the closing times in order, the
// i-th needs the ticks of all before it besides its own; where it cannot wait any longer, neither
// can they.
void mark_last_chances(std::vector<Due>& due, std::vector<std::size_t>& candidates, Timestamp now,
                       const Policy& policy) {
  if (policy.last_chance_ticks <= 0 || candidates.empty()) return;
  const Duration tick = std::max<Duration>(policy.tick, seconds(1));
  const auto ticks_for = [&](std::size_t others) {
    const std::size_t waiting = policy.per_tick == 0 ? 0 : others / policy.per_tick;
    return tick * (policy.last_chance_ticks + static_cast<std::int64_t>(waiting));
  };
  const Timestamp horizon = now + ticks_for(candidates.size());
  std::erase_if(candidates, [&](std::size_t i) { return due[i].closes > horizon; });
  std::sort(candidates.begin(), candidates.end(),
            [&](std::size_t a, std::size_t b) { return due[a].closes < due[b].closes; });
  std::size_t urgent = 0;
  for (std::size_t rank = 0; rank < candidates.size(); ++rank) {
    if (due[candidates[rank]].closes - now <= ticks_for(rank)) urgent = rank + 1;
  }
  for (std::size_t rank = 0; rank < urgent; ++rank)
    due[candidates[rank]].why = Due::Why::last_chance;
}

std::vector<Due> collect(Timestamp now, std::span<const CheckPlan> plans,
                         std::span<const CheckTimes> times, const Policy& policy) {
  assert(plans.size() == times.size());
  std::vector<Due> due;
  std::vector<std::size_t> candidates;
  SpanMemo spans(now);
  due.reserve(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const DueTime when = due_time(now, plans[i], times[i], policy.tick, spans.of(plans[i]));
    if (when.at > now) continue;
    const auto every = static_cast<double>(std::max<Duration>(plans[i].every, seconds(1)).count());
    if (when.is_first_in_opening) candidates.push_back(due.size());
    due.push_back({i, when.at, static_cast<double>((now - when.at).count()) / every,
                   why(when.basis), when.opening ? when.opening->end : kNever});
  }
  mark_last_chances(due, candidates, now, policy);
  return due;
}

// Who goes first. Holds references: lives no longer than one call of due_checks.
class Before {
 public:
  Before(std::span<const CheckPlan> plans, std::span<const CheckTimes> times, Order order)
      : plans_(plans), times_(times), order_(order) {}

  bool operator()(const Due& a, const Due& b) const {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (rank(a) == 0 && a.closes != b.closes) return a.closes < b.closes;
    if (rank(a) != 1) {
      if (order_ == Order::overdue && a.lateness != b.lateness) return a.lateness > b.lateness;
      if (order_ == Order::absolute && a.due_since != b.due_since) return a.due_since < b.due_since;
      if (order_ == Order::round_robin && last_run(a) != last_run(b))
        return last_run(a) < last_run(b);
    }
    const CheckPlan& first = plans_[a.index];
    const CheckPlan& second = plans_[b.index];
    if (first.priority != second.priority) return first.priority > second.priority;
    if (const int by_id = first.id.compare(second.id); by_id != 0) return by_id < 0;
    return a.index < b.index;
  }

 private:
  static int rank(const Due& due) {
    if (due.why == Due::Why::last_chance) return 0;
    return due.why == Due::Why::first_run || due.why == Due::Why::clock_back ? 1 : 2;
  }
  std::optional<Timestamp> last_run(const Due& due) const {
    return std::max(times_[due.index].last_ok, times_[due.index].last_attempt);
  }

  std::span<const CheckPlan> plans_;
  std::span<const CheckTimes> times_;
  Order order_;
};

}  // namespace

Result<Order> parse_order(std::string_view text) {
  if (text == "overdue") return Order::overdue;
  if (text == "absolute") return Order::absolute;
  if (text == "round-robin") return Order::round_robin;
  return fail(ErrorCode::invalid_argument,
              "'" + std::string(text.substr(0, 100)) +
                  "' is no scheduling policy; wanted overdue, absolute "
                  "or round-robin");
}

std::vector<Due> due_checks(Timestamp now, std::span<const CheckPlan> plans,
                            std::span<const CheckTimes> times, const Policy& policy) {
  auto due = collect(now, plans, times, policy);
  std::sort(due.begin(), due.end(), Before(plans, times, policy.order));
  return due;
}

std::vector<Due> pick_due(Timestamp now, std::span<const CheckPlan> plans,
                          std::span<const CheckTimes> times, const Policy& policy) {
  auto due = collect(now, plans, times, policy);
  const auto count = policy.per_tick == 0 ? due.size() : std::min(policy.per_tick, due.size());
  const auto end = due.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(due.begin(), end, due.end(), Before(plans, times, policy.order));
  due.erase(end, due.end());
  return due;
}

Timestamp next_due(Timestamp now, std::span<const CheckPlan> plans,
                   std::span<const CheckTimes> times, const Policy& policy) {
  assert(plans.size() == times.size());
  Timestamp next = kNever;
  SpanMemo spans(now);
  for (std::size_t i = 0; i < plans.size() && next > now; ++i) {
    next = std::min(next, due_time(now, plans[i], times[i], policy.tick, spans.of(plans[i])).at);
  }
  return std::max(next, now);
}

}  // namespace chela::heartbeat
