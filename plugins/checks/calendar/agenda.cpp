#include "agenda.h"

#include <algorithm>

namespace check_calendar {
namespace {

constexpr std::size_t kMostEntries = 5000;
// Rules that need more than this all together get little room each, so that a calendar full of
// costly ones cannot hold up the run.
constexpr std::int64_t kAllSteps = 10'000'000;
constexpr ExpandLimits kUsual{200'000, 500};
constexpr ExpandLimits kTight{2'000, 100};

}  // namespace

void add_definitions(const Mirror& mirror, ZoneBook& zones) {
  for (const auto& [path, calendar] : mirror.calendars) {
    for (const auto& [tzid, text] : calendar.zones) {
      const auto read = read_calendar("BEGIN:VCALENDAR\n" + text + "END:VCALENDAR\n",
                                      [&](const Component& component) { zones.add(component); });
      if (!read) continue;  // ours, but damaged: its zone is then an unknown one, which is told
    }
  }
}

std::vector<Entry> make_agenda(const Mirror& mirror, const Window& window, ZoneBook& zones,
                               Notes& notes) {
  std::vector<Entry> agenda;
  std::int64_t steps = 0;
  for (const auto& [path, calendar] : mirror.calendars) {
    std::map<std::string, std::string> names;  // of the first event of each UID
    for (const auto& [key, resource] : calendar.kept) {
      const Series series = series_from(resource.text);
      for (const auto& master : series.masters) {
        const auto& first = names.emplace(master.uid, master.summary).first->second;
        if (first != master.summary)
          notes.shared_uids.emplace(master.uid, std::pair(first, master.summary));
      }
      const auto found = occurrences_of(series, window, zones, steps < kAllSteps ? kUsual : kTight);
      steps += found.steps;
      if (!found.is_complete && !series.masters.empty())
        notes.not_expanded.insert(series.masters.front().uid);
      for (const auto& one : found.list) {
        if (!one.event->counts()) continue;
        notes.has_too_many = agenda.size() >= kMostEntries;
        if (notes.has_too_many) continue;
        agenda.push_back({one.event->uid + (one.id.empty() ? "" : "@" + one.id), one.event->uid,
                          one.event->summary, one.event->location, calendar.name, one.start,
                          one.end, one.is_all_day, one.event->is_tentative});
      }
    }
  }
  for (auto& entry : agenda) {
    if (!notes.shared_uids.contains(entry.uid)) continue;
    const std::string name = "#" + std::to_string(mark_of(entry.summary, ""));
    entry.key += name;
    entry.uid += name;
  }
  std::stable_sort(agenda.begin(), agenda.end(), [](const Entry& a, const Entry& b) {
    return a.start != b.start ? a.start < b.start : a.key < b.key;
  });
  // The same event in two calendars (shared, invited twice) is one.
  const auto last = std::unique(agenda.begin(), agenda.end(), [](const Entry& a, const Entry& b) {
    return a.key == b.key && a.start == b.start && a.end == b.end;
  });
  agenda.erase(last, agenda.end());
  return agenda;
}

}  // namespace check_calendar
