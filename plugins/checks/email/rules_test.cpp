#include <gtest/gtest.h>

#include "cursor.h"
#include "findings.h"
#include "learn.h"
#include "mail.h"

namespace check_email {
namespace {

namespace json = chela::json;
using namespace std::chrono_literals;

const chela::Timestamp kNow{std::chrono::seconds(1'795'000'000)};

Result<Settings> settings_of(const std::string& more) {
  json::value value = json::object{
      {"server", "imaps://imap.example.org"}, {"user", "me@example.org"}, {"timeout", "25s"}};
  const auto others = chela::parse_json("{" + more + "}");
  EXPECT_TRUE(others) << more;
  for (const auto& [name, member] : others->as_object()) value.as_object()[name] = member;
  return read_settings(chela::Config(value));
}

TEST(Settings, AreRefusedWhereTheyCannotBeMeant) {
  const struct {
    const char* name;
    const char* more;
    const char* message;
  } cases[] = {
      {"nobody is authorised", R"("report": "authorised")", "authorised: wanted at least one"},
      {"no rules", R"("report": "rules")", "rules: wanted at least one rule"},
      {"no address", R"("authorised": ["ana"])", "authorised: wanted an address"},
      {"a name with it", R"("authorised": ["Ana <ana@example.org>"])", "authorised: wanted"},
      {"no domain", R"("authorised": ["@org"])", "authorised: wanted an address"},
      {"results, not an id", R"("authorised": ["a@b.example"], "authserv_id": "mx; dmarc=pass")",
       "authserv_id: wanted one name"},
      {"an http server", R"("server": "https://x", "authorised": ["a@b.example"])",
       "server: wanted"},
      {"a path", R"("server": "imaps://x/INBOX", "authorised": ["a@b.example"])", "server: wanted"},
      {"a user in it", R"("server": "imaps://me@x", "authorised": ["a@b.example"])",
       "server: wanted"},
      {"a mailbox with a line end", R"("mailbox": "a\r\nx", "authorised": ["a@b.example"])",
       "mailbox: wanted"},
      {"a user with a line end", R"("user": "a\nb", "authorised": ["a@b.example"])",
       "user: wanted"},
      {"no time at all", R"("timeout": "4999ms", "authorised": ["a@b.example"])",
       "timeout: wanted at least 5s, found '4999ms'"},
      {"from is no address", R"("report": "rules", "rules": [{}, {"from": "ana"}])",
       "rules[1].from: wanted an address"},
      {"an age that is none", R"("report": "rules", "rules": [{"older_than": "soon"}])",
       "rules[0].older_than"},
      {"an age between nothing",
       R"("report": "rules", "rules": [{"older_than": "2h", "newer_than": "1h"}])",
       "rules[0]: no mail is older than 2h and newer than 1h"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto settings = settings_of(c.more);
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().code, chela::ErrorCode::invalid_argument);
    EXPECT_NE(settings.error().message.find(c.message), std::string::npos)
        << settings.error().message;
  }
}

TEST(Settings, GiveALoginFiveSecondsAtLeast) {
  const auto settings = settings_of(R"("timeout": "5s", "authorised": ["a@b.example"])");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->timeout, 5s);
}

TEST(Settings, TakeOneIdOrSeveral) {
  for (const char* id : {R"("MX.example.org")", R"(["mx.example.org"])"}) {
    const auto settings =
        settings_of(std::string(R"("authorised": ["a@b.example"], "authserv_id": )") + id);
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->policy.authserv_ids, std::vector<std::string>{"mx.example.org"});
  }
}

Mail mail_of(const std::string& header, const Settings& settings, chela::Duration age = 1min) {
  Fetched fetched;
  fetched.uid = 7;
  fetched.arrived = kNow - age;
  fetched.header = header;
  return read_mail(fetched, settings.policy, kNow);
}

const std::string kProof =
    "Authentication-Results: mx.mail.example; dmarc=pass header.from=example.org\r\n";
const std::string kAna = "From: ana@example.org\r\n";

struct Row {
  const char* name;
  std::string header;
  chela::Duration age;
  Kind kind;
  const char* rule;
};

TEST(JudgeMail, FollowsItsRows) {
  const auto settings = settings_of(R"("authorised": ["ana@example.org"], "report": "both",
      "authserv_id": "mx.mail.example", "command_prefix": "chela:", "rules": [
        {"name": "noise", "subject": "newsletter", "severity": "ignore"},
        {"name": "past", "older_than": "30d", "severity": "ignore"},
        {"name": "bills", "from": "@shop.example", "subject": "INVOICE", "severity": "crit"},
        {"name": "old", "from": "ben@example.net", "older_than": "4h"},
        {"name": "fresh", "from": "cleo@example.net", "newer_than": "1h"},
        {"name": "urgent", "subject": "urgent", "severity": "crit"},
        {"name": "unanswered", "subject": "answer me", "older_than": "4h", "severity": "warn"},
        {"name": "slow", "list": "slow.example", "older_than": "4h"},
        {"name": "dev", "list": "dev.example"}])");
  ASSERT_TRUE(settings) << settings.error().message;
  const Row rows[] = {
      {"authorised", kProof + kAna, 1min, Kind::authorised, ""},
      {"its command is a mail like others", kProof + kAna + "Subject: chela: go\r\n", 1min,
       Kind::authorised, ""},
      {"authorised, ignored by a rule", kProof + kAna + "Subject: newsletter\r\n", 1min,
       Kind::nothing, ""},
      {"authorised, ignored once it is old", kProof + kAna, 31 * 24h, Kind::nothing, ""},
      {"authorised, told by a rule", kProof + kAna + "Subject: Urgent\r\n", 1min, Kind::rule,
       "urgent"},
      {"authorised, and waits for no rule", kProof + kAna + "Subject: answer me\r\n", 3h,
       Kind::authorised, ""},
      {"authorised, and as old as a rule wants", kProof + kAna + "Subject: answer me\r\n", 4h,
       Kind::rule, "unanswered"},
      {"authorised, a list that a rule tells", kProof + kAna + "List-Id: <dev.example>\r\n", 1min,
       Kind::rule, "dev"},
      {"authorised, a list, which waits", kProof + kAna + "List-Id: <slow.example>\r\n", 1min,
       Kind::waits, "slow"},
      {"in her name, and a rule would ignore it", kAna + "Subject: newsletter\r\n", 1min,
       Kind::forged, ""},
      {"in her name, and old enough to be ignored", kAna, 31 * 24h, Kind::forged, ""},
      {"a command that a rule would ignore",
       "From: x@evil.example\r\nSubject: chela: newsletter\r\n", 1min, Kind::command, ""},
      {"bulk of an authorised sender", kProof + kAna + "Precedence: bulk\r\n", 1min, Kind::nothing,
       ""},
      {"in her name", kAna, 1min, Kind::forged, ""},
      {"in her name, calling itself a list", kAna + "List-Id: <x.example>\r\n", 1min, Kind::forged,
       ""},
      {"in her name, calling itself a list that a rule tells", kAna + "List-Id: <dev.example>\r\n",
       1min, Kind::forged, ""},
      {"in her name, calling itself bulk", kAna + "Precedence: bulk\r\n", 1min, Kind::forged, ""},
      {"in her name, calling itself a machine", kAna + "Auto-Submitted: auto-replied\r\n", 1min,
       Kind::forged, ""},
      {"in her name through a list, with a command",
       kAna + "List-Id: <x.example>\r\nSubject: Chela: pay\r\n", 1min, Kind::command, ""},
      {"a stranger's command", "From: x@evil.example\r\nSubject:  CHELA: pay\r\n", 1min,
       Kind::command, ""},
      {"a command in other words", "From: x@evil.example\r\nSubject: =?utf-8?Q?chela=3A?= pay\r\n",
       1min, Kind::command, ""},
      {"only about it", "From: x@evil.example\r\nSubject: Re: chela: pay\r\n", 1min, Kind::nothing,
       ""},
      {"rule", "From: x@shop.example\r\nSubject: your Invoice 12\r\n", 1min, Kind::rule, "bills"},
      {"rule, another domain", "From: x@evil.example\r\nSubject: your Invoice\r\n", 1min,
       Kind::nothing, ""},
      {"ignored once it is old", "From: x@shop.example\r\nSubject: Invoice\r\n", 31 * 24h,
       Kind::nothing, ""},
      {"ignored before", "From: x@shop.example\r\nSubject: newsletter: invoice\r\n", 1min,
       Kind::nothing, ""},
      {"too young", "From: ben@example.net\r\n", 3h, Kind::waits, "old"},
      {"old enough", "From: ben@example.net\r\n", 4h, Kind::rule, "old"},
      {"young enough", "From: cleo@example.net\r\n", 59min, Kind::rule, "fresh"},
      {"too old", "From: cleo@example.net\r\n", 1h, Kind::nothing, ""},
      {"list", "From: x@y.example\r\nList-Id: Dev <dev.example>\r\n", 1min, Kind::rule, "dev"},
      {"bulk and no list rule",
       "From: x@shop.example\r\nSubject: invoice\r\nAuto-Submitted: "
       "auto-generated\r\n",
       1min, Kind::nothing, ""},
      {"people's mail may say no",
       "From: x@shop.example\r\nSubject: invoice\r\nAuto-Submitted: no; x=y\r\n", 1min, Kind::rule,
       "bills"},
      {"empty", "", 1min, Kind::nothing, ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto outcome = judge_mail(mail_of(row.header, *settings, row.age), *settings, kNow);
    EXPECT_EQ(outcome.kind, row.kind);
    EXPECT_EQ(outcome.rule == nullptr ? "" : outcome.rule->name, row.rule);
  }
}

TEST(JudgeMail, FlagsNobodyWhereNobodyCouldBeProven) {
  const auto settings = settings_of(R"("authorised": ["ana@example.org"])");
  ASSERT_TRUE(settings);
  EXPECT_EQ(judge_mail(mail_of(kAna, *settings), *settings, kNow).kind, Kind::claimed);
  EXPECT_EQ(judge_mail(mail_of(kAna + "Precedence: bulk\r\n", *settings), *settings, kNow).kind,
            Kind::nothing);
}

TEST(JudgeMail, AsksRulesOnlyWhereTheyAreInUse) {
  const struct {
    const char* report;
    Kind ignored, other;
  } cases[] = {{"authorised", Kind::authorised, Kind::authorised},
               {"both", Kind::nothing, Kind::authorised},
               {"rules", Kind::nothing, Kind::nothing}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.report);
    const auto settings = settings_of(
        R"("authorised": ["ana@example.org"], "authserv_id": "mx.mail.example",
        "rules": [{"subject": "weekly ad", "severity": "ignore"}], "report": ")" +
        std::string(c.report) + "\"");
    ASSERT_TRUE(settings) << settings.error().message;
    const auto kind_of = [&](const std::string& header) {
      return judge_mail(mail_of(header, *settings), *settings, kNow).kind;
    };
    EXPECT_EQ(kind_of(kProof + kAna + "Subject: Weekly ad\r\n"), c.ignored);
    EXPECT_EQ(kind_of(kProof + kAna + "Subject: hello\r\n"), c.other);
    EXPECT_EQ(kind_of(kAna + "Subject: Weekly ad\r\n"), Kind::forged);
  }
}

TEST(Findings, SayThatASenderIsAuthorisedWhereARuleTellsIt) {
  const auto settings = settings_of(R"("authorised": ["ana@example.org"], "report": "both",
      "authserv_id": "mx.mail.example", "severity": "warn",
      "rules": [{"subject": "invoice", "severity": "crit"}, {"subject": "fyi"}])");
  ASSERT_TRUE(settings) << settings.error().message;
  const struct {
    const char* subject;
    const char* severity;
    const char* end;
  } cases[] = {
      {"Invoice 20", "crit", ": Invoice 20 (authorised: dmarc=pass mx.mail.example; rule 1)"},
      {"FYI", "info", ": FYI (authorised: dmarc=pass mx.mail.example; rule 2)"},
      {"hello", "warn", ": hello (authorised: dmarc=pass mx.mail.example)"},
  };
  for (const auto& c : cases) {
    const Mail mail = mail_of(kProof + kAna + "Subject: " + c.subject + "\r\n", *settings);
    const auto finding = describe_mail(mail, judge_mail(mail, *settings, kNow), *settings, 5, kNow);
    ASSERT_TRUE(finding);
    EXPECT_EQ(chela::get_string(finding->value(), "severity"), c.severity);
    EXPECT_EQ(chela::get_string(finding->value(), "title"),
              std::string("mail from ana@example.org") + c.end);
  }
}

TEST(Findings, HaveKeysOfTheirOwnInEachMailbox) {
  Settings ana, bob;
  ana.server = bob.server = "imaps://mail.example.org";
  ana.mailbox = bob.mailbox = "INBOX";
  ana.user = "ana";
  bob.user = "bob";
  EXPECT_EQ(ana.key_of(1, 7), ana.key_of(1, 7));
  EXPECT_NE(ana.key_of(1, 7), bob.key_of(1, 7));
  EXPECT_NE(ana.key_of(1, 7), ana.key_of(1, 8));
  EXPECT_NE(ana.key_of(1, 7), ana.key_of(2, 7));
  EXPECT_EQ(ana.key_of(1, 7), "mail:" + ana.mark() + ":1:7");
  EXPECT_EQ(ana.mark().size(), 8u);
}

TEST(Findings, ShowForeignWordsSafely) {
  const auto settings = settings_of(R"("authorised": ["ana@example.org"],
      "authserv_id": "mx.mail.example")");
  ASSERT_TRUE(settings);
  const auto told = [&](const std::string& header) {
    const Mail mail = mail_of(header, *settings);
    const auto finding = describe_mail(mail, judge_mail(mail, *settings, kNow), *settings, 5, kNow);
    EXPECT_TRUE(finding);
    return finding ? finding->value() : json::object();
  };
  const auto good = told(kProof + kAna + "Subject: Invoice 12\r\nReply-To: x@evil.example\r\n");
  EXPECT_EQ(chela::get_string(good, "key"), settings->key_of(5, 7));
  EXPECT_EQ(chela::get_string(good, "title"),
            "mail from ana@example.org: Invoice 12 (authorised: dmarc=pass mx.mail.example)");
  EXPECT_NE(chela::get_string(good, "detail").find("Mind: answers go to another domain: x@evil"),
            std::string::npos);
  EXPECT_TRUE(chela::get_bool(good, "untrusted"));
  const auto bad = told(kAna + "Subject: =?utf-8?Q?a=E2=80=AEb=0Ac=1B[31m_https://evil.example?= " +
                        std::string(1500, 'x') + "\r\n");
  const auto title = chela::get_string(bad, "title");
  EXPECT_TRUE(title.starts_with("mail in the name of ana@example.org: a b c [31m https: //evil."))
      << title;
  EXPECT_LT(title.size(), 300u);
  EXPECT_TRUE(title.ends_with("... (unverified: no Authentication-Results of mx.mail.example)"))
      << title;
  EXPECT_LT(chela::get_string(bad, "detail").size(), 2000u);
}

TEST(Cursor, ComesBackAsItWasAndIsBounded) {
  Cursor cursor;
  cursor.uid_validity = 17;
  cursor.last = 4294967295u;
  cursor.has_rest = true;
  cursor.done_until = kNow;
  for (int i = 0; i < 3000; ++i) cursor.remember("0123456789ab" + std::to_string(1000 + i));
  for (std::uint32_t i = 1; i <= 2000; ++i)
    cursor.wait_for({i, kNow + std::chrono::seconds(i), kNow, "0123456789abcdef"});
  const auto text = json::serialize(write_cursor(cursor, "me"));
  EXPECT_LT(text.size(), 256u << 10);
  const Cursor back = read_cursor(*chela::parse_json(text), "me");
  EXPECT_EQ(json::serialize(write_cursor(back, "me")), text);
  EXPECT_TRUE(back.is_known);
  EXPECT_FALSE(back.has_seen("0123456789ab1000"));
  EXPECT_TRUE(back.has_seen("0123456789ab3999"));
  EXPECT_EQ(due_uids(back, kNow + 3s, 2), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_FALSE(read_cursor(*chela::parse_json(text), "somebody else").is_known);
}

TEST(Cursor, IsNoneWhereItIsDamaged) {
  for (const char* text :
       {"null", "[]", R"({"v":1,"of":"me"})", R"({"v":2,"of":"me","uidvalidity":1})",
        R"({"v":1,"of":"me","uidvalidity":-1})", R"({"v":1,"of":"me","uidvalidity":4294967296})",
        R"({"v":1,"of":"me","uidvalidity":"1"})"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(read_cursor(*chela::parse_json(text), "me").is_known);
  }
  const auto odd = read_cursor(
      *chela::parse_json(
          R"({"v":1,"of":"me","uidvalidity":1,"last":-5,"done_until_ms":-9223372036854775808,
          "seen":[1,"a"],"waiting":[1,{"uid":0},{"uid":3,"due_ms":9223372036854775807}]})"),
      "me");
  EXPECT_EQ(odd.last, 0u);
  EXPECT_EQ(odd.seen.size(), 1u);
  ASSERT_EQ(odd.waiting.size(), 1u);
  EXPECT_GE(odd.done_until.time_since_epoch().count(), 0);
}

std::vector<std::vector<Field>> headers(int ours, int forged, int none) {
  std::vector<std::vector<Field>> all;
  for (int i = 0; i < ours; ++i) {
    all.push_back(parse_header(
        "Received: from x by mx.google.com; now\r\nAuthentication-Results: mx.google.com; "
        "spf=pass\r\nReceived: from a by b.example; now\r\nAuthentication-Results: b.example; "
        "dmarc=pass\r\n"));
  }
  for (int i = 0; i < forged; ++i)
    all.push_back(
        parse_header("Authentication-Results: evil.example\"; dmarc=pass\"; dmarc=pass\r\n"));
  for (int i = 0; i < none; ++i) all.push_back(parse_header("Received: x\r\n"));
  return all;
}

TEST(Learn, ProposesWhoVouchesForMostMails) {
  const auto report = learn(headers(15, 1, 4)).to_json();
  const auto& finding = report.at("findings").at(0);
  EXPECT_EQ(chela::get_string(finding, "key"), "learn");
  EXPECT_EQ(chela::get_string(finding, "class"), "event");
  EXPECT_EQ(chela::get_string(finding, "severity"), "info");
  const auto detail = chela::get_string(finding, "detail");
  EXPECT_TRUE(detail.ends_with("\nauthserv_id: mx.google.com")) << detail;
  EXPECT_NE(detail.find("mx.google.com: in 15 mails, on top in 15"), std::string::npos) << detail;
  EXPECT_NE(detail.find("b.example: in 15 mails, on top in 0"), std::string::npos) << detail;
  EXPECT_EQ(report.as_object().if_contains("cursor"), nullptr);
}

TEST(Learn, SaysOnceWhatItProposes) {
  const struct {
    std::vector<std::vector<Field>> mails;
    const char* summary;
  } cases[] = {{headers(15, 1, 4), "proposes authserv_id: mx.google.com"},
               {headers(1, 0, 19), "no authserv_id to propose"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.summary);
    const auto report = learn(c.mails).to_json();
    EXPECT_EQ(chela::get_string(report, "summary"), c.summary);
    const auto& finding = report.at("findings").at(0);
    EXPECT_EQ(chela::get_string(finding, "title"), "Authentication-Results in the last 20 mails");
    const auto detail = chela::get_string(finding, "detail");
    EXPECT_EQ(detail.find("propose"), detail.find("propose it. Your mail service")) << detail;
    EXPECT_EQ(detail.find("in the last"), std::string::npos) << detail;
  }
}

TEST(Learn, ProposesNothingOutOfFewMails) {
  for (const auto& few :
       {headers(0, 0, 0), headers(1, 0, 0), headers(3, 0, 17), headers(0, 1, 19)}) {
    const auto detail = chela::get_string(learn(few).to_json().at("findings").at(0), "detail");
    EXPECT_EQ(detail.find("authserv_id: "), std::string::npos) << detail;
  }
}

TEST(Learn, ProposesSeveralIdsWhereTheServiceHasThem) {
  auto all = headers(10, 0, 0);
  for (int i = 0; i < 6; ++i)
    all.push_back(parse_header("Authentication-Results: mx5.example.net; dkim=pass\r\n"));
  const auto detail = chela::get_string(learn(all).to_json().at("findings").at(0), "detail");
  EXPECT_TRUE(detail.ends_with("\nauthserv_id: [mx.google.com, mx5.example.net]")) << detail;
}

}  // namespace
}  // namespace check_email
