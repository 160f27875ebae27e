#include "heartbeat/due_time.h"

#include <algorithm>

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

constexpr Duration kFirstRetry = minutes(1);
constexpr Duration kLongestStretch = hours(2);
// Clocks are nudged back by seconds all the time; only more than this makes a record unbelievable.
constexpr Duration kClockSlack = minutes(1);

// What of the record can be believed at `now`.
struct Known {
  std::optional<Timestamp> ok;
  std::optional<Timestamp> attempt;
  bool is_from_future = false;

  bool has_failed() const { return attempt && (!ok || *attempt > *ok); }
  std::optional<Timestamp> last_try() const { return has_failed() ? attempt : ok; }
};

Known believe(Timestamp now, const CheckTimes& times) {
  const auto is_past = [&](const std::optional<Timestamp>& t) {
    return t && *t <= now + kClockSlack;
  };
  Known known;
  if (is_past(times.last_ok)) known.ok = times.last_ok;
  if (is_past(times.last_attempt)) known.attempt = times.last_attempt;
  known.is_from_future = times.last_ok && !known.ok;
  return known;
}

// The first slot of base, base + every, ... that a run at `last` has not served; last >= base.
Timestamp slot_after(Timestamp last, Timestamp base, Duration every, Duration tick) {
  const Duration since = last - base;
  const Duration late = since % every;
  const Timestamp next = last - late + every;
  return late > every / 4 * 3 + tick ? next + every : next;
}

// "every: 48h" and a window: every second day's opening. Two hours of slack absorb clock changes.
days days_between_openings(Duration every) {
  return std::max(days(1), ceil<days>(every - hours(2)));
}

local_days day_of_last_opening(const Window& window, Timestamp last, const OffsetSpan& span) {
  const bool is_near = span.begin <= last && last < span.end;
  const Occurrence found = is_near ? occurrence(window, last, span) : occurrence(window, last);
  return found.start <= last ? found.day : found.day - days(1);
}

// Slot and opening for a check with opening hours, as if nothing had failed.
void fit_into_window(DueTime& due, Timestamp now, const CheckPlan& plan, Duration every,
                     const std::optional<Timestamp>& last, Duration tick, const OffsetSpan& span) {
  const Window& window = *plan.window;
  due.opening = occurrence(window, now, span);
  due.at = due.opening->start;
  if (!last) return;
  const bool is_once_per_opening = every >= hours(24) && plan.is_anchored;
  if (plan.due_from == DueFrom::last_run && !is_once_per_opening) {
    const Timestamp at = *last + every;
    due.opening = occurrence(window, std::max(at, now));
    due.at = due.opening->start <= now ? at : std::max(at, due.opening->start);
    return;
  }
  if (is_once_per_opening) {
    const local_days day = day_of_last_opening(window, *last, span) + days_between_openings(every);
    if (due.opening->day < day) due.opening = occurrence_on(window, day);
    due.at = due.opening->start;
    return;
  }
  if (*last < due.opening->start) return;
  due.at = slot_after(*last, due.opening->start, every, tick);
  if (due.at < due.opening->end) return;
  due.opening = occurrence(window, due.opening->end);
  due.at = due.opening->start;
}

// `delay` up to a tenth shorter or longer; the same for the same id and count, so that a restart
// changes nothing.
Duration jittered(Duration delay, const std::string& id, int failures) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a, 64 bits
  for (const char c : id + '/' + std::to_string(failures))
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  const auto per_mille = static_cast<std::int64_t>(hash % 201) - 100;
  return delay + delay * per_mille / 1000;
}

void not_before(DueTime& due, Timestamp earliest, const CheckPlan& plan) {
  if (earliest <= due.at) return;
  due.at = earliest;
  if (!due.opening || due.at < due.opening->end) return;
  due.opening = occurrence(*plan.window, due.at);
  due.at = std::max(due.at, due.opening->start);
}

}  // namespace

Duration retry_delay(const std::string& id, Duration every, int failures) {
  Duration delay = kFirstRetry;
  int left = std::clamp(failures, 1, 100) - 1;
  for (; left > 0 && delay <= every; --left) delay *= 2;
  if (delay <= every) return delay;
  const Duration longest = std::max(every, std::min(every * 8, kLongestStretch));
  delay = std::min(every * (1 << std::min(left, 3)), longest);
  return delay <= every ? every : jittered(delay, id, failures);
}

std::int64_t missed_slots(Timestamp now, const CheckPlan& plan, const CheckTimes& times,
                          Duration tick) {
  const Known known = believe(now, times);
  if (!known.ok) return 0;
  const Duration every = std::max<Duration>(plan.every, seconds(1));
  CheckPlan regular = plan;
  regular.paused_until.reset();
  regular.waits_for.clear();
  Timestamp served = *known.last_try();
  const bool has_hours = plan.window && (!is_whole_day(*plan.window) || every >= hours(24));
  if (!has_hours) {
    const Timestamp due = slot_after(served, Timestamp(), every, tick);
    return std::max<std::int64_t>(0, (now - due) / every);
  }
  constexpr std::int64_t kMost = 10000;  // a year of a check that runs every hour
  std::int64_t slots = 0;
  for (; slots < kMost; ++slots) {
    const DueTime next = due_time(served, regular, {served, served, 0}, Duration(0));
    if (next.at > now) break;
    served = std::max(next.at, served + Duration(1));
  }
  return std::max<std::int64_t>(0, slots - 1);
}

DueTime due_time(Timestamp now, const CheckPlan& plan, const CheckTimes& times, Duration tick) {
  return due_time(now, plan, times, tick,
                  plan.window ? plan.window->zone.span_at(now) : OffsetSpan{});
}

DueTime due_time(Timestamp now, const CheckPlan& plan, const CheckTimes& times, Duration tick,
                 const OffsetSpan& span) {
  if (plan.paused_until && *plan.paused_until > now) {
    CheckPlan resumed = plan;
    resumed.paused_until.reset();
    DueTime due = due_time(*plan.paused_until, resumed, times, tick);
    not_before(due, *plan.paused_until, plan);
    return due;
  }
  if (!plan.waits_for.empty()) return {kNever, DueTime::Basis::slot, std::nullopt, false};
  const Duration every = std::max<Duration>(plan.every, seconds(1));
  const Known known = believe(now, times);
  DueTime due;
  if (known.has_failed()) {
    due.basis = DueTime::Basis::retry;
  } else if (!known.ok) {
    due.basis = known.is_from_future ? DueTime::Basis::clock_back : DueTime::Basis::first_run;
  }
  // A check that may run at any hour needs no opening, unless it is to run once a day.
  const bool has_hours = plan.window && (!is_whole_day(*plan.window) || every >= hours(24));
  if (has_hours) {
    fit_into_window(due, now, plan, every, known.ok, tick, span);
  } else if (known.ok && plan.due_from == DueFrom::last_run) {
    due.at = *known.ok + every;
  } else if (known.ok) {
    due.at = slot_after(*known.ok, Timestamp(), every, tick);
  } else {
    due.at = known.attempt.value_or(now);
  }
  if (known.has_failed()) {
    not_before(due, *known.attempt + retry_delay(plan.id, every, times.consecutive_failures), plan);
  }
  if (plan.paused_until) not_before(due, *plan.paused_until, plan);
  due.is_first_in_opening =
      due.opening && (!known.last_try() || *known.last_try() < due.opening->start);
  return due;
}

}  // namespace chela::heartbeat
