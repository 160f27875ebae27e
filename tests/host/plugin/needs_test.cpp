// Needs that hang on a setting.
#include "plugin/needs.h"

#include <gtest/gtest.h>

namespace chela::plugin {
namespace {

json::value parsed(const char* text) {
  return parse_json(text).value();
}

TEST(Needs, JoinWhatASettingWants) {
  const auto needs = parsed(R"({
    "read": ["/a"],
    "when": [
      {"setting": "bot", "exec": ["busctl"], "read": ["/b"]},
      {"setting": "alerts", "is": ["nws", "dwd"], "http": ["https://alerts.example"]}
    ]})");
  const struct {
    const char* config;
    const char* wanted;
  } cases[] = {
      {R"({})", R"({"read":["/a"]})"},
      {R"({"bot": [], "alerts": "none"})", R"({"read":["/a"]})"},
      {R"({"bot": [{}]})", R"({"read":["/a","/b"],"exec":["busctl"]})"},
      {R"({"bot": {}})", R"({"read":["/a"]})"},
      {R"({"bot": true})", R"({"read":["/a","/b"],"exec":["busctl"]})"},
      {R"({"bot": false})", R"({"read":["/a"]})"},
      {R"({"bot": 0})", R"({"read":["/a"]})"},
      {R"({"bot": 0.0})", R"({"read":["/a"]})"},
      {R"({"bot": 2})", R"({"read":["/a","/b"],"exec":["busctl"]})"},
      {R"({"bot": ""})", R"({"read":["/a"]})"},
      {R"({"bot": null})", R"({"read":["/a"]})"},
      {R"({"alerts": "dwd"})", R"({"read":["/a"],"http":["https://alerts.example"]})"},
      {R"({"alerts": ["dwd"]})", R"({"read":["/a"]})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.config);
    EXPECT_EQ(json::value(needs_for(needs, parsed(c.config))), parsed(c.wanted));
  }
}

TEST(Needs, LookAtMembersOfListsAndSayNothingTwice) {
  const auto needs = parsed(R"({
    "when": [
      {"setting": "bot.*.unit", "exec": [{"program": "busctl"}]},
      {"setting": "bot.*.pidfile", "exec": [{"program": "busctl"}]}
    ]})");
  const auto busctl = parsed(R"({"exec":[{"program":"busctl"}]})");
  const struct {
    const char* config;
    bool holds;
  } cases[] = {
      {R"({"bot": []})", false},
      {R"({"bot": [{"file": "/a"}]})", false},
      {R"({"bot": [{"unit": ""}, 5]})", false},
      {R"({"bot": {"unit": "a"}})", false},
      {R"({"bot": [{"file": "/a"}, {"unit": "a"}]})", true},
      {R"({"bot": [{"pidfile": "/p", "unit": "a"}]})", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.config);
    EXPECT_EQ(json::value(needs_for(needs, parsed(c.config))),
              c.holds ? busctl : json::value(json::object()));
  }
}

TEST(Needs, WithoutConditionsStayAsTheyAre) {
  const auto needs = parsed(R"({"board": "read", "exec": [{"program": "git", "net": []}]})");
  EXPECT_EQ(json::value(needs_for(needs, parsed(R"({"a": 1})"))), needs);
  EXPECT_EQ(needs_for(json::value(), json::value()), json::object());
  EXPECT_EQ(needs_for(parsed(R"({"when": "broken", "read": ["/a"]})"), json::value()),
            parsed(R"({"read": ["/a"]})").as_object());
}

}  // namespace
}  // namespace chela::plugin
