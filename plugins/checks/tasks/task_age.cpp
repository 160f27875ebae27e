#include "task_age.h"

#include <charconv>

namespace check_tasks {
namespace {

namespace json = chela::json;

// Takes exactly `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

// "05:40" or "05:40:11" or "05:40:11.123"; false where it is none.
bool take_clock(std::string_view& text, chela::Duration& clock) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return false;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return false;
  int second = 0;
  if (take(text, ':')) {
    const auto found = take_number(text, 2);
    if (!found || *found > 60) return false;  // 60: a leap second
    second = *found;
    if (take(text, '.')) {
      const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
      if (digits == 0) return false;
      text.remove_prefix(digits);
    }
  }
  clock = std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(second);
  return true;
}

// "Z", "+01:00", "-0530" or nothing.
bool take_zone(std::string_view& text, chela::Duration& east) {
  east = {};
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return true;
  const bool is_west = text.starts_with('-');
  if (!take(text, '-') && !take(text, '+')) return false;
  const auto hours = take_number(text, 2);
  take(text, ':');
  const auto minutes = take_number(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return false;
  east = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  if (is_west) east = -east;
  return true;
}

std::string_view trim(std::string_view text) {
  constexpr const char* kBlank = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

bool has_marker_line(std::string_view text) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto words = trim(line);
    if (words.starts_with("chela-finding:") || words.starts_with("chela-key:")) return true;
  }
  return false;
}

}  // namespace

std::optional<chela::Timestamp> parse_time(std::string_view text) {
  text = trim(text);
  const auto year = take_number(text, 4);
  if (!year || *year < 1970 || *year > 2999 || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const chela::Timestamp midnight = std::chrono::sys_days(date);
  if (text.empty()) return midnight + std::chrono::hours(24);
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  chela::Duration clock{}, east{};
  if (!take_clock(text, clock) || !take_zone(text, east) || !text.empty()) return std::nullopt;
  return midnight + clock - east;
}

Activity last_activity(const json::value& task, chela::Timestamp now) {
  Activity activity;
  for (const char* member : {"last_activity", "updated", "created"}) {
    const auto* value = chela::find(task, member);
    if (value == nullptr || value->is_null()) continue;
    const std::string text =
        value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
    if (text.empty()) continue;
    const auto at = value->is_string() ? parse_time(text) : std::nullopt;
    if (at) {
      activity.at = std::min(*at, now);
      activity.source = member;
      return activity;
    }
    if (activity.unreadable.empty())
      activity.unreadable = std::string(member) + " '" + text.substr(0, 60) + "'";
  }
  return activity;
}

bool is_own_task(const json::value& task) {
  const auto* notes = chela::find(task, "notes");
  if (notes == nullptr) return false;
  if (notes->is_string()) return has_marker_line(notes->get_string());
  for (const auto& note : chela::get_strings(task, "notes")) {
    if (has_marker_line(note)) return true;
  }
  return false;
}

bool needs_human(const json::value& task) {
  if (chela::get_string(task, "needs") == "human") return true;
  for (const auto& need : chela::get_strings(task, "needs")) {
    if (need == "human") return true;
  }
  return false;
}

}  // namespace check_tasks
