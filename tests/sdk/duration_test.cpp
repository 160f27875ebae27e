// Points in time and spans as people write and read them.
#include "chela/duration.h"

#include <gtest/gtest.h>

#include "chela/time.h"

namespace chela {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsWhatPeopleWrite) {
  const struct {
    const char* text;
    Duration duration;
    const char* back;
  } cases[] = {{"500ms", 500ms, "500ms"},
               {"90s", 90s, "1m30s"},
               {"30m", 30min, "30m"},
               {"4h", 4h, "4h"},
               {"2d", 48h, "2d"},
               {"1h30m", 90min, "1h30m"},
               {"0s", 0ms, "0s"},
               {"1d1ms", 24h + 1ms, "1d1ms"},
               {"36600d", 24h * 36600, "36600d"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto parsed = parse_duration(c.text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, c.duration);
    EXPECT_EQ(format_duration(*parsed), c.back);
  }
}

TEST(Duration, RefusesTheRestAndSaysWhatIsWanted) {
  for (const char* text : {"", "5", "h", "-1h", "+1h", "1.5h", "1 h", "1h ", "30m2h", "1h1h", "1w",
                           "1H", "36601d", "99999999999999999999s", "9223372036854775807d"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(parsed.error().message.find("1h30m"), std::string::npos);
  }
}

TEST(Duration, IsSaidInAtMostTwoUnits) {
  const struct {
    Duration duration;
    const char* words;
  } cases[] = {{-5ms, "0 ms"},
               {20ms, "20 ms"},
               {12s, "12 s"},
               {5min + 2s, "5 min 2 s"},
               {25min + 2s, "25 min"},
               {2h, "2 h"},
               {2h + 30min + 9s, "2 h 30 min"},
               {24h, "1 day"},
               {76h, "3 days 4 h"}};
  for (const auto& c : cases) EXPECT_EQ(describe_duration(c.duration), c.words);
}

TEST(Time, IsWrittenAsRfc3339) {
  EXPECT_EQ(format_utc(Timestamp(1'700'000'000s)), "2023-11-14T22:13:20Z");
  EXPECT_EQ(format_utc(Timestamp(1'700'000'000'999ms)), "2023-11-14T22:13:20Z");
  EXPECT_EQ(format_utc(Timestamp(-1ms)), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace chela
