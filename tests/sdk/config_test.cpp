// Config and the JSON look-ups under it.
#include "chela/config.h"

#include <gtest/gtest.h>

namespace chela {
namespace {

using namespace std::chrono_literals;

Config config() {
  return Config(
      parse_json(
          R"({"path":"/var","percent":10,"share":2.5,"whole":3.0,"on":true,"many":["a",1,"b"],
                               "every":"4h","slip":"4 hours","big":5000000000})")
          .value());
}

TEST(Config, GivesWhatIsThere) {
  EXPECT_EQ(config().get("path"), "/var");
  EXPECT_EQ(config().get("path", "/"), "/var");
  EXPECT_EQ(config().get("percent", 5), 10);
  EXPECT_EQ(config().get("percent", 5.0), 10.0);
  EXPECT_EQ(config().get("share", 5.0), 2.5);
  EXPECT_EQ(config().get("whole", 5), 3);
  EXPECT_EQ(config().get("big", std::int64_t{0}), 5'000'000'000);
  EXPECT_TRUE(config().get("on", false));
  EXPECT_EQ(config().strings("many"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(config().duration("every", 1h), 4h);
}

TEST(Config, GivesTheOtherwiseForAbsentAndForeignValues) {
  for (const char* name : {"absent", "many"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(config().get(name), "");
    EXPECT_EQ(config().get(name, "x"), "x");
    EXPECT_EQ(config().get(name, 7), 7);
    EXPECT_EQ(config().get(name, 7.5), 7.5);
    EXPECT_TRUE(config().get(name, true));
    EXPECT_EQ(config().duration(name, 1h), 1h);
  }
  EXPECT_EQ(config().get("share", 7), 7) << "2.5 is no integer";
  EXPECT_EQ(config().duration("slip", 1h), 1h);
  EXPECT_TRUE(config().strings("path").empty());
  EXPECT_EQ(Config().get("path", "/"), "/");
}

TEST(Json, SaysWhereItStopped) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "{} x", "nul", "\"\xff\"", "{'a':1}"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(parsed.error().message.find("byte"), std::string::npos);
  }
  EXPECT_TRUE(parse_json(" {} \n"));
  EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(parse_json(std::string(40, '[') + std::string(40, ']')));
  for (const char* beyond : {"1e999", "[-1e999]", R"({"a":{"b":0e999}})"}) {
    EXPECT_FALSE(parse_json(beyond)) << beyond << " would be written as no JSON";
  }
  EXPECT_TRUE(parse_json("[1e308,1e-400,-0.0,18446744073709551615]"));
}

}  // namespace
}  // namespace chela
