#include "rule.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace check_calendar {
namespace {

constexpr std::int64_t kMostInterval = 1'000'000'000;
constexpr std::int64_t kMostCount = 1'000'000'000'000;

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::optional<std::int64_t> to_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class T, class Less>
void sort_unique(std::vector<T>& list, Less less) {
  std::sort(list.begin(), list.end(), less);
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

enum class Negatives { no, yes };

// Numbers from `least` (or, with negatives, -most..-least as well) to `most`.
bool read_numbers(std::string_view text, int least, int most, Negatives negatives,
                  std::vector<int>& into) {
  for (const auto part : split(text, ',')) {
    const auto number = to_number(part);
    if (!number) return false;
    const std::int64_t size = negatives == Negatives::yes && *number < 0 ? -*number : *number;
    if (size < least || size > most) return false;
    into.push_back(static_cast<int>(*number));
  }
  sort_unique(into, std::less<>());
  return true;
}

int weekday_named(std::string_view name) {
  static constexpr std::string_view kNames[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
  for (int i = 0; i < 7; ++i) {
    if (name == kNames[i]) return i;
  }
  return -1;
}

bool read_days(std::string_view text, std::vector<RuleDay>& into) {
  for (const auto part : split(text, ',')) {
    if (part.size() < 2) return false;
    RuleDay day;
    day.weekday = weekday_named(part.substr(part.size() - 2));
    const auto ordinal = part.substr(0, part.size() - 2);
    if (!ordinal.empty()) {
      const auto number = to_number(ordinal);
      if (!number || *number == 0 || *number < -53 || *number > 53) return false;
      day.ordinal = static_cast<int>(*number);
    }
    if (day.weekday < 0) return false;
    into.push_back(day);
  }
  sort_unique(into, [](const RuleDay& a, const RuleDay& b) {
    return a.ordinal != b.ordinal ? a.ordinal < b.ordinal : a.weekday < b.weekday;
  });
  return true;
}

bool read_until(std::string_view text, std::optional<Until>& into) {
  if (const auto day = parse_basic_date(text)) {
    into = Until{Until::Form::date, *day};
    return true;
  }
  const bool is_utc = text.ends_with('Z');
  if (is_utc) text.remove_suffix(1);
  const auto local = parse_basic_time(text);
  if (!local) return false;
  into = Until{is_utc ? Until::Form::utc : Until::Form::local, *local};
  return true;
}

bool read_frequency(std::string_view text, Frequency& into) {
  static constexpr std::string_view kNames[] = {"YEARLY", "MONTHLY",  "WEEKLY",  "DAILY",
                                                "HOURLY", "MINUTELY", "SECONDLY"};
  for (int i = 0; i < 7; ++i) {
    if (text != kNames[i]) continue;
    into = static_cast<Frequency>(i);
    return true;
  }
  return false;
}

bool read_positive(std::string_view text, std::int64_t most, std::int64_t& into) {
  const auto number = to_number(text);
  if (!number || *number < 1) return false;
  into = std::min(*number, most);
  return true;
}

bool read_part(std::string_view name, std::string_view value, Rule& rule) {
  if (name == "FREQ") return read_frequency(value, rule.frequency);
  if (name == "INTERVAL") return read_positive(value, kMostInterval, rule.interval);
  if (name == "COUNT") return read_positive(value, kMostCount, rule.count.emplace());
  if (name == "UNTIL") return read_until(value, rule.until);
  if (name == "BYMONTH") return read_numbers(value, 1, 12, Negatives::no, rule.months);
  if (name == "BYWEEKNO") return read_numbers(value, 1, 53, Negatives::yes, rule.week_numbers);
  if (name == "BYYEARDAY") return read_numbers(value, 1, 366, Negatives::yes, rule.year_days);
  if (name == "BYMONTHDAY") return read_numbers(value, 1, 31, Negatives::yes, rule.month_days);
  if (name == "BYDAY") return read_days(value, rule.days);
  if (name == "BYHOUR") return read_numbers(value, 0, 23, Negatives::no, rule.hours);
  if (name == "BYMINUTE") return read_numbers(value, 0, 59, Negatives::no, rule.minutes);
  if (name == "BYSETPOS") return read_numbers(value, 1, 366, Negatives::yes, rule.positions);
  if (name == "BYSECOND") {
    if (!read_numbers(value, 0, 60, Negatives::no, rule.seconds)) return false;
    for (int& second : rule.seconds) second = std::min(second, 59);  // no leap seconds here
    sort_unique(rule.seconds, std::less<>());
    return true;
  }
  if (name == "WKST") {
    rule.week_start = weekday_named(value);
    return rule.week_start >= 0;
  }
  return true;  // parts of others (X-...) mean nothing to us
}

}  // namespace

Result<Rule> parse_rule(std::string_view text) {
  Rule rule;
  bool has_frequency = false;
  const std::string whole = upper(text);
  for (const auto part : split(whole, ';')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto name = part.substr(0, equals);
    const auto value =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    if (name == "RSCALE" && value != "GREGORIAN")
      return fail(ErrorCode::unimplemented, "the rule counts in another calendar (RSCALE)");
    if (!read_part(name, value, rule)) {
      return fail(ErrorCode::invalid_argument,
                  "the rule's part '" + std::string(part.substr(0, 60)) + "' makes no sense");
    }
    has_frequency = has_frequency || name == "FREQ";
  }
  if (!has_frequency) return fail(ErrorCode::invalid_argument, "the rule has no FREQ");
  return rule;
}

}  // namespace check_calendar
