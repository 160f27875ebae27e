// Notifiers against strict stand-ins of their services: every kind of message is taken, keeps its
// id when it comes twice, and a wrong key is told as such.
#include <gtest/gtest.h>

#include "chela/testing/fixtures.h"
#include "notifiers/child.h"
#include "notifiers/real_net.h"

namespace chela::test {
namespace {

using testing::FakeHost;
using testing::OpenedPlugin;

// Started once for all tests.
const std::string& server() {
  static Child child({"/usr/bin/python3", CHELA_SOURCE_DIR "/tests/notifiers/services.py"});
  static const std::string address = "http://127.0.0.1:" + child.read_line();
  return address;
}

struct Way {
  std::string name;
  json::object config;
  Secrets good;
  Secrets bad;
  ErrorCode told;  // with the bad ones
  std::string plugin{};
};

std::vector<Way> ways() {
  const std::string& at = server();
  return {{"slack",
           {{"server", at}, {"preset", "slack"}},
           {{"url", at + "/services/T0/B0/good"}},
           {{"url", at + "/services/T0/B0/old"}},
           ErrorCode::not_found,
           "webhook"},
          {"discord",
           {{"server", at}, {"preset", "discord"}},
           {{"url", at + "/api/webhooks/1/good"}},
           {{"url", at + "/api/webhooks/1/old"}},
           ErrorCode::unauthenticated,
           "webhook"},
          {"generic",
           {{"server", at}},
           {{"url", at + "/generic"}},
           {{"url", at + "/elsewhere"}},
           ErrorCode::not_found,
           "webhook"},
          {"ntfy",
           {{"server", at}, {"topic", "private-7Kq"}, {"access", "token"}},
           {{"token", "tk_good"}},
           {{"token", "tk_bad"}},
           ErrorCode::unauthenticated,
           "ntfy"},
          {"telegram",
           {{"server", at}, {"chat_id", "1"}},
           {{"token", "123:GOOD"}},
           {{"token", "123:BAD"}},
           ErrorCode::unauthenticated,
           "telegram"},
          {"openclaw",
           {{"server", at}},
           {{"token", "good"}},
           {{"token", "bad"}},
           ErrorCode::unauthenticated,
           "openclaw"}};
}

Result<json::value> send(const Way& way, const Secrets& secrets, const json::value& message) {
  FakeHost host;
  use_real_http(host, secrets);
  const std::string folder = std::string(CHELA_SOURCE_DIR "/plugins/notifiers/") + way.plugin;
  CHELA_TRY(auto plugin, OpenedPlugin::open(
                             std::string(CHELA_BINARY_DIR "/plugins/notify.") + way.plugin + ".so",
                             folder, host, way.config));
  return plugin->call("send", testing::message_of(message));
}

// What the stand-ins have taken since the last time, one line each.
json::array taken_since(std::size_t before) {
  FakeHost host;
  use_real_http(host, {});
  const auto reply = host.http_handler(json::object{{"url", server() + "/_taken"},
                                                    {"method", "GET"},
                                                    {"headers", json::array()},
                                                    {"timeout_ms", 5000}},
                                       "");
  const auto all = parse_json(reply->body)->as_array();
  return json::array(all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
}

json::array many_lines(const std::string& text, int count) {
  json::array lines;
  for (int i = 0; i < count; ++i) {
    lines.push_back(json::object{{"severity", "warn"},
                                 {"kind", "opened"},
                                 {"check", "mail"},
                                 {"key", "k" + std::to_string(i)},
                                 {"text", "[warn] mail: " + text}});
  }
  return lines;
}

TEST(Services, TakeEveryKindOfMessage) {
  std::string face;
  for (int i = 0; i < 3000; ++i) face += "\U0001F600";
  const struct {
    const char* name;
    json::object message;
  } messages[] = {
      {"usual", {}},
      {"info", {{"severity", "info"}, {"title", "info: all is well"}}},
      {"test", {{"test", true}}},
      {"other letters", {{"title", "crit: \u00dcberlauf \u2603 \u4f60\u597d"}}},
      {"one line is long", {{"lines", many_lines(std::string(50'000, 'x'), 1)}}},
      {"wide letters", {{"lines", many_lines(face, 1)}}},
      {"many lines", {{"lines", many_lines("a thing of some length happened here", 500)}}},
      {"hostile words",
       {{"title", "crit: <!channel> @everyone \"} {{secret:url}} {{secret:token}}"},
        {"lines",
         many_lines("<@U1> &amp; **x** ``` [a](b) \\ ' \" \u202e {\"a\":1} >>> \t.", 3)}}}};
  for (const auto& way : ways()) {
    for (const auto& m : messages) {
      SCOPED_TRACE(way.name + ", " + m.name);
      const auto before = taken_since(0).size();
      const auto reply = send(way, way.good, m.message);
      ASSERT_TRUE(reply) << reply.error().message;
      const auto taken = taken_since(before);
      ASSERT_EQ(taken.size(), 1u);
      EXPECT_EQ(get_string(taken[0], "service"), way.name);
      const auto everything = json::serialize(taken);
      EXPECT_NE(everything.find("0d3k8s2m5xqa"), std::string::npos) << "the message's id is lost";
      for (const auto& [name, value] : way.good)
        EXPECT_EQ(everything.find(value), std::string::npos) << "a secret got into the message";
    }
  }
}

TEST(Services, GetTheSameIdWhenAMessageComesTwice) {
  for (const auto& way : ways()) {
    SCOPED_TRACE(way.name);
    const auto before = taken_since(0).size();
    ASSERT_TRUE(send(way, way.good, nullptr));
    ASSERT_TRUE(send(way, way.good, nullptr));
    const auto taken = taken_since(before);
    ASSERT_EQ(taken.size(), 2u);
    EXPECT_EQ(taken[0], taken[1]);
  }
}

TEST(Services, TellAWrongKey) {
  for (const auto& way : ways()) {
    SCOPED_TRACE(way.name);
    const auto reply = send(way, way.bad, nullptr);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, way.told) << reply.error().message;
    for (const auto& [name, value] : way.bad) {
      // "bad" is a word that a message may well have.
      const bool is_told = reply.error().message.find(value) != std::string::npos;
      EXPECT_FALSE(is_told && value.size() > 3) << reply.error().message;
    }
  }
}

TEST(Services, TellThatNobodyIsThere) {
  for (auto way : ways()) {
    SCOPED_TRACE(way.name);
    // Port 9 of loopback: nobody listens there.
    way.config["server"] = "http://127.0.0.1:9";
    if (way.good.contains("url")) way.good["url"] = "http://127.0.0.1:9/x";
    const auto reply = send(way, way.good, nullptr);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::unavailable) << reply.error().message;
  }
}

TEST(Telegram, TakesAfterItsPauseWhatItHasRefusedBefore) {
  const Way way{"telegram",
                {{"server", server()}, {"chat_id", "429"}},
                {{"token", "123:GOOD"}},
                {},
                ErrorCode::unknown,
                "telegram"};
  const auto first = send(way, way.good, nullptr);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::resource_exhausted);
  EXPECT_NE(first.error().message.find("wait 3 s"), std::string::npos) << first.error().message;
  EXPECT_TRUE(send(way, way.good, nullptr));
}

}  // namespace
}  // namespace chela::test
