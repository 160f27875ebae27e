#include "state_findings.h"

#include <chela/untrusted.h>

namespace check_calendar {
namespace {

constexpr std::size_t kMost = 5;  // of each kind

std::string shown(const std::string& text) {
  return "'" + chela::untrusted_text(text, 80) + "'";
}

}  // namespace

void add_state_findings(chela::Report& report, const Mirror& mirror, const ZoneBook& zones,
                        const Notes& notes) {
  std::size_t told = 0;
  for (const auto& tzid : zones.unknown()) {
    if (++told > kMost) break;
    report.add(chela::condition("unknown-zone:" + tzid, "nobody knows the time zone " + shown(tzid))
                   .info()
                   .detail("Its events are taken as if they were in " + zones.local().name +
                           ". The calendar brings no definition of it (VTIMEZONE), and it is "
                           "neither an IANA name nor one of Windows.")
                   .untrusted());
  }
  told = 0;
  for (const auto& [uid, given_up] : notes.not_expanded) {
    if (++told > kMost) break;
    const std::string which = shown(given_up.summary) + " (UID " + shown(uid) + ")";
    const std::string often = which + " takes place more than " + std::to_string(kMostPerDay) +
                              " times within a day, or its rule takes too long to be worked out. "
                              "Nothing of it is told, and the other events are not affected. Where "
                              "it is an invitation that nobody wanted, decline or delete it.";
    const std::string odd = "Not all occurrences of " + which +
                            " are known: its rule makes no sense, or cannot be followed. What is "
                            "known of it is told.";
    report.add(chela::condition("not-expanded:" + uid,
                                given_up.is_hidden
                                    ? "an event repeats too often to be followed"
                                    : "an event repeats in a way that is not followed")
                   .info()
                   .detail(given_up.is_hidden ? often : odd)
                   .untrusted());
  }
  told = 0;
  for (const auto& [uid, names] : notes.shared_uids) {
    if (++told > kMost) break;
    report.add(chela::condition("shared-uid:" + uid, "different events bear the same UID")
                   .detail("The UID " + shown(uid) + " stands for " + shown(names.first) + " and " +
                           shown(names.second) +
                           ", in one calendar. They are told apart by name and time, so that one "
                           "which is renamed or moved may be told as a new one. What writes the "
                           "calendar should give each event a UID of its own.")
                   .untrusted());
  }
  for (const auto& [path, calendar] : mirror.calendars) {
    if (!calendar.is_cut) continue;
    report.add(chela::condition("too-large:" + path, "a calendar is too large to be kept whole")
                   .detail("The events that lie farthest ahead are left out of " +
                           shown(calendar.name.empty() ? path : calendar.name) +
                           "; name fewer calendars in `calendars`.")
                   .untrusted());
  }
  if (notes.has_too_many) {
    report.add(chela::condition("too-many", "more events take place than can be looked at")
                   .detail("Of the next days only 5,000 events are looked at; name fewer calendars "
                           "in `calendars`."));
  }
  if (notes.unreadable > 0) {
    report.add(
        chela::event("unreadable:" +
                         std::to_string(mark_of(notes.example, std::to_string(notes.unreadable))),
                     std::to_string(notes.unreadable) +
                         (notes.unreadable == 1 ? " event" : " events") + " could not be read")
            .info()
            .detail("The others are not affected. The first: " +
                    chela::untrusted_text(notes.example, 200))
            .untrusted());
  }
}

}  // namespace check_calendar
