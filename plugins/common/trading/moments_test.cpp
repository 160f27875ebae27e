// Points in time as services write them, and New York's clock across its changes.
#include "moments.h"

#include <gtest/gtest.h>

namespace trading {
namespace {

Timestamp at(std::string_view text) {
  const auto time = parse_time(text);
  EXPECT_TRUE(time.has_value()) << text;
  return time.value_or(Timestamp{});
}

TEST(Moments, AreReadWithTheirZone) {
  EXPECT_EQ(format_time(at("2026-11-27T09:30:00-05:00")), "2026-11-27T14:30:00Z");
  EXPECT_EQ(format_time(at("2026-11-27T14:30:00Z")), "2026-11-27T14:30:00Z");
  EXPECT_EQ(at("2026-11-27T14:30:00.123456789Z") - at("2026-11-27T14:30:00Z"), Duration(123));
  EXPECT_EQ(format_time(at("2024-02-29T23:59:59+14:00")), "2024-02-29T09:59:59Z");
  for (const char* wrong : {"", "2026-11-27", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
                            "2026-11-27T24:00:00Z", "2026-11-27T00:00:00", "2026-11-27T00:00:00+5",
                            "x026-11-27T00:00:00Z", "2026-11-27T00:00:00Zx"})
    EXPECT_FALSE(parse_time(wrong).has_value()) << wrong;
}

TEST(Moments, OfAnHttpDate) {
  EXPECT_EQ(format_time(*parse_http_date("Sat, 28 Nov 2026 04:57:50 GMT")), "2026-11-28T04:57:50Z");
  for (const char* wrong : {"", "Sat, 28 Nov 2026", "28 Nov 2026 04:57:50 GMT",
                            "Sat, 28 Foo 2026 04:57:50 GMT", "Sat, 28 Nov 2026 04:57:50 CET"})
    EXPECT_FALSE(parse_http_date(wrong).has_value()) << wrong;
}

TEST(Eastern, FollowsTheRuleOfTheUnitedStates) {
  const struct {
    const char *name, *time, *shown;
  } cases[] = {
      {"winter", "2026-01-15T14:30:00Z", "Thu 15 Jan 09:30 ET"},
      {"summer", "2026-07-15T13:30:00Z", "Wed 15 Jul 09:30 ET"},
      {"the last second of winter", "2026-03-08T06:59:59Z", "Sun 8 Mar 01:59 ET"},
      {"the first of summer", "2026-03-08T07:00:00Z", "Sun 8 Mar 03:00 ET"},
      {"the last second of summer", "2026-11-01T05:59:59Z", "Sun 1 Nov 01:59 ET"},
      {"the hour again", "2026-11-01T06:00:00Z", "Sun 1 Nov 01:00 ET"},
      {"March that begins on a Sunday", "2026-03-01T12:00:00Z", "Sun 1 Mar 07:00 ET"},
      {"another year", "2027-03-14T07:00:00Z", "Sun 14 Mar 03:00 ET"},
      {"new year's eve", "2027-01-01T04:59:00Z", "Thu 31 Dec 23:59 ET"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(describe_eastern(at(c.time)), c.shown);
  }
}

TEST(Eastern, IsTurnedBackIntoUtc) {
  for (const char* time :
       {"2026-01-15T14:30:00Z", "2026-07-15T13:30:00Z", "2026-03-08T07:00:00Z",
        "2026-03-08T06:59:00Z", "2026-11-01T05:30:00Z", "2026-11-01T07:00:00Z"}) {
    const EasternTime local = eastern(at(time));
    EXPECT_EQ(format_time(from_eastern(local.day, local.minute)), time);
  }
  // 2:30 does not exist on that day.
  EXPECT_EQ(format_time(from_eastern(*parse_day("2026-03-08"), 150)), "2026-03-08T07:30:00Z");
  // The first of the two 1:30.
  EXPECT_EQ(format_time(from_eastern(*parse_day("2026-11-01"), 90)), "2026-11-01T05:30:00Z");
}

TEST(Windows, OpenAndCloseAtTheirMinute) {
  const struct {
    const char *name, *time;
    bool is_session, is_maintenance;
  } cases[] = {
      {"a minute before the open", "2026-11-27T14:29:59Z", false, false},
      {"the open", "2026-11-27T14:30:00Z", true, false},
      {"the last second", "2026-11-27T20:59:59Z", true, false},
      {"the close", "2026-11-27T21:00:00Z", false, false},
      {"the open in summer", "2026-07-15T13:30:00Z", true, false},
      {"a Saturday", "2026-11-28T15:00:00Z", false, false},
      {"before maintenance", "2026-11-26T07:59:59Z", false, false},
      {"maintenance", "2026-11-26T08:00:00Z", false, true},
      {"its last second", "2026-11-26T09:59:59Z", false, true},
      {"its end", "2026-11-26T10:00:00Z", false, false},
      {"maintenance in summer", "2026-07-16T07:30:00Z", false, true},
      {"the same hour in winter is before it", "2026-11-26T07:30:00Z", false, false},
      {"a Wednesday", "2026-11-25T08:30:00Z", false, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_regular_session(at(c.time)), c.is_session);
    EXPECT_EQ(is_planned_maintenance(at(c.time)), c.is_maintenance);
  }
}

}  // namespace
}  // namespace trading
