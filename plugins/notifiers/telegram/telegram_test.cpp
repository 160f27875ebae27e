// notify.telegram against a host that plays the Bot API: the fixture folders, and the cap.
#include <chela/testing/fixtures.h>

#include "words.h"

namespace json = chela::json;

TEST(TelegramFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_notifier_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 12);
}

TEST(Telegram, KeepsToItsLimitInUtf16Units) {
  for (const char* character : {"x", "\u00e9", "\u20ac", "\U0001F600"}) {
    SCOPED_TRACE(character);
    chela::testing::FakeHost host;
    std::string text;
    host.http_handler = [&](const json::value&, const std::string& body) {
      text = chela::parse_json(body)->at("text").as_string();
      chela::FetchReply reply;
      reply.status = 200;
      reply.body = R"({"ok":true,"result":{"message_id":7}})";
      return chela::Result<chela::FetchReply>(reply);
    };
    auto plugin = chela::testing::OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                                     json::object{{"chat_id", "1"}});
    ASSERT_TRUE(plugin) << plugin.error().message;
    std::string line;
    for (int i = 0; i < 6000; ++i) line += character;
    const json::array lines{json::object{{"severity", "warn"}, {"text", line}}};
    ASSERT_TRUE(
        (*plugin)->call("send", chela::testing::message_of(json::object{{"lines", lines}})));
    EXPECT_LE(notify::utf16_units(text), 4096u);
    EXPECT_TRUE(chela::is_utf8(text));
    EXPECT_TRUE(text.ends_with("\n(0d3k8s2m5xqa)"));
  }
}
