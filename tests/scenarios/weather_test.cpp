// Weather seen through the built chela: what the first tick of a fresh instance tells of, and the
// day's page.
#include "scenarios/story.h"
#include "support/http_stub.h"

namespace chela::test {
namespace {

// An Open-Meteo that always forecasts a storm in two hours (not for places in the west), and rain
// in three.
HttpAnswer storm(const HttpSeen& seen) {
  const bool is_west = seen.target.find("longitude=-") != std::string::npos;
  const auto hour = std::chrono::floor<std::chrono::hours>(std::chrono::system_clock::now());
  json::array time, gusts, rain;
  for (int i = 0; i < 24; ++i) {
    time.emplace_back(std::chrono::system_clock::to_time_t(hour + std::chrono::hours(i)));
    gusts.emplace_back(i >= 2 && i < 8 && !is_west ? 100.0 : 10.0);
    rain.emplace_back(i == 3 ? 4.0 : 0.0);
  }
  const json::object units{{"precipitation", "mm"}, {"wind_gusts_10m", "km/h"}};
  const json::object daily{{"temperature_2m_min", json::array{5.0}},
                           {"temperature_2m_max", json::array{12.0}},
                           {"precipitation_sum", json::array{4.0}}};
  return HttpAnswer::whole(
      200, json::serialize(json::object{
               {"utc_offset_seconds", 0},
               {"hourly_units", units},
               {"hourly",
                json::object{{"time", time}, {"wind_gusts_10m", gusts}, {"precipitation", rain}}},
               {"daily", daily}}));
}

// The sample that is shipped, but at any hour and with the server here.
class WeatherStory : public ::testing::Test {
 protected:
  void SetUp() override {
    desk.without_builtins();
    std::string sample = slurp(fs::path(CHELA_SOURCE_DIR) / "manifests/checks/weather.yaml");
    replace(sample, "window: {from: \"06:00\", to: \"22:00\"}\n", "");
    replace(sample, "https://api.open-meteo.com", server.url());
    spill(desk.manifest("checks", "weather"), sample);
  }

  static void replace(std::string& text, const std::string& old, const std::string& by) {
    const auto at = text.find(old);
    ASSERT_NE(at, std::string::npos) << old << " is not in the sample";
    text.replace(at, old.size(), by);
  }

  HttpStub server{storm};
  Desk desk;
};

TEST_F(WeatherStory, TheFirstTickTellsOfAStormAndTheSecondOfTheRain) {
  const auto first = desk.chela({"tick", "--all"});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_NE(first.out.find("gusts to 100 km/h"), std::string::npos) << first.out << first.err;
  EXPECT_EQ(first.out.find("rain"), std::string::npos) << first.out;
  const auto second = desk.chela({"tick", "--all"});
  EXPECT_NE(second.out.find("rain from about"), std::string::npos) << second.out << second.err;
  EXPECT_EQ(second.out.find("gusts"), std::string::npos) << "told once: " << second.out;
  const auto third = desk.chela({"tick", "--all"});
  EXPECT_EQ(third.out, "HEARTBEAT_OK\n") << third.err;
}

TEST_F(WeatherStory, AnAlertOfAPlaceThatWasWrongRecoversWithTheRightOne) {
  const auto first = desk.chela({"tick", "--all"});
  EXPECT_NE(first.out.find("gusts to 100 km/h"), std::string::npos) << first.out << first.err;
  EXPECT_NE(desk.chela({"alert", "list"}).out.find("gusts"), std::string::npos);
  std::string manifest = slurp(desk.manifest("checks", "weather"));
  replace(manifest, "longitude: ", "longitude: -");
  spill(desk.manifest("checks", "weather"), manifest);
  const auto second = desk.chela({"tick", "--all"});
  EXPECT_NE(second.out.find("[recovered] weather: gusts"), std::string::npos)
      << second.out << second.err;
  const auto open = desk.chela({"alert", "list"});
  EXPECT_EQ(open.exit_code, 0) << open.err;
  EXPECT_EQ(open.out.find("gusts"), std::string::npos) << open.out;
}

TEST_F(WeatherStory, AGrantForWarningsIsWantedWhereTheyAreAskedFor) {
  std::string manifest = slurp(desk.manifest("checks", "weather"));
  replace(manifest, "alerts: none", "alerts: nws ");
  spill(desk.manifest("checks", "weather"), manifest);
  const auto tick = desk.chela({"tick", "--all"});
  EXPECT_NE((tick.out + tick.err).find("https://api.weather.gov"), std::string::npos)
      << tick.out << tick.err;
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(WeatherStory, TheBriefSaysItOnce) {
  const auto page = desk.chela({"brief"});
  EXPECT_EQ(page.exit_code, 0) << page.err;
  EXPECT_EQ(count(page.out, "5 to 12"), 1u) << page.out;
  EXPECT_NE(page.out.find("weather: today (Berlin): 5 to 12 \u00b0C"), std::string::npos)
      << page.out;
}

}  // namespace
}  // namespace chela::test
