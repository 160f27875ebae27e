// What settings of `bot` mean, and what busctl and pid files say.
#include "bot.h"

#include <gtest/gtest.h>

#include "place.h"

namespace trading {
namespace {

namespace json = chela::json;

chela::Result<BotSettings> read(std::string_view bot) {
  return read_bot_settings(
      chela::Config(json::object{{"bot", *chela::parse_json(bot)}, {"busctl", "busctl"}}));
}

TEST(BotSettings, TakeEachKindOfSign) {
  const auto settings =
      read(R"([{"unit": "trader.service"}, {"unit": "bot@1.service", "user": true},
    {"pidfile": "/run/t.pid"}, {"file": "/srv/beat", "max_age": "10m"}, {"positions": "/srv/p.json"}])");
  ASSERT_TRUE(settings.has_value());
  ASSERT_EQ(settings->signs.size(), 4u);
  EXPECT_EQ(settings->signs[1].kind, BotSign::Kind::user_unit);
  EXPECT_EQ(settings->signs[3].max_age, std::chrono::minutes(10));
  EXPECT_EQ(settings->holdings, std::vector<std::string>{"/srv/p.json"});
}

TEST(BotSettings, RefuseWhatIsUnclear) {
  const char* cases[] = {
      R"([{}])",
      R"([{"unit": "a.service", "file": "/x", "max_age": "1m"}])",
      R"([{"file": "/x"}])",
      R"([{"file": "/x", "max_age": "soon"}])",
      R"([{"file": "/x", "max_age": "0s"}])",
      R"([{"unit": "a.service", "max_age": "1m"}])",
      R"([{"pidfile": "/x", "user": true}])",
      R"([{"unit": "trader"}])",
      R"([{"unit": "-x.service"}])",
      R"([{"unit": "a b.service"}])",
  };
  for (const char* bot : cases) {
    SCOPED_TRACE(bot);
    const auto settings = read(bot);
    ASSERT_FALSE(settings.has_value());
    EXPECT_EQ(settings.error().code, chela::ErrorCode::invalid_argument);
  }
}

TEST(UnitState, IsTheFourthMember) {
  EXPECT_EQ(*parse_unit_state(R"x({"type":"a(ssssssouso)","data":[[["t.service","d","loaded",
      "failed","failed","","/o",0,"","/"]]]})x"),
            "failed");
  EXPECT_EQ(*parse_unit_state(R"x({"type":"a(ssssssouso)","data":[[["t.service","t.service",
      "not-found","inactive","dead","","/o",0,"","/"]]]})x"),
            "not known to systemd");
  for (const char* wrong : {"", "{}", R"({"data":[]})", R"({"data":[[]]})", R"({"data":[[["a"]]]})",
                            R"({"data":[[1]]})", R"({"data":[[["a","b","c",4]]]})"})
    EXPECT_FALSE(parse_unit_state(wrong).has_value()) << wrong;
}

TEST(Pid, IsOneNumber) {
  EXPECT_EQ(*parse_pid("4711\n"), 4711);
  for (const char* wrong : {"", "-1", "0", "4711 4712", "x", "99999999999"})
    EXPECT_FALSE(parse_pid(wrong).has_value()) << wrong;
}

TEST(Place, IsNamedByItsHost) {
  constexpr KnownHost kKnown[] = {{"paper-api.alpaca.markets", "paper"},
                                  {"api.alpaca.markets", "live"}};
  const struct {
    const char *url, *environment;
  } cases[] = {{"https://paper-api.alpaca.markets", "paper"},
               {"https://API.alpaca.markets/", "live"},
               {"http://127.0.0.1:4010", "test"},
               {"http://localhost", "test"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.url);
    const auto place = find_place(c.url, kKnown);
    ASSERT_TRUE(place.has_value());
    EXPECT_EQ(place->environment, c.environment);
  }
  for (const char* wrong :
       {"", "api.alpaca.markets", "http://api.alpaca.markets", "https://api.alpaca.markets:444",
        "https://api.alpaca.markets.example.org", "https://api.alpaca.markets/v2",
        "https://user@127.0.0.1", "http://127.0.0.1:x", "ftp://localhost", "http://example.org"}) {
    SCOPED_TRACE(wrong);
    const auto place = find_place(wrong, kKnown);
    ASSERT_FALSE(place.has_value());
    EXPECT_NE(place.error().message.find("https://api.alpaca.markets (live)"), std::string::npos);
  }
}

}  // namespace
}  // namespace trading
