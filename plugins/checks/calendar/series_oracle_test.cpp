// Whole series - zones, whole days, EXDATE, RDATE, moved occurrences - against
// python3-recurring-ical-events.
#include <gtest/gtest.h>

#include <iostream>

#include "ask_oracle.h"
#include "intake.h"
#include "random_rules.h"
#include "support/real_peers.h"
#include "test_zones.h"

namespace check_calendar::test {
namespace {

constexpr int kCalendars = 1500;
constexpr std::int64_t kMargin = 3 * kDaySeconds;  // where a window begins is for each to decide

struct Drawn {
  std::string lines;  // VEVENTs
  Window window;
};

class SeriesDrawer {
 public:
  explicit SeriesDrawer(unsigned seed) : engine_(seed) {}

  Drawn draw() {
    static constexpr const char* kForms[] = {
        "",  ";TZID=Europe/Berlin", ";TZID=America/New_York", ";TZID=Australia/Sydney",
        "Z", ";VALUE=DATE"};
    form_ = kForms[pick(0, 5)];
    const Day first_day = day_of({2026, 1, 1}) + pick(0, 300);
    const Local first = first_day * kDaySeconds + (is_date() ? 0 : pick(0, 95) * 15 * kMinute);
    static constexpr const char* kRules[] = {
        "FREQ=DAILY",   "FREQ=DAILY;INTERVAL=3",   "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2",
        "FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=2", "FREQ=YEARLY"};
    std::string rule = kRules[pick(0, 6)];
    if (chance(40)) rule += ";COUNT=" + std::to_string(pick(1, 30));
    const auto starts =
        expand_rule(*parse_rule(rule), first, first, first + 300 * kDaySeconds, {200'000, 60})
            .starts;
    const std::int64_t length = is_date() ? pick(1, 3) * kDaySeconds : pick(1, 40) * 15 * kMinute;
    Drawn drawn;
    std::string master = "SUMMARY:m\nDTSTART" + when(first) + "\n";
    master += is_date() || chance(50) ? "DTEND" + when(first + length) + "\n"
                                      : "DURATION:PT" + std::to_string(length / 60) + "M\n";
    if (chance(85)) master += "RRULE:" + rule + "\n";
    for (int i = pick(0, 2); i > 0; --i) master += "EXDATE" + when(starts[index(starts)]) + "\n";
    if (chance(25)) {
      const Local extra = first + pick(1, 100) * kDaySeconds + (is_date() ? 0 : 7 * kMinute);
      master += "RDATE" + when(extra) + "\n";
    }
    drawn.lines = event(master);
    if (chance(40)) {
      const Local replaced = starts[index(starts)];
      const Local moved =
          replaced + (is_date() ? pick(-5, 5) * kDaySeconds : pick(-200, 200) * 15 * kMinute);
      drawn.lines += event("SUMMARY:r\nRECURRENCE-ID" + when(replaced) + "\nDTSTART" + when(moved) +
                           "\nDTEND" + when(moved + length) + "\nSEQUENCE:1\n");
    }
    drawn.window.from = first + pick(-20, 200) * kDaySeconds;
    drawn.window.to = drawn.window.from + pick(10, 60) * kDaySeconds;
    return drawn;
  }

 private:
  int pick(int least, int most) {
    return least + static_cast<int>(engine_() % static_cast<unsigned>(most - least + 1));
  }
  bool chance(int percent) { return pick(0, 99) < percent; }
  std::size_t index(const std::vector<Local>& list) {
    return static_cast<std::size_t>(pick(0, static_cast<int>(list.size()) - 1));
  }
  bool is_date() const { return form_ == ";VALUE=DATE"; }
  std::string when(Local local) const {
    if (is_date()) return form_ + ":" + format_basic_date(day_of_local(local));
    if (form_ == "Z") return ":" + format_basic_time(local) + "Z";
    return form_ + ":" + format_basic_time(local);
  }
  static std::string event(const std::string& lines) {
    return "BEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\n" + lines + "END:VEVENT\n";
  }
  std::mt19937 engine_;
  std::string form_;
};

// Those that lie well inside the window.
std::vector<std::string> inside(const std::vector<std::string>& all, const Window& window) {
  std::vector<std::string> kept;
  for (const auto& one : all) {
    const auto start = *parse_basic_time(one.substr(0, 15));
    if (start >= window.from + kMargin && start < window.to - kMargin) kept.push_back(one);
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

// The end of a floating event over a clock change: DTEND means the same length each time (RFC 5545,
// 3.8.5.3), they let the clock show the same end.
bool differ_in_floating_ends(const std::vector<std::string>& ours,
                             const std::vector<std::string>& theirs, const Drawn& drawn) {
  const bool is_floating =
      drawn.lines.find("\nDTSTART:") != std::string::npos &&
      drawn.lines.find("00Z\n", drawn.lines.find("DTSTART")) == std::string::npos;
  return is_floating && std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                                   [](const std::string& a, const std::string& b) {
                                     return a.substr(0, 15) == b.substr(0, 15);
                                   });
}

TEST(OccurrencesOf, AgreesWithRecurringIcalEvents) {
  CHELA_WANT_PEER(runs("/usr/bin/python3 -c 'import recurring_ical_events'"),
                  "install python3-recurring-ical-events (scripts/install_packages.sh --tests)");
  SeriesDrawer drawer(5);
  ZoneBook zones = zone_book("Europe/Berlin");
  std::vector<Drawn> cases;
  std::string questions;
  for (int i = 0; i < kCalendars; ++i) {
    cases.push_back(drawer.draw());
    questions += json::serialize(json::object{{"ics", "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n" +
                                                          cases.back().lines + "END:VCALENDAR\n"},
                                              {"from", format_basic_time(cases.back().window.from)},
                                              {"to", format_basic_time(cases.back().window.to)}}) +
                 "\n";
  }
  const auto answers =
      ask("/usr/bin/python3 " CHELA_PLUGIN_DIR "/oracles/recurring_events.py", questions);
  ASSERT_EQ(answers.size(), cases.size());
  int same = 0, compared = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto found = occurrences_of(series_from(cases[i].lines), cases[i].window, zones, {});
    std::vector<std::string> ours, theirs;
    for (const auto& one : found.list)
      ours.push_back(format_basic_time(one.start) + "/" + format_basic_time(one.end));
    if (!answers[i].is_array()) {
      ADD_FAILURE() << json::serialize(answers[i]) << "\n" << cases[i].lines;
      continue;
    }
    for (const auto& one : answers[i].get_array()) theirs.emplace_back(one.as_string());
    ours = inside(ours, cases[i].window);
    theirs = inside(theirs, cases[i].window);
    compared += static_cast<int>(ours.size());
    same += ours == theirs ? 1 : 0;
    if (differ_in_floating_ends(ours, theirs, cases[i])) continue;
    EXPECT_EQ(ours, theirs) << cases[i].lines;
  }
  std::cout << "recurring-ical-events: " << same << " of " << cases.size() << " series the same, "
            << compared << " occurrences\n";
  EXPECT_GT(compared, 4 * kCalendars);
  EXPECT_GT(same, kCalendars * 99 / 100);
}

}  // namespace
}  // namespace check_calendar::test
