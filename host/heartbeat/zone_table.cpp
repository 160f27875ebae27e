#include "heartbeat/zone_table.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

constexpr int kFirstYear = 1969;  // its last change is the one in force when 1970 begins
constexpr int kLastYear = 2200;
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kBeforeFirstYear = -366 * kDay;

// A day of the year and the second of that day (local, may lie outside the day) when the clock is
// changed.
struct ChangeRule {
  enum class Form { month_week_day, julian_without_leap_day, day_of_year };
  Form form = Form::month_week_day;
  int month = 0, week = 0, day = 0;
  std::int64_t second = 2 * 3600;
};

struct Rule {
  std::int32_t standard = 0;  // seconds east of UTC
  std::int32_t summer = 0;
  std::optional<ChangeRule> to_summer;  // neither, or both
  std::optional<ChangeRule> to_standard;
};

// Reads a rule from left to right; what it cannot read is nullopt.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}

  std::optional<Rule> read() {
    Rule rule;
    if (!skip_name()) return std::nullopt;
    const auto standard = read_time(24);
    if (!standard) return std::nullopt;
    rule.standard = rule.summer = static_cast<std::int32_t>(-*standard);  // POSIX counts westward
    if (text_.empty()) return rule;
    if (!skip_name()) return std::nullopt;
    rule.summer = rule.standard + 3600;
    if (!text_.empty() && text_.front() != ',') {
      const auto summer = read_time(24);
      if (!summer) return std::nullopt;
      rule.summer = static_cast<std::int32_t>(-*summer);
    }
    if (text_.empty())
      text_ = ",M3.2.0,M11.1.0";  // what C libraries take where the rule is left out
    rule.to_summer = read_change();
    rule.to_standard = read_change();
    if (!rule.to_summer || !rule.to_standard || !text_.empty()) return std::nullopt;
    return rule;
  }

 private:
  bool skip(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool skip_name() {
    const bool is_quoted = skip('<');
    std::size_t length = 0;
    while (length < text_.size() && is_name_part(text_[length], is_quoted)) ++length;
    text_.remove_prefix(length);
    return length >= 3 && (!is_quoted || skip('>'));
  }

  static bool is_name_part(char c, bool is_quoted) {
    const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return is_letter || (is_quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
  }

  std::optional<int> read_number(int max) {
    int value = 0;
    std::size_t digits = 0;
    while (digits < text_.size() && digits < 3 && text_[digits] >= '0' && text_[digits] <= '9') {
      value = value * 10 + (text_[digits++] - '0');
    }
    text_.remove_prefix(digits);
    if (digits == 0 || value > max) return std::nullopt;
    return value;
  }

  // [+-]h[:mm[:ss]] in seconds
  std::optional<std::int64_t> read_time(int max_hours) {
    const bool is_negative = skip('-');
    if (!is_negative) skip('+');
    const auto hour = read_number(max_hours);
    if (!hour) return std::nullopt;
    std::int64_t total = std::int64_t{*hour} * 3600;
    for (const std::int64_t unit : {60, 1}) {
      if (!skip(':')) break;
      const auto part = read_number(59);
      if (!part) return std::nullopt;
      total += *part * unit;
    }
    return is_negative ? -total : total;
  }

  std::optional<ChangeRule> read_change() {
    ChangeRule change;
    if (!skip(',')) return std::nullopt;
    if (skip('M')) {
      const auto month = read_number(12);
      if (!month || *month < 1 || !skip('.')) return std::nullopt;
      const auto week = read_number(5);
      if (!week || *week < 1 || !skip('.')) return std::nullopt;
      const auto day = read_number(6);
      if (!day) return std::nullopt;
      change.month = *month, change.week = *week, change.day = *day;
    } else {
      const bool is_julian = skip('J');
      const auto day = read_number(365);
      if (!day || (is_julian && *day < 1)) return std::nullopt;
      change.form =
          is_julian ? ChangeRule::Form::julian_without_leap_day : ChangeRule::Form::day_of_year;
      change.day = *day;
    }
    if (skip('/')) {
      const auto time = read_time(167);
      if (!time) return std::nullopt;
      change.second = *time;
    }
    return change;
  }

  std::string_view text_;
};

sys_days day_of(const ChangeRule& change, year in) {
  const sys_days first = sys_days(in / January / 1);
  switch (change.form) {
    case ChangeRule::Form::day_of_year:
      return first + days(change.day);
    case ChangeRule::Form::julian_without_leap_day:
      return first + days(change.day - (in.is_leap() && change.day >= 60 ? 0 : 1));
    case ChangeRule::Form::month_week_day:
      break;
  }
  const month_weekday at_month(month(static_cast<unsigned>(change.month)),
                               weekday_indexed(weekday(static_cast<unsigned>(change.day)), 1));
  if (change.week < 5) return sys_days(in / at_month) + weeks(change.week - 1);
  return sys_days(in / at_month.month() / at_month.weekday_indexed().weekday()[last]);
}

void append_step(ZoneTable& table, std::int64_t at, std::int32_t offset) {
  if (!table.steps.empty() && table.steps.back().at == at) table.steps.pop_back();
  const auto before = table.steps.empty() ? table.first_offset : table.steps.back().offset;
  if (offset != before) table.steps.push_back({at, offset});
}

// Adds the rule's changes after `after`.
void append_rule(ZoneTable& table, const Rule& rule, std::int64_t after) {
  if (!rule.to_summer) return;
  const auto after_day = floor<days>(sys_seconds(seconds(after)));
  const int from = std::max(kFirstYear, static_cast<int>(year_month_day(after_day).year()) - 1);
  std::vector<ZoneTable::Step> changes;
  for (int y = from; y <= kLastYear; ++y) {
    const auto at = [&](const ChangeRule& change, std::int32_t offset_before) {
      return day_of(change, year(y)).time_since_epoch().count() * kDay + change.second -
             offset_before;
    };
    changes.push_back({at(*rule.to_standard, rule.summer), rule.standard});
    changes.push_back({at(*rule.to_summer, rule.standard), rule.summer});
  }
  // Stable: where summer time lasts all year, each year's end meets the next one's start, and the
  // start stays.
  std::stable_sort(changes.begin(), changes.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  for (const auto& change : changes) {
    if (change.at > after) append_step(table, change.at, change.offset);
  }
}

// One data block of a zone file: counts first, then arrays in this order.
struct Block {
  std::size_t is_ut = 0, is_std = 0, leaps = 0, times = 0, types = 0, names = 0;
};
constexpr std::size_t kHeaderSize = 44;

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[at]) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<std::int64_t>(value);
}

std::optional<Block> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderSize || !bytes.starts_with("TZif") || bytes[4] < '2')
    return std::nullopt;
  std::size_t counts[6];
  for (std::size_t i = 0; i < 6; ++i) {
    const auto count = big_endian(bytes, 20 + 4 * i, 4);
    if (count < 0 || count > 100'000) return std::nullopt;
    counts[i] = static_cast<std::size_t>(count);
  }
  return Block{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
}

std::size_t size_of(const Block& block, std::size_t time_size) {
  return block.times * (time_size + 1) + block.types * 6 + block.names +
         block.leaps * (time_size + 4) + block.is_std + block.is_ut;
}

// The explicit part of the 64-bit block, which starts at `bytes`.
std::optional<ZoneTable> read_steps(std::string_view bytes, const Block& block) {
  const std::size_t kinds = block.times * 8;
  const std::size_t types = kinds + block.times;
  if (block.types == 0) return std::nullopt;
  ZoneTable table;
  table.first_offset = static_cast<std::int32_t>(big_endian(bytes, types, 4));
  table.steps.reserve(block.times + 2 * (kLastYear - kFirstYear));
  std::int64_t before = std::numeric_limits<std::int64_t>::min();
  for (std::size_t i = 0; i < block.times; ++i) {
    const auto at = big_endian(bytes, i * 8, 8);
    const std::size_t type = static_cast<unsigned char>(bytes[kinds + i]);
    if (type >= block.types || at <= before) return std::nullopt;
    const auto offset = big_endian(bytes, types + type * 6, 4);
    if (offset < -26 * 3600 || offset > 26 * 3600) return std::nullopt;
    append_step(table, at, static_cast<std::int32_t>(offset));
    before = at;
  }
  return table;
}

}  // namespace

Result<ZoneTable> parse_zone_file(std::string_view bytes) {
  const auto refuse = [](const char* what) {
    return fail(ErrorCode::data_loss, std::string("not a time zone file: ") + what);
  };
  const auto old_block = read_header(bytes);
  if (!old_block) return refuse("no TZif header of version 2 or later");
  const std::size_t second = kHeaderSize + size_of(*old_block, 4);
  const auto block = second < bytes.size() ? read_header(bytes.substr(second)) : std::nullopt;
  if (!block) return refuse("the 64-bit part is missing");
  const auto body = bytes.substr(second + kHeaderSize);
  const std::size_t footer_at = size_of(*block, 8);
  if (footer_at + 2 > body.size() || body[footer_at] != '\n') return refuse("it is cut short");
  auto table = read_steps(body, *block);
  if (!table) return refuse("its changes make no sense");

  const auto footer_end = body.find('\n', footer_at + 1);
  if (footer_end == std::string_view::npos) return refuse("it is cut short");
  const auto footer = body.substr(footer_at + 1, footer_end - footer_at - 1);
  if (footer.empty()) return *std::move(table);
  const auto rule = RuleReader(footer).read();
  if (!rule) return refuse("the rule at its end cannot be read");
  const bool has_times = block->times != 0;
  append_rule(*table, *rule,
              has_times ? big_endian(body, (block->times - 1) * 8, 8) : kBeforeFirstYear);
  return *std::move(table);
}

Result<ZoneTable> parse_zone_rule(std::string_view text) {
  const auto rule = RuleReader(text).read();
  if (!rule) {
    return fail(ErrorCode::invalid_argument, "'" + std::string(text.substr(0, 100)) +
                                                 "' is not a time zone rule; wanted a form like "
                                                 "CET-1CEST,M3.5.0,M10.5.0/3");
  }
  ZoneTable table;
  table.first_offset = rule->standard;
  append_rule(table, *rule, kBeforeFirstYear);
  return table;
}

}  // namespace chela::heartbeat
