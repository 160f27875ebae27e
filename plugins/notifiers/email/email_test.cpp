// notify.email against a host that plays an SMTP server: the fixture folders, and who gets it
// again.
#include <chela/testing/fixtures.h>

namespace json = chela::json;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

TEST(EmailFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_notifier_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 20);
}

TEST(Email, GoesAgainOnlyToThoseWhoDoNotHaveIt) {
  FakeHost host;
  const auto play = [&](std::vector<chela::testing::ScriptedStep> steps) {
    host.stream_server = chela::testing::scripted_server("", std::move(steps));
    host.stream_written.clear();
    auto plugin =
        OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                           json::object{{"server", "smtps://mail.example.org:465"},
                                        {"from", "chela@example.org"},
                                        {"to", json::array{"ana@example.org", "bo@example.org"}}});
    return (*plugin)->call("send", chela::testing::message_of(nullptr));
  };
  const auto first = play({{"MAIL FROM:<chela@example.org>", "250 ok\r\n"},
                           {"RCPT TO:<ana@example.org>", "250 ok\r\n"},
                           {"RCPT TO:<bo@example.org>", "450 4.2.0 greylisted\r\n"},
                           {"DATA", "354 go\r\n"},
                           {"\r\n.\r\n", "250 queued\r\n"},
                           {"QUIT", "221 bye\r\n"}});
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, chela::ErrorCode::unavailable) << first.error().message;
  EXPECT_EQ(first.error().message,
            "the mail server does not take it yet for bo@example.org (450 4.2.0 greylisted); the "
            "others have it");
  const auto second = play({{"MAIL FROM", "250 ok\r\n"},
                            {"RCPT TO:<bo@example.org>", "250 ok\r\n"},
                            {"DATA", "354 go\r\n"},
                            {"Message-ID: <chela.0d3k8s2m5xqa@example.org>", "250 queued\r\n"},
                            {"QUIT", "221 bye\r\n"}});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(host.state["taken"], "{}");
}

TEST(Email, LeavesItToTheHostWhetherItIsSentAgain) {
  FakeHost host;
  host.stream_server = chela::testing::scripted_server("", {{"MAIL FROM", "451 4.3.0 busy\r\n"}});
  auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                   json::object{{"server", "smtps://mail.example.org:465"},
                                                {"from", "chela@example.org"},
                                                {"to", json::array{"ana@example.org"}}});
  const auto outcome = (*plugin)->call("send", chela::testing::message_of(nullptr));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message,
            "the mail server answered to the sender's address: 451 4.3.0 busy");
}

TEST(Email, AsksForTheLoginThatIsSet) {
  for (const char* login : {"password", "bearer", "none"}) {
    FakeHost host;
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                     json::object{{"server", "smtp://mail.example.org:587"},
                                                  {"login", login},
                                                  {"from", "chela@example.org"},
                                                  {"to", json::array{"ana@example.org"}}});
    ASSERT_FALSE((*plugin)->call("send", chela::testing::message_of(nullptr)));
    ASSERT_EQ(host.stream_requests.size(), 1u);
    EXPECT_EQ(chela::get_string(host.stream_requests[0], "login"), login);
    EXPECT_EQ(chela::get_string(host.stream_requests[0], "user"),
              std::string(login) == "none" ? "" : "chela@example.org");
  }
}

// The host's words for the format "uri" are "an address like https://host/path"; that is no mail
// server.
TEST(Email, IsNotAskedForAnAddressOfAnotherKind) {
  const auto document = chela::parse_json(
      chela::testing::read_whole_file(std::string(CHELA_PLUGIN_DIR) + "/plugin.json"));
  ASSERT_TRUE(document);
  EXPECT_FALSE(document->at("config").at("properties").at("server").as_object().contains("format"));
}
