#include "agenda.h"

#include <algorithm>

namespace check_calendar {
namespace {

constexpr std::size_t kMostEntries = 5000;
// Rules that need more than this all together get little room each, so that a calendar full of
// costly ones cannot hold up the run.
constexpr std::int64_t kAllSteps = 10'000'000;
constexpr ExpandLimits kUsual{200'000, 2'000};
constexpr ExpandLimits kTight{2'000, 2'000};

bool comes_first(const Entry& a, const Entry& b) {
  return a.start != b.start ? a.start < b.start : a.key < b.key;
}

// What lies far ahead must not take the place of what comes first, in whatever order they were
// read.
void keep_first(std::vector<Entry>& agenda, Notes& notes) {
  if (agenda.size() <= kMostEntries) return;
  const auto end = agenda.begin() + kMostEntries;
  std::nth_element(agenda.begin(), end, agenda.end(), comes_first);
  agenda.erase(end, agenda.end());
  notes.has_too_many = true;
}

// Notes a series that is not followed; false: nothing of it is to be told.
bool may_be_told(const Series& series, const Occurrences& found, Notes& notes) {
  const bool is_hidden = found.is_dense || found.is_cut;
  if (found.is_complete && !is_hidden) return true;
  const auto& events = series.masters.empty() ? series.replacements : series.masters;
  if (!events.empty()) notes.not_expanded[events.front().uid] = {events.front().summary, is_hidden};
  return !is_hidden;
}

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
      if (!may_be_told(series, found, notes)) continue;
      for (const auto& one : found.list) {
        if (!one.event->counts()) continue;
        agenda.push_back({one.event->uid + (one.id.empty() ? "" : "@" + one.id), one.event->uid,
                          one.event->summary, one.event->location, calendar.name, one.start,
                          one.end, one.is_all_day, one.event->is_tentative});
      }
      if (agenda.size() > 4 * kMostEntries) keep_first(agenda, notes);
    }
  }
  for (auto& entry : agenda) {
    if (!notes.shared_uids.contains(entry.uid)) continue;
    const std::string name = "#" + std::to_string(mark_of(entry.summary, ""));
    entry.key += name;
    entry.uid += name;
  }
  std::stable_sort(agenda.begin(), agenda.end(), comes_first);
  // The same event in two calendars (shared, invited twice) is one.
  const auto last = std::unique(agenda.begin(), agenda.end(), [](const Entry& a, const Entry& b) {
    return a.key == b.key && a.start == b.start && a.end == b.end;
  });
  agenda.erase(last, agenda.end());
  keep_first(agenda, notes);
  return agenda;
}

}  // namespace check_calendar
