// notify.email against aiosmtpd on loopback: TLS from the start and STARTTLS, logged in by libcurl,
// and what arrives read back by Python's own parser of mails.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "chela/testing/fixtures.h"
#include "notifiers/child.h"
#include "notifiers/real_net.h"
#include "support/real_peers.h"
#include "support/test_authority.h"

namespace chela::test {
namespace {

namespace fs = std::filesystem;
using testing::FakeHost;
using testing::OpenedPlugin;

class MailTest : public ::testing::TestWithParam<const char*> {
 protected:
  MailTest() {
    folder_ = fs::temp_directory_path() / ("chela_mail_" + std::to_string(::getpid()));
    fs::create_directories(folder_ / "mails");
    const auto certificate = authority_.issue("DNS:localhost,IP:127.0.0.1");
    write("chain.pem", certificate.chain_pem);
    write("key.pem", certificate.key_pem);
  }
  ~MailTest() override { fs::remove_all(folder_); }

  void SetUp() override {
    CHELA_WANT_PEER(std::system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") == 0,
                    "install python3-aiosmtpd (scripts/install_packages.sh --tests)");
    server_ = std::make_unique<Child>(std::vector<std::string>{
        "/usr/bin/python3", CHELA_SOURCE_DIR "/tests/notifiers/mail_server.py", GetParam(),
        folder_ / "mails", folder_ / "chain.pem", folder_ / "key.pem"});
    port_ = server_->read_line();
    ASSERT_FALSE(port_.empty()) << "the mail server did not start";
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }

  Result<json::value> send(FakeHost& host, const json::value& message, json::array to,
                           const std::string& password = "right") {
    use_real_mail(host, {{"password", password}}, authority_.pem());
    CHELA_TRY(auto plugin, OpenedPlugin::open(CHELA_BINARY_DIR "/plugins/notify.email.so",
                                              CHELA_SOURCE_DIR "/plugins/notifiers/email", host,
                                              json::object{{"server", std::string(GetParam()) +
                                                                          "://127.0.0.1:" + port_},
                                                           {"user", "ana"},
                                                           {"from", "ana@example.org"},
                                                           {"from_name", "Ch\u00e9la \"x\""},
                                                           {"to", std::move(to)}}));
    return plugin->call("send", testing::message_of(message));
  }

  // The mails as {"envelope": {..}, "headers": {..}, "body": ".."}, oldest first.
  json::array mails() {
    Child reader(
        {"/usr/bin/python3", CHELA_SOURCE_DIR "/tests/notifiers/read_mails.py", folder_ / "mails"});
    return parse_json(reader.read_all()).value_or(json::array()).as_array();
  }

  TestAuthority authority_;
  fs::path folder_;
  std::unique_ptr<Child> server_;
  std::string port_;
};

TEST_P(MailTest, ArrivesAsItWasMeant) {
  FakeHost host;
  json::array lines;
  for (const char* text :
       {"[crit] disk: \u00dcberlauf = 100 % \u2603", ".", "..two dots", "From here",
        "a line of words that is a good deal longer than seventy-six characters are"})
    lines.push_back(json::object{{"severity", "crit"}, {"text", text}});
  const json::object message{{"title",
                              "crit: \u00dcberlauf auf der Platte mit einem recht langen "
                              "Namen, den niemand lesen will \u2603"},
                             {"lines", lines}};
  const auto reply = send(host, message, {"bo@example.org", "cy@example.org"});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(get_string(*reply, "answer"), "250 2.0.0 taken as 0");
  const auto taken = mails();
  ASSERT_EQ(taken.size(), 1u);
  const auto& mail = taken[0];
  EXPECT_EQ(mail.at("envelope"),
            (json::object{{"from", "ana@example.org"},
                          {"to", json::array{"bo@example.org", "cy@example.org"}},
                          {"tls", true},
                          {"user", "ana"}}));
  const auto& headers = mail.at("headers");
  EXPECT_EQ(get_string(headers, "subject"), std::string(message.at("title").as_string()));
  EXPECT_EQ(get_string(headers, "from"), "\"Ch\u00e9la \\\"x\\\"\" <ana@example.org>");
  EXPECT_EQ(get_string(headers, "to"), "bo@example.org, cy@example.org");
  EXPECT_EQ(get_string(headers, "message-id"), "<chela.0d3k8s2m5xqa@example.org>");
  EXPECT_EQ(get_string(headers, "auto-submitted"), "auto-generated");
  EXPECT_EQ(get_string(mail, "defects"), "");
  std::string body;
  for (const auto& line : lines) body += get_string(line, "text") + "\n";
  EXPECT_EQ(get_string(mail, "body"), body + "\n-- \nchela, message 0d3k8s2m5xqa\n");
}

TEST_P(MailTest, HasTheSameIdWhenItComesTwice) {
  FakeHost host;
  ASSERT_TRUE(send(host, nullptr, {"bo@example.org"}));
  ASSERT_TRUE(send(host, nullptr, {"bo@example.org"}));
  const auto taken = mails();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0], taken[1]);
}

TEST_P(MailTest, LeavesNobodyOutAndNobodyTwice) {
  FakeHost host;
  const json::array to{"gone@example.org", "later@example.org", "bo@example.org"};
  const auto first = send(host, nullptr, to);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::unavailable) << first.error().message;
  const auto second = send(host, nullptr, to);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_NE(get_string(*second, "answer").find("refused: gone@example.org"), std::string::npos);
  const auto taken = mails();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].at("envelope").at("to"), (json::array{"bo@example.org"}));
  EXPECT_EQ(taken[1].at("envelope").at("to"), (json::array{"later@example.org"}));
}

TEST_P(MailTest, TellsAWrongPassword) {
  FakeHost host;
  const auto reply = send(host, nullptr, {"bo@example.org"}, "wrong");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::unauthenticated) << reply.error().message;
  EXPECT_TRUE(mails().empty());
}

TEST_P(MailTest, TellsThatNobodyExists) {
  FakeHost host;
  const auto reply = send(host, nullptr, {"gone@example.org"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::invalid_argument) << reply.error().message;
}

INSTANTIATE_TEST_SUITE_P(OverTls, MailTest, ::testing::Values("smtps", "smtp"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace chela::test
