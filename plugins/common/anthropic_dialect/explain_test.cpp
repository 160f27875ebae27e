// What errors of a Messages API mean, and what its headers say of limits.
#include "explain.h"

#include <gtest/gtest.h>

namespace chela::anthropic {
namespace {

std::string error_body(std::string_view type, std::string_view message) {
  return json::serialize(json::object{{"type", "error"},
                                      {"error", json::object{{"type", type}, {"message", message}}},
                                      {"request_id", "req_1"}});
}

TEST(Explain, GivesEachRefusalItsCode) {
  const struct {
    const char* name;
    int status;
    std::string body;
    ProviderCode code;
    ProviderScope scope;
  } cases[] = {
      {"bad request", 400, error_body("invalid_request_error", "max_tokens: Field required"),
       ProviderCode::bad_request, ProviderScope::request},
      {"no credit", 400,
       error_body("invalid_request_error",
                  "Your credit balance is too low to access the Anthropic API."),
       ProviderCode::billing, ProviderScope::key},
      {"own limit", 400,
       error_body("invalid_request_error", "You have reached your specified API usage limits."),
       ProviderCode::quota_exhausted, ProviderScope::key},
      {"a tool's name is no limit", 400,
       error_body("invalid_request_error", "tools.0.get_quota: Extra inputs are not permitted"),
       ProviderCode::bad_request, ProviderScope::request},
      {"too long", 400,
       error_body("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
       ProviderCode::context_overflow, ProviderScope::request},
      {"too long with its answer", 400,
       error_body("invalid_request_error",
                  "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"),
       ProviderCode::context_overflow, ProviderScope::request},
      {"a closed organization", 400,
       error_body("invalid_request_error", "This organization has been disabled."),
       ProviderCode::permission_denied, ProviderScope::key},
      {"key", 401, error_body("authentication_error", "invalid x-api-key"),
       ProviderCode::unauthenticated, ProviderScope::key},
      {"bill", 402, error_body("billing_error", "Payment required"), ProviderCode::billing,
       ProviderScope::key},
      {"not allowed", 403, error_body("permission_error", "Not for your key"),
       ProviderCode::permission_denied, ProviderScope::key},
      {"Kimi's filter", 403,
       error_body("access_terminated_error",
                  "Kimi For Coding is currently only available for Coding Agents"),
       ProviderCode::client_refused, ProviderScope::provider},
      {"the filter, by its words", 403,
       R"({"error":{"message":"currently only available for Coding Agents such as X"}})",
       ProviderCode::client_refused, ProviderScope::provider},
      {"a subscription's token", 400,
       error_body("invalid_request_error",
                  "This credential is only authorized for use with Claude Code"),
       ProviderCode::client_refused, ProviderScope::key},
      {"model", 404, error_body("not_found_error", "model: claude-nope"),
       ProviderCode::model_not_found, ProviderScope::model},
      {"conflict", 409, error_body("conflict_error", "again"), ProviderCode::server_error,
       ProviderScope::model},
      {"too large", 413, error_body("request_too_large", "Request exceeds the maximum size"),
       ProviderCode::too_large, ProviderScope::request},
      {"too large, by a page", 413, "<html><h1>413 Payload Too Large</h1></html>",
       ProviderCode::too_large, ProviderScope::request},
      {"too large, as a bad request", 413, error_body("invalid_request_error", "size"),
       ProviderCode::too_large, ProviderScope::request},
      {"too fast", 429, error_body("rate_limit_error", "Number of request tokens has exceeded .."),
       ProviderCode::rate_limited, ProviderScope::model},
      {"a plan's window", 429,
       error_body("rate_limit_error", "You've reached your 5-hour usage limit"),
       ProviderCode::quota_exhausted, ProviderScope::key},
      {"a plan, in Moonshot's words", 429, error_body("exceeded_current_quota_error", "x"),
       ProviderCode::quota_exhausted, ProviderScope::key},
      {"inside", 500, error_body("api_error", "Internal server error"), ProviderCode::server_error,
       ProviderScope::model},
      {"words do not count where it failed itself", 500, error_body("api_error", "quota service"),
       ProviderCode::server_error, ProviderScope::model},
      {"an api_error that is none", 503, error_body("api_error", "no healthy upstream"),
       ProviderCode::overloaded, ProviderScope::model},
      {"timeout", 504, error_body("timeout_error", "x"), ProviderCode::timeout,
       ProviderScope::model},
      {"overloaded", 529, error_body("overloaded_error", "Overloaded"), ProviderCode::overloaded,
       ProviderScope::model},
      {"a page", 502, "<html>Bad gateway</html>", ProviderCode::server_error, ProviderScope::model},
      {"nothing", 500, "", ProviderCode::server_error, ProviderScope::model},
      {"unknown type", 418, error_body("teapot_error", "x"), ProviderCode::bad_request,
       ProviderScope::request},
      {"words only", 401, R"({"error":"no key"})", ProviderCode::unauthenticated,
       ProviderScope::key},
      {"other JSON", 429, R"({"title":"Too Many Requests"})", ProviderCode::rate_limited,
       ProviderScope::model},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const ProviderError error = explain_reply({c.status, {}, c.body});
    EXPECT_EQ(to_string(error.code), to_string(c.code));
    EXPECT_EQ(to_string(error.scope), to_string(c.scope));
    EXPECT_FALSE(error.message.empty());
    EXPECT_LE(error.message.size(), 310u);
    EXPECT_EQ(error.message.find('<'), std::string::npos);
  }
}

TEST(Explain, SaysHowLongToWait) {
  const Headers date{{"date", "Fri, 27 Nov 2026 10:00:00 GMT"}};
  const auto with = [&](const char* name, const char* value) {
    Headers headers = date;
    headers.emplace_back(name, value);
    return headers;
  };
  const std::string limit = error_body("rate_limit_error", "x");
  const std::string regain =
      error_body("invalid_request_error",
                 "You have reached your specified API usage limits. You will "
                 "regain access on 2026-12-01 at 00:00 UTC.");
  const struct {
    const char* name;
    Headers headers;
    std::string body;
    std::optional<Duration> wait;
  } cases[] = {
      {"seconds", with("retry-after", "20"), limit, Duration(20'000)},
      {"milliseconds first", {{"retry-after-ms", "70"}, {"retry-after", "1"}}, limit, Duration(70)},
      {"a date", with("retry-after", "Fri, 27 Nov 2026 10:00:05 GMT"), limit, Duration(5'000)},
      {"none", date, limit, std::nullopt},
      {"in words", date, regain, Duration(std::chrono::hours(86))},
      {"in words, without a clock", {}, regain, std::nullopt},
      {"words that are cut", date,
       error_body("invalid_request_error", "usage limits. regain access on 2026-12"), std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(explain_reply({429, c.headers, c.body}).retry_after, c.wait);
  }
}

TEST(Limits, AreReadFromTheHeaders) {
  const Headers headers{
      {"date", "Tue, 17 Feb 2026 23:44:12 GMT"},
      {"anthropic-ratelimit-requests-limit", "20000"},
      {"anthropic-ratelimit-requests-remaining", "19999"},
      {"anthropic-ratelimit-requests-reset", "2026-02-17T23:44:11Z"},
      {"anthropic-ratelimit-input-tokens-limit", "2000000"},
      {"anthropic-ratelimit-input-tokens-remaining", "0"},
      {"anthropic-ratelimit-input-tokens-reset", "2026-02-17T23:45:12Z"},
      {"anthropic-ratelimit-output-tokens-limit", "400000"},
      {"anthropic-ratelimit-output-tokens-remaining", "-1"},
      {"anthropic-ratelimit-tokens-limit", "many"},
      {"anthropic-ratelimit-tokens-remaining", "1"},
  };
  const std::vector<RateLimit> limits = read_limits({200, headers, {}});
  ASSERT_EQ(limits.size(), 2u);
  EXPECT_EQ(limits[0], (RateLimit{"requests", 20'000, 19'999, Duration(0)}));
  EXPECT_EQ(limits[1], (RateLimit{"input_tokens", 2'000'000, 0, Duration(60'000)}));
  Headers without_date(headers.begin() + 1, headers.end());
  EXPECT_EQ(read_limits({200, without_date, {}})[1].resets_in, std::nullopt);
  EXPECT_TRUE(read_limits({200, {}, {}}).empty());
}

}  // namespace
}  // namespace chela::anthropic
