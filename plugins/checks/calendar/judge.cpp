#include "judge.h"

#include <chela/untrusted.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "show.h"

namespace check_calendar {
namespace {

using chela::Finding;

constexpr std::size_t kMostFindings = 20;    // of each kind
constexpr std::size_t kMostOfBrief = 100;    // who shows fewer of them counts the rest
constexpr std::size_t kMostChanges = 10;     // told one by one
constexpr std::size_t kMostPairs = 1000;     // of series that overlap, to choose from
constexpr std::size_t kConflictsEach = 5;    // of one series, as long as there are others
constexpr std::size_t kMostOfSeriesDay = 3;  // of one series and day, in a brief

std::string detail_of(const Entry& entry, const Moment& moment, const Zone& zone) {
  std::string text = show_when(entry.start, entry.end, entry.is_all_day, moment.now, zone);
  if (!entry.location.empty()) text += "\nAt " + chela::untrusted_text(entry.location, 160);
  if (!entry.calendar.empty()) text += "\nIn " + chela::untrusted_text(entry.calendar, 80);
  if (entry.is_tentative) text += "\nNot confirmed yet.";
  return text + as_of(moment.as_of);
}

void remember(Told& told, const std::string& key, Instant until) {
  told[key] = until;
}

std::string minutes(std::int64_t seconds) {
  return chela::describe_duration(std::chrono::minutes((seconds + 59) / 60));
}

// "at 09:00", "yesterday at 09:00", "on Wed 25 Nov at 09:00".
std::string show_start(Instant start, Instant now, const Zone& zone) {
  const Local local = zone.to_local(start);
  const Day days = day_of_local(zone.to_local(now)) - day_of_local(local);
  const std::string clock = "at " + show_clock(local);
  if (days == 0) return clock;
  return (days == 1 ? "yesterday " : "on " + show_day(day_of_local(local)) + " ") + clock;
}

// Whether it is over. What has no length is a mark in the day, and can be told a while later.
bool is_too_late(const Entry& entry, const Settings& settings, Instant now) {
  if (entry.end > entry.start) return entry.end <= now;
  return entry.start <= now - std::max<Instant>(settings.soon, kHour);
}

std::string soon_key(const Entry& entry) {
  return "soon:" + entry.key + "@" + std::to_string(entry.start);
}

// Of each series the one start that can be told: the nearest to now. What began and was told makes
// room for the next.
std::map<std::string_view, const Entry*> nearest_starts(const std::vector<Entry>& agenda,
                                                        const Settings& settings,
                                                        const Moment& moment, const Told& told) {
  // A clock that was put back makes nothing begin later than now.
  const Instant since = moment.last_look == 0 ? moment.now : std::min(moment.last_look, moment.now);
  const auto distance = [&](const Entry& entry) { return std::abs(entry.start - moment.now); };
  std::map<std::string_view, const Entry*> nearest;
  for (const auto& entry : agenda) {
    if (entry.is_all_day || entry.start <= since || entry.start > moment.now + settings.soon)
      continue;
    if (is_too_late(entry, settings, moment.now)) continue;
    if (entry.start <= moment.now && told.contains(soon_key(entry))) continue;
    const auto [same, is_first] = nearest.emplace(entry.uid, &entry);
    if (!is_first && distance(entry) < distance(*same->second)) same->second = &entry;
  }
  return nearest;
}

// Where two series meet first, and how often they do after that.
struct Overlap {
  const Entry* one = nullptr;
  const Entry* other = nullptr;
  std::size_t more = 0;

  Instant begin() const { return std::max(one->start, other->start); }
  Instant end() const { return std::min(one->end, other->end); }
};

std::vector<Overlap> overlaps_in(const std::vector<Entry>& agenda, const Settings& settings,
                                 const Moment& moment) {
  std::vector<Overlap> found;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> places;
  std::vector<const Entry*> open;  // those that may still overlap the next one
  for (const auto& entry : agenda) {
    if (entry.start >= moment.now + settings.horizon) break;
    if (entry.is_all_day || entry.end <= moment.now || entry.end == entry.start) continue;
    std::erase_if(open, [&](const Entry* one) { return one->end <= entry.start; });
    for (const Entry* one : open) {
      // Copies of one event have one start and one name.
      const bool is_copy = one->start == entry.start && one->end == entry.end &&
                           (one->uid == entry.uid || one->summary == entry.summary);
      if (is_copy) continue;
      const std::pair<std::string_view, std::string_view> pair =
          std::minmax<std::string_view>(one->uid, entry.uid);
      if (const auto known = places.find(pair); known != places.end()) {
        ++found[known->second].more;
      } else if (found.size() < kMostPairs) {
        places.emplace(pair, found.size());
        found.push_back({one, &entry});
      }
    }
    // Of a series that overlaps itself the one that goes on longest meets what the others meet.
    const auto own = std::find_if(open.begin(), open.end(),
                                  [&](const Entry* one) { return one->uid == entry.uid; });
    if (own != open.end()) {
      if (entry.end > (*own)->end) *own = &entry;
    } else if (open.size() < 100) {
      open.push_back(&entry);
    }
  }
  return found;
}

// At most kMostFindings, in order of time. A series that collides with everything leaves room for
// the others.
std::vector<Overlap> choose(std::vector<Overlap> all) {
  const auto begins_first = [](const Overlap& a, const Overlap& b) {
    return a.begin() < b.begin();
  };
  std::stable_sort(all.begin(), all.end(), begins_first);
  std::map<std::string_view, std::size_t> counts;
  std::vector<Overlap> chosen, rest;
  for (const auto& overlap : all) {
    const std::size_t count = std::max(++counts[overlap.one->uid], ++counts[overlap.other->uid]);
    (count <= kConflictsEach ? chosen : rest).push_back(overlap);
  }
  chosen.insert(chosen.end(), rest.begin(), rest.end());
  if (chosen.size() > kMostFindings) chosen.resize(kMostFindings);
  std::stable_sort(chosen.begin(), chosen.end(), begins_first);
  return chosen;
}

}  // namespace

std::vector<Finding> starting_soon(const std::vector<Entry>& agenda, const Settings& settings,
                                   const Moment& moment, const Zone& zone, Told& told) {
  std::vector<Finding> findings;
  if (settings.soon == 0) return findings;
  const auto nearest = nearest_starts(agenda, settings, moment, told);
  for (const auto& entry : agenda) {
    const auto own = nearest.find(entry.uid);
    if (own == nearest.end() || own->second != &entry) continue;
    const std::string key = soon_key(entry);
    if (told.contains(key) || findings.size() >= kMostFindings) continue;
    const bool is_ahead = entry.start > moment.now;
    const std::string when = is_ahead ? "in " + minutes(entry.start - moment.now)
                                      : "began " + show_start(entry.start, moment.now, zone);
    findings.push_back(chela::event(key, when + ": " + show_summary(entry.summary))
                           .detail(detail_of(entry, moment, zone))
                           .untrusted());
    remember(told, key, std::max(entry.start, moment.now) + kDaySeconds);
  }
  return findings;
}

std::vector<Finding> conflicts(const std::vector<Entry>& agenda, const Settings& settings,
                               const Moment& moment, const Zone& zone) {
  std::vector<Finding> findings;
  if (!settings.reports_conflicts) return findings;
  for (const auto& overlap : choose(overlaps_in(agenda, settings, moment))) {
    const Entry& one = *overlap.one;
    const Entry& other = *overlap.other;
    std::string detail = show_summary(one.summary) + "\n" + detail_of(one, moment, zone) + "\n\n" +
                         show_summary(other.summary) + "\n" + detail_of(other, moment, zone);
    if (overlap.more > 0)
      detail += "\n\nAnd " + std::to_string(overlap.more) + " more times of the same two.";
    findings.push_back(
        chela::condition("conflict:" + std::to_string(mark_of(one.key, other.key)) + "@" +
                             std::to_string(overlap.begin()),
                         "two events at once, " +
                             show_when(overlap.begin(), overlap.end(), false, moment.now, zone) +
                             ": " + show_summary(one.summary, 80) + " and " +
                             show_summary(other.summary, 80))
            .detail(detail)
            .untrusted());
  }
  return findings;
}

std::vector<Finding> early_tomorrow(const std::vector<Entry>& agenda, const Settings& settings,
                                    const Moment& moment, const Zone& zone, Told& told) {
  const Local local = zone.to_local(moment.now);
  if (settings.day_start_before == 0 || second_of_day(local) < settings.evening_from) return {};
  const Day tomorrow = day_of_local(local) + 1;
  const std::string key = "early:" + format_basic_date(tomorrow);
  if (told.contains(key)) return {};
  for (const auto& entry : agenda) {
    const Local start = zone.to_local(entry.start);
    if (entry.is_all_day || day_of_local(start) != tomorrow) continue;
    if (second_of_day(start) >= settings.day_start_before) return {};
    remember(told, key, moment.now + 2 * kDaySeconds);
    return {chela::event(key, "tomorrow begins early, at " + show_clock(start) + ": " +
                                  show_summary(entry.summary))
                .detail(detail_of(entry, moment, zone))
                .untrusted()};
  }
  return {};
}

std::vector<Finding> tell_changes(const std::vector<Change>& changes, const Settings& settings,
                                  const Moment& moment, const Zone& zone) {
  std::vector<Finding> findings;
  if (!settings.reports_new) return findings;
  for (std::size_t i = 0; i < changes.size() && i < kMostChanges; ++i) {
    const Change& one = changes[i];
    const std::string fresh = show_when(one.start, one.end, one.is_all_day, moment.now, zone);
    const std::string old = show_when(one.old_start, one.old_end, one.is_all_day, moment.now, zone);
    std::string title;
    if (one.kind == Change::Kind::added) title = "new: " + show_summary(one.summary) + ", " + fresh;
    if (one.kind == Change::Kind::moved)
      title = "moved: " + show_summary(one.summary) + ", from " + old + " to " + fresh;
    if (one.kind == Change::Kind::gone)
      title = "no longer takes place: " + show_summary(one.summary) + ", " + old;
    std::string detail;
    if (!one.calendar.empty()) detail = "In " + chela::untrusted_text(one.calendar, 80);
    if (one.others > 0)
      detail += "\nand " + std::to_string(one.others) + " more of the same series";
    Finding finding = chela::event(one.key, title);
    finding.detail(detail + as_of(moment.as_of)).untrusted();
    const Instant nearest = one.kind == Change::Kind::added  ? one.start
                            : one.kind == Change::Kind::gone ? one.old_start
                                                             : std::min(one.start, one.old_start);
    // What does not touch the next two days can wait.
    if (nearest > moment.now + settings.horizon) finding.info();
    findings.push_back(std::move(finding));
  }
  if (changes.size() > kMostChanges) {
    findings.push_back(chela::event("changes@" + std::to_string(moment.now),
                                    "and " + std::to_string(changes.size() - kMostChanges) +
                                        " more new, moved or cancelled events")
                           .info());
  }
  return findings;
}

Brief brief(const std::vector<Entry>& agenda, const Moment& moment, const Zone& zone) {
  Brief brief;
  const Day today = day_of_local(zone.to_local(moment.now));
  const Instant end = zone.to_instant((today + 2) * kDaySeconds);
  std::vector<std::pair<const Entry*, std::size_t>> listed;  // and how many more of its series
  struct Same {
    std::size_t count = 0, last = 0;  // `last`: its place in `listed`
  };
  std::map<std::pair<std::string_view, Day>, Same> series;
  for (const auto& entry : agenda) {
    const bool is_over = entry.end <= moment.now && entry.start < moment.now;
    if (is_over || entry.start >= end) continue;
    ++brief.count;
    const Day day = std::max(today, day_of_local(zone.to_local(entry.start)));
    Same& same = series[{entry.uid, day}];
    if (++same.count > kMostOfSeriesDay) {
      ++listed[same.last].second;
      continue;
    }
    same.last = listed.size();
    listed.emplace_back(&entry, 0);
  }
  for (const auto& [entry, more] : listed) {
    if (brief.findings.size() >= kMostOfBrief) break;
    std::string title = show_brief(*entry, today, zone);
    if (more > 0) title += ", and " + std::to_string(more) + " more of the same series that day";
    brief.findings.push_back(
        chela::event("brief:" + entry->key + "@" + std::to_string(entry->start), title)
            .detail(detail_of(*entry, moment, zone))
            .info()
            .untrusted());
  }
  return brief;
}

}  // namespace check_calendar
