// check.email as it is built, against a real Dovecot and against servers that misbehave.
#include <gtest/gtest.h>

#include <algorithm>

#include "chela/testing/opened_plugin.h"
#include "email/curl_stream_host.h"
#include "email/dovecot.h"
#include "email/rogue_server.h"
#include "email/sample_mails.h"
#include "session.h"
#include "support/real_peers.h"

namespace chela::test {
namespace {

using testing::OpenedPlugin;

// One instance of the check, run after run.
class Account {
 public:
  Account(const std::string& url, const std::string& user) {
    host.now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    config = {{"server", url},
              {"user", user},
              {"authorised", json::array{"ana@example.org"}},
              {"authserv_id", "mx.example.com"},
              {"report", "both"},
              {"rules", json::array{json::object{{"name", "bills"}, {"subject", "invoice"}}}},
              {"command_prefix", "chela:"},
              {"snippet", true}};
    host.secrets["password"] = "right";
  }

  Result<json::value> run(const json::object& more = {}) {
    auto plugin = OpenedPlugin::open(CHELA_EMAIL_FILE, CHELA_EMAIL_DIR, host, config);
    if (!plugin) return fail(plugin.error());
    json::object request{{"schema", "chela.check.request/1"}, {"cursor", cursor}};
    for (const auto& [name, value] : more) request[name] = value;
    auto report = (*plugin)->call("run", request);
    EXPECT_EQ(host.open_streams, 0u);
    if (report && find(*report, "cursor") != nullptr) cursor = *find(*report, "cursor");
    return report;
  }
  std::vector<std::string> titles() {
    const auto report = run();
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    std::vector<std::string> all;
    if (!report) return all;
    for (const auto& finding : report->at("findings").as_array())
      all.push_back(get_string(finding, "title"));
    return all;
  }
  // The code and words of a run that must fail.
  std::string failure() {
    const auto report = run();
    if (report) return "no failure: " + json::serialize(*report);
    return std::string(to_string(report.error().code)) + " " + report.error().message;
  }

  CurlStreamHost host;
  json::object config;
  json::value cursor;
};

class RealDovecot : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  void SetUp() override {
    CHELA_WANT_PEER_WITH_SERVICE(Dovecot::is_installed(), "dovecot-imapd is not installed");
    ASSERT_TRUE(server_.start()) << server_.log();
  }
  std::unique_ptr<Account> account(const std::string& url, const std::string& user) const {
    auto one = std::make_unique<Account>(url, user);
    one->host.authority_file = server_.authority_file();
    return one;
  }
  std::unique_ptr<Account> account(const std::string& user) const {
    return account(server_.imaps_url(), user);
  }
  // Another session asks the server itself which mails are unread.
  std::vector<check_email::Response> ask(const std::string& user, const std::string& command) const;

  using Titles = std::vector<std::string>;
  Dovecot server_;
};

std::vector<check_email::Response> RealDovecot::ask(const std::string& user,
                                                    const std::string& command) const {
  const auto other = account(user);
  chela_call call{};
  call.struct_size = sizeof call;
  call.host = &other->host;
  call.cancelled = [](const chela_call*) { return std::int32_t{0}; };
  const Host host(&call, json::object());
  StreamRequest request;
  request.url = server_.imaps_url();
  request.user = user;
  auto stream = host.streams().open(request);
  EXPECT_TRUE(stream);
  check_email::Session session(host, std::move(*stream), std::chrono::steady_clock::now(),
                               {std::chrono::seconds(20)});
  EXPECT_TRUE(session.ask("EXAMINE", "EXAMINE INBOX"));
  auto answer = session.ask(command, command);
  EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
  return answer ? *answer : std::vector<check_email::Response>();
}

TEST_F(RealDovecot, IsLookedThroughWithoutMarkingAnythingAsRead) {
  const struct {
    const char* user;
    bool is_starttls, uses_token;
  } ways[] = {
      {"alice", false, false}, {"bob", false, true}, {"carol", true, false}, {"dave", true, true}};
  for (const auto& way : ways) {
    SCOPED_TRACE(way.user);
    const auto mails = sample_mails();
    ASSERT_EQ(mails.size(), 20u);
    const auto one =
        account(way.is_starttls ? server_.starttls_url() : server_.imaps_url(), way.user);
    one->config["login"] = way.uses_token ? "token" : "password";
    one->host.secrets["token"] = server_.token(way.user, std::chrono::hours(1));
    EXPECT_EQ(one->titles(), Titles{});
    Titles wanted;
    for (const auto& mail : mails) {
      server_.deliver(way.user, mail.text);
      if (!mail.title.empty()) wanted.push_back(mail.title);
    }
    EXPECT_EQ(one->titles(), wanted);
    EXPECT_EQ(one->titles(), Titles{});

    const auto files = server_.mail_files(way.user);
    EXPECT_EQ(files.size(), mails.size());
    for (const auto& file : files) {
      const auto flags = file.find(":2,");
      EXPECT_TRUE(flags == std::string::npos || file.find('S', flags) == std::string::npos) << file;
    }
    const auto unread = ask(way.user, "UID SEARCH UNSEEN");
    ASSERT_EQ(unread.size(), 1u);
    EXPECT_EQ(check_email::parse_search(unread[0])->size(), mails.size());
  }
}

TEST_F(RealDovecot, ShowsTheFirstWordsOfATextWhereThatIsWanted) {
  const auto one = account("alice");
  one->titles();
  for (const auto& mail : sample_mails()) server_.deliver("alice", mail.text);
  const auto report = one->run();
  ASSERT_TRUE(report);
  std::string details;
  for (const auto& finding : report->at("findings").as_array()) {
    details += get_string(finding, "detail") + "\n";
    EXPECT_TRUE(get_bool(finding, "untrusted"));
  }
  EXPECT_NE(details.find("It begins: Gr\xC3\xBC\xC3\x9F"
                         "e aus K\xC3\xB6ln\n"),
            std::string::npos);
  EXPECT_NE(details.find("It begins: c3 OK done c4 OK done"), std::string::npos);
}

TEST_F(RealDovecot, AnswersWithLiteralsInEnvelopesWhichAreReadToo) {
  for (const auto& mail : sample_mails()) server_.deliver("alice", mail.text);
  const auto answers = ask("alice", "UID FETCH 1:* (UID ENVELOPE BODYSTRUCTURE BODY.PEEK[])");
  EXPECT_EQ(answers.size(), 20u);
  std::size_t literals = 0;
  for (const auto& answer : answers) {
    const auto fetched = check_email::parse_fetch(answer);
    ASSERT_TRUE(fetched);
    EXPECT_NE((*fetched)->uid, 0u);
    literals += answer.pieces.size() / 2;
  }
  EXPECT_GT(literals, 22u);  // one for each body, and those of the envelopes
}

TEST_F(RealDovecot, IsFollowedWhenItNumbersAnew) {
  const auto one = account("alice");
  const auto mails = sample_mails();
  one->titles();
  server_.deliver("alice", mails[0].text);
  EXPECT_EQ(one->titles(), Titles{mails[0].title});
  const auto before = get_int(one->cursor, "uidvalidity");
  server_.stop();
  server_.forget_numbers("alice");
  ASSERT_TRUE(server_.start()) << server_.log();
  server_.deliver("alice", mails[1].text);
  EXPECT_EQ(one->titles(), Titles{mails[1].title});
  EXPECT_NE(get_int(one->cursor, "uidvalidity"), before);
  server_.deliver("alice", mails[2].text);
  EXPECT_EQ(one->titles(), Titles{mails[2].title});
}

TEST_F(RealDovecot, IsWaitedForAlsoWhenItNumbersAnew) {
  const auto one = account("alice");
  one->config["rules"] =
      json::array{json::object{{"name", "slow"}, {"from", "@shop.example"}, {"older_than", "1h"}}};
  one->titles();
  server_.deliver("alice",
                  "From: a@shop.example\nSubject: parcel\nMessage-ID: <1@shop.example>\n\nx\n");
  EXPECT_EQ(one->titles(), Titles{});
  const auto before = get_int(one->cursor, "uidvalidity");
  server_.stop();
  server_.forget_numbers("alice");
  ASSERT_TRUE(server_.start()) << server_.log();
  EXPECT_EQ(one->titles(), Titles{});
  EXPECT_NE(get_int(one->cursor, "uidvalidity"), before);
  one->host.now += std::chrono::hours(2);
  EXPECT_EQ(one->titles(), Titles{"mail from a@shop.example: parcel (slow; unverified: no "
                                  "Authentication-Results of mx.example.com)"});
  EXPECT_EQ(one->titles(), Titles{});
}

TEST_F(RealDovecot, IsFoundAgainAfterARestart) {
  const auto one = account("alice");
  const auto mails = sample_mails();
  one->titles();
  server_.deliver("alice", mails[0].text);
  EXPECT_EQ(one->titles(), Titles{mails[0].title});
  server_.stop();
  EXPECT_TRUE(one->failure().starts_with("UNAVAILABLE ")) << one->failure();
  server_.deliver("alice", mails[1].text);
  ASSERT_TRUE(server_.start()) << server_.log();
  EXPECT_EQ(one->titles(), Titles{mails[1].title});
  EXPECT_EQ(one->titles(), Titles{});
}

TEST_F(RealDovecot, SaysThatCredentialsAreWrong) {
  const auto one = account("alice");
  one->host.secrets["password"] = "wrong";
  const std::string refused = one->failure();
  EXPECT_TRUE(refused.starts_with("UNAUTHENTICATED ")) << refused;
  EXPECT_NE(
      refused.find("refuses the credentials of alice: check `user` and the secret `password`"),
      std::string::npos)
      << refused;
  one->config["login"] = "token";
  const struct {
    const char* name;
    std::string token;
  } tokens[] = {{"expired", server_.token("alice", std::chrono::hours(-1))},
                {"garbage", "abc.def.ghi"},
                {"somebody else's", server_.token("bob", std::chrono::hours(1)) + "x"}};
  for (const auto& c : tokens) {
    SCOPED_TRACE(c.name);
    one->host.secrets["token"] = c.token;
    const std::string failed = one->failure();
    EXPECT_TRUE(failed.starts_with("UNAUTHENTICATED ")) << failed;
    EXPECT_NE(failed.find("`chela secret login google`"), std::string::npos) << failed;
  }
}

TEST_F(RealDovecot, IsNotTalkedToWhereItsCertificateDoesNotHold) {
  for (const auto& url : {server_.imaps_url(), server_.starttls_url()}) {
    const auto one = account(url, "alice");
    const auto strange = fs::path(CHELA_BINARY_DIR) / "tests/strange_ca.pem";
    spill(strange, TestAuthority().pem());
    one->host.authority_file = strange.string();
    const auto failed = one->failure();
    EXPECT_TRUE(failed.starts_with("FAILED_PRECONDITION ")) << failed;
  }
}

TEST_F(RealDovecot, SaysThatAMailboxIsNotThere) {
  const auto one = account("alice");
  one->config["mailbox"] = "Entw\xC3\xBCrfe \"&\"";
  const auto failed = one->failure();
  EXPECT_TRUE(failed.starts_with("NOT_FOUND the mail server has no such mailbox")) << failed;
}

TEST_F(RealDovecot, TeachesWhoVouchesForItsMails) {
  const auto one = account("alice");
  one->config.erase("authserv_id");
  const auto before = one->cursor;
  for (const auto& mail : sample_mails()) server_.deliver("alice", mail.text);
  const auto report = one->run({{"learn", true}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(find(*report, "cursor"), nullptr);
  const auto detail = get_string(report->at("findings").at(0), "detail");
  EXPECT_TRUE(detail.ends_with("\nauthserv_id: mx.example.com")) << detail;
}

class RogueMailServer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  // What the check says of it, within `timeout` at most.
  std::string failure(const RogueServer& server, const char* timeout = "60s") {
    Account one(server.url(), "alice");
    one.host.requires_tls = false;
    one.config["timeout"] = timeout;
    return one.failure();
  }
  using Start = RogueServer::Start;
};

TEST_F(RogueMailServer, ThatIsSilentEndsAtTheDeadline) {
  EXPECT_TRUE(
      failure(RogueServer(Start::is_silent, "", ""), "5s").starts_with("DEADLINE_EXCEEDED "));
  const auto later = failure(RogueServer(Start::greets, "", ""), "5s");
  EXPECT_TRUE(
      later.starts_with("DEADLINE_EXCEEDED the mail server is silent: no answer to STATUS for "))
      << later;
}

TEST_F(RogueMailServer, ThatSendsGarbageIsCalledNone) {
  const auto failed = failure(RogueServer(Start::greets, "<html>no</html>\r\n", ""));
  EXPECT_TRUE(failed.starts_with("DATA_LOSS what answers STATUS speaks no sound IMAP")) << failed;
}

TEST_F(RogueMailServer, ThatSendsAGigabyteIsLeftEarly) {
  const struct {
    const char* name;
    std::string first, again;
    std::uint64_t most;  // what it got rid of, with what lies in the buffers of the kernel
  } cases[] = {
      {"one line", "* ", std::string(1u << 20, 'x'), 16u << 20},
      {"one literal", "* STATUS {1073741824}\r\n", std::string(1u << 20, 'x'), 16u << 20},
      {"many answers", "", "* X " + std::string(100'000, 'x') + "\r\n", 96u << 20},
      {"many literals", "", "* X {1000000}\r\n" + std::string(1'000'000, 'x') + "\r\n", 96u << 20},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const RogueServer server(Start::greets, c.first, c.again);
    const auto failed = failure(server);
    EXPECT_TRUE(failed.starts_with("RESOURCE_EXHAUSTED the mail server ")) << failed;
    EXPECT_LT(server.sent_bytes(), c.most);
  }
}

TEST_F(RogueMailServer, ThatDripsForEverEndsAtTheDeadline) {
  // Never silent for long, and never at an end.
  const auto failed = failure(
      RogueServer(Start::greets, "", "* OK still working\r\n", std::chrono::milliseconds(100)),
      "5s");
  EXPECT_TRUE(
      failed.starts_with("DEADLINE_EXCEEDED the mail server did not come to an end within 5s"))
      << failed;
}

TEST_F(RogueMailServer, ThatAnswersWithoutEndIsLeft) {
  const auto failed = failure(RogueServer(Start::greets, "", "* OK still working\r\n"));
  EXPECT_EQ(failed, "RESOURCE_EXHAUSTED the mail server does not stop answering STATUS");
}

}  // namespace
}  // namespace chela::test
