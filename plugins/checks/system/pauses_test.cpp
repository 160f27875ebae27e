// Gaps between looks: which of them are a pause of the machine.
#include "pauses.h"

#include <gtest/gtest.h>

namespace check_system {
namespace {

constexpr std::int64_t kHour = 3600 * 1000;
constexpr std::int64_t kNow = 1'795'745'000'000;

std::int64_t hours(double count) {
  return static_cast<std::int64_t>(count * kHour);
}

TEST(PauseBefore, IsAGapClearlyLongerThanTheUsualOnes) {
  const struct {
    const char* name;
    std::vector<double> gaps;  // in hours
    double gap;                // since the last look; 0 = there was none
    double least, length;
  } cases[] = {
      {"the first look", {}, 0, 1, 0},
      {"the second, soon after", {}, 0.5, 1, 0},
      {"the second, long after", {}, 6, 1, 6},
      {"one gap tells nothing yet", {6}, 6, 1, 6},
      {"looks every six hours are no pauses", {6, 6}, 6, 12, 0},
      {"one of them fell out", {6, 6}, 12, 12, 0},
      {"a weekend", {6, 6, 6, 6, 6, 6, 6, 6}, 62, 12, 62},
      {"an hourly look", {1, 1, 1}, 1, 2, 0},
      {"an hourly look that was late", {1, 1, 1}, 2, 2, 0},
      {"a night", {1, 1, 1}, 10, 2, 10},
      {"a second night after a short day", {1, 1, 10, 2}, 14, 2, 14},
      {"quick looks", {0.1, 0.1, 0.1}, 0.9, 1, 0},
      {"quick looks and a nap", {0.1, 0.1, 0.1}, 1.1, 1, 1.1},
      {"one look by hand changes nothing", {6, 6, 0.01, 5.99, 6}, 6, 11.98, 0},
      {"the clock was set back", {1, 1}, -5, 2, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Looks looks{c.gap == 0 ? 0 : kNow - hours(c.gap), {}};
    for (const double gap : c.gaps) looks.gaps_ms.push_back(hours(gap));
    const auto pause = pause_before(looks, kNow);
    EXPECT_EQ(pause.least_ms, hours(c.least));
    EXPECT_EQ(pause.length_ms, hours(c.length));
  }
}

TEST(Looks, KeepTheLatestGaps) {
  Looks looks;
  note_look(looks, kNow);
  EXPECT_EQ(looks, (Looks{kNow, {}}));
  for (int i = 1; i <= 10; ++i) note_look(looks, looks.at_ms + i);
  EXPECT_EQ(looks, (Looks{kNow + 55, {3, 4, 5, 6, 7, 8, 9, 10}}));
  note_look(looks, kNow);
  EXPECT_EQ(looks, (Looks{kNow, {3, 4, 5, 6, 7, 8, 9, 10}})) << "the clock was set back";
  const chela::json::value kept(to_json(looks));
  EXPECT_EQ(parse_looks(&kept), looks);
}

TEST(Looks, AreReadFromADamagedCursorAsFarAsTheyGo) {
  const struct {
    const char* name;
    const char* text;
    Looks looks;
  } cases[] = {
      {"in order", R"({"at_ms":5,"gaps_ms":[1,2]})", {5, {1, 2}}},
      {"another shape", "[5]", {}},
      {"no moment", R"({"gaps_ms":[1,2]})", {}},
      {"a moment before all others", R"({"at_ms":-5,"gaps_ms":[1]})", {}},
      {"a moment beyond all bounds", R"({"at_ms":9223372036854775807})", {}},
      {"no gaps", R"({"at_ms":5})", {5, {}}},
      {"gaps of another shape", R"({"at_ms":5,"gaps_ms":"x"})", {5, {}}},
      {"some gaps",
       R"({"at_ms":5,"gaps_ms":[1,"2",null,-3,9223372036854775807,0,4]})",
       {5, {1, 4}}},
      {"too many gaps",
       R"({"at_ms":5,"gaps_ms":[1,2,3,4,5,6,7,8,9]})",
       {5, {1, 2, 3, 4, 5, 6, 7, 8}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto document = chela::parse_json(c.text).value();
    EXPECT_EQ(parse_looks(&document), c.looks);
  }
  EXPECT_EQ(parse_looks(nullptr), Looks());
}

}  // namespace
}  // namespace check_system
