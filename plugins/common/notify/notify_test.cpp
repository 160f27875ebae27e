// What notifiers share: the words of a message, and what a reply means.
#include <gtest/gtest.h>

#include "reply.h"
#include "words.h"

namespace notify {
namespace {

using chela::ErrorCode;

chela::Message message(std::vector<std::string> texts, std::string title = "crit: two things") {
  chela::Message made;
  made.severity = "crit";
  made.title = std::move(title);
  for (auto& text : texts) made.lines.push_back({.severity = "crit", .text = std::move(text)});
  return made;
}

TEST(Words, SayTheSeverityOnce) {
  EXPECT_EQ(headline(message({})), "crit: two things");
  EXPECT_EQ(headline(message({}, "disk\nfull")), "crit: disk full");
  EXPECT_EQ(headline(message({}, "critical mass")), "crit: critical mass");
  EXPECT_EQ(headline(message({}, "2 crit, 1 warn: disk full")), "2 crit, 1 warn: disk full");
  EXPECT_EQ(headline(message({}, "brief: Sat 28 Nov")), "brief: Sat 28 Nov");
  EXPECT_EQ(headline(message({}, "over: disk nearly full: /")), "over: disk nearly full: /");
  EXPECT_EQ(headline(message({}, "2 over: web: one")), "2 over: web: one");
  EXPECT_EQ(headline(message({}, "2 disks: full")), "crit: 2 disks: full");
  EXPECT_EQ(headline(message({}, "over there")), "crit: over there");
  EXPECT_EQ(headline(message({}, "a crit: full")), "crit: a crit: full");
  // As the host writes them (host/heartbeat/wording.h).
  EXPECT_EQ(plain_text(message({"[crit] system: full"}), 100), "[crit] system: full");
  EXPECT_EQ(plain_text(message({"[recovered] system: full, after 3 h"}), 100),
            "[recovered] system: full, after 3 h");
  EXPECT_EQ(plain_text(message({"[sda1] is full"}), 100), "crit: [sda1] is full");
  EXPECT_EQ(plain_text(message({"system: full"}), 100), "crit: system: full");
  EXPECT_EQ(plain_text(message({"one", "two"}), 100), "crit: two things\none\ntwo");
}

TEST(Words, KeepToTheCap) {
  const std::vector<std::string> many(200, "a line of some \u00e9\u00e9\u00e9");
  for (std::size_t most = 0; most < 700; ++most) {
    const std::string text = plain_text(message(many), most);
    ASSERT_LE(text.size(), std::max<std::size_t>(most, 3)) << most;
    ASSERT_TRUE(chela::is_utf8(text)) << most;
  }
  EXPECT_NE(plain_text(message(many), 700).find("more: chela status)"), std::string::npos);
}

TEST(Words, CountUtf16Units) {
  EXPECT_EQ(utf16_units("a\u00e9\u20ac\U0001F600"), 5u);
}

TEST(Reply, MeansWhatTheHostDoesNext) {
  const Hints hints{"The service", "look at the key", "look at the address", "look at the text"};
  const struct {
    int status;
    ErrorCode code;
    const char* says;
  } cases[] = {{301, ErrorCode::failed_precondition, "set the new address"},
               {400, ErrorCode::invalid_argument, "look at the text"},
               {401, ErrorCode::unauthenticated, "look at the key"},
               {403, ErrorCode::permission_denied, "look at the key"},
               {404, ErrorCode::not_found, "look at the address"},
               {408, ErrorCode::unavailable, "answered 408"},
               {410, ErrorCode::not_found, "look at the address"},
               {413, ErrorCode::invalid_argument, "look at the text"},
               {429, ErrorCode::resource_exhausted, "wait 7 s"},
               {500, ErrorCode::unavailable, "wait 7 s"},
               {507, ErrorCode::unavailable, "answered 507"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.status);
    chela::FetchReply reply;
    reply.status = c.status;
    reply.headers = {{"retry-after", "7"}};
    const auto outcome = judge(reply, hints, "its\nown words");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, c.code);
    EXPECT_NE(outcome.error().message.find(c.says), std::string::npos) << outcome.error().message;
    EXPECT_NE(outcome.error().message.find("its own words"), std::string::npos);
  }
  chela::FetchReply taken;
  taken.status = 204;
  EXPECT_EQ(judge(taken, hints)->answer, "204");
}

// It does so for the outbox, not for `chela notify test`.
TEST(Reply, LeavesItToTheHostWhetherItIsSentAgain) {
  for (const int status : {400, 408, 413, 429, 500, 503}) {
    chela::FetchReply reply;
    reply.status = status;
    EXPECT_EQ(judge(reply, {.service = "Slack"}).error().message,
              "Slack answered " + std::to_string(status));
  }
}

// The host takes what follows "token:" for a secret (host/services/redact_patterns.cpp).
TEST(Reply, PutsNothingBehindAWordThatAnnouncesASecret) {
  for (const int status : {301, 400, 401, 403, 404, 429, 500}) {
    SCOPED_TRACE(status);
    chela::FetchReply reply;
    reply.status = status;
    const auto outcome = judge(reply, {"It", "look", "look", "look"}, "Invalid Webhook Token");
    ASSERT_FALSE(outcome);
    EXPECT_NE(outcome.error().message.find("Token"), std::string::npos);
    EXPECT_EQ(outcome.error().message.find("Token:"), std::string::npos) << outcome.error().message;
  }
}

TEST(Reply, ReadsNoNonsenseAsATime) {
  for (const char* text :
       {"", "-5", "soon", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    chela::FetchReply reply;
    reply.headers = {{"retry-after", text}};
    EXPECT_EQ(retry_after_seconds(reply), 0) << text;
  }
}

}  // namespace
}  // namespace notify
