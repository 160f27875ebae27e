#include "intake.h"

#include <algorithm>
#include <tuple>

#include "when.h"

namespace check_calendar {
namespace {

constexpr Instant kKeptBack = kDaySeconds;  // what ended less than this ago is kept
constexpr std::size_t kMostZoneText = 16 * 1024;
constexpr std::size_t kMostZones = 50;
constexpr std::size_t kMostDropped = 50'000;
constexpr std::size_t kMostEventText = 60 * 1024;
constexpr std::size_t kMostOfOneUid = 10'000;

std::string write_series(const Series& series) {
  std::string text;
  for (const auto& event : series.masters) text += write_event(event);
  for (const auto& event : series.replacements) text += write_event(event);
  return text;
}

bool is_declined(const Series& series) {
  return std::any_of(series.masters.begin(), series.masters.end(),
                     [](const Event& one) { return one.is_declined; });
}

void note_unreadable(Notes& notes, const std::string& why) {
  if (++notes.unreadable == 1) notes.example = why;
}

// Events by UID; what cannot be read is noted.
chela::Result<std::map<std::string, Series>> read_all(Calendar& calendar, std::string_view text,
                                                      const IntakeRules& rules, ZoneBook& zones,
                                                      Notes& notes) {
  std::map<std::string, std::vector<Event>> all;
  const auto read = read_calendar(text, [&](const Component& component) {
    if (component.name == "VTIMEZONE") {
      const std::string tzid(cut(component.value("TZID"), 200));
      if (!zones.needs_definition(tzid) || calendar.zones.size() >= kMostZones) return;
      zones.add(component);
      std::string definition = write_component(component);
      if (definition.size() <= kMostZoneText) calendar.zones[tzid] = std::move(definition);
      return;
    }
    auto event = read_event(component, rules.own_addresses);
    if (!event) return note_unreadable(notes, event.error().message);
    auto& events = all[event->uid];
    if (events.size() >= kMostOfOneUid)
      return note_unreadable(notes, "one UID stands for more than 10,000 events");
    events.push_back(*std::move(event));
  });
  if (!read) return chela::fail(read.error());
  std::map<std::string, Series> sorted;
  for (auto& [uid, events] : all) sorted.emplace(uid, make_series(std::move(events)));
  return sorted;
}

// Keeps the series under `key`, or a mark of it.
void keep(Calendar& calendar, const std::string& key, const std::string& tag, Series series,
          const IntakeRules& rules, ZoneBook& zones, Notes& notes) {
  calendar.kept.erase(key);
  const bool matters = is_ahead(series, rules.now - kKeptBack, zones, notes.steps_left);
  if (matters) {
    drop_past(series, rules.now - kKeptBack, zones);
    std::string text = write_series(series);
    if (text.size() <= kMostEventText) {
      calendar.kept[key] = {tag, std::move(text)};
      return;
    }
    note_unreadable(notes, "an event is larger than 60 KiB");
  }
  if (is_declined(series)) notes.declined.insert(key);
  if (calendar.dropped.size() < kMostDropped) calendar.dropped.insert(mark_of(key, tag));
}

// One series, or where different events bear its UID, each by itself: together they may be too
// large to be kept, and none of them is another one's move.
std::vector<std::pair<std::string, Series>> apart(const std::string& uid, Series series) {
  const auto& masters = series.masters;
  const bool is_one = std::all_of(masters.begin(), masters.end(), [&](const Event& one) {
    return one.summary == masters.front().summary;
  });
  std::vector<std::pair<std::string, Series>> all;
  if (is_one) {
    all.emplace_back(uid, std::move(series));
    return all;
  }
  for (auto& master : series.masters) {
    std::string key = uid + "#" + format_when(master.start) + "#" + master.summary;
    all.emplace_back(std::move(key), Series{{std::move(master)}, {}});
  }
  // Nobody knows whose they are, but they take place.
  all.front().second.replacements = std::move(series.replacements);
  return all;
}

}  // namespace

void take_file(Calendar& calendar, const std::string& href, const std::string& etag,
               std::string_view text, const IntakeRules& rules, ZoneBook& zones, Notes& notes) {
  auto all = read_all(calendar, text, rules, zones, notes);
  Series whole;  // a file holds one UID; others would only share its place
  if (all) {
    for (auto& [uid, series] : *all) {
      for (auto& event : series.masters) whole.masters.push_back(std::move(event));
      for (auto& event : series.replacements) whole.replacements.push_back(std::move(event));
    }
  } else {
    note_unreadable(notes, all.error().message);
  }
  keep(calendar, href, etag, std::move(whole), rules, zones, notes);
}

chela::Result<void> take_feed(Calendar& calendar, std::string_view text, const IntakeRules& rules,
                              ZoneBook& zones, Notes& notes) {
  Calendar fresh;
  CHELA_TRY(auto all, read_all(fresh, text, rules, zones, notes));
  for (auto& [uid, series] : all) {
    for (auto& [key, one] : apart(uid, std::move(series))) {
      const std::string tag = std::to_string(mark_of(key, write_series(one)));
      keep(fresh, key, tag, std::move(one), rules, zones, notes);
    }
  }
  calendar.kept = std::move(fresh.kept);
  calendar.zones = std::move(fresh.zones);
  calendar.dropped.clear();  // a feed comes whole each time
  calendar.is_complete = true;
  calendar.is_cut = false;
  return {};
}

void fit(Mirror& mirror, std::size_t most_bytes, ZoneBook& zones) {
  std::size_t size = size_of(mirror);
  if (size <= most_bytes) return;
  std::vector<std::tuple<Instant, std::string, std::string>> by_distance;
  for (const auto& [path, calendar] : mirror.calendars) {
    for (const auto& [key, resource] : calendar.kept) {
      const Series series = series_from(resource.text);
      Instant nearest = 0;
      for (const auto& event : series.masters) {
        if (event.repeats()) continue;
        const Zone& zone =
            event.start.form == When::Form::zoned ? zones.find(event.start.zone) : zones.local();
        nearest = zone.to_instant(event.start.local);
      }
      by_distance.emplace_back(nearest, path, key);
    }
  }
  std::sort(by_distance.begin(), by_distance.end());
  while (size > most_bytes && !by_distance.empty()) {
    const auto& [start, path, key] = by_distance.back();
    Calendar& calendar = mirror.calendars[path];
    const auto found = calendar.kept.find(key);
    size -= std::min(size, key.size() + found->second.tag.size() + found->second.text.size() + 16);
    calendar.kept.erase(found);
    calendar.is_cut = true;
    by_distance.pop_back();
  }
}

Series series_from(const std::string& text) {
  std::vector<Event> events;
  // What it says was written by write_event(), so that nothing is left to be refused.
  const auto read = read_calendar("BEGIN:VCALENDAR\n" + text + "END:VCALENDAR\n",
                                  [&](const Component& component) {
                                    auto event = read_event(component, {});
                                    if (event) events.push_back(*std::move(event));
                                  });
  if (!read) return {};
  return make_series(std::move(events));
}

}  // namespace check_calendar
