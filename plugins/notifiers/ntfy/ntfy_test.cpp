// notify.ntfy against a host that plays an ntfy server: the fixture folders, and the cap.
#include <chela/testing/fixtures.h>

namespace json = chela::json;

TEST(NtfyFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_notifier_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 12);
}

TEST(Ntfy, NeverSendsSoMuchThatItBecomesAFile) {
  chela::testing::FakeHost host;
  std::size_t size = 0;
  host.http_handler = [&](const json::value&, const std::string& body) {
    size = chela::parse_json(body)->at("message").as_string().size();
    chela::FetchReply reply;
    reply.status = 200;
    reply.body = R"({"id":"x","event":"message"})";
    return chela::Result<chela::FetchReply>(reply);
  };
  auto plugin = chela::testing::OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                                   json::object{{"topic", "t"}});
  ASSERT_TRUE(plugin) << plugin.error().message;
  json::array lines;
  for (int i = 0; i < 500; ++i)
    lines.push_back(json::object{{"severity", "warn"}, {"text", std::string(100, 'x')}});
  ASSERT_TRUE((*plugin)->call("send", chela::testing::message_of(json::object{{"lines", lines}})));
  EXPECT_GT(size, 3800u);
  EXPECT_LE(size, 4096u);
}

// The host's words for the format "uri" are "an address like https://host/path"; that is no ntfy
// server.
TEST(Ntfy, IsNotAskedForAnAddressOfAnotherKind) {
  const auto document = chela::parse_json(
      chela::testing::read_whole_file(std::string(CHELA_PLUGIN_DIR) + "/plugin.json"));
  ASSERT_TRUE(document);
  EXPECT_FALSE(document->at("config").at("properties").at("server").as_object().contains("format"));
}
