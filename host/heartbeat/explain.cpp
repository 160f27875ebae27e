// The schedule in words, for `chela tick --explain`.
#include <array>
#include <cstdio>

#include "base/text.h"
#include "heartbeat/schedule.h"

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

// "14:00" today, "2026-11-23 03:00" on other days.
std::string clock(Timestamp time, Timestamp now, const Zone& zone) {
  const LocalTime local = zone.to_local(time);
  const year_month_day date(local.day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                local.minute / 60, local.minute % 60);
  const std::string full = text.data();
  return local.day == zone.to_local(now).day ? full.substr(full.size() - 5) : full;
}

std::string times_failed(const CheckTimes& times) {
  const int count = std::max(1, times.consecutive_failures);
  return count == 1 ? "failed once" : "failed " + std::to_string(count) + " times";
}

// Everything that one line is made of.
struct Teller {
  Timestamp now;
  const Policy& policy;
  const Zone& zone;

  std::string at(Timestamp time) const { return clock(time, now, zone); }

  std::string lateness(const Due& due, const CheckPlan& plan) const {
    if (now - due.due_since < seconds(1)) return "due now";
    std::array<char, 40> ratio{};
    std::snprintf(ratio.data(), ratio.size(), "%.2f", due.lateness);
    return "due since " + at(due.due_since) + ", " + describe_duration(now - due.due_since) +
           " ago (" + ratio.data() + " of " + format_duration(plan.every) + ")";
  }

  std::string due_line(const Due& due, const CheckPlan& plan, const CheckTimes& times) const {
    switch (due.why) {
      case Due::Why::overdue:
        return lateness(due, plan);
      case Due::Why::first_run:
        return "never run";
      case Due::Why::last_chance:
        return "last chance: not run since its window " + describe(*plan.window) +
               " opened, which closes at " + at(due.closes);
      case Due::Why::retry:
        return times_failed(times) + ", last at " + at(*times.last_attempt) + "; " +
               lateness(due, plan);
      case Due::Why::clock_back:
        return "its last run lies in the future (" + at(*times.last_ok) +
               "): the clock went back, so it counts as unknown";
    }
    return "";
  }

  std::string waiting_line(const DueTime& when, const CheckPlan& plan,
                           const CheckTimes& times) const {
    if (!plan.waits_for.empty())
      return "waits for " + base::printable(plan.waits_for, 100) + ", which is down";
    if (plan.paused_until && *plan.paused_until > now) {
      return "paused until " + at(*plan.paused_until) + "; next due at " + at(when.at);
    }
    if (when.basis == DueTime::Basis::retry && times.last_attempt) {
      return times_failed(times) + ", last at " + at(*times.last_attempt) + "; next try at " +
             at(when.at);
    }
    const std::string last =
        times.last_ok ? "; last ran at " + at(*times.last_ok) : std::string("; never run");
    if (when.opening && when.at == when.opening->start) {
      const bool is_shut = !is_open(*plan.window, now);
      return (is_shut ? "window " + describe(*plan.window) + " is closed, opens at "
                      : "done in its window " + describe(*plan.window) + ", next opens at ") +
             at(when.at) + last;
    }
    return "next due at " + at(when.at) + " (every " + format_duration(plan.every) + ")" + last;
  }
};

}  // namespace

std::vector<std::string> explain(Timestamp now, std::span<const CheckPlan> plans,
                                 std::span<const CheckTimes> times, const Policy& policy,
                                 const Zone& shown_in) {
  const Teller teller{now, policy, shown_in};
  std::vector<std::string> lines;
  std::vector<bool> is_told(plans.size(), false);
  const auto name = [&](std::size_t i) { return base::printable(plans[i].id, 100) + ": "; };
  for (const Due& due : due_checks(now, plans, times, policy)) {
    const bool runs = policy.per_tick == 0 || lines.size() < policy.per_tick;
    lines.push_back(
        name(due.index) + teller.due_line(due, plans[due.index], times[due.index]) +
        (runs ? ": runs now" : ": waits, " + std::to_string(policy.per_tick) + " per tick"));
    is_told[due.index] = true;
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (is_told[i]) continue;
    const DueTime when = due_time(now, plans[i], times[i], policy.tick);
    lines.push_back(name(i) + teller.waiting_line(when, plans[i], times[i]));
  }
  return lines;
}

}  // namespace chela::heartbeat
