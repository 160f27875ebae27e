// The whole check through the C door: fixtures, and whole conversations with a server in memory.
#include "small_server.h"

#include <chela/testing/fixtures.h>

#include <regex>
#include <set>

namespace check_email {
namespace {

namespace json = chela::json;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

TEST(EmailFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 20);
}

const json::value kConfig = json::object{{"server", "imaps://imap.example.org"},
                                         {"user", "me@example.org"},
                                         {"authorised", json::array{"ana@example.org"}},
                                         {"authserv_id", "mx.mail.example"},
                                         {"max_mails", 3},
                                         {"command_prefix", "chela:"}};

class Email : public ::testing::Test {
 protected:
  void SetUp() override { host_.now = chela::Timestamp(std::chrono::seconds(1'795'000'000)); }

  // One run of the check against `server_`; its cursor is kept for the next.
  chela::Result<json::value> run(const json::value& more = json::object()) {
    host_.stream_server = server_.stream();
    host_.stream_server->bytes_per_read = bytes_per_read_;
    json::value config = kConfig;
    for (const auto& [name, value] : config_.as_object()) config.as_object()[name] = value;
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host_, config);
    if (!plugin) return chela::fail(plugin.error());
    json::object request{{"schema", "chela.check.request/1"}, {"cursor", cursor_}};
    for (const auto& [name, value] : more.as_object()) request[name] = value;
    auto report = (*plugin)->call("run", request);
    EXPECT_EQ(host_.open_streams, 0u);
    if (!report) return report;
    if (const auto* cursor = chela::find(*report, "cursor")) cursor_ = *cursor;
    return report;
  }
  void look(const json::value& more = json::object()) {
    const auto report = run(more);
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
  }
  std::vector<std::string> titles(const json::value& more = json::object()) {
    const auto report = run(more);
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    std::vector<std::string> all;
    if (!report) return all;
    summary_ = chela::get_string(*report, "summary");
    for (const auto& finding : report->at("findings").as_array())
      all.push_back(chela::get_string(finding, "title"));
    return all;
  }
  std::string mail(const std::string& subject, const std::string& id = "") const {
    return "Authentication-Results: mx.mail.example; dmarc=pass header.from=example.org\r\nFrom: "
           "ana@example.org\r\nSubject: " +
           subject + "\r\nMessage-ID: <" + (id.empty() ? subject : id) + "@example.org>\r\n\r\n";
  }
  std::string told(const std::string& subject) const {
    return "mail from ana@example.org: " + subject + " (authorised: dmarc=pass mx.mail.example)";
  }
  using Titles = std::vector<std::string>;

  FakeHost host_;
  SmallServer server_;
  json::value config_ = json::object();
  json::value cursor_;
  std::string summary_;
  std::size_t bytes_per_read_ = 0;
};

TEST_F(Email, TellsWhatCameSinceTheFirstLook) {
  server_.add(mail("old"), host_.now);
  EXPECT_EQ(titles(), Titles{});
  EXPECT_EQ(summary_, "first look: 1 in the mailbox, 1 unread; what comes from now on is told");
  EXPECT_EQ(titles(), Titles{});
  EXPECT_EQ(summary_, "no new mail");
  server_.add(mail("new"), host_.now);
  EXPECT_EQ(titles(), Titles{told("new")});
  EXPECT_EQ(titles(), Titles{});
}

TEST_F(Email, AsksOneQuestionWhereNothingIsNew) {
  look();
  host_.stream_written.clear();
  look();
  EXPECT_EQ(host_.stream_written,
            "c1 STATUS \"INBOX\" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)\r\nc2 LOGOUT\r\n");
}

TEST_F(Email, SendsNothingThatChangesAMailbox) {
  config_ = json::object{{"snippet", true}};
  look();
  for (int i = 0; i < 5; ++i) server_.add(mail(std::to_string(i)) + "words\r\n", host_.now);
  look();
  look(json::object{{"learn", true}});
  look(json::object{{"brief", true}});
  server_.uid_validity += 1;
  look();
  const std::regex allowed(
      "c[0-9]+ (STATUS \"INBOX\" \\(|EXAMINE \"INBOX\"\r|UID SEARCH |UID FETCH |FETCH |LOGOUT\r)"
      "[^\r]*\r?\n?");
  std::istringstream lines(host_.stream_written);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_TRUE(std::regex_match(line, allowed)) << line;
  EXPECT_GE(count, 10);
  EXPECT_EQ(host_.stream_written.find("SELECT"), std::string::npos);
  EXPECT_EQ(host_.stream_written.find("STORE"), std::string::npos);
  for (std::size_t at = 0; (at = host_.stream_written.find("BODY", at)) != std::string::npos; ++at)
    EXPECT_EQ(host_.stream_written.substr(at, 10), "BODY.PEEK[");
  EXPECT_NE(host_.stream_written.find("BODY.PEEK[TEXT]<0.2048>"), std::string::npos);
}

TEST_F(Email, TakesManyMailsInSeveralRunsAndSkipsNone) {
  look();
  for (int i = 1; i <= 8; ++i) server_.add(mail(std::to_string(i)), host_.now);
  EXPECT_EQ(titles(), (Titles{told("1"), told("2"), told("3")}));
  EXPECT_EQ(summary_, "3 new mails: 3 authorised; 5 more in the next run");
  EXPECT_EQ(titles(), (Titles{told("4"), told("5"), told("6")}));
  EXPECT_EQ(titles(), (Titles{told("7"), told("8")}));
  EXPECT_EQ(titles(), Titles{});
}

TEST_F(Email, ReadsTheSameHoweverTheServerCutsItsBytes) {
  config_ = json::object{{"snippet", true}};
  look();
  const auto before = cursor_;
  server_.add(mail("=?utf-8?Q?a?=") + "c3 OK done\r\n* BYE\r\n)\r\n", host_.now);
  server_.add("From: ana@example.org\r\nSubject: {5}\r\n\r\n", host_.now);
  const auto whole = titles();
  ASSERT_EQ(whole.size(), 2u);
  for (bytes_per_read_ = 1; bytes_per_read_ < 60; ++bytes_per_read_) {
    SCOPED_TRACE(bytes_per_read_);
    cursor_ = before;
    ASSERT_EQ(titles(), whole);
  }
}

TEST_F(Email, TellsNothingTwiceWhenTheServerNumbersAnew) {
  look();
  server_.add(mail("one"), host_.now);
  server_.add(mail("two"), host_.now);
  EXPECT_EQ(titles().size(), 2u);
  server_.uid_validity = 99;
  server_.renumber(100);
  server_.add(mail("three"), host_.now);
  EXPECT_EQ(titles(), Titles{told("three")});
  EXPECT_EQ(summary_, "the server numbered its mails anew; 1 new mail: 1 authorised");
  server_.add(mail("four"), host_.now);
  EXPECT_EQ(titles(), Titles{told("four")});
}

TEST_F(Email, SaysThatAMailboxWasRebuiltInsteadOfTellingAllOfIt) {
  look();
  for (int i = 0; i < 10; ++i) server_.add(mail(std::to_string(i)), host_.now);
  server_.uid_validity = 99;
  const auto all = titles();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0], "the mailbox was rebuilt; its 10 or more unread mails were not looked at");
  server_.add(mail("later"), host_.now);
  EXPECT_EQ(titles(), Titles{told("later")});
}

TEST_F(Email, TellsFewNewMailsOfARebuiltMailboxHoweverManyOldOnesAreUnread) {
  config_ = json::object{{"max_mails", 200}};
  for (int i = 0; i < 300; ++i)
    server_.add(mail("old " + std::to_string(i)), host_.now - std::chrono::hours(20));
  look();
  for (int i = 0; i < 150; ++i) server_.add(mail(std::to_string(i)), host_.now);
  EXPECT_EQ(titles().size(), 150u);
  for (int i = 150; i < 300; ++i) server_.add(mail(std::to_string(i)), host_.now);
  EXPECT_EQ(titles().size(), 150u);
  server_.uid_validity = 99;
  server_.renumber(1000);
  server_.add(mail("new"), host_.now);
  for (const bool knows_parts : {true, false}) {
    server_.knows_parts = knows_parts;
    const auto before = cursor_;
    EXPECT_EQ(titles(), Titles{told("new")});
    EXPECT_EQ(summary_, "the server numbered its mails anew; 1 new mail: 1 authorised");
    EXPECT_EQ(titles(), Titles{});
    cursor_ = before;
  }
}

TEST_F(Email, EndsEarlyInARebuiltMailboxWithoutEnd) {
  config_ = chela::parse_json(R"({"report": "both", "rules":
      [{"name": "slow", "from": "@shop.example", "older_than": "4h"}]})")
                .value();
  look();
  server_.add("From: a@shop.example\r\n\r\n", host_.now);
  EXPECT_EQ(titles(), Titles{});
  server_.uid_validity = 99;
  for (int i = 0; i < 5100; ++i) server_.add(mail(std::to_string(i)), host_.now);
  EXPECT_EQ(titles(),
            (Titles{"the mailbox was rebuilt; its 5101 or more unread mails were not looked at",
                    "the mailbox was rebuilt; up to 1 mails that rules wait for were not found "
                    "again"}));
  EXPECT_EQ(titles(), Titles{});
}

TEST_F(Email, WaitsUntilAMailHasLainUnreadForLong) {
  config_ = chela::parse_json(R"({"report": "rules", "rules":
      [{"name": "slow", "from": "@example.org", "older_than": "4h", "severity": "warn"}]})")
                .value();
  look();
  server_.add(mail("read in time"), host_.now);
  server_.add(mail("forgotten"), host_.now);
  EXPECT_EQ(titles(), Titles{});
  EXPECT_EQ(summary_, "2 new mails: 2 others; 2 to be told if still unread later");
  host_.now += std::chrono::hours(3);
  host_.stream_written.clear();
  EXPECT_EQ(titles(), Titles{});
  EXPECT_EQ(host_.stream_written.find("EXAMINE"), std::string::npos);
  server_.mark_as_read(1);
  host_.now += std::chrono::hours(1);
  EXPECT_EQ(titles(), Titles{"mail from ana@example.org: forgotten (authorised: dmarc=pass "
                             "mx.mail.example; slow)"});
  EXPECT_EQ(titles(), Titles{});
}

TEST_F(Email, WaitsOnWhenTheServerNumbersAnew) {
  config_ = chela::parse_json(R"({"report": "both", "rules":
      [{"name": "slow", "from": "@shop.example", "older_than": "30d"}]})")
                .value();
  const auto invoice = [](const std::string& id) {
    return "From: a@shop.example\r\nSubject: " + id + "\r\nMessage-ID: <" + id + "@x>\r\n\r\n";
  };
  const auto slow = [](const std::string& subject) {
    return "mail from a@shop.example: " + subject +
           " (slow; unverified: no Authentication-Results of mx.mail.example)";
  };
  look();
  server_.add(invoice("first"), host_.now);
  server_.add(invoice("read in time"), host_.now);
  EXPECT_EQ(titles(), Titles{});
  host_.now += std::chrono::hours(24 * 10);
  server_.add(invoice("second"), host_.now);
  EXPECT_EQ(titles(), Titles{});
  server_.mark_as_read(2);

  server_.uid_validity = 99;
  server_.renumber(100);
  host_.now += std::chrono::hours(24);
  server_.add(mail("new"), host_.now);
  EXPECT_EQ(titles(), Titles{told("new")});
  EXPECT_EQ(titles(), Titles{});
  // Due when it is numbered anew, and among many that look new.
  server_.uid_validity = 100;
  server_.renumber(7);
  host_.now += std::chrono::hours(24 * 19);
  for (int i = 0; i < 10; ++i) server_.add(mail(std::to_string(i)), host_.now);
  EXPECT_EQ(titles(), (Titles{"the mailbox was rebuilt; its 10 or more unread mails were not "
                              "looked at",
                              slow("first")}));
  host_.now += std::chrono::hours(24 * 10);
  EXPECT_EQ(titles(), Titles{slow("second")});
  EXPECT_EQ(titles(), Titles{});
}

TEST_F(Email, LetsNoForgeryWaitInThePlaceOfAnotherMail) {
  config_ = chela::parse_json(R"({"report": "both", "rules":
      [{"name": "slow", "from": "@shop.example", "older_than": "4h"}]})")
                .value();
  look();
  server_.add("From: a@shop.example\r\nMessage-ID: <1@x>\r\n\r\n", host_.now);
  EXPECT_EQ(titles(), Titles{});
  server_.uid_validity = 99;
  host_.now += std::chrono::hours(2);
  server_.add("From: ana@example.org\r\nSubject: pay\r\nMessage-ID: <1@x>\r\n\r\n", host_.now);
  EXPECT_EQ(titles(), Titles{"mail in the name of ana@example.org: pay (unverified: no "
                             "Authentication-Results of mx.mail.example)"});
  host_.now += std::chrono::hours(2);
  const auto late = titles();
  ASSERT_EQ(late.size(), 1u);
  EXPECT_TRUE(late[0].starts_with("mail from a@shop.example: (no subject) (slow; ")) << late[0];
}

TEST_F(Email, StandsWhatComesBetweenTheAnswers) {
  look();
  server_.add(mail("one"), host_.now);
  server_.noise =
      "* 7 EXISTS\r\n* 1 EXPUNGE\r\n* OK still here {5}\r\n* 1 FETCH (FLAGS (\\Seen))\r\n"
      "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 2 FETCH (UID 77 FLAGS ())\r\n* FLAGS ()\r\n";
  EXPECT_EQ(titles(), Titles{told("one")});
}

TEST_F(Email, HidesNoGoodMailBehindABrokenAnswer) {
  look();
  server_.add(mail("one"), host_.now);
  server_.noise = "* 1 FETCH (UID\r\n";
  EXPECT_EQ(titles(), (Titles{told("one"),
                              "1 of the new mails could not be read: the mail server's "
                              "answer about them was broken"}));
  EXPECT_EQ(summary_, "1 new mail: 1 authorised; 1 could not be read");
}

TEST_F(Email, TellsAFloodOfForgeriesInFewWords) {
  config_ = json::object{{"max_mails", 200}};
  look();
  for (int i = 0; i < 100; ++i) server_.add("From: ana@example.org\r\n\r\n", host_.now);
  const auto all = titles();
  ASSERT_EQ(all.size(), 11u);
  EXPECT_TRUE(all[10].starts_with("90 more of the new mails pretend")) << all[10];
  EXPECT_EQ(summary_, "100 new mails: 100 flagged");
}

TEST_F(Email, NamesItsMailboxInTheKeysOfAllEvents) {
  std::set<std::string> keys;
  for (const char* user : {"me@example.org", "you@example.org"}) {
    config_ = json::object{{"user", user}, {"max_mails", 20}};
    server_ = SmallServer();
    cursor_ = nullptr;
    look();
    const auto keep_keys = [&] {
      const auto report = run();
      ASSERT_TRUE(report);
      for (const auto& finding : report->at("findings").as_array())
        EXPECT_TRUE(keys.insert(chela::get_string(finding, "key")).second);
    };
    for (int i = 0; i < 11; ++i) server_.add("From: ana@example.org\r\n\r\n", host_.now);
    server_.noise = "* 1 FETCH (UID\r\n";
    keep_keys();
    server_.noise.clear();
    server_.uid_validity = 99;
    for (int i = 0; i < 30; ++i) server_.add(mail(std::to_string(i)), host_.now);
    keep_keys();
  }
  EXPECT_EQ(keys.size(), 26u);
}

TEST_F(Email, AsksForAllOfTheHeadersWhereAServerKnowsNoPartsOfThem) {
  look();
  server_.add(mail("one"), host_.now);
  server_.knows_parts = false;
  EXPECT_EQ(titles(), Titles{told("one")});
}

TEST_F(Email, IsNotSilencedByAMailWithEndlessHeaders) {
  look();
  server_.add("X-Long: " + std::string(9u << 20, 'x') + "\r\n" + mail("big"), host_.now);
  server_.add(mail("one"), host_.now);
  EXPECT_EQ(titles(), Titles{told("one")});
}

TEST_F(Email, LearnsWithoutACursor) {
  look();
  const auto before = cursor_;
  for (int i = 0; i < 30; ++i) server_.add(mail(std::to_string(i)), host_.now);
  const auto report = run(json::object{{"learn", true}});
  ASSERT_TRUE(report);
  EXPECT_EQ(chela::find(*report, "cursor"), nullptr);
  EXPECT_NE(host_.stream_written.find(" FETCH 11:30 ("), std::string::npos);
  const auto& findings = report->at("findings").as_array();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(chela::get_string(findings[0], "key"), "learn");
  const auto detail = chela::get_string(findings[0], "detail");
  EXPECT_TRUE(detail.ends_with("\nauthserv_id: mx.mail.example")) << detail;
  EXPECT_EQ(cursor_, before);
}

TEST_F(Email, ShowsTheNewestOfManyInTheBriefWithoutACursor) {
  look();
  const auto before = cursor_;
  server_.add(mail("of last week"), host_.now - std::chrono::hours(25));
  for (int i = 1; i <= 60; ++i) server_.add(mail(std::to_string(i)), host_.now);
  server_.add("From: ana@example.org\r\nSubject: forged\r\n\r\n", host_.now);
  host_.stream_written.clear();
  const auto all = titles(json::object{{"brief", true}});
  ASSERT_EQ(all.size(), 8u);
  EXPECT_EQ(all.front(), "ana@example.org: 60");
  EXPECT_EQ(all.back(), "ana@example.org: 53");
  EXPECT_TRUE(summary_.ends_with("from people you trust, of the newest 50 mails")) << summary_;
  EXPECT_TRUE(
      host_.stream_written.starts_with("c1 EXAMINE \"INBOX\"\r\nc2 FETCH 13:62 (UID FLAGS "))
      << host_.stream_written;
  EXPECT_NE(host_.stream_written.find("\r\nc3 LOGOUT\r\n"), std::string::npos);
  EXPECT_EQ(cursor_, before);
}

TEST_F(Email, ForgetsItsPlaceForAnotherMailboxOnly) {
  look();
  server_.add(mail("one"), host_.now);
  config_ = json::object{{"mailbox", "Other"}};
  EXPECT_EQ(titles(), Titles{});
  EXPECT_TRUE(summary_.starts_with("first look")) << summary_;
}

TEST_F(Email, EndsWhateverAServerSays) {
  const struct {
    const char* name;
    std::string answer;
    const char* code;
  } cases[] = {
      {"nothing", "", "DEADLINE_EXCEEDED"},
      {"http", "HTTP/1.1 400 Bad Request\r\n\r\n", "DATA_LOSS"},
      {"binary", std::string("\x00\x01\xff\n", 4), "DATA_LOSS"},
      {"a line without end", std::string(2u << 20, 'x'), "RESOURCE_EXHAUSTED"},
      {"a literal of 1 GB", "* STATUS {1073741824}\r\n", "RESOURCE_EXHAUSTED"},
      {"a literal that stays open", "* STATUS {5}\r\nIN", "DEADLINE_EXCEEDED"},
      {"answers without end", std::string(), "RESOURCE_EXHAUSTED"},
      {"good-bye", "* BYE shutting down\r\n", "UNAVAILABLE"},
      {"another tag", "c9 OK\r\n", "DATA_LOSS"},
      {"a continuation", "+ go on\r\n", "DATA_LOSS"},
      {"no such mailbox", "c1 NO [NONEXISTENT] Mailbox doesn't exist\r\n", "NOT_FOUND"},
      {"no such mailbox, without a code", "c1 NO Mailbox doesn't exist: x\r\n", "NOT_FOUND"},
      {"not now", "c1 NO [UNAVAILABLE] later\r\n", "UNAVAILABLE"},
      {"not you", "c1 NO [AUTHORIZATIONFAILED] no\r\n", "UNAUTHENTICATED"},
      {"no", "c1 NO no\r\n", "FAILED_PRECONDITION"},
      {"what", "c1 BAD what?\r\n", "FAILED_PRECONDITION"},
      {"no UIDVALIDITY", "* STATUS INBOX (UIDNEXT 3)\r\nc1 OK\r\n", "DATA_LOSS"},
      {"OK alone", "c1 OK\r\n", "DATA_LOSS"},
      {"no UIDNEXT", "* STATUS INBOX (UIDVALIDITY 3)\r\nc1 OK\r\n", "FAILED_PRECONDITION"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    server_.instead = c.answer;
    if (std::string(c.name) == "answers without end") {
      for (int i = 0; i < 30'000; ++i) *server_.instead += "* OK x\r\n";
    }
    const auto report = run();
    ASSERT_FALSE(report);
    EXPECT_STREQ(chela::to_string(report.error().code), c.code) << report.error().message;
    EXPECT_LT(report.error().message.size(), 400u);
  }
}

TEST_F(Email, SaysWhatToDoAboutCredentials) {
  for (const bool uses_token : {false, true}) {
    config_ = json::object{{"login", uses_token ? "token" : "password"}};
    server_.refusal = chela::Error{chela::ErrorCode::unauthenticated, "login denied"};
    const auto report = run();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, chela::ErrorCode::unauthenticated);
    EXPECT_NE(report.error().message.find(uses_token ? "`chela secret login google`"
                                                     : "the secret `password`"),
              std::string::npos)
        << report.error().message;
    const auto& asked = host_.stream_requests.back();
    EXPECT_EQ(chela::get_string(asked, "login"), uses_token ? "bearer" : "password");
    EXPECT_EQ(chela::get_string(asked, "secret"), uses_token ? "token" : "password");
    EXPECT_EQ(chela::get_string(asked, "url"), "imaps://imap.example.org");
  }
}

TEST_F(Email, StopsWhenItIsCancelled) {
  host_.is_cancelled = true;
  const auto report = run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, chela::ErrorCode::cancelled);
}

}  // namespace
}  // namespace check_email
