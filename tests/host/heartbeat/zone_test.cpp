// Zones against the C library, which reads the same files in its own way, and the rules for gaps
// and repeats.
#include "heartbeat/zone.h"

#include <stdlib.h>
#include <time.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "heartbeat/zone_table.h"

namespace chela::heartbeat {
namespace {

using namespace std::chrono;
namespace fs = std::filesystem;

Timestamp utc(const char* text) {
  return base::parse_utc(text).value();
}

// The system's zone database without the runner's environment.
Result<Zone> zone_named(std::string_view name) {
  return find_zone(name, ZoneSources{});
}

// The C library's offset, in seconds, once TZ is set.
std::int64_t offset_of_libc(Timestamp time) {
  const time_t second = floor<seconds>(time).time_since_epoch().count();
  struct tm local {};
  ::localtime_r(&second, &local);
  return local.tm_gmtoff;
}

class WithTz {
 public:
  explicit WithTz(const std::string& tz) {
    if (const char* old = ::getenv("TZ")) old_ = old;
    ::setenv("TZ", tz.c_str(), 1);
    ::tzset();
  }
  ~WithTz() {
    old_ ? ::setenv("TZ", old_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }
  WithTz(const WithTz&) = delete;
  WithTz& operator=(const WithTz&) = delete;

 private:
  std::optional<std::string> old_;
};

std::vector<std::string> all_zones() {
  std::ifstream lines(ZoneSources{}.folder + "/tzdata.zi");
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind, first, second;
    words >> kind >> first >> second;
    if (kind == "Z") names.push_back(first);
    if (kind == "L") names.push_back(second);
  }
  return names;
}

TEST(Zone, AgreesWithTheCLibraryForEveryZoneFrom1900To2190) {
  const auto names = all_zones();
  if (names.empty()) GTEST_SKIP() << "no time zone data on this machine";
  std::mt19937_64 random(20261122);
  std::uniform_int_distribution<std::int64_t> moments(-2'208'988'800, 6'942'000'000);
  long compared = 0;
  for (const auto& name : names) {
    SCOPED_TRACE(name);
    const auto zone = zone_named(name);
    ASSERT_TRUE(zone) << zone.error().message;
    const WithTz tz(name);
    for (int i = 0; i < 200; ++i) {
      const Timestamp time{seconds(moments(random))};
      const OffsetSpan span = zone->span_at(time);
      ASSERT_EQ(duration_cast<seconds>(span.offset).count(), offset_of_libc(time))
          << base::format_utc(time);
      ASSERT_TRUE(span.begin <= time && time < span.end);
      // The edges of the stretch are where the C library changes too.
      if (span.begin > Timestamp(seconds(-2'208'988'800))) {
        ASSERT_NE(offset_of_libc(span.begin - 1s), offset_of_libc(span.begin))
            << base::format_utc(time);
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 50'000);
}

TEST(Zone, FindsEveryLocalTimeBack) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<std::int64_t> moments(0, 6'942'000'000 / 60);
  for (const char* name :
       {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
        "Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "UTC"}) {
    SCOPED_TRACE(name);
    const auto zone = zone_named(name);
    ASSERT_TRUE(zone) << zone.error().message;
    for (int i = 0; i < 5000; ++i) {
      const Timestamp time{minutes(moments(random))};
      const LocalTime local = zone->to_local(time);
      const Timestamp back = zone->from_local(local.day, local.minute);
      ASSERT_EQ(zone->to_local(back), local) << base::format_utc(time);
      // The same, or the earlier of two.
      ASSERT_TRUE(back == time || time - back <= 1h) << base::format_utc(time);
    }
  }
}

TEST(Zone, KnowsGapsAndRepeats) {
  const struct {
    const char* name;
    const char* zone;
    year_month_day day;
    int minute;
    const char* utc;
  } cases[] = {
      {"plain winter", "Europe/Berlin", 2026y / 1 / 15, 9 * 60, "2026-01-15T08:00:00Z"},
      {"plain summer", "Europe/Berlin", 2026y / 7 / 15, 9 * 60, "2026-07-15T07:00:00Z"},
      {"gap: first instant after", "Europe/Berlin", 2026y / 3 / 29, 150, "2026-03-29T01:00:00Z"},
      {"start of the gap", "Europe/Berlin", 2026y / 3 / 29, 120, "2026-03-29T01:00:00Z"},
      {"minute before the gap", "Europe/Berlin", 2026y / 3 / 29, 119, "2026-03-29T00:59:00Z"},
      {"repeat: earlier", "Europe/Berlin", 2026y / 10 / 25, 150, "2026-10-25T00:30:00Z"},
      {"after the repeat", "Europe/Berlin", 2026y / 10 / 25, 180, "2026-10-25T02:00:00Z"},
      {"gap in New York", "America/New_York", 2026y / 3 / 8, 150, "2026-03-08T07:00:00Z"},
      {"repeat in New York", "America/New_York", 2026y / 11 / 1, 90, "2026-11-01T05:30:00Z"},
      {"midnight in a gap", "Africa/Cairo", 2026y / 4 / 24, 0, "2026-04-23T22:00:00Z"},
      {"half an hour of change", "Australia/Lord_Howe", 2026y / 10 / 4, 135,
       "2026-10-03T15:30:00Z"},
      {"a day that never was", "Pacific/Apia", 2011y / 12 / 30, 540, "2011-12-30T10:00:00Z"},
      {"24:00 is the next midnight", "Europe/Berlin", 2026y / 1 / 15, 1440, "2026-01-15T23:00:00Z"},
      {"beyond the written changes", "Europe/Berlin", 2099y / 7 / 1, 540, "2099-07-01T07:00:00Z"},
      {"UTC", "UTC", 2026y / 3 / 29, 150, "2026-03-29T02:30:00Z"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto zone = zone_named(c.zone);
    ASSERT_TRUE(zone) << zone.error().message;
    EXPECT_EQ(base::format_utc(zone->from_local(local_days(c.day), c.minute)), c.utc);
  }
}

TEST(Zone, RefusesUnknownNamesAndOffersTheClosest) {
  const struct {
    const char* name;
    const char* part;
  } cases[] = {{"Europe/Berln", "did you mean Europe/Berlin?"},
               {"Berlin", "did you mean Europe/Berlin?"},
               {"../../../etc/passwd", "unknown time zone"},
               {"/etc/passwd", "unknown time zone"},
               {"Europe", "unknown time zone"},
               {"", "wanted local, UTC or a name like Europe/Berlin"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto zone = zone_named(c.name);
    ASSERT_FALSE(zone);
    EXPECT_EQ(zone.error().code, ErrorCode::not_found);
    EXPECT_NE(zone.error().message.find(c.part), std::string::npos) << zone.error().message;
  }
}

// A pretended system: its own zone folder, link and name file.
class LocalZone : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "chela-zone-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directories(folder_ + "/zoneinfo/Europe");
    fs::create_directories(folder_ + "/zoneinfo/Asia");
    for (const char* zone : {"Europe/Berlin", "Asia/Tokyo"}) {
      fs::copy_file(ZoneSources{}.folder + "/" + zone, folder_ + "/zoneinfo/" + zone);
    }
    sources_ = {std::nullopt, folder_ + "/zoneinfo", folder_ + "/localtime", folder_ + "/timezone"};
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, std::string_view text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::string found() const {
    const auto zone = find_zone("local", sources_);
    if (!zone) return to_string(zone.error().code) + (" " + zone.error().message);
    return zone->name() + " " + format_duration(zone->span_at(utc("2026-07-01T00:00:00Z")).offset);
  }

  std::string folder_;
  ZoneSources sources_;
};

TEST_F(LocalZone, IsWhatTheLinkSays) {
  fs::create_symlink("zoneinfo/Europe/Berlin", folder_ + "/localtime");
  put("timezone", "Asia/Tokyo\n");
  EXPECT_EQ(found(), "Europe/Berlin 2h");
}

TEST_F(LocalZone, TakesTheNameOfACopiedFileFromTheNameFileWhereItAgrees) {
  fs::copy_file(folder_ + "/zoneinfo/Asia/Tokyo", folder_ + "/localtime");
  EXPECT_EQ(found(), "local 9h");
  put("timezone", "Asia/Tokyo\n");
  EXPECT_EQ(found(), "Asia/Tokyo 9h");
  put("timezone", "Europe/Berlin\n");
  EXPECT_EQ(found(), "local 9h");
  put("localtime", "garbage");
  EXPECT_TRUE(found().starts_with("DATA_LOSS " + folder_ + "/localtime: not a time zone file"))
      << found();
}

TEST_F(LocalZone, FallsBackToTheNameFileAndThenToUtc) {
  EXPECT_EQ(found(), "UTC 0s");
  put("timezone", "Asia/Tokyo\n");
  EXPECT_EQ(found(), "Asia/Tokyo 9h");
}

TEST_F(LocalZone, HonoursTz) {
  fs::create_symlink("zoneinfo/Europe/Berlin", folder_ + "/localtime");
  const struct {
    const char* name;
    std::string tz;
    std::string found;
  } cases[] = {
      {"a name", "Asia/Tokyo", "Asia/Tokyo 9h"},
      {"a name with a colon", ":Asia/Tokyo", "Asia/Tokyo 9h"},
      {"a path", ":" + folder_ + "/zoneinfo/Asia/Tokyo", "local 9h"},
      {"a rule", "CET-1CEST,M3.5.0,M10.5.0/3", "CET-1CEST,M3.5.0,M10.5.0/3 2h"},
      {"empty is UTC", "", "UTC 0s"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    sources_.tz = c.tz;
    EXPECT_EQ(found(), c.found);
  }
  sources_.tz = "Mars/Olympus";
  EXPECT_TRUE(found().starts_with("NOT_FOUND environment variable TZ: unknown time zone"))
      << found();
}

TEST(ZoneRule, AgreesWithTheCLibrary) {
  std::mt19937_64 random(3);
  std::uniform_int_distribution<std::int64_t> moments(0, 6'942'000'000);
  for (const char* text :
       {"UTC0", "AAA5BBB,M3.2.0,M11.1.0", "CET-1CEST,M3.5.0,M10.5.0/3",
        "IST-1GMT0,M10.5.0,M3.5.0/1", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "EET-2EEST,M3.4.4/50,M10.4.4/50", "<+0330>-3:30", "AEST-10AEDT,M10.1.0,M4.1.0/3",
        "AAA3BBB,J60/0,J300", "AAA3BBB,59/0,300/1:30:15", "XXX3EDT4,0/0,J365/23"}) {
    SCOPED_TRACE(text);
    const auto table = parse_zone_rule(text);
    ASSERT_TRUE(table) << table.error().message;
    const WithTz tz(text);
    for (int i = 0; i < 2000; ++i) {
      const std::int64_t moment = moments(random);
      std::int64_t offset = table->first_offset;
      for (const auto& step : table->steps) {
        if (step.at <= moment) offset = step.offset;
      }
      ASSERT_EQ(offset, offset_of_libc(Timestamp(seconds(moment))))
          << base::format_utc(Timestamp(seconds(moment)));
    }
  }
}

TEST(ZoneRule, TakesTheAmericanChangesWhereNoneAreGiven) {
  const auto bare = parse_zone_rule("AAA5BBB");
  const auto full = parse_zone_rule("AAA5BBB,M3.2.0,M11.1.0");
  ASSERT_TRUE(bare && full);
  ASSERT_EQ(bare->steps.size(), full->steps.size());
  EXPECT_GT(bare->steps.size(), 400u);
  EXPECT_EQ(bare->steps.back().at, full->steps.back().at);
}

TEST(ZoneRule, RefusesWhatIsNoRule) {
  for (const char* text :
       {"", "CE-1", "CET", "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J5", "CET-25",
        "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<CET-1"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_zone_rule(text));
  }
}

TEST(ZoneFile, SurvivesEveryCutAndEveryFlippedByte) {
  std::ostringstream text;
  text << std::ifstream(ZoneSources{}.folder + "/Europe/Berlin", std::ios::binary).rdbuf();
  const std::string whole = text.str();
  ASSERT_TRUE(parse_zone_file(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = parse_zone_file(whole.substr(0, size));
    ASSERT_FALSE(cut) << size;
    ASSERT_EQ(cut.error().code, ErrorCode::data_loss);
  }
  std::mt19937 random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string broken = whole;
    broken[random() % broken.size()] = static_cast<char>(random());
    const auto table = parse_zone_file(broken);
    if (!table) continue;
    for (std::size_t s = 1; s < table->steps.size(); ++s) {
      ASSERT_LT(table->steps[s - 1].at, table->steps[s].at);
    }
  }
}

}  // namespace
}  // namespace chela::heartbeat
