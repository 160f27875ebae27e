// Somebody's mail through the built chela: check.email in its confined worker, the host's streams,
// and a real Dovecot with a CA of the test's own.
#include "email/dovecot.h"
#include "email/rogue_server.h"
#include "email/sample_mails.h"
#include "story.h"
#include "support/real_peers.h"

namespace chela::test {
namespace {

constexpr const char* kCanary = "CANARYwrong7f3a9c1e5b";

class Mail : public ::testing::Test {
 protected:
  void SetUp() override {
    CHELA_WANT_PEER_WITH_SERVICE(Dovecot::is_installed(), "dovecot-imapd is not installed");
    ASSERT_TRUE(server_.start()) << server_.log();
    desk_.without_builtins();
    desk_.env["CHELA_CA_FILE"] = server_.authority_file();
    desk_.env["MAIL_PASSWORD"] = "right";
  }

  void watch(const std::string& user, const std::string& url, const std::string& more = "",
             const std::string& id = "mail") {
    id_ = id;
    spill(desk_.manifest("checks", id),
          "id: " + id +
              "\nplugin: check.email\nevery: 1s\ndeadline: 30s\nallow:\n"
              "  stream: [\"${config.server}\"]\nsecrets:\n  password: env:MAIL_PASSWORD\n" +
              std::string(more.find("token") == std::string::npos ? ""
                                                                  : "  token: env:MAIL_TOKEN\n") +
              "config:\n  server: " + url + "\n  user: " + user +
              "\n  timeout: 5s\n  authorised: [ana@example.org]\n  report: both\n"
              "  rules: [{name: bills, subject: invoice}]\n  command_prefix: \"chela:\"\n" +
              (more.find("authserv_id") == std::string::npos ? "  authserv_id: mx.example.com\n"
                                                             : "") +
              (more.find("login") == std::string::npos ? "" : "  login: token\n"));
  }
  Outcome tick() const { return desk_.chela({"tick", "--check", id_}); }

  void expect_all_told(const Outcome& beat) const {
    EXPECT_EQ(beat.exit_code, 0) << beat.err;
    for (const auto& mail : sample_mails()) {
      SCOPED_TRACE(mail.name);
      EXPECT_NE(beat.out.find(mail.title), std::string::npos) << beat.out;  // "" is in all
    }
    EXPECT_EQ(beat.out.find("fifteen"), std::string::npos) << "bulk: " << beat.out;
    EXPECT_EQ(beat.out.find("seven"), std::string::npos) << "nobody's: " << beat.out;
  }
  void expect_nothing_read(const std::string& user, std::size_t mails) const {
    const auto files = server_.mail_files(user);
    EXPECT_EQ(files.size(), mails);
    for (const auto& file : files) {
      const auto flags = file.find(":2,");
      EXPECT_TRUE(flags == std::string::npos || file.find('S', flags) == std::string::npos) << file;
    }
  }
  void expect_nowhere(const std::string& secret, const Outcome& outcome) const {
    EXPECT_EQ(outcome.out.find(secret), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.err.find(secret), std::string::npos) << outcome.err;
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(desk_.root())) {
      if (!entry.is_regular_file()) continue;
      ++files;
      EXPECT_EQ(slurp(entry.path()).find(secret), std::string::npos) << entry.path();
    }
    EXPECT_GT(files, 2u);
  }

  Dovecot server_;
  Desk desk_;
  std::string id_;
};

TEST_F(Mail, IsToldOnceHoweverOneLogsInAndNothingIsMarkedAsRead) {
  const struct {
    const char* user;
    bool is_starttls, uses_token;
  } ways[] = {
      {"alice", false, false}, {"bob", false, true}, {"carol", true, false}, {"dave", true, true}};
  const auto mails = sample_mails();
  for (const auto& way : ways) {
    SCOPED_TRACE(way.user);
    desk_.env["MAIL_TOKEN"] = server_.token(way.user, std::chrono::hours(1));
    watch(way.user, way.is_starttls ? server_.starttls_url() : server_.imaps_url(),
          way.uses_token ? "token login" : "", std::string("mail-") + way.user);
    const Outcome first = tick();
    EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
    for (const auto& mail : mails) server_.deliver(way.user, mail.text);
    const Outcome beat = tick();
    expect_all_told(beat);
    const Outcome again = tick();
    EXPECT_EQ(again.out.find("Invoice 12"), std::string::npos) << again.out;
    expect_nothing_read(way.user, mails.size());
    expect_nowhere(desk_.env["MAIL_TOKEN"], again);
  }
}

TEST_F(Mail, IsReadInAllCharsetsInsideTheWorker) {
  // Each says "Grün" or what its charset is for; iconv has to find its modules in the confinement.
  const struct {
    const char* name;
    const char* word;
    const char* wanted;
  } cases[] = {
      {"latin 1", "=?iso-8859-1?Q?Gr=FCn?=", "Gr\xC3\xBCn"},
      {"windows", "=?windows-1252?Q?5_=80?=", "5 \xE2\x82\xAC"},
      {"russian", "=?koi8-r?B?7cnS?=", "\xD0\x9C\xD0\xB8\xD1\x80"},
      {"japanese", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\xE6\x97\xA5\xE6\x9C\xAC"},
      {"chinese", "=?gb18030?B?1tDOxA==?=", "\xE4\xB8\xAD\xE6\x96\x87"},
      {"korean", "=?euc-kr?B?x9GxuQ==?=", "\xED\x95\x9C\xEA\xB5\xAD"},
  };
  watch("alice", server_.imaps_url());
  tick();
  for (const auto& c : cases) {
    server_.deliver("alice",
                    "Received: from mail.example.org by mx.example.com with ESMTPS; now\n"
                    "Authentication-Results: mx.example.com; dmarc=pass header.from=example.org\n"
                    "From: Ana <ana@example.org>\nMessage-ID: <" +
                        std::string(c.name) + "@example.org>\nSubject: " + c.word + " end\n\nx\n");
  }
  const Outcome beat = tick();
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_NE(beat.out.find(": " + std::string(c.wanted) + " end (authorised"), std::string::npos)
        << beat.out << beat.err;
  }
}

TEST_F(Mail, IsNotReachedWithAWrongPasswordThatIsWrittenNowhere) {
  desk_.env["MAIL_PASSWORD"] = kCanary;
  watch("alice", server_.imaps_url());
  const Outcome beat = tick();
  const std::string all = beat.out + beat.err;
  EXPECT_NE(all.find("refuses the credentials of alice"), std::string::npos) << all;
  expect_nowhere(kCanary, beat);
  expect_nowhere(kCanary, desk_.chela({"status"}));
  desk_.env["MAIL_PASSWORD"] = "right";
  EXPECT_EQ(tick().exit_code, 0);
}

TEST_F(Mail, TeachesWhoVouchesForIt) {
  watch("alice", server_.imaps_url(), "no authserv_id");
  for (const auto& mail : sample_mails()) server_.deliver("alice", mail.text);
  const Outcome learned = desk_.chela({"check", "learn", "mail"});
  EXPECT_EQ(learned.exit_code, 0) << learned.err;
  EXPECT_NE(learned.out.find("authserv_id: mx.example.com"), std::string::npos) << learned.out;
  expect_nothing_read("alice", sample_mails().size());
}

TEST_F(Mail, GoesOnWhenTheServerIsBack) {
  const auto mails = sample_mails();
  watch("alice", server_.imaps_url());
  EXPECT_EQ(tick().exit_code, 0);
  server_.stop();
  const Outcome down = tick();
  const std::string all = down.out + down.err;
  EXPECT_NE(all.find(server_.imaps_url()), std::string::npos) << all;
  EXPECT_NE(all.find("could not check"), std::string::npos) << all;
  EXPECT_EQ(all.find("credentials"), std::string::npos) << all;
  server_.deliver("alice", mails[0].text);
  ASSERT_TRUE(server_.start()) << server_.log();
  const Outcome up = tick();
  EXPECT_EQ(up.exit_code, 0) << up.err;
  EXPECT_NE(up.out.find(mails[0].title), std::string::npos) << up.out;
}

TEST_F(Mail, OfAServerThatNeverSaysAWordIsGivenUpAtTheDeadline) {
  const RogueServer silent(RogueServer::Start::is_silent, "", "");
  watch("alice", silent.url());
  const Outcome beat = tick();
  const std::string all = beat.out + beat.err;
  EXPECT_NE(all.find(silent.url()), std::string::npos) << all;
  EXPECT_NE(all.find("could not check"), std::string::npos) << all;
}

TEST_F(Mail, StandsInTheBrief) {
  const auto mails = sample_mails();
  watch("alice", server_.imaps_url());
  for (const auto& mail : mails) server_.deliver("alice", mail.text);
  const Outcome page = desk_.chela({"brief"});
  EXPECT_EQ(page.exit_code, 0) << page.err;
  EXPECT_NE(page.out.find("mail: 20 unread, 12 of them from people you trust, of the last 24 h"),
            std::string::npos)
      << page.out;
  EXPECT_NE(page.out.find("\n  Ana: eighteen\n"), std::string::npos) << page.out;
  EXPECT_EQ(page.out.find("three"), std::string::npos) << "forged: " << page.out;
  expect_nothing_read("alice", mails.size());
  // The brief is no look: what it showed is not yet told, nor is it the first look.
  const Outcome beat = tick();
  EXPECT_EQ(beat.out.find("Invoice 12"), std::string::npos) << beat.out;
}

}  // namespace
}  // namespace chela::test
