#include "when.h"

#include <charconv>

namespace check_calendar {
namespace {

constexpr std::int64_t kLongest = 100 * 366 * kDaySeconds;
constexpr std::size_t kMostZoneName = 200;

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<When> parse_one(std::string_view text, std::string_view zone) {
  text = trim(text);
  if (const auto day = parse_basic_date(text))
    return When{When::Form::date, *day * kDaySeconds, {}};
  const bool is_utc = text.ends_with('Z');
  if (is_utc) text.remove_suffix(1);
  const auto local = parse_basic_time(text);
  if (!local) return std::nullopt;
  if (is_utc) return When{When::Form::utc, *local, {}};
  if (zone.empty()) return When{When::Form::floating, *local, {}};
  return When{When::Form::zoned, *local, std::string(cut(zone, kMostZoneName))};
}

template <class Each>
void each_part(std::string_view list, const Each& each) {
  while (!list.empty()) {
    const auto end = list.find(',');
    each(list.substr(0, end));
    if (end == std::string_view::npos) return;
    list.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<When> parse_when(const Property& property) {
  return parse_one(property.value, property.param("TZID"));
}

void parse_whens(const Property& property, std::size_t most, std::vector<When>& into) {
  each_part(property.value, [&](std::string_view part) {
    if (into.size() >= most) return;
    if (const auto when = parse_one(part, property.param("TZID"))) into.push_back(*when);
  });
}

void parse_extra_starts(const Property& property, std::size_t most, std::vector<ExtraStart>& into) {
  each_part(property.value, [&](std::string_view part) {
    if (into.size() >= most) return;
    const auto slash = part.find('/');
    const auto start = parse_one(part.substr(0, slash), property.param("TZID"));
    if (!start) return;
    ExtraStart extra{*start};
    if (slash != std::string_view::npos) {
      const auto rest = part.substr(slash + 1);
      extra.length = parse_span(rest);
      if (!extra.length) extra.end = parse_one(rest, property.param("TZID"));
    }
    into.push_back(std::move(extra));
  });
}

std::optional<Span> parse_span(std::string_view text) {
  text = trim(text);
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  Span span;
  bool is_time = false, has_any = false;
  while (!text.empty()) {
    if (text.front() == 'T' && !is_time) {
      is_time = true;
      text.remove_prefix(1);
      continue;
    }
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end == text.data() + text.size() || number < 0)
      return std::nullopt;
    if (number > kLongest) return std::nullopt;
    const char unit = *end;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    has_any = true;
    if (unit == 'W' && !is_time) {
      span.days += number * 7;
    } else if (unit == 'D' && !is_time) {
      span.days += number;
    } else if (unit == 'H' && is_time) {
      span.seconds += number * kHour;
    } else if (unit == 'M' && is_time) {
      span.seconds += number * kMinute;
    } else if (unit == 'S' && is_time) {
      span.seconds += number;
    } else {
      return std::nullopt;
    }
    if (span.days > kLongest / kDaySeconds || span.seconds > kLongest) return std::nullopt;
  }
  if (!has_any) return std::nullopt;
  if (is_negative) span = {-span.days, -span.seconds};
  return span;
}

std::string format_when(const When& when) {
  if (when.is_date()) return format_basic_date(day_of_local(when.local));
  return format_basic_time(when.local) + (when.form == When::Form::utc ? "Z" : "");
}

std::string write_when(const When& when) {
  if (when.is_date()) return ";VALUE=DATE:" + format_when(when);
  if (when.form != When::Form::zoned) return ":" + format_when(when);
  return ";TZID=\"" + when.zone + "\":" + format_when(when);
}

std::string write_span(const Span& span) {
  const bool is_negative = span.days < 0 || span.seconds < 0;
  const auto size = [&](std::int64_t value) {
    return std::to_string(is_negative ? -value : value);
  };
  return std::string(is_negative ? "-P" : "P") + size(span.days) + "DT" + size(span.seconds) + "S";
}

std::string write_extra_start(const ExtraStart& extra) {
  if (!extra.end && !extra.length) return write_when(extra.start);
  std::string text = ";VALUE=PERIOD";
  if (extra.start.form == When::Form::zoned) text += ";TZID=\"" + extra.start.zone + "\"";
  text += ":" + format_when(extra.start) + "/";
  return text + (extra.length ? write_span(*extra.length) : format_when(*extra.end));
}

}  // namespace check_calendar
