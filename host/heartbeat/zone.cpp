#include "heartbeat/zone.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <vector>

#include "base/durable_file.h"
#include "base/text.h"
#include "heartbeat/zone_table.h"

namespace chela::heartbeat {

struct Zone::Data {
  std::string name;
  ZoneTable table;
};

struct ZoneMaker {
  static Zone make(std::string name, ZoneTable table) {
    return Zone(std::make_shared<const Zone::Data>(Zone::Data{std::move(name), std::move(table)}));
  }
};

namespace {

using namespace std::chrono;

constexpr std::size_t kMaxZoneFile = 256 * 1024;
constexpr Timestamp kBeginning = sys_days(year(-9999) / January / 1);
constexpr Timestamp kEnd = sys_days(year(9999) / December / 31);

bool is_utc(std::string_view name) {
  return name == "UTC" || name == "Etc/UTC" || name == "Z" || name == "GMT";
}

bool is_zone_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  };
  return !name.empty() && name.size() <= 100 && name.front() != '/' &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

// "" or ", did you mean Europe/Berlin?"; reads the table of zones, so only for messages.
std::string suggestion(std::string_view name, const ZoneSources& sources) {
  const auto text = base::read_file(sources.folder + "/zone.tab", kMaxZoneFile);
  if (!text) return "";
  std::istringstream lines(*text);
  std::vector<std::string> known;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    std::string country, place, zone;
    if (line.starts_with('#') || !(columns >> country >> place >> zone)) continue;
    if (zone.ends_with("/" + std::string(name))) return ", did you mean " + zone + "?";
    known.push_back(zone);
  }
  const auto closest = base::closest(name, known);
  return closest.empty() ? "" : ", did you mean " + closest + "?";
}

Result<Zone> load_file(const std::string& path, std::string name) {
  CHELA_TRY(const std::string bytes, base::read_file(path, kMaxZoneFile));
  auto table = parse_zone_file(bytes);
  if (!table) return fail(table.error().code, path + ": " + table.error().message);
  return ZoneMaker::make(std::move(name), *std::move(table));
}

Result<Zone> load_named(std::string_view name, const ZoneSources& sources) {
  if (is_utc(name)) return Zone();
  const auto unknown = [&] {
    return fail(ErrorCode::not_found, "unknown time zone '" + base::printable(name, 100) + "'" +
                                          suggestion(name, sources) +
                                          "; wanted local, UTC or a name like Europe/Berlin");
  };
  if (!is_zone_name(name)) return unknown();
  auto zone = load_file(sources.folder + "/" + std::string(name), std::string(name));
  if (zone || zone.error().code == ErrorCode::data_loss) return zone;
  return unknown();
}

// TZ: a name first, then a path, then a rule, as C libraries read it; an empty one is UTC.
Result<Zone> load_environment(std::string_view tz, const ZoneSources& sources) {
  if (tz.starts_with(':')) tz.remove_prefix(1);
  if (tz.empty()) return Zone();
  if (tz.front() == '/') return load_file(std::string(tz), "local");
  auto named = load_named(tz, sources);
  if (named) return named;
  auto table = parse_zone_rule(tz);
  if (table) return ZoneMaker::make(std::string(tz), *std::move(table));
  return fail(named.error().code, "environment variable TZ: " + named.error().message);
}

// What follows "zoneinfo/" in the link's target, or "".
std::string linked_name(const std::string& link) {
  std::array<char, 4096> target{};
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  if (size <= 0) return "";
  const std::string_view text(target.data(), static_cast<std::size_t>(size));
  constexpr std::string_view kMark = "zoneinfo/";
  const auto at = text.rfind(kMark);
  return at == std::string_view::npos ? "" : std::string(text.substr(at + kMark.size()));
}

std::string first_word(const std::string& path) {
  const auto text = base::read_file(path, 4096);
  if (!text) return "";
  std::istringstream words(*text);
  std::string word;
  words >> word;
  return word;
}

Result<Zone> load_local(const ZoneSources& sources) {
  if (sources.tz) return load_environment(*sources.tz, sources);
  std::string name = linked_name(sources.localtime);
  if (is_utc(name)) return Zone();
  const auto bytes = base::read_file(sources.localtime, kMaxZoneFile);
  const std::string configured = name.empty() ? first_word(sources.timezone) : "";
  if (!bytes) return configured.empty() ? Result<Zone>(Zone()) : load_named(configured, sources);
  if (name.empty() && is_zone_name(configured)) {
    const auto same = base::read_file(sources.folder + "/" + configured, kMaxZoneFile);
    if (same && *same == *bytes) name = configured;
  }
  if (is_utc(name)) return Zone();
  auto table = parse_zone_file(*bytes);
  if (!table) return fail(table.error().code, sources.localtime + ": " + table.error().message);
  return ZoneMaker::make(name.empty() ? "local" : std::move(name), *std::move(table));
}

Timestamp at_second(std::int64_t second) {
  return std::clamp(
      Timestamp(seconds(std::clamp<std::int64_t>(second, -400'000'000'000, 400'000'000'000))),
      kBeginning, kEnd);
}

}  // namespace

const std::string& Zone::name() const {
  static const std::string utc = "UTC";
  return data_ ? data_->name : utc;
}

OffsetSpan Zone::span_at(Timestamp time) const {
  if (!data_) return {kBeginning, kEnd, Duration::zero()};
  const auto& steps = data_->table.steps;
  const auto second = floor<seconds>(time).time_since_epoch().count();
  const auto next =
      std::upper_bound(steps.begin(), steps.end(), second,
                       [](std::int64_t at, const auto& step) { return at < step.at; });
  const bool is_first = next == steps.begin();
  return {is_first ? kBeginning : at_second(std::prev(next)->at),
          next == steps.end() ? kEnd : at_second(next->at),
          seconds(is_first ? data_->table.first_offset : std::prev(next)->offset)};
}

LocalTime Zone::to_local(Timestamp time) const {
  const auto local = local_time<Duration>((time + span_at(time).offset).time_since_epoch());
  const auto day = floor<days>(local);
  return {day, static_cast<int>(floor<minutes>(local - day).count())};
}

Timestamp Zone::from_local(local_days day, int minute) const {
  const Timestamp as_if_utc((day + minutes(minute)).time_since_epoch());
  if (!data_) return as_if_utc;
  // No offset exceeds 26 h, so the first span that can show this time is in force or still to come
  // here.
  OffsetSpan span = span_at(as_if_utc - hours(26));
  while (true) {
    const Timestamp time = as_if_utc - span.offset;
    if (time < span.begin) return span.begin;
    if (time < span.end || span.end == kEnd) return time;
    span = span_at(span.end);
  }
}

ZoneSources ZoneSources::system() {
  ZoneSources sources;
  if (const char* tz = std::getenv("TZ")) sources.tz = tz;
  if (const char* folder = std::getenv("TZDIR"); folder != nullptr && *folder != '\0') {
    sources.folder = folder;
  }
  return sources;
}

Result<Zone> find_zone(std::string_view name, const ZoneSources& sources) {
  return name == "local" ? load_local(sources) : load_named(name, sources);
}

}  // namespace chela::heartbeat
