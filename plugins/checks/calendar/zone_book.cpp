#include "zone_book.h"

#include <algorithm>
#include <charconv>

#include "expand.h"
#include "when.h"
#include "windows_zones.h"

namespace check_calendar {
namespace {

constexpr std::size_t kMostZones = 200;   // that one run looks up
constexpr std::size_t kMostDates = 1000;  // RDATE of one observance
// Some definitions begin in the year 1 or 1601: what they say before is of no use to anybody.
const Local kStartOfRules = day_of({1900, 1, 1}) * kDaySeconds;
const Local kEndOfRules = day_of({2100, 1, 1}) * kDaySeconds;

// "+0100", "-023000" in seconds.
std::optional<std::int32_t> parse_offset(std::string_view text) {
  if (text.size() != 5 && text.size() != 7) return std::nullopt;
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  if (text.size() == 5) number *= 100;
  const int seconds = number / 10000 * 3600 + number / 100 % 100 * 60 + number % 100;
  if (seconds > 26 * 3600) return std::nullopt;
  return text[0] == '-' ? -seconds : seconds;
}

// When one observance begins, again and again.
void append_observance(const Component& observance, std::int64_t& steps_left,
                       std::vector<Zone::Step>& steps,
                       std::vector<std::pair<Instant, std::int32_t>>& before) {
  const auto from = parse_offset(observance.value("TZOFFSETFROM"));
  const auto to = parse_offset(observance.value("TZOFFSETTO"));
  const auto first = parse_basic_time(observance.value("DTSTART"));
  if (!from || !to || !first) return;
  const auto add = [&](Local local) {
    steps.push_back({local - *from, *to});
    before.emplace_back(local - *from, *from);
  };
  add(*first);
  std::vector<ExtraStart> dates;
  for (const auto& property : observance.properties) {
    if (property.name == "RDATE") parse_extra_starts(property, kMostDates, dates);
    if (property.name != "RRULE" || steps_left <= 0) continue;
    auto rule = parse_rule(property.value);
    if (!rule) continue;
    if (rule->until && rule->until->form == Until::Form::utc) rule->until->value += *from;
    if (rule->until && rule->until->form == Until::Form::date)
      rule->until->value = (rule->until->value + 1) * kDaySeconds - 1;
    const auto found =
        expand_rule(*rule, *first, std::max(*first, kStartOfRules), kEndOfRules, {200'000, 3000});
    steps_left -= found.steps;
    for (const Local local : found.starts) add(local);
  }
  for (const auto& [date, end, length] : dates)
    add(date.form == When::Form::utc ? date.local + *from : date.local);
}

bool is_zone_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  };
  return !name.empty() && name.size() <= 60 && name.front() != '/' && name.back() != '/' &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

}  // namespace

std::optional<Zone> zone_from_component(const Component& component, std::int64_t& steps_left) {
  std::vector<std::pair<Instant, std::int32_t>> before;
  Zone zone;
  for (const auto& child : component.children)
    append_observance(child, steps_left, zone.steps, before);
  if (zone.steps.empty() || steps_left <= 0) return std::nullopt;
  zone.name = component.value("TZID");
  zone.first_offset = std::min_element(before.begin(), before.end())->second;
  std::stable_sort(zone.steps.begin(), zone.steps.end(),
                   [](const Zone::Step& a, const Zone::Step& b) { return a.at < b.at; });
  const auto last = std::unique(zone.steps.begin(), zone.steps.end(),
                                [](const auto& a, const auto& b) { return a.at == b.at; });
  zone.steps.erase(last, zone.steps.end());
  return zone;
}

std::string zone_name_in(const std::string& tzid) {
  if (tzid == "Z" || tzid == "UTC" || tzid == "GMT") return "UTC";
  const auto windows = std::find_if(kWindowsZones.begin(), kWindowsZones.end(),
                                    [&](const WindowsZone& zone) { return zone.windows == tzid; });
  if (windows != kWindowsZones.end()) return std::string(windows->iana);
  if (!tzid.starts_with('/')) return is_zone_name(tzid) ? tzid : "";
  // Behind a prefix of whoever made it: "/example.org/20260101/Europe/Berlin".
  const auto second = tzid.find('/', 1);
  if (second == std::string::npos) return "";
  std::string rest = tzid.substr(second + 1);
  while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
    const auto slash = rest.find('/');
    rest = slash == std::string::npos ? "" : rest.substr(slash + 1);
  }
  return is_zone_name(rest) ? rest : "";
}

const Zone* ZoneBook::named(const std::string& tzid) {
  const auto known = named_.find(tzid);
  if (known != named_.end()) return known->second ? &*known->second : nullptr;
  if (named_.size() >= kMostZones) return nullptr;
  const std::string name = zone_name_in(tzid);
  std::optional<Zone> zone;
  if (name == "UTC") {
    zone = Zone{};
  } else if (!name.empty()) {
    zone = load_(name);
  }
  const auto& kept = named_.emplace(tzid, std::move(zone)).first->second;
  return kept ? &*kept : nullptr;
}

void ZoneBook::add(const Component& vtimezone) {
  const std::string tzid(cut(vtimezone.value("TZID"), 200));
  if (defined_.size() >= kMostZones || defined_.contains(tzid) || named(tzid) != nullptr) return;
  if (auto zone = zone_from_component(vtimezone, steps_left_))
    defined_.emplace(tzid, *std::move(zone));
}

bool ZoneBook::needs_definition(const std::string& tzid) {
  return named(tzid) == nullptr;
}

const Zone& ZoneBook::find(const std::string& tzid) {
  if (const Zone* zone = named(tzid)) return *zone;
  const auto defined = defined_.find(tzid);
  if (defined != defined_.end()) return defined->second;
  if (unknown_.size() < kMostZones) unknown_.insert(tzid);
  return local_;
}

}  // namespace check_calendar
