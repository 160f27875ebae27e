#include "show.h"

#include <chela/untrusted.h>

#include <algorithm>

namespace check_calendar {
namespace {

std::string day_name(Day day, Day today) {
  if (day == today) return "today";
  if (day == today + 1) return "tomorrow";
  return show_day(day);
}

}  // namespace

std::string show_when(Instant start, Instant end, bool is_all_day, Instant now, const Zone& zone) {
  const Day today = day_of_local(zone.to_local(now));
  const Local from = zone.to_local(start);
  const Local to = zone.to_local(end);
  const Day first = day_of_local(from);
  if (is_all_day) {
    const Day last = std::max(first, day_of_local(to - 1));
    if (last == first) return day_name(first, today) + ", all day";
    return day_name(first, today) + " to " + day_name(last, today) + ", all day";
  }
  const std::string begin = day_name(first, today) + " " + show_clock(from);
  if (to <= from) return begin;
  if (day_of_local(to - 1) == first) return begin + "-" + show_clock(to);
  return begin + " to " + day_name(day_of_local(to), today) + " " + show_clock(to);
}

std::string show_summary(const std::string& summary, std::size_t most_bytes) {
  const std::string text = chela::untrusted_text(summary, most_bytes);
  return text.empty() ? "(without a name)" : text;
}

std::string show_brief(const Entry& entry, Day today, const Zone& zone) {
  const Local from = zone.to_local(entry.start);
  const Local to = zone.to_local(entry.end);
  const bool is_running = day_of_local(from) < today;
  std::string text = day_of_local(from) > today ? "tomorrow " : "";
  if (entry.is_all_day) {
    text += "all day";
  } else if (is_running) {
    text += "until " + (day_of_local(to) > today ? show_day(day_of_local(to)) + " " : "") +
            show_clock(to);
  } else {
    text += show_clock(from);
    if (to > from) text += "-" + show_clock(to);
  }
  text += " " + show_summary(entry.summary, 100);
  const std::string calendar = chela::untrusted_text(entry.calendar, 40);
  return calendar.empty() ? text : text + " (" + calendar + ")";
}

std::string as_of(const std::string& text) {
  return text.empty() ? "" : "\nAs of " + chela::untrusted_text(text, 60);
}

}  // namespace check_calendar
