// The rules of check.weather over plain values: what is one episode, what was told before, what is
// an update.
#include <gtest/gtest.h>

#include "alerts.h"
#include "judge.h"
#include "wording.h"

namespace weather {
namespace {

using chela::Timestamp;
using std::chrono::hours;

const Timestamp kNow{std::chrono::seconds(1'790'000'000)};  // Mon 21 Sep 2026 14:13:20 UTC

Limits limits() {
  Limits made;
  made.watch = {"rain", "gusts", "thunder", "frost", "heat"};
  return made;
}

// Hours from 14:00 on with these amounts of rain, all of them certain.
Forecast rain(const std::vector<double>& mm) {
  Forecast forecast;
  const auto begin = std::chrono::floor<hours>(kNow);
  for (std::size_t i = 0; i < mm.size(); ++i) {
    Hour hour;
    hour.begin = begin + hours(i);
    hour.rain_mm = mm[i];
    hour.rain_percent = 100;
    forecast.hours.push_back(hour);
  }
  return forecast;
}

std::vector<std::string> titles(const std::vector<chela::Finding>& findings) {
  std::vector<std::string> all;
  for (const auto& one : findings) all.push_back(chela::get_string(one.value(), "title"));
  return all;
}

TEST(Judge, TellsOfRainOnceHoweverTheForecastShifts) {
  Told told;
  EXPECT_EQ(titles(judge(rain({0, 0, 1, 2, 0}), limits(), kNow, "", told)),
            (std::vector<std::string>{"rain from about 16:00, 3 mm in all"}));
  EXPECT_TRUE(judge(rain({0, 0, 0, 2, 1}), limits(), kNow, "", told).empty()) << "an hour later";
  EXPECT_TRUE(judge(rain({0, 0, 0, 0, 0}), limits(), kNow, "", told).empty()) << "it was cancelled";
  const auto later = kNow + hours(12);
  auto next = rain({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5});
  EXPECT_EQ(titles(judge(next, limits(), later, "", told)),
            (std::vector<std::string>{"rain from about 03:00, 5 mm in all"}));
}

TEST(Judge, LeavesOutWhatDoesNotChangePlans) {
  const struct {
    const char* name;
    Forecast forecast;
  } cases[] = {{"a drizzle", rain({0, 0.4, 0.4})},
               {"too far away", rain({0, 0, 0, 0, 0, 9})},
               {"over already",
                [] {
                  auto made = rain({9});
                  made.hours[0].begin -= hours(1);
                  return made;
                }()},
               {"unlikely",
                [] {
                  auto made = rain({0, 9});
                  made.hours[1].rain_percent = 59;
                  return made;
                }()},
               {"it rains already",
                [] {
                  auto made = rain({3, 3});
                  made.rain_now_mm = 0.2;
                  return made;
                }()},
               {"nothing is known", Forecast{}}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Told told;
    EXPECT_TRUE(judge(c.forecast, limits(), kNow, "", told).empty());
  }
}

TEST(Judge, CountsAShortPauseAsTheSameRain) {
  Told told;
  EXPECT_EQ(titles(judge(rain({0, 1, 0, 0, 1, 0, 0, 0, 9}), limits(), kNow, " (Ulm)", told)),
            (std::vector<std::string>{"rain from about 15:00, 2 mm in all (Ulm)"}));
}

TEST(Judge, FindsEveryKind) {
  Forecast forecast = rain({0, 0, 0});
  forecast.hours[1].gusts_kmh = 71.26;
  forecast.hours[1].code = 96;
  forecast.hours[2].temperature_c = -3.04;
  forecast.hours[0].temperature_c = 35;
  forecast.utc_offset = hours(10);
  Told told;
  EXPECT_EQ(titles(judge(forecast, limits(), kNow, "", told)),
            (std::vector<std::string>{
                "gusts to 71.3 km/h from about 01:00", "thunderstorm from about 01:00",
                "frost to -3 \u00b0C from about 02:00", "heat to 35 \u00b0C from about now on"}));
  Limits few = limits();
  few.watch = {"heat"};
  told.clear();
  EXPECT_EQ(judge(forecast, few, kNow, "", told).size(), 1u);
}

TEST(Wording, KeepsTimesOfThePlace) {
  EXPECT_EQ(clock_time(kNow, kNow, hours(0)), "14:13");
  EXPECT_EQ(clock_time(kNow + hours(10), kNow, hours(0)), "tomorrow 00:13");
  EXPECT_EQ(clock_time(kNow + hours(10), kNow, hours(10)), "10:13");
  EXPECT_EQ(clock_time(kNow + hours(50), kNow, hours(0)), "Wed 16:13");
  EXPECT_EQ(figure(-0.04), "0");
  EXPECT_EQ(figure(2.25), "2.3");
  EXPECT_EQ(figure(1e300), "?");
}

Alert alert(std::string id, Severity severity, std::vector<std::string> replaces = {}) {
  return {std::move(id), std::move(replaces), severity, false, "Wind Advisory", "", ""};
}

TEST(Alerts, AreToldOnceAndAgainWhenTheyGetWorse) {
  std::map<std::string, Severity> seen;
  const auto told = [&](const std::vector<Alert>& alerts) {
    return judge_alerts(alerts, Severity::moderate, "", seen).size();
  };
  EXPECT_EQ(told({alert("a", Severity::moderate), alert("m", Severity::minor)}), 1u);
  EXPECT_EQ(told({alert("a", Severity::moderate)}), 0u);
  EXPECT_EQ(told({alert("b", Severity::moderate, {"a"})}), 0u) << "an update";
  EXPECT_EQ(told({alert("c", Severity::extreme, {"a", "b"})}), 1u) << "a worse one";
  EXPECT_EQ(told({alert("u", Severity::unknown)}), 1u);
  EXPECT_EQ(seen.size(), 1u) << "what is over is forgotten";
}

}  // namespace
}  // namespace weather
