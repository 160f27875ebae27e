#include "openai_errors.h"

#include <gtest/gtest.h>

#include "openai_fault.h"

namespace chela::openai {
namespace {

using std::chrono::seconds;

struct Case {
  const char* name;
  int status;
  const char* body;
  const char* told;  // code, scope, and the wait in ms where there is one
};

std::string told(const ProviderError& error) {
  std::string text = std::string(to_string(error.code)) + " " + std::string(to_string(error.scope));
  if (error.retry_after) text += " " + std::to_string(error.retry_after->count());
  return text;
}

void expect(const std::vector<Case>& cases, const Headers& headers = {}) {
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const ProviderError error = explain({c.status, headers, c.body});
    EXPECT_EQ(told(error), c.told) << error.message;
    EXPECT_FALSE(error.message.empty());
  }
}

TEST(OpenAiErrors, ExplainsOpenAi) {
  expect({
      {"a wrong key", 401,
       R"({"error":{"message":"Incorrect API key provided: sk-..1.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}})",
       "unauthenticated key"},
      {"no credit", 429,
       R"({"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})",
       "billing key"},
      {"no credit, new word", 429,
       R"({"error":{"message":"Top up.","type":"invalid_request_error","code":"credit_balance_exhausted"}})",
       "billing key"},
      {"requests a minute", 429,
       R"({"error":{"message":"Rate limit reached for gpt-4o in organization org-a on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. Visit x.","type":"requests","code":"rate_limit_exceeded"}})",
       "rate_limited model 20000"},
      {"requests a day", 429,
       R"({"error":{"message":"Rate limit reached for gpt-4o on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s.","type":"requests","code":"rate_limit_exceeded"}})",
       "quota_exhausted model 432000"},
      {"a request beyond the limit", 429,
       R"({"error":{"message":"Request too large for gpt-4o on tokens per min (TPM): Limit 8000, Requested 8098. The input or output tokens must be reduced.","type":"tokens","code":"rate_limit_exceeded"}})",
       "too_large model"},
      {"the same as 413", 413,
       R"({"error":{"message":"Request too large on tokens per minute (TPM): Limit 8000, Requested 8098","type":"tokens","code":"rate_limit_exceeded"}})",
       "too_large model"},
      {"slow down", 429,
       R"({"error":{"message":"Slow down.","type":"rate_limit_error","code":"slow_down"}})",
       "rate_limited model"},
      {"overloaded", 503,
       R"({"error":{"message":"At capacity.","type":"service_unavailable_error","code":"server_is_overloaded"}})",
       "overloaded model"},
      {"too long", 400,
       R"({"error":{"message":"This model's maximum context length is 128000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
       "context_overflow request"},
      {"no such model", 404,
       R"({"error":{"message":"The model `x` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}})",
       "model_not_found model"},
      {"a parameter", 400,
       R"({"error":{"message":"Unsupported parameter: 'max_tokens'","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}})",
       "bad_request request"},
      {"a parameter without code", 400,
       R"({"error":{"code":null,"message":"-1 is less than the minimum of 1 - 'dimensions'","param":null,"type":"invalid_request_error"}})",
       "bad_request request"},
      {"a country", 403,
       R"({"error":{"message":"Country, region, or territory not supported","type":"request_forbidden","code":"unsupported_country_region_territory"}})",
       "permission_denied provider"},
      {"content", 400,
       R"({"error":{"message":"The response was filtered","type":null,"code":"content_filter"}})",
       "refusal request"},
      {"inside", 500,
       R"({"error":{"message":"The server had an error","type":"server_error","code":null}})",
       "server_error model"},
      {"inside, about the context", 500, R"({"error":"context size has been exceeded"})",
       "context_overflow request"},
  });
}

TEST(OpenAiErrors, ExplainsOpenRouter) {
  expect({
      {"the service behind", 429,
       R"({"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"Google","raw":"x is temporarily rate-limited upstream. Please retry shortly"}},"user_id":"u"})",
       "rate_limited model"},
      {"the true cause inside", 400,
       R"({"error":{"code":400,"message":"Provider returned error","metadata":{"provider_name":"OpenAI","raw":"{\"error\":{\"message\":\"too long\",\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}"}}})",
       "context_overflow request"},
      {"no credit", 402,
       R"({"error":{"code":402,"message":"Insufficient credits. Add more using https://openrouter.ai/settings/credits"}})",
       "billing key"},
      {"the key's own limit", 403,
       R"({"error":{"code":403,"message":"Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys"}})",
       "billing key"},
      {"the key's limit of the day", 403,
       R"({"error":{"code":403,"message":"Key limit exceeded (daily limit)."}})",
       "quota_exhausted key"},
      {"free models", 429,
       R"({"error":{"code":429,"message":"Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day","metadata":{"headers":{"X-RateLimit-Limit":"50","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1795780800000"}}}})",
       "quota_exhausted key"},
      {"moderation", 403,
       R"({"error":{"code":403,"message":"Input was flagged","metadata":{"reasons":["violence"],"flagged_input":".."}}})",
       "refusal request"},
      {"no such model", 400,
       R"({"error":{"code":400,"message":"foo/bar is not a valid model ID"}})",
       "model_not_found model"},
      {"nobody offers it", 404,
       R"({"error":{"code":404,"message":"No endpoints found for foo/bar."}})",
       "model_not_found model"},
      {"no key", 401, R"({"error":{"code":401,"message":"No auth credentials found"}})",
       "unauthenticated key"},
      {"timeout", 408, R"({"error":{"code":408,"message":"Request timed out"}})", "timeout model"},
      {"down", 502, R"({"error":{"code":502,"message":"Provider is down"}})", "server_error model"},
      {"nobody fits", 503, R"({"error":{"code":503,"message":"No available provider"}})",
       "overloaded model"},
  });
  const ProviderError free_models = explain(
      {429,
       {{"date", "Thu, 26 Nov 2026 23:59:00 GMT"}},
       R"({"error":{"code":429,"message":"Rate limit exceeded: free-models-per-day","metadata":{"headers":{"X-RateLimit-Reset":"1795737660000"}}}})"});
  EXPECT_EQ(free_models.retry_after, seconds(120));
  const ProviderError behind = explain(
      {429,
       {},
       R"({"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"Google","raw":"slow"}}})"});
  EXPECT_EQ(behind.message, "Provider returned error: Google: slow");
}

TEST(OpenAiErrors, ExplainsOthers) {
  expect({
      {"NVIDIA NIM", 429, R"({"status":429,"title":"Too Many Requests"})", "rate_limited model"},
      {"NVIDIA NIM, a key", 403,
       R"({"status":403,"title":"Forbidden","detail":"Authorization failed"})",
       "permission_denied key"},
      {"Ollama, no such model", 404, R"({"error":"model \"x\" not found, try pulling it first"})",
       "model_not_found model"},
      {"Ollama, broken", 500, R"({"error":"llama runner process has terminated"})",
       "server_error model"},
      {"Ollama, too long", 400, R"({"error":"input length exceeds the context length"})",
       "context_overflow request"},
      {"vLLM, too long", 400,
       R"({"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400})",
       "context_overflow request"},
      {"vLLM, no such model", 404,
       R"({"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404})",
       "model_not_found model"},
      {"llama.cpp", 400,
       R"({"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}})",
       "context_overflow request"},
      {"FastAPI", 422, R"({"detail":[{"loc":["body","messages"],"msg":"field required"}]})",
       "bad_request request"},
      {"Moonshot, no credit", 429,
       R"({"error":{"message":"Your account is suspended, please check your plan and billing details","type":"exceeded_current_quota_error"}})",
       "billing key"},
      {"Moonshot, no capacity", 429,
       R"({"error":{"message":"The engine is currently overloaded","type":"engine_overloaded_error"}})",
       "overloaded model"},
      {"Moonshot, too fast", 429,
       R"({"error":{"message":"Your account request reached max RPM: 20, please try again after 1 seconds","type":"rate_limit_reached_error"}})",
       "rate_limited model 1000"},
      {"Kimi's filter of clients", 403,
       R"({"error":{"message":"only available for Coding Agents","type":"access_terminated_error"}})",
       "client_refused provider"},
      {"Azure waits in words", 429,
       R"({"error":{"code":"429","message":"Requests have exceeded the call rate limit. Please retry after 7 seconds."}})",
       "rate_limited model 7000"},
      {"Azure, no such deployment", 404,
       R"({"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist."}})",
       "model_not_found model"},
      {"Google's gate, a wrong key", 400,
       R"([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}])",
       "unauthenticated key"},
      {"a plan's window", 402,
       R"({"error":{"message":"weekly usage limit exhausted, resets tomorrow"}})",
       "quota_exhausted key"},
      {"a proxy's page", 502, "<html><h1>Bad Gateway</h1></html>", "server_error model"},
      {"a page for 429", 429, "<html>slow</html>", "rate_limited model"},
      {"nothing", 503, "", "overloaded model"},
      {"JSON of something else", 400, R"({"ok":false})", "bad_request request"},
      {"an empty error", 429, R"({"error":{}})", "rate_limited model"},
      {"an error that is null", 500, R"({"error":null})", "server_error model"},
      {"errors in errors", 400, R"([[[[[[[{"error":{"message":"x"}}]]]]]]])",
       "bad_request request"},
  });
}

TEST(OpenAiErrors, BelievesTheHeaderBeforeTheWords) {
  expect({{"both", 429,
           R"({"error":{"message":"Please try again in 20s","code":"rate_limit_exceeded"}})",
           "rate_limited model 5000"}},
         {{"retry-after", "5"}});
}

TEST(OpenAiErrors, ExplainsWhatStandsInsideAGoodReply) {
  const struct {
    const char* name;
    const char* body;
    const char* told;
  } cases[] = {
      {"a number", R"({"error":{"code":400,"message":"Token limit reached"},"choices":[]})",
       "bad_request request"},
      {"a word", R"({"error":{"message":"x","code":"insufficient_quota"}})", "billing key"},
      {"nothing of both", R"({"error":{"message":"x"}})", "server_error model"},
      {"no words", R"({"error":{}})", "server_error model"},
      {"a number that is no status", R"({"error":{"code":20,"message":"x"}})",
       "server_error model"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(told(explain_document(parse_json(c.body).value())), c.told);
  }
}

TEST(OpenAiErrors, FindsWaitsInWords) {
  const struct {
    const char* words;
    std::optional<Duration> wait;
  } cases[] = {
      {"Please try again in 20s.", seconds(20)},
      {"please try again in 6m0s, or", seconds(360)},
      {"Please try again in 120ms.", Duration(120)},
      {"try again in 1.5s", Duration(1500)},
      {"Please retry after 20 seconds.", seconds(20)},
      {"retry in 2 minutes", seconds(120)},
      {"try again in 1 hour", seconds(3600)},
      {"try again in a while", std::nullopt},
      {"try again in ", std::nullopt},
      {"try again later", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.words);
    EXPECT_EQ(wait_in_words(c.words), c.wait);
  }
}

TEST(OpenAiErrors, ReadsLimits) {
  const auto limits = [](const Headers& headers) { return limits_of({200, headers, ""}); };
  const auto triple = [](const char* limit, const char* remaining, const char* reset) {
    return Headers{{"x-ratelimit-limit-tokens", limit},
                   {"x-ratelimit-remaining-tokens", remaining},
                   {"x-ratelimit-reset-tokens", reset},
                   {"date", "Fri, 27 Nov 2026 10:00:00 GMT"}};
  };
  using Limits = std::vector<RateLimit>;
  const struct {
    const char* name;
    Headers headers;
    Limits limits;
  } cases[] = {
      {"milliseconds", triple("500", "499", "120ms"), {{"tokens", 500, 499, Duration(120)}}},
      {"seconds with a fraction",
       triple("500", "499", "8.64s"),
       {{"tokens", 500, 499, Duration(8640)}}},
      {"minutes", triple("500", "0", "6m0s"), {{"tokens", 500, 0, seconds(360)}}},
      {"a bare number", triple("500", "0", "30"), {{"tokens", 500, 0, seconds(30)}}},
      {"a moment in seconds", triple("500", "0", "1795773660"), {{"tokens", 500, 0, seconds(60)}}},
      {"a moment in milliseconds",
       triple("500", "0", "1795773660000"),
       {{"tokens", 500, 0, seconds(60)}}},
      {"a reset that is no time", triple("500", "0", "soon"), {{"tokens", 500, 0, std::nullopt}}},
      {"-1 is unknown", triple("-1", "-1", "0s"), {}},
      {"0 of 0 is unknown", triple("0", "0", "0s"), {}},
      {"no number", triple("many", "1", "0s"), {}},
      {"no remaining", {{"x-ratelimit-limit-tokens", "5"}}, {}},
      {"images",
       {{"x-ratelimit-limit-input-images", "9"}, {"x-ratelimit-remaining-input-images", "8"}},
       {{"input_images", 9, 8, std::nullopt}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(limits(c.headers), c.limits);
  }
}

}  // namespace
}  // namespace chela::openai
