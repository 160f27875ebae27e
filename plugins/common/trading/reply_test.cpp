// What answers of a trading service mean: keys, limits, clocks, garbage.
#include "reply.h"

#include <gtest/gtest.h>

namespace trading {
namespace {

const Timestamp kNow = *parse_time("2026-11-27T15:00:40Z");

chela::FetchReply reply(int status, std::string body,
                        std::vector<std::pair<std::string, std::string>> headers = {}) {
  chela::FetchReply made;
  made.status = status;
  made.body = std::move(body);
  made.headers = std::move(headers);
  return made;
}

TEST(Reply, IsSortedByWhatCanBeDone) {
  const struct {
    const char* name;
    chela::Result<chela::FetchReply> reply;
    Miss::Kind kind;
    chela::ErrorCode code;
  } cases[] = {
      {"wrong key", reply(401, ""), Miss::Kind::refused, chela::ErrorCode::unauthenticated},
      {"forbidden", reply(403, ""), Miss::Kind::refused, chela::ErrorCode::unauthenticated},
      {"too many", reply(429, ""), Miss::Kind::rate_limited, chela::ErrorCode::resource_exhausted},
      {"broken", reply(500, ""), Miss::Kind::unavailable, chela::ErrorCode::unavailable},
      {"no such path", reply(404, ""), Miss::Kind::broken, chela::ErrorCode::failed_precondition},
      {"moved", reply(302, ""), Miss::Kind::broken, chela::ErrorCode::failed_precondition},
      {"half a document", reply(200, "{\"a\":"), Miss::Kind::broken, chela::ErrorCode::data_loss},
      {"empty", reply(200, ""), Miss::Kind::broken, chela::ErrorCode::data_loss},
      {"slow",
       chela::Result<chela::FetchReply>(chela::fail(chela::ErrorCode::deadline_exceeded, "slow")),
       Miss::Kind::unavailable, chela::ErrorCode::deadline_exceeded},
      {"broke off",
       chela::Result<chela::FetchReply>(chela::fail(chela::ErrorCode::data_loss, "broke off")),
       Miss::Kind::broken, chela::ErrorCode::data_loss},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Reading reading = read_reply(c.reply, kNow);
    EXPECT_FALSE(reading.document.has_value());
    EXPECT_EQ(reading.miss.kind, c.kind);
    EXPECT_EQ(reading.miss.code, c.code);
  }
  EXPECT_TRUE(read_reply(reply(200, "[]"), kNow).document.has_value());
}

TEST(Reply, QuotesTheServiceOnOneShortLine) {
  EXPECT_EQ(read_reply(reply(403, R"({"message": "forbidden\n\u202eevil"})"), kNow).miss.why,
            "HTTP 403: 'forbidden evil'");
  EXPECT_EQ(read_reply(reply(429, R"({"error": "too many requests"})"), kNow).miss.why,
            "HTTP 429: 'too many requests'");
  EXPECT_EQ(read_reply(reply(401, R"({"error": {"message": "no such key"}})"), kNow).miss.why,
            "HTTP 401: 'no such key'");
  const std::string flood(10'000, 'x');
  EXPECT_LT(read_reply(reply(500, R"({"message": ")" + flood + "\"}"), kNow).miss.why.size(), 200u);
}

TEST(Clock, IsComparedWithTheDateHeader) {
  const struct {
    const char *name, *date, *said;
  } cases[] = {
      {"ahead", "Fri, 27 Nov 2026 15:00:00 GMT",
       "The clock of this machine is 40 s ahead of the service's."},
      {"behind", "Fri, 27 Nov 2026 16:00:40 GMT",
       "The clock of this machine is 1 h behind the service's."},
      {"right", "Fri, 27 Nov 2026 15:00:38 GMT", ""},
      {"no date", "yesterday", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(describe_clock(read_reply(reply(401, "", {{"date", c.date}}), kNow).miss), c.said);
  }
  // Only where keys were refused it can be the reason.
  EXPECT_EQ(describe_clock(read_reply(reply(500, "", {{"date", cases[0].date}}), kNow).miss), "");
}

TEST(RateLimit, EndsWhenTheServiceSays) {
  const auto again = [](const char* reset) {
    return read_reply(reply(429, "", {{"x-ratelimit-reset", reset}}), kNow).miss.again_at;
  };
  EXPECT_EQ(again("1795791700"), Timestamp(std::chrono::seconds(1'795'791'700)));
  for (const char* wrong : {"", "soon", "-5", "99999999999999999999", "999999999999999", "12x"})
    EXPECT_FALSE(again(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace trading
