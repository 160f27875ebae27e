// Windows: their edges, midnight, and the two odd days of the year.
#include "heartbeat/window.h"

#include <gtest/gtest.h>

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

Timestamp utc(std::string_view text) {
  return base::parse_utc(text).value();
}

Zone zone(std::string_view name) {
  return find_zone(name, ZoneSources{}).value();
}

Window window(const char* from, const char* to, const char* where = "UTC") {
  return {parse_minute(from).value(), parse_minute(to).value(), zone(where)};
}

TEST(Window, IsOpenFromItsStartUpToItsEnd) {
  const struct {
    const char* name;
    const char* from;
    const char* to;
    const char* now;
    bool is_open;
  } cases[] = {
      {"inside", "09:00", "21:00", "2026-11-22T12:00:00Z", true},
      {"start is open", "09:00", "21:00", "2026-11-22T09:00:00Z", true},
      {"just before the start", "09:00", "21:00", "2026-11-22T08:59:59Z", false},
      {"end is closed", "09:00", "21:00", "2026-11-22T21:00:00Z", false},
      {"just before the end", "09:00", "21:00", "2026-11-22T20:59:59Z", true},
      {"over midnight, evening", "22:00", "04:00", "2026-11-22T23:00:00Z", true},
      {"over midnight, morning", "22:00", "04:00", "2026-11-22T03:59:59Z", true},
      {"over midnight, end", "22:00", "04:00", "2026-11-22T04:00:00Z", false},
      {"over midnight, noon", "22:00", "04:00", "2026-11-22T12:00:00Z", false},
      {"from == to is the whole day", "09:00", "09:00", "2026-11-22T03:00:00Z", true},
      {"up to midnight", "23:00", "24:00", "2026-11-22T23:59:59Z", true},
      {"midnight itself is out", "23:00", "24:00", "2026-11-23T00:00:00Z", false},
      {"up to 00:00", "23:00", "00:00", "2026-11-22T23:30:00Z", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_open(window(c.from, c.to), utc(c.now)), c.is_open);
  }
}

TEST(Window, GivesTheOpenOrTheNextOpening) {
  const struct {
    const char* name;
    Window window;
    const char* now;
    const char* start;
    const char* end;
  } cases[] = {
      {"open", window("09:00", "21:00"), "2026-11-22T12:00:00Z", "2026-11-22T09:00:00Z",
       "2026-11-22T21:00:00Z"},
      {"later today", window("09:00", "21:00"), "2026-11-22T03:00:00Z", "2026-11-22T09:00:00Z",
       "2026-11-22T21:00:00Z"},
      {"tomorrow", window("09:00", "21:00"), "2026-11-22T21:00:00Z", "2026-11-23T09:00:00Z",
       "2026-11-23T21:00:00Z"},
      {"since yesterday", window("22:00", "04:00"), "2026-11-22T03:00:00Z", "2026-11-21T22:00:00Z",
       "2026-11-22T04:00:00Z"},
      {"whole day from nine", window("09:00", "09:00"), "2026-11-22T03:00:00Z",
       "2026-11-21T09:00:00Z", "2026-11-22T09:00:00Z"},
      {"a zone's own day", window("09:00", "21:00", "Asia/Tokyo"), "2026-11-22T23:00:00Z",
       "2026-11-23T00:00:00Z", "2026-11-23T12:00:00Z"},
      {"spring: a start in the gap opens after it", window("02:30", "04:00", "Europe/Berlin"),
       "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"},
      {"spring: an end in the gap closes after it", window("01:00", "02:30", "Europe/Berlin"),
       "2026-03-29T00:30:00Z", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"},
      {"spring: swallowed whole, it opens after the gap", window("02:00", "03:00", "Europe/Berlin"),
       "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"},
      {"spring: the night is an hour short", window("22:00", "06:00", "Europe/Berlin"),
       "2026-03-29T01:30:00Z", "2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z"},
      {"autumn: the night is an hour long", window("22:00", "06:00", "Europe/Berlin"),
       "2026-10-25T00:30:00Z", "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z"},
      {"autumn: the repeated hour opens once", window("02:10", "02:50", "Europe/Berlin"),
       "2026-10-25T00:00:00Z", "2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z"},
      {"autumn: not again in the second hour", window("02:10", "02:50", "Europe/Berlin"),
       "2026-10-25T01:20:00Z", "2026-10-26T01:10:00Z", "2026-10-26T01:50:00Z"},
      {"autumn in New York", window("01:00", "02:00", "America/New_York"), "2026-11-01T00:00:00Z",
       "2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"},
      {"a day that begins in a gap", window("00:00", "01:00", "Africa/Cairo"),
       "2026-04-23T20:00:00Z", "2026-04-23T22:00:00Z", "2026-04-23T23:00:00Z"},
      {"a day that never was", window("09:00", "17:00", "Pacific/Apia"), "2011-12-30T04:00:00Z",
       "2011-12-30T19:00:00Z", "2011-12-31T03:00:00Z"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Occurrence found = occurrence(c.window, utc(c.now));
    EXPECT_EQ(base::format_utc(found.start), c.start);
    EXPECT_EQ(base::format_utc(found.end), c.end);
  }
}

// Over more than a year openings do not overlap, none is empty, and each local day has exactly one.
TEST(Window, OpensOnceOnEveryLocalDay) {
  for (const char* where : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                            "Africa/Cairo", "America/Havana", "America/St_Johns", "UTC"}) {
    for (const auto& [from, to] : {std::pair{"03:00", "04:00"},
                                   {"02:00", "03:00"},
                                   {"02:15", "02:20"},
                                   {"22:00", "06:00"},
                                   {"00:00", "00:00"},
                                   {"00:00", "24:00"},
                                   {"23:30", "00:30"},
                                   {"00:05", "23:55"},
                                   {"02:30", "02:00"}}) {
      SCOPED_TRACE(std::string(where) + " " + from + "-" + to);
      const Window hours = window(from, to, where);
      Occurrence last = occurrence(hours, utc("2026-01-01"));
      for (int i = 0; i < 400; ++i) {
        ASSERT_LT(last.start, last.end);
        const Occurrence next = occurrence(hours, last.end);
        ASSERT_EQ(next.day, last.day + days(1)) << base::format_utc(last.start);
        ASSERT_GE(next.start, last.end);
        ASSERT_EQ(occurrence(hours, next.start), next);
        ASSERT_EQ(occurrence(hours, next.end - 1ms), next);
        ASSERT_EQ(occurrence_on(hours, next.day), next);
        last = next;
      }
    }
  }
}

// The quick way and the searching way are the same function.
TEST(Window, TheQuickWayAgreesWithTheSearch) {
  for (const char* where : {"Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"}) {
    for (const auto& [from, to] :
         {std::pair{"03:00", "04:00"}, {"22:00", "06:00"}, {"07:00", "07:00"}}) {
      const Window hours = window(from, to, where);
      for (Timestamp now = utc("2026-01-01"); now < utc("2027-01-01"); now += 97min) {
        const OffsetSpan near{now, now,
                              Duration::zero()};  // too short to be used: forces the search
        ASSERT_EQ(occurrence(hours, now), occurrence(hours, now, near)) << base::format_utc(now);
      }
    }
  }
}

TEST(Window, ReadsTimesOfDay) {
  const struct {
    const char* text;
    int minute;
  } cases[] = {{"00:00", 0},  {"08:05", 485}, {"23:59", 1439}, {"24:00", 1440},
               {"24:01", -1}, {"8:00", -1},   {"08:60", -1},   {"25:00", -1},
               {"08.00", -1}, {"", -1},       {"-1:00", -1},   {"08:000", -1}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto minute = parse_minute(c.text);
    EXPECT_EQ(minute.value_or(-1), c.minute);
    if (!minute) {
      EXPECT_NE(minute.error().message.find("wanted a form like 08:00"), std::string::npos);
    }
  }
  EXPECT_EQ(describe(window("08:00", "24:00", "Europe/Berlin")), "08:00-24:00 Europe/Berlin");
}

}  // namespace
}  // namespace chela::heartbeat
