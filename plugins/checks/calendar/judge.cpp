#include "judge.h"

#include <chela/untrusted.h>

#include <algorithm>

#include "show.h"

namespace check_calendar {
namespace {

using chela::Finding;

constexpr std::size_t kMostFindings = 20;  // of each kind
constexpr std::size_t kMostOfBrief = 100;  // who shows fewer of them counts the rest
constexpr std::size_t kMostChanges = 10;   // told one by one

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

}  // namespace

std::vector<Finding> starting_soon(const std::vector<Entry>& agenda, const Settings& settings,
                                   const Moment& moment, const Zone& zone, Told& told) {
  std::vector<Finding> findings;
  if (settings.soon == 0) return findings;
  // A clock that was put back makes nothing begin later than now.
  const Instant since = moment.last_look == 0 ? moment.now : std::min(moment.last_look, moment.now);
  for (const auto& entry : agenda) {
    if (entry.is_all_day || entry.start <= since || entry.start > moment.now + settings.soon)
      continue;
    if (is_too_late(entry, settings, moment.now)) continue;
    const std::string key = "soon:" + entry.key + "@" + std::to_string(entry.start);
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
  std::vector<const Entry*> open;  // those that may still overlap the next one
  for (const auto& entry : agenda) {
    if (entry.start >= moment.now + settings.horizon) break;
    if (entry.is_all_day || entry.end <= moment.now || entry.end == entry.start) continue;
    std::erase_if(open, [&](const Entry* one) { return one->end <= entry.start; });
    for (const Entry* one : open) {
      // Copies of one event have one start and one name.
      const bool is_copy = one->start == entry.start && one->end == entry.end &&
                           (one->uid == entry.uid || one->summary == entry.summary);
      if (is_copy || findings.size() >= kMostFindings) continue;
      const Instant begin = std::max(one->start, entry.start);
      const Instant end = std::min(one->end, entry.end);
      findings.push_back(
          chela::condition("conflict:" + std::to_string(mark_of(one->key, entry.key)) + "@" +
                               std::to_string(begin),
                           "two events at once, " + show_when(begin, end, false, moment.now, zone) +
                               ": " + show_summary(one->summary, 80) + " and " +
                               show_summary(entry.summary, 80))
              .detail(show_summary(one->summary) + "\n" + detail_of(*one, moment, zone) + "\n\n" +
                      show_summary(entry.summary) + "\n" + detail_of(entry, moment, zone))
              .untrusted());
    }
    if (open.size() < 100) open.push_back(&entry);
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
  for (const auto& entry : agenda) {
    const bool is_over = entry.end <= moment.now && entry.start < moment.now;
    if (is_over || entry.start >= end) continue;
    if (++brief.count > kMostOfBrief) continue;
    brief.findings.push_back(chela::event("brief:" + entry.key + "@" + std::to_string(entry.start),
                                          show_brief(entry, today, zone))
                                 .detail(detail_of(entry, moment, zone))
                                 .info()
                                 .untrusted());
  }
  return brief;
}

}  // namespace check_calendar
