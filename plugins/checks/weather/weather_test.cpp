// check.weather against a host that plays both services: the fixture folders, and what a first run
// tells.
#include <chela/testing/fixtures.h>

#include <map>

namespace json = chela::json;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;
using std::chrono::hours;

TEST(WeatherFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 25);
}

namespace {

using Titles = std::vector<std::string>;

// Runs the check hour by hour; what the services say stands in the members.
class FirstRun : public ::testing::Test {
 protected:
  void SetUp() override {
    host.http_handler = [this](const json::value& request, const std::string&) {
      const bool is_forecast =
          chela::get_string(request, "url").find("forecast") != std::string::npos;
      return answer(!is_forecast ? warnings() : is_forecast_away ? json::value() : forecast());
    };
    open(json::object{{"latitude", 48.4}, {"longitude", 9.99}, {"alerts", "nws"}});
  }

  void open(const json::object& config) {
    auto opened = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host, config);
    ASSERT_TRUE(opened) << opened.error().message;
    plugin = std::move(*opened);
  }

  static chela::Result<chela::FetchReply> answer(const json::value& document) {
    chela::FetchReply reply;
    reply.status = document.is_null() ? 503 : 200;
    reply.body = json::serialize(document);
    return reply;
  }

  json::value forecast() const {
    const auto begin = std::chrono::floor<hours>(host.now);
    json::array time, rain, gusts, temperature;
    for (int i = 0; i < 24; ++i) {
      const int at = static_cast<int>(std::chrono::floor<hours>(begin - start).count()) + i;
      time.emplace_back(
          std::chrono::duration_cast<std::chrono::seconds>((begin + hours(i)).time_since_epoch())
              .count());
      rain.emplace_back(at == rain_at ? 3.0 : 0.0);
      gusts.emplace_back(at >= gusts_from && at < gusts_to ? 100.0 : 10.0);
      temperature.emplace_back(at == frost_at ? -5.0 : 10.0);
    }
    return json::object{{"utc_offset_seconds", 0},
                        {"hourly_units", json::object{{"temperature_2m", "\u00b0C"},
                                                      {"precipitation", "mm"},
                                                      {"wind_gusts_10m", "km/h"}}},
                        {"hourly", json::object{{"time", time},
                                                {"precipitation", rain},
                                                {"temperature_2m", temperature},
                                                {"wind_gusts_10m", gusts}}}};
  }

  json::value warnings() const {
    if (are_warnings_away) return nullptr;
    json::array features;
    for (const auto& [id, replaces] : in_force) {
      json::array references;
      if (!replaces.empty()) references.push_back(json::object{{"identifier", replaces}});
      features.push_back(json::object{{"properties", json::object{{"id", id},
                                                                  {"event", "Tornado Warning"},
                                                                  {"severity", "Extreme"},
                                                                  {"references", references}}}});
    }
    return json::object{{"features", features}};
  }

  // "condition gusts to 100 km/h .." of each finding.
  Titles run() {
    Titles all;
    const auto report = plugin->call("run", json::object{{"cursor", cursor}});
    EXPECT_TRUE(report) << report.error().message;
    if (!report) return all;
    cursor = report->at("cursor");
    for (const auto& one : report->at("findings").as_array())
      all.push_back(chela::get_string(one, "class") + " " + chela::get_string(one, "severity") +
                    " " + chela::get_string(one, "title"));
    return all;
  }

  FakeHost host;
  const chela::Timestamp start = std::chrono::floor<hours>(host.now);  // 14:00
  int rain_at = -1, frost_at = -1;                                     // hours after start
  int gusts_from = 0, gusts_to = 0;
  std::map<std::string, std::string> in_force;  // by id, what it is an update of
  bool are_warnings_away = false, is_forecast_away = false;
  json::value cursor;
  std::unique_ptr<OpenedPlugin> plugin;
};

// The host says no event of a first run.
TEST_F(FirstRun, TellsOfAStormAsAConditionUntilItIsOver) {
  gusts_from = 2;
  gusts_to = 5;
  const Titles storm{"condition warn gusts to 100 km/h from about 16:00"};
  EXPECT_EQ(run(), storm);
  host.now += hours(2);
  EXPECT_EQ(run(), storm) << "it is told once";
  gusts_to = 6;
  EXPECT_EQ(run(), storm);
  host.now = start + hours(5);
  EXPECT_EQ(run(), storm) << "it goes on for longer than was forecast";
  host.now = start + hours(6);
  EXPECT_EQ(run(), Titles{});
  gusts_from = 12;
  gusts_to = 13;
  EXPECT_EQ(run(), Titles{"event warn gusts to 100 km/h from about tomorrow 02:00"});
}

TEST_F(FirstRun, HoldsAStormNoLongerForAnotherOne) {
  gusts_from = 0;
  gusts_to = 1;
  EXPECT_EQ(run().size(), 1u);
  gusts_from = 8;
  gusts_to = 9;
  EXPECT_EQ(run(), Titles{"event warn gusts to 100 km/h from about 22:00"});
  EXPECT_EQ(run(), Titles{});
}

TEST_F(FirstRun, DropsAStormThatTheForecastWithdraws) {
  gusts_from = 6;
  gusts_to = 9;
  const Titles storm{"condition warn gusts to 100 km/h from about 20:00"};
  EXPECT_EQ(run(), storm);
  is_forecast_away = true;
  in_force = {{"urn:1", ""}};
  EXPECT_EQ(run(), (Titles{"event crit Tornado Warning", storm[0]})) << "nobody has withdrawn it";
  is_forecast_away = false;
  gusts_from = 8;
  EXPECT_EQ(run(), storm) << "it has moved";
  gusts_to = 8;
  are_warnings_away = true;
  EXPECT_EQ(run(), Titles{}) << "said at once, although the other service is away";
  are_warnings_away = false;
  EXPECT_EQ(run(), Titles{});
  gusts_to = 9;
  EXPECT_EQ(run(), Titles{"event warn gusts to 100 km/h from about 22:00"}) << "it is back";
}

// A forecast that moves a storm out of the hours that count does not withdraw it.
TEST_F(FirstRun, HoldsAStormThatMovesBehindItsLimit) {
  gusts_from = 11;
  gusts_to = 12;
  const Titles storm{"condition warn gusts to 100 km/h from about tomorrow 01:00"};
  EXPECT_EQ(run(), storm);
  gusts_from = 13;
  gusts_to = 14;
  EXPECT_EQ(run(), storm);
}

TEST_F(FirstRun, ForgetsWhatItFoundForAnotherPlaceOrByOtherLimits) {
  const struct {
    const char* name;
    json::object config;
    bool is_kept;
  } cases[] = {
      {"the same", {{"latitude", 48.4}, {"longitude", 9.99}, {"alerts", "nws"}}, true},
      {"less than 1 km away", {{"latitude", 48.4004}, {"longitude", 9.99}, {"place", "Ulm"}}, true},
      {"another longitude", {{"latitude", 48.4}, {"longitude", -9.99}}, false},
      {"another latitude", {{"latitude", -48.4}, {"longitude", 9.99}}, false},
      {"other limits", {{"latitude", 48.4}, {"longitude", 9.99}, {"gusts_kmh", 90}}, false},
      {"other kinds",
       {{"latitude", 48.4}, {"longitude", 9.99}, {"watch", json::array{"heat"}}},
       false},
  };
  gusts_from = 6;
  gusts_to = 9;
  EXPECT_EQ(run().size(), 1u);
  const json::value first = cursor;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    open(c.config);
    cursor = first;
    run();
    EXPECT_EQ(chela::get_string(cursor, "of") == chela::get_string(first, "of"), c.is_kept);
  }
  gusts_to = 1;
  open({{"latitude", 48.4}, {"longitude", -9.99}, {"alerts", "nws"}});
  cursor = first;
  EXPECT_EQ(run(), Titles{}) << "quiet there";
  gusts_from = 6;
  gusts_to = 9;
  cursor = first;
  const Titles storm{"condition warn gusts to 100 km/h from about 20:00"};
  EXPECT_EQ(run(), storm) << "held anew for the new place";
  EXPECT_EQ(run(), storm);
}

TEST_F(FirstRun, LeavesWhatDoesNoHarmToTheSecondRun) {
  rain_at = 2;
  frost_at = 4;
  const auto first = plugin->call("run", json::object());
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(chela::get_string(*first, "summary"), "rain from about 16:00, 3 mm in all");
  EXPECT_EQ(run(), Titles{});
  EXPECT_EQ(json::serialize(cursor.at("told")), "{}");
  EXPECT_EQ(cursor.as_object().count("first"), 0u);
  EXPECT_EQ(run(), (Titles{"event warn rain from about 16:00, 3 mm in all",
                           "event warn frost to -5 \u00b0C from about 18:00"}));
  EXPECT_EQ(run(), Titles{});
}

TEST_F(FirstRun, HoldsAnOfficialWarningThroughItsUpdates) {
  in_force = {{"urn:1", ""}};
  const Titles warning{"condition crit Tornado Warning"};
  EXPECT_EQ(run(), warning);
  EXPECT_EQ(run(), warning);
  in_force = {{"urn:2", "urn:1"}};
  EXPECT_EQ(run(), warning);
  in_force = {{"urn:3", "urn:2"}};
  EXPECT_EQ(run(), warning);
  are_warnings_away = true;
  rain_at = 2;
  EXPECT_EQ(run(), (Titles{"event warn rain from about 16:00, 3 mm in all", warning[0]}));
  are_warnings_away = false;
  in_force = {{"urn:4", ""}};
  EXPECT_EQ(run(), Titles{"event crit Tornado Warning"});
}

// Its key is not the id itself, so that it cannot be recognised when it is over.
TEST_F(FirstRun, LeavesAWarningWithAnOddIdToTheSecondRun) {
  in_force = {{"urn:\n1", ""}};
  EXPECT_EQ(run(), Titles{});
  EXPECT_EQ(run(), Titles{"event crit Tornado Warning"});
  EXPECT_EQ(run(), Titles{});
}

TEST_F(FirstRun, HoldsNoMoreWarningsThanItsCursorHasRoomFor) {
  for (int i = 10; i < 35; ++i) in_force["urn:" + std::to_string(i)] = "";
  EXPECT_EQ(run().size(), 20u);
  EXPECT_EQ(run().size(), 25u) << "5 events, and 20 that are still in force";
  EXPECT_EQ(run().size(), 20u);
}

TEST_F(FirstRun, WaitsForBothServicesWhereItHasNothingToTell) {
  are_warnings_away = true;
  rain_at = 2;
  EXPECT_EQ(plugin->call("run", json::object()).error().code, chela::ErrorCode::unavailable);
  gusts_to = 3;
  EXPECT_EQ(run(), Titles{"condition warn gusts to 100 km/h from about now on"});
  are_warnings_away = false;
  in_force = {{"urn:1", ""}};
  EXPECT_EQ(run().size(), 3u) << "the warning and the rain are events of the second run";
}

TEST_F(FirstRun, LeavesOutWhatIsDamagedInTheCursor) {
  cursor = *chela::parse_json(R"({"first": [7, {}, {"finding": {"key": "", "title": ""}},
      {"finding": {"key": "gusts:1", "title": "x"}, "kind": "gusts", "until": 99999999999999}]})");
  EXPECT_EQ(run(), Titles{});
}

}  // namespace
