// What is told of an agenda, and what is not.
#include "judge.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "show.h"
#include "test_zones.h"

namespace check_calendar {
namespace {

constexpr Instant kNow = 1'795'770'000;  // Friday 2026-11-27 09:00 UTC

Entry entry(const std::string& uid, std::int64_t from_minutes, std::int64_t to_minutes) {
  return {uid, uid, uid, "", "work", kNow + from_minutes * kMinute, kNow + to_minutes * kMinute};
}

using Titles = std::vector<std::string>;

// `count` entries of one series, each `every` minutes.
std::vector<Entry> series(const std::string& uid, std::int64_t from, int count, std::int64_t every,
                          std::int64_t length) {
  std::vector<Entry> all;
  for (int i = 0; i < count; ++i) {
    Entry one = entry(uid, from + i * every, from + i * every + length);
    one.key += "@" + std::to_string(i);
    all.push_back(one);
  }
  return all;
}

std::vector<Entry> sorted(std::vector<std::vector<Entry>> parts) {
  std::vector<Entry> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const Entry& a, const Entry& b) { return a.start < b.start; });
  return all;
}

std::vector<std::string> titles(const std::vector<chela::Finding>& findings) {
  std::vector<std::string> all;
  for (const auto& finding : findings) all.push_back(chela::get_string(finding.value(), "title"));
  return all;
}

TEST(Conflicts, AreOfTwoDifferentEventsThatOverlap) {
  const struct {
    const char* name;
    std::vector<Entry> agenda;
    std::size_t count;
  } cases[] = {
      {"overlap", {entry("a", 60, 120), entry("b", 90, 150)}, 1},
      {"one behind the other", {entry("a", 60, 120), entry("b", 120, 150)}, 0},
      {"no length", {entry("a", 60, 120), entry("b", 90, 90)}, 0},
      {"three at once", {entry("a", 60, 120), entry("b", 60, 120), entry("c", 90, 100)}, 3},
      {"over already", {entry("a", -120, -10), entry("b", -100, -20)}, 0},
      {"running", {entry("a", -120, 10), entry("b", -100, 20)}, 1},
      {"beyond the horizon", {entry("a", 48 * 60, 49 * 60), entry("b", 48 * 60, 49 * 60)}, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(conflicts(c.agenda, {}, {kNow}, Zone{}).size(), c.count);
  }
}

TEST(Conflicts, AreNoneOfWholeDaysAndCopies) {
  Entry day = entry("day", 0, 24 * 60);
  day.is_all_day = true;
  EXPECT_TRUE(conflicts({day, entry("a", 60, 120)}, {}, {kNow}, Zone{}).empty());
  Entry copy = entry("b", 60, 120);
  copy.summary = "a";
  EXPECT_TRUE(conflicts({entry("a", 60, 120), copy}, {}, {kNow}, Zone{}).empty());
}

TEST(Conflicts, KeepTheirKey) {
  const std::vector<Entry> agenda{entry("a", 60, 120), entry("b", 90, 150)};
  const auto now = conflicts(agenda, {}, {kNow}, Zone{});
  const auto later = conflicts(agenda, {}, {kNow + 100 * kMinute}, Zone{});
  ASSERT_EQ(now.size(), 1u);
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(chela::get_string(now[0].value(), "key"), chela::get_string(later[0].value(), "key"));
}

TEST(Conflicts, AreToldOncePerPairOfSeries) {
  const auto agenda = sorted({series("spam", 10, 40, 2, 1), {entry("talk", 20, 80)}});
  const auto found = conflicts(agenda, {}, {kNow}, Zone{});
  EXPECT_EQ(titles(found), Titles{"two events at once, today 09:20-09:21: spam and talk"});
  EXPECT_TRUE(chela::get_string(found.at(0).value(), "detail")
                  .ends_with("And 29 more times of the same two."));
}

TEST(Conflicts, OfOneSeriesDoNotTakeThePlaceOfOthers) {
  std::vector<Entry> meetings;
  for (int i = 0; i < 30; ++i) {
    const std::string name = "m" + std::to_string(i);
    meetings.push_back(entry(name, 10 + i * 10, 15 + i * 10));
  }
  const auto found = titles(conflicts(
      sorted(
          {series("spam", 5, 3, 200, 199), meetings, {entry("a", 500, 560), entry("b", 530, 600)}}),
      {}, {kNow}, Zone{}));
  ASSERT_EQ(found.size(), 20u);
  EXPECT_EQ(found.back(), "two events at once, today 17:50-18:20: a and b");
}

TEST(StartingSoon, TellsOfASeriesOnlyTheNextStart) {
  Told told;
  const auto agenda = sorted({series("spam", 1, 45, 1, 0), {entry("talk", 20, 80)}});
  EXPECT_EQ(titles(starting_soon(agenda, {}, {kNow, kNow - 600}, Zone{}, told)),
            (Titles{"in 1 min: spam", "in 20 min: talk"}));
  EXPECT_EQ(titles(starting_soon(agenda, {}, {kNow, kNow - 600}, Zone{}, told)), Titles{});
  // A reminder each half hour is told each time, as early as any other event.
  told.clear();
  const auto pills = series("pill", 25, 4, 30, 0);
  Titles all;
  for (int minute = 0; minute <= 60; minute += 5) {
    const Instant now = kNow + minute * kMinute;
    for (const auto& title : titles(starting_soon(pills, {}, {now, now - 300}, Zone{}, told)))
      all.push_back(title);
  }
  EXPECT_EQ(all, (Titles{"in 25 min: pill", "in 30 min: pill", "in 30 min: pill"}));
}

TEST(ABrief, ListsThreeOfASeriesAndDay) {
  const auto agenda = sorted({series("pill", 30, 38, 60, 0), {entry("talk", 300, 360)}});
  const auto found = brief(agenda, {kNow}, Zone{});
  EXPECT_EQ(found.count, 39u);
  EXPECT_EQ(
      titles(found.findings),
      (Titles{"09:30 pill (work)", "10:30 pill (work)",
              "11:30 pill (work), and 12 more of the same series that day",
              "14:00-15:00 talk (work)", "tomorrow 00:30 pill (work)", "tomorrow 01:30 pill (work)",
              "tomorrow 02:30 pill (work), and 20 more of the same series that day"}));
}

TEST(StartingSoon, TellsEachStartOnce) {
  Told told;
  const std::vector<Entry> agenda{entry("began", -10, 20), entry("now", 0, 20),
                                  entry("soon", 30, 60), entry("later", 31, 60)};
  EXPECT_EQ(titles(starting_soon(agenda, {}, {kNow, kNow - 600}, Zone{}, told)),
            (std::vector<std::string>{"began at 09:00: now", "in 30 min: soon"}));
  EXPECT_TRUE(starting_soon(agenda, {}, {kNow, kNow - 600}, Zone{}, told).empty());
  auto moved = agenda;
  moved[2].start += 60;
  EXPECT_EQ(starting_soon(moved, {}, {kNow + 60, kNow}, Zone{}, told).size(), 2u);
}

TEST(StartingSoon, TellsWhatBeganSinceTheLastLookAndGoesOn) {
  const struct {
    const char* name;
    std::int64_t from, to, last_look;  // minutes from now
    Titles told;
  } cases[] = {
      {"longer ago than soon", -20, 10, -30, {"began at 08:40: a"}},
      {"long ago", -5 * 60, 10, -6 * 60, {"began at 04:00: a"}},
      {"yesterday", -10 * 60, 10, -11 * 60, {"began yesterday at 23:00: a"}},
      {"days ago", -48 * 60, 10, -50 * 60, {"began on Wed 25 Nov at 09:00: a"}},
      {"before the last look", -20, 10, -20, {}},
      {"it is over", -20, 0, -30, {}},
      {"without length", -50, -50, -60, {"began at 08:10: a"}},
      {"without length, too long ago", -60, -60, -90, {}},
      {"the clock was put back", 10, 20, 100, {"in 10 min: a"}},
  };
  Settings settings;
  settings.soon = 15 * kMinute;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Told told;
    const Moment moment{kNow, kNow + c.last_look * kMinute};
    EXPECT_EQ(titles(starting_soon({entry("a", c.from, c.to)}, settings, moment, Zone{}, told)),
              c.told);
    EXPECT_TRUE(starting_soon({entry("a", c.from, c.to)}, settings, moment, Zone{}, told).empty());
  }
}

TEST(StartingSoon, TellsNothingOfWhatBeganBeforeTheFirstLook) {
  Told told;
  EXPECT_TRUE(starting_soon({entry("a", -5, 20)}, {}, {kNow}, Zone{}, told).empty());
}

TEST(EarlyTomorrow, IsSaidInTheEveningOfThePersonsZone) {
  const auto zone = test::system_zone("America/New_York");
  const Instant evening = kNow + 14 * kHour;  // 18:00 there
  const std::vector<Entry> agenda{
      entry("flight", (26 - 9 + 10) * 60, (26 - 9 + 11) * 60)};  // 07:00
  Told told;
  EXPECT_TRUE(early_tomorrow(agenda, {}, {evening - 1}, *zone, told).empty());
  EXPECT_EQ(titles(early_tomorrow(agenda, {}, {evening}, *zone, told)),
            std::vector<std::string>{"tomorrow begins early, at 07:00: flight"});
  EXPECT_TRUE(early_tomorrow(agenda, {}, {evening + 60}, *zone, told).empty());
  Settings off;
  off.day_start_before = 0;
  told.clear();
  EXPECT_TRUE(early_tomorrow(agenda, off, {evening}, *zone, told).empty());
}

TEST(TellChanges, PutsManyIntoOne) {
  std::vector<Change> changes;
  for (int i = 0; i < 25; ++i) {
    Change one;
    one.key = "new:" + std::to_string(i);
    one.start = one.end = kNow + i * kDaySeconds + kHour;
    changes.push_back(one);
  }
  const auto findings = tell_changes(changes, {}, {kNow}, Zone{});
  ASSERT_EQ(findings.size(), 11u);
  EXPECT_EQ(titles(findings).back(), "and 15 more new, moved or cancelled events");
  EXPECT_EQ(chela::get_string(findings[0].value(), "severity"), "warn");
  EXPECT_EQ(chela::get_string(findings[9].value(), "severity"), "info") << "it can wait";
}

TEST(ShowWhen, NamesTheDayForAPerson) {
  const struct {
    std::int64_t from, to;
    const char* text;
  } cases[] = {
      {60, 120, "today 10:00-11:00"},
      {60, 60, "today 10:00"},
      {24 * 60, 25 * 60, "tomorrow 09:00-10:00"},
      {72 * 60, 73 * 60, "Mon 30 Nov 09:00-10:00"},
      {14 * 60, 15 * 60, "today 23:00-00:00"},
      {14 * 60, 16 * 60, "today 23:00 to tomorrow 01:00"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(show_when(kNow + c.from * kMinute, kNow + c.to * kMinute, false, kNow, Zone{}),
              c.text);
  }
}

}  // namespace
}  // namespace check_calendar
