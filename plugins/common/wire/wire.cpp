#include "wire.h"

#include <array>
#include <charconv>
#include <cstring>

namespace chela::wire {
namespace {

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (!(value >= 0) || value > 1e9) return std::nullopt;
  return value;
}

Duration milliseconds(double value) {
  return Duration(static_cast<std::int64_t>(value + 0.5));
}

std::optional<int> digits(std::string_view text, std::size_t from, std::size_t count) {
  if (text.size() < from + count) return std::nullopt;
  int value = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::optional<Timestamp> moment(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

// "Fri, 27 Nov 2026 10:00:05 GMT", the one form that RFC 9110 lets a server send.
std::optional<Timestamp> parse_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  const auto day = digits(text, 5, 2);
  const auto year = digits(text, 12, 4);
  const auto hour = digits(text, 17, 2);
  const auto minute = digits(text, 20, 2);
  const auto second = digits(text, 23, 2);
  if (month == std::string_view::npos || month % 3 != 0 || !day || !year || !hour || !minute ||
      !second)
    return std::nullopt;
  return moment(*year, static_cast<int>(month / 3) + 1, *day, *hour, *minute, *second);
}

}  // namespace

std::optional<Timestamp> reply_time(const WireReply& reply) {
  return parse_http_date(reply.header("date"));
}

std::optional<Duration> retry_after(const WireReply& reply) {
  if (const auto ms = number_of(reply.header("retry-after-ms"))) return milliseconds(*ms);
  const std::string_view text = reply.header("retry-after");
  if (const auto seconds = number_of(text)) return milliseconds(*seconds * 1000);
  const auto until = parse_http_date(text);
  const auto now = reply_time(reply);
  if (!until || !now) return std::nullopt;
  return std::max(Duration(0), Duration(*until - *now));
}

std::optional<Duration> parse_go_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total_ms = 0;
  while (!text.empty()) {
    const std::size_t end = text.find_first_not_of("0123456789.");
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = number_of(text.substr(0, end));
    text.remove_prefix(end);
    if (!value) return std::nullopt;
    const std::size_t unit_end = std::min(text.find_first_of("0123456789"), text.size());
    const std::string_view unit = text.substr(0, unit_end);
    text.remove_prefix(unit_end);
    if (unit == "h")
      total_ms += *value * 3'600'000;
    else if (unit == "m")
      total_ms += *value * 60'000;
    else if (unit == "s")
      total_ms += *value * 1000;
    else if (unit == "ms")
      total_ms += *value;
    else if (unit == "us" || unit == "\xc2\xb5s")
      total_ms += *value / 1000;
    else if (unit == "ns")
      total_ms += *value / 1'000'000;
    else
      return std::nullopt;
  }
  return total_ms > 1e12 ? std::nullopt : std::optional(milliseconds(total_ms));
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  auto at = moment(*year, *month, *day, *hour, *minute, *second);
  if (!at) return std::nullopt;
  std::string_view rest = text.substr(19);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int place = 100;
    std::size_t count = 0;
    for (; count < rest.size() && rest[count] >= '0' && rest[count] <= '9'; ++count) {
      *at += Duration((rest[count] - '0') * place);
      place /= 10;
    }
    if (count == 0) return std::nullopt;
    rest.remove_prefix(count);
  }
  if (rest == "Z" || rest == "z") return at;
  const auto offset_hours = digits(rest, 1, 2);
  const auto offset_minutes = digits(rest, 4, 2);
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':' || !offset_hours ||
      !offset_minutes)
    return std::nullopt;
  const auto offset = std::chrono::hours(*offset_hours) + std::chrono::minutes(*offset_minutes);
  return rest[0] == '+' ? *at - offset : *at + offset;
}

std::optional<json::value> object_of(std::string_view body) {
  auto value = parse_json(body);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(*value);
}

std::string words_of(std::string_view body) {
  std::string words;
  bool is_in_tag = false;
  bool wants_blank = false;
  for (const char c : body.substr(0, 64u << 10)) {
    if (c == '<') is_in_tag = true;
    const bool is_gap = is_in_tag || static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    if (c == '>') is_in_tag = false;
    if (is_gap) {
      wants_blank = !words.empty();
      continue;
    }
    if (wants_blank) words += ' ';
    wants_blank = false;
    words += c;
    if (words.size() > 300) break;
  }
  words = replace_invalid_utf8(words.substr(0, 300));
  return words.empty() ? "no text" : words;
}

ProviderError explain_status(const WireReply& reply) {
  const auto make = [&](ProviderCode code, ProviderScope scope) {
    return ProviderError{code, scope, retry_after(reply),
                         "HTTP " + std::to_string(reply.status) + ": " + words_of(reply.body)};
  };
  switch (reply.status) {
    case 401:
      return make(ProviderCode::unauthenticated, ProviderScope::key);
    case 402:
      return make(ProviderCode::billing, ProviderScope::key);
    case 403:
      return make(ProviderCode::permission_denied, ProviderScope::key);
    case 404:
      return make(ProviderCode::model_not_found, ProviderScope::model);
    case 408:
    case 499:
    case 504:
    case 522:
    case 524:
      return make(ProviderCode::timeout, ProviderScope::model);
    case 413:
      return make(ProviderCode::too_large, ProviderScope::request);
    case 429:
      return make(ProviderCode::rate_limited, ProviderScope::model);
    case 503:
    case 529:
      return make(ProviderCode::overloaded, ProviderScope::model);
    default:
      break;
  }
  if (reply.status >= 500) return make(ProviderCode::server_error, ProviderScope::model);
  if (reply.status >= 400) return make(ProviderCode::bad_request, ProviderScope::request);
  return make(ProviderCode::garbage, ProviderScope::provider);
}

std::optional<std::vector<float>> floats_of_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      value = static_cast<std::uint32_t>(c - 'a' + 26);
    else if (c >= '0' && c <= '9')
      value = static_cast<std::uint32_t>(c - '0' + 52);
    else if (c == '+')
      value = 62;
    else if (c == '/')
      value = 63;
    else
      return std::nullopt;
    bits = bits << 6 | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  if (bytes.empty() || bytes.size() % sizeof(float) != 0) return std::nullopt;
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), bytes.size());
  return floats;
}

std::string join_url(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string(base) + '/' + std::string(path);
}

}  // namespace chela::wire
