// Reads compiled zone files: the list of changes, and the POSIX rule at the end that goes on for
// ever.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "zone.h"

namespace check_calendar {
namespace {

using chela::ErrorCode;
using chela::fail;
using chela::Result;

constexpr int kLastYear = 2100;
constexpr std::size_t kHeader = 44;

// "M3.5.0/2": the fifth (= last) Sunday of March, 02:00.
struct ChangeDay {
  char form = 'M';  // M: month.week.day; J: 1..365 without leap day; 0: 0..365
  int month = 0, week = 0, day = 0;
  std::int64_t second = 2 * kHour;
};

struct PosixRule {
  std::int32_t standard = 0, summer = 0;  // seconds east of UTC
  std::optional<ChangeDay> to_summer{}, to_standard{};
};

class RuleText {
 public:
  explicit RuleText(std::string_view text) : text_(text) {}

  std::optional<PosixRule> read() {
    PosixRule rule;
    if (!skip_name() || !read_offset(rule.standard)) return std::nullopt;
    rule.summer = rule.standard + static_cast<std::int32_t>(kHour);
    if (text_.empty()) return rule;
    if (!skip_name()) return std::nullopt;
    if (!text_.starts_with(',') && !read_offset(rule.summer)) return std::nullopt;
    ChangeDay begin, end;
    if (!read_change(begin) || !read_change(end) || !text_.empty()) return std::nullopt;
    rule.to_summer = begin;
    rule.to_standard = end;
    return rule;
  }

 private:
  bool skip(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool skip_name() {
    const bool is_quoted = skip('<');
    const auto end = is_quoted ? text_.find('>') : text_.find_first_of("+-,0123456789");
    const std::size_t size = std::min(end, text_.size());
    if (size < 3) return false;
    text_.remove_prefix(size);
    return !is_quoted || skip('>');
  }
  bool read_number(int& into) {
    const auto [end, failed] = std::from_chars(text_.data(), text_.data() + text_.size(), into);
    if (failed != std::errc() || into < 0 || into > 400) return false;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return true;
  }
  bool read_time(std::int64_t& into) {
    const bool is_negative = skip('-');
    if (!is_negative) skip('+');
    into = 0;
    for (const std::int64_t unit : {kHour, kMinute, std::int64_t{1}}) {
      int number = 0;
      if (unit != kHour && !skip(':')) break;
      if (!read_number(number)) return false;
      into += number * unit;
    }
    if (is_negative) into = -into;
    return true;
  }
  bool read_offset(std::int32_t& into) {
    std::int64_t west = 0;
    if (!read_time(west)) return false;
    into = static_cast<std::int32_t>(-west);
    return true;
  }
  bool read_change(ChangeDay& into) {
    if (!skip(',')) return false;
    if (skip('M')) {
      if (!read_number(into.month) || !skip('.') || !read_number(into.week) || !skip('.') ||
          !read_number(into.day))
        return false;
      if (into.month < 1 || into.month > 12 || into.week < 1 || into.week > 5 || into.day > 6)
        return false;
    } else {
      into.form = skip('J') ? 'J' : '0';
      if (!read_number(into.day)) return false;
    }
    return !skip('/') || read_time(into.second);
  }

  std::string_view text_;
};

Day day_in_year(const ChangeDay& change, int year) {
  if (change.form == '0') return day_of({year, 1, 1}) + change.day;
  if (change.form == 'J')
    return day_of({year, 1, 1}) + change.day - (is_leap(year) && change.day >= 60 ? 0 : 1);
  const Day first = day_of({year, change.month, 1});
  const auto wanted = (change.day + 6) % 7;  // POSIX counts from Sunday
  Day day = first + floor_mod(wanted - weekday_of(first), 7) + 7 * (change.week - 1);
  while (day >= first + days_in_month(year, change.month)) day -= 7;
  return day;
}

void append(Zone& zone, Instant at, std::int32_t offset) {
  if (!zone.steps.empty() && at <= zone.steps.back().at) return;
  const auto before = zone.steps.empty() ? zone.first_offset : zone.steps.back().offset;
  if (offset != before) zone.steps.push_back({at, offset});
}

void append_rule(Zone& zone, const PosixRule& rule) {
  if (!rule.to_summer) return;
  // Years before 1970 matter to nobody; a damaged file may name any.
  const Instant last = std::clamp<Instant>(zone.steps.empty() ? 0 : zone.steps.back().at, 0,
                                           day_of({kLastYear, 1, 1}) * kDaySeconds);
  for (int year = date_of(day_of_local(last)).year; year <= kLastYear; ++year) {
    const auto at = [&](const ChangeDay& change, std::int32_t before) {
      return day_in_year(change, year) * kDaySeconds + change.second - before;
    };
    std::array<Zone::Step, 2> changes{{{at(*rule.to_summer, rule.standard), rule.summer},
                                       {at(*rule.to_standard, rule.summer), rule.standard}}};
    std::sort(changes.begin(), changes.end(),
              [](const Zone::Step& a, const Zone::Step& b) { return a.at < b.at; });
    for (const auto& change : changes) append(zone, change.at, change.offset);
  }
}

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[at]) & 0x80u) != 0 ? ~0ull : 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<std::int64_t>(value);
}

struct Block {
  std::size_t is_ut = 0, is_std = 0, leaps = 0, times = 0, types = 0, names = 0;
  std::size_t size(std::size_t time_size) const {
    return times * (time_size + 1) + types * 6 + names + leaps * (time_size + 4) + is_std + is_ut;
  }
};

std::optional<Block> read_block(std::string_view bytes) {
  if (bytes.size() < kHeader || !bytes.starts_with("TZif") || bytes[4] < '2') return std::nullopt;
  std::array<std::size_t, 6> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto count = big_endian(bytes, 20 + 4 * i, 4);
    if (count < 0 || count > 100'000) return std::nullopt;
    counts[i] = static_cast<std::size_t>(count);
  }
  return Block{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
}

bool read_changes(std::string_view body, const Block& block, Zone& zone) {
  const std::size_t kinds = block.times * 8;
  const std::size_t types = kinds + block.times;
  if (block.types == 0) return false;
  zone.first_offset = static_cast<std::int32_t>(big_endian(body, types, 4));
  for (std::size_t i = 0; i < block.times; ++i) {
    const std::size_t type = static_cast<unsigned char>(body[kinds + i]);
    if (type >= block.types) return false;
    const auto offset = big_endian(body, types + type * 6, 4);
    if (offset < -26 * kHour || offset > 26 * kHour) return false;
    append(zone, big_endian(body, i * 8, 8), static_cast<std::int32_t>(offset));
  }
  return true;
}

}  // namespace

Result<Zone> parse_zone_file(std::string_view bytes, std::string name) {
  const auto refuse = [&](const char* what) {
    return fail(ErrorCode::data_loss, "the zone file of " + name + " is damaged: " + what);
  };
  const auto old = read_block(bytes);
  if (!old) return refuse("no TZif header of version 2 or later");
  const std::size_t second = kHeader + old->size(4);
  const auto block = second < bytes.size() ? read_block(bytes.substr(second)) : std::nullopt;
  if (!block) return refuse("its 64-bit part is missing");
  const auto body = bytes.substr(second + kHeader);
  const std::size_t end = block->size(8);
  if (end + 2 > body.size() || body[end] != '\n') return refuse("it is cut short");
  Zone zone;
  zone.name = name;
  if (!read_changes(body, *block, zone)) return refuse("its changes make no sense");
  const auto footer = body.substr(end + 1, body.find('\n', end + 1) - end - 1);
  if (footer.empty()) return zone;
  const auto rule = RuleText(footer).read();
  if (!rule) return refuse("the rule at its end cannot be read");
  append_rule(zone, *rule);
  return zone;
}

}  // namespace check_calendar
