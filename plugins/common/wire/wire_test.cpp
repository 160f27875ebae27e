#include "wire.h"

#include <gtest/gtest.h>

namespace chela::wire {
namespace {

using std::chrono::seconds;

TEST(Wire, ReadsWaits) {
  const struct {
    const char* name;
    Headers headers;
    std::optional<Duration> wait;
  } cases[] = {
      {"none", {}, std::nullopt},
      {"seconds", {{"retry-after", "20"}}, seconds(20)},
      {"a fraction", {{"retry-after", "0.5"}}, Duration(500)},
      {"milliseconds win", {{"retry-after", "20"}, {"retry-after-ms", "1500"}}, Duration(1500)},
      {"a date",
       {{"retry-after", "Fri, 27 Nov 2026 10:00:35 GMT"},
        {"date", "Fri, 27 Nov 2026 10:00:05 GMT"}},
       seconds(30)},
      {"a date that has passed",
       {{"retry-after", "Fri, 27 Nov 2026 09:00:00 GMT"},
        {"date", "Fri, 27 Nov 2026 10:00:05 GMT"}},
       seconds(0)},
      {"a date without one to compare with",
       {{"retry-after", "Fri, 27 Nov 2026 10:00:35 GMT"}},
       std::nullopt},
      {"words", {{"retry-after", "soon"}}, std::nullopt},
      {"negative", {{"retry-after", "-1"}}, std::nullopt},
      {"endless", {{"retry-after", "1e300"}}, std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(retry_after({429, c.headers, ""}), c.wait);
  }
}

TEST(Wire, ReadsGoDurations) {
  const struct {
    const char* text;
    std::optional<Duration> length;
  } cases[] = {{"8.64s", Duration(8640)},
               {"120ms", Duration(120)},
               {"0s", Duration(0)},
               {"6m0s", Duration(360000)},
               {"1h2m3.5s", Duration(3723500)},
               {"", std::nullopt},
               {"7", std::nullopt},
               {"s", std::nullopt},
               {"1x", std::nullopt}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_go_duration(c.text), c.length);
  }
}

TEST(Wire, ReadsMoments) {
  const auto base = Timestamp(Duration(1'795'773'605'000));  // 2026-11-27T10:00:05Z
  EXPECT_EQ(parse_rfc3339("2026-11-27T10:00:05Z"), base);
  EXPECT_EQ(parse_rfc3339("2026-11-27T10:00:05.250Z"), base + Duration(250));
  EXPECT_EQ(parse_rfc3339("2026-11-27T12:00:05+02:00"), base);
  EXPECT_EQ(parse_rfc3339("2026-02-30T10:00:05Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("2026-11-27T10:00:05"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("today"), std::nullopt);
  EXPECT_EQ(reply_time({200, {{"date", "Fri, 27 Nov 2026 10:00:05 GMT"}}, ""}), base);
}

TEST(Wire, TellsStatusesApart) {
  const struct {
    int status;
    ProviderCode code;
    ProviderScope scope;
  } cases[] = {
      {400, ProviderCode::bad_request, ProviderScope::request},
      {401, ProviderCode::unauthenticated, ProviderScope::key},
      {402, ProviderCode::billing, ProviderScope::key},
      {403, ProviderCode::permission_denied, ProviderScope::key},
      {404, ProviderCode::model_not_found, ProviderScope::model},
      {408, ProviderCode::timeout, ProviderScope::model},
      {413, ProviderCode::too_large, ProviderScope::request},
      {422, ProviderCode::bad_request, ProviderScope::request},
      {429, ProviderCode::rate_limited, ProviderScope::model},
      {500, ProviderCode::server_error, ProviderScope::model},
      {503, ProviderCode::overloaded, ProviderScope::model},
      {504, ProviderCode::timeout, ProviderScope::model},
      {529, ProviderCode::overloaded, ProviderScope::model},
      {302, ProviderCode::garbage, ProviderScope::provider},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.status);
    const auto error =
        explain_status({c.status, {{"retry-after", "3"}}, "<html><b>Sorry</b>\n now</html>"});
    EXPECT_EQ(error.code, c.code);
    EXPECT_EQ(error.scope, c.scope);
    EXPECT_EQ(error.retry_after, seconds(3));
    EXPECT_EQ(error.message, "HTTP " + std::to_string(c.status) + ": Sorry now");
  }
}

TEST(Wire, ShortensWhatAPageSays) {
  EXPECT_EQ(words_of(""), "no text");
  EXPECT_EQ(words_of("<html></html>"), "no text");
  EXPECT_EQ(words_of("a\x01\x02 b"), "a b");
  EXPECT_EQ(words_of(std::string(5000, 'x')).size(), 300u);
  EXPECT_EQ(words_of("a\xff"), "a\xef\xbf\xbd");
}

TEST(Wire, ReadsVectors) {
  EXPECT_EQ(floats_of_base64("AACAPwAAAMA="), (std::vector<float>{1.0f, -2.0f}));
  EXPECT_EQ(floats_of_base64("AACAPwAAAMA"), (std::vector<float>{1.0f, -2.0f}));
  EXPECT_EQ(floats_of_base64("AACAPwAA"), std::nullopt);
  EXPECT_EQ(floats_of_base64("A?=="), std::nullopt);
  EXPECT_EQ(floats_of_base64(""), std::nullopt);
}

TEST(Wire, JoinsAddresses) {
  EXPECT_EQ(join_url("https://a/v1", "chat"), "https://a/v1/chat");
  EXPECT_EQ(join_url("https://a/v1//", "/chat"), "https://a/v1/chat");
}

}  // namespace
}  // namespace chela::wire
