// Zones against the C library of this system, and the ways in which calendars name them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <random>

#include "test_zones.h"

namespace check_calendar {
namespace {

TEST(Zone, ShowsWhatTheSystemShows) {
  std::mt19937 engine(7);
  for (const char* name : {"Europe/Berlin", "America/New_York", "Asia/Kolkata",
                           "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo",
                           "Pacific/Apia", "Europe/Dublin", "Asia/Tehran", "Etc/GMT+9"}) {
    SCOPED_TRACE(name);
    const auto zone = test::system_zone(name);
    ASSERT_TRUE(zone.has_value());
    ::setenv("TZ", name, 1);
    ::tzset();
    for (int i = 0; i < 2000; ++i) {
      const std::time_t at = static_cast<std::time_t>(engine() % 4'000'000'000u);  // to 2096
      std::tm there{};
      ::localtime_r(&at, &there);
      ASSERT_EQ(zone->offset_at(at), there.tm_gmtoff) << at;
      const Local local = zone->to_local(at);
      // Back again, or to the first of two times that look the same.
      const Instant back = zone->to_instant(local);
      ASSERT_EQ(zone->to_local(back), local) << at;
      ASSERT_LE(back, at);
    }
  }
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

TEST(ZoneFile, RefusesDamagedOnes) {
  const std::string good = chela::testing::read_whole_file("/usr/share/zoneinfo/Europe/Berlin");
  ASSERT_TRUE(parse_zone_file(good, "x").has_value());
  EXPECT_FALSE(parse_zone_file("", "x").has_value());
  for (std::size_t size = 0; size < good.size(); ++size) {
    // Nothing is read beyond the end; a cut footer may still be a shorter rule that makes sense.
    const auto zone = parse_zone_file(std::string_view(good).substr(0, size), "x");
    if (size + 40 < good.size()) {
      EXPECT_FALSE(zone.has_value()) << size;
    }
  }
  std::mt19937 engine(5);
  for (int i = 0; i < 500; ++i) {
    std::string bad = good;
    for (int k = 0; k < 5; ++k) bad[engine() % bad.size()] = static_cast<char>(engine());
    const auto zone = parse_zone_file(bad, "x");  // must only come back
    if (zone) {
      EXPECT_LT(zone->steps.size(), 100'000u);
    }
  }
}

TEST(ZoneNameIn, FindsTheNameThatTheSystemKnows) {
  const struct {
    const char *tzid, *name;
  } cases[] = {
      {"Europe/Berlin", "Europe/Berlin"},
      {"W. Europe Standard Time", "Europe/Berlin"},
      {"Eastern Standard Time", "America/New_York"},
      {"/example.org/20260101_1/Europe/Berlin", "Europe/Berlin"},
      {"/freeassociation.sourceforge.net/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"},
      {"UTC", "UTC"},
      {"GMT", "UTC"},
      {"(UTC+01:00) Amsterdam, Berlin", ""},
      {"../../etc/passwd", ""},
      {"", ""},
      {"/", ""},
      {"/a/", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.tzid);
    EXPECT_EQ(zone_name_in(c.tzid), c.name);
  }
}

TEST(ZoneNameIn, GivesEachWindowsNameAZoneThatIsThere) {
  for (const char* name : {"AUS Central Standard Time", "Yukon Standard Time", "UTC-11",
                           "Nepal Standard Time", "Lord Howe Standard Time"}) {
    EXPECT_TRUE(test::system_zone(zone_name_in(name)).has_value()) << name;
  }
}

constexpr const char* kOwnZone =
    "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Office\n"
    "BEGIN:STANDARD\nDTSTART:20071104T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n"
    "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\nEND:STANDARD\n"
    "BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\nEND:DAYLIGHT\n"
    "END:VTIMEZONE\nEND:VCALENDAR\n";

TEST(ZoneBook, TakesTheCalendarsOwnDefinition) {
  ZoneBook zones = test::zone_book("Europe/Berlin");
  EXPECT_TRUE(zones.needs_definition("Office"));
  const auto read =
      read_calendar(kOwnZone, [&](const Component& component) { zones.add(component); });
  ASSERT_TRUE(read.has_value());
  const auto new_york = test::system_zone("America/New_York");
  for (Instant at = 1'200'000'000; at < 2'500'000'000; at += 86'400 * 5)
    ASSERT_EQ(zones.find("Office").offset_at(at), new_york->offset_at(at)) << at;
  EXPECT_TRUE(zones.unknown().empty());
}

TEST(ZoneBook, FollowsRulesThatBeginLongAgo) {
  const auto new_york = test::system_zone("America/New_York");
  for (const char* year : {"0001", "1601"}) {
    SCOPED_TRACE(year);
    std::string text = kOwnZone;
    text.replace(text.find("20071104"), 4, year);
    text.replace(text.find("20070311"), 4, year);
    ZoneBook zones = test::zone_book("Europe/Berlin");
    ASSERT_TRUE(read_calendar(text, [&](const Component& one) { zones.add(one); }).has_value());
    for (Instant at = 1'200'000'000; at < 2'500'000'000; at += 86'400 * 5)
      ASSERT_EQ(zones.find("Office").offset_at(at), new_york->offset_at(at)) << at;
    const Instant july = day_of({2099, 7, 1}) * kDaySeconds;
    EXPECT_EQ(zones.find("Office").offset_at(july), -4 * 3600);
    EXPECT_EQ(zones.find("Office").offset_at(july - 180 * kDaySeconds), -5 * 3600);
  }
}

TEST(ZoneBook, TakesDatesOfChangesInOneLineOrMany) {
  const auto zone_with = [](const std::string& summer, const std::string& winter) {
    return "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Office\n"
           "BEGIN:DAYLIGHT\nDTSTART:20250330T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n" +
           summer +
           "END:DAYLIGHT\n"
           "BEGIN:STANDARD\nDTSTART:20251026T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n" +
           winter + "END:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR\n";
  };
  const struct {
    const char *name, *summer, *winter;
  } cases[] = {
      {"one line", "RDATE:20260329T020000,20270328T020000\n",
       "RDATE:20261025T030000,20271031T030000\n"},
      {"many lines", "RDATE:20260329T020000\nRDATE:20270328T020000\n",
       "RDATE:20261025T030000\nRDATE:20271031T030000\n"},
      {"in UTC", "RDATE:20260329T010000Z,20270328T010000Z\n",
       "RDATE:20261025T010000Z,20271031T010000Z\n"},
  };
  const auto berlin = test::system_zone("Europe/Berlin");
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ZoneBook zones = test::zone_book("UTC");
    ASSERT_TRUE(read_calendar(zone_with(c.summer, c.winter), [&](const Component& one) {
                  zones.add(one);
                }).has_value());
    for (Instant at = day_of({2025, 4, 1}) * kDaySeconds; at < day_of({2028, 3, 1}) * kDaySeconds;
         at += kHour)
      ASSERT_EQ(zones.find("Office").offset_at(at), berlin->offset_at(at)) << at;
  }
}

TEST(ZoneBook, GivesUpOnDefinitionsThatNeverEnd) {
  std::string text =
      "BEGIN:VTIMEZONE\nTZID:Bomb\nBEGIN:STANDARD\nDTSTART:00010101T000000\n"
      "TZOFFSETFROM:+0000\nTZOFFSETTO:+0100\n";
  for (int i = 0; i < 4000; ++i) text += "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n";
  text += "END:STANDARD\nEND:VTIMEZONE\n";
  std::int64_t steps = 1'000'000;
  const auto read = read_calendar(
      "BEGIN:VCALENDAR\n" + text + "END:VCALENDAR\n",
      [&](const Component& one) { EXPECT_FALSE(zone_from_component(one, steps).has_value()); });
  EXPECT_TRUE(read.has_value());
  EXPECT_GT(steps, -200'001) << "no rule was begun after that";
}

TEST(ZoneBook, PrefersTheSystemsOwn) {
  ZoneBook zones = test::zone_book("Europe/Berlin");
  std::string text = kOwnZone;
  text.replace(text.find("Office"), 6, "Asia/Tokyo");
  ASSERT_TRUE(read_calendar(text, [&](const Component& one) { zones.add(one); }).has_value());
  EXPECT_EQ(zones.find("Asia/Tokyo").offset_at(1'800'000'000), 9 * 3600);
}

TEST(ZoneBook, TakesAnUnknownZoneForLocalAndSaysSo) {
  ZoneBook zones = test::zone_book("Europe/Berlin");
  EXPECT_EQ(zones.find("Moon/Base").name, "Europe/Berlin");
  EXPECT_EQ(zones.unknown(), std::set<std::string>{"Moon/Base"});
}

}  // namespace
}  // namespace check_calendar
