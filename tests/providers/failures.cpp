// What each service answers when it does not serve: status, headers and body as documented or as
// people report them, and what follows.
#include "services.h"

namespace chela::stand_in {
namespace {

using models::Reason;

HttpAnswer page(int status, const std::string& words) {
  return HttpAnswer::whole(status, "<html><head><title>" + words + "</title></head></html>",
                           {{"Content-Type", "text/html"}});
}
// A whole reply that came to the end of its body and not of its JSON.
HttpAnswer half() {
  return json_answer(200, R"({"id":"x","type":"message",)");
}
HttpAnswer stream_of(const std::string& body) {
  return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}}).chunk(body).end();
}
HttpAnswer messages_error(int status, const std::string& type, const std::string& words,
                          HttpFields fields = {}) {
  fields.emplace_back("request-id", "req_1");
  return json_answer(status,
                     R"({"type":"error","error":{"type":")" + type + R"(","message":")" + words +
                         R"("},"request_id":"req_1"})",
                     std::move(fields));
}
HttpAnswer openai_error(int status, const std::string& type, const std::string& code,
                        const std::string& words, HttpFields fields = {}) {
  return json_answer(status,
                     R"({"error":{"message":")" + words + R"(","type":")" + type +
                         R"(","param":null,"code":")" + code + R"("}})",
                     std::move(fields));
}
HttpAnswer router_error(int status, const std::string& words, const std::string& metadata = "{}",
                        HttpFields fields = {}) {
  return json_answer(status,
                     R"({"error":{"code":)" + std::to_string(status) + R"(,"message":")" + words +
                         R"(","metadata":)" + metadata + R"(},"user_id":"user_1"})",
                     std::move(fields));
}
HttpAnswer google_error(int status, const std::string& name, const std::string& words,
                        const std::string& details = "[]") {
  return json_answer(status, R"({"error":{"code":)" + std::to_string(status) + R"(,"message":")" +
                                 words + R"(","status":")" + name + R"(","details":)" + details +
                                 "}}");
}
std::string quota_details(const std::string& quota, const std::string& wait) {
  return R"([{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":")" +
         quota + R"("}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":")" +
         wait + R"("}])";
}

}  // namespace

std::vector<Failing> failures_of_http() {
  return {
      {"fail-408", HttpAnswer::whole(408, ""), Reason::timeout, Then::rests_model},
      {"fail-413-page", page(413, "413 Payload Too Large"), Reason::too_large, Then::next},
      {"fail-429-page", page(429, "Slow down"), Reason::rate_limited, Then::rests_model},
      {"fail-502-page", page(502, "Bad gateway"), Reason::server_error, Then::rests_model},
      {"fail-503-page", page(503, "Busy"), Reason::overloaded, Then::rests_model},
      {"fail-504-page", page(504, "Timeout"), Reason::timeout, Then::rests_model},
      {"fail-503-wait", HttpAnswer::whole(503, "", {{"Retry-After", "120"}}), Reason::overloaded,
       Then::rests_model, 120},
      {"fail-200-page", page(200, "Welcome"), Reason::garbage, Then::rests_model},
      {"fail-200-garbage", json_answer(200, R"({"id":]})"), Reason::garbage, Then::rests_model},
      {"fail-200-nothing", HttpAnswer::whole(200, "", {{"Content-Type", "text/event-stream"}}),
       Reason::cut, Then::rests_model},
      {"fail-no-http", HttpAnswer::raw("SSH-2.0-OpenSSH_9.2\r\n").close(), Reason::garbage,
       Then::rests_provider},
  };
}

std::vector<Failing> failures_of_messages() {
  const std::string begin =
      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\","
      "\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],"
      "\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n";
  return {
      {"fail-400", messages_error(400, "invalid_request_error", "max_tokens: Field required"),
       Reason::bad_request, Then::stops},
      {"fail-400-credit",
       messages_error(400, "invalid_request_error",
                      "Your credit balance is too low to access the Anthropic API."),
       Reason::billing, Then::rests_key},
      {"fail-400-limit",
       messages_error(400, "invalid_request_error",
                      "You have reached your specified API usage limits. You will regain access on "
                      "2026-12-01 at 00:00 UTC.",
                      {{"Date", "Mon, 30 Nov 2026 23:00:00 GMT"}}),
       Reason::quota_exhausted, Then::rests_key, 3600},
      {"fail-400-long",
       messages_error(400, "invalid_request_error",
                      "prompt is too long: 210000 tokens > 200000 maximum"),
       Reason::context_overflow, Then::next},
      {"fail-401", messages_error(401, "authentication_error", "invalid x-api-key"),
       Reason::unauthenticated, Then::rests_key},
      {"fail-402", messages_error(402, "billing_error", "Payment required"), Reason::billing,
       Then::rests_key},
      {"fail-403", messages_error(403, "permission_error", "Not for your key"),
       Reason::permission_denied, Then::rests_key},
      {"fail-403-client",
       json_answer(403,
                   R"({"error":{"message":"Kimi For Coding is currently only available for Coding )"
                   R"(Agents such as Kimi CLI","type":"access_terminated_error"}})"),
       Reason::client_refused, Then::rests_provider, 3600},
      {"fail-404", messages_error(404, "not_found_error", "model: fail-404"),
       Reason::model_not_found, Then::rests_model, 3600},
      {"fail-413", messages_error(413, "request_too_large", "Request exceeds the maximum size"),
       Reason::too_large, Then::next},
      {"fail-429",
       messages_error(429, "rate_limit_error", "This request would exceed your rate limit",
                      {{"retry-after", "120"},
                       {"anthropic-ratelimit-requests-limit", "50"},
                       {"anthropic-ratelimit-requests-remaining", "0"},
                       {"anthropic-ratelimit-requests-reset", "2026-11-27T10:02:00Z"}}),
       Reason::rate_limited, Then::rests_model, 120},
      {"fail-429-plan",
       messages_error(429, "rate_limit_error", "You've reached your 5-hour usage limit"),
       Reason::quota_exhausted, Then::rests_key},
      {"fail-500", messages_error(500, "api_error", "Internal server error"), Reason::server_error,
       Then::rests_model},
      {"fail-504", messages_error(504, "timeout_error", "Request timed out"), Reason::timeout,
       Then::rests_model},
      {"fail-529", messages_error(529, "overloaded_error", "Overloaded"), Reason::overloaded,
       Then::rests_model},
      {"fail-in-stream",
       stream_of(begin +
                 "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                 "\"message\":\"Overloaded\"}}\n\n"),
       Reason::overloaded, Then::rests_model},
      {"fail-200-half", half(), Reason::cut, Then::rests_model},
      {"fail-half-stream", stream_of(begin), Reason::cut, Then::rests_model},
  };
}

std::vector<Failing> failures_of_openai() {
  const std::string begin =
      "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
      "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
      "\"finish_reason\":null}]}\n\n";
  return {
      {"fail-400",
       openai_error(400, "invalid_request_error", "unsupported_parameter", "Unsupported parameter"),
       Reason::bad_request, Then::stops},
      {"fail-400-long",
       openai_error(400, "invalid_request_error", "context_length_exceeded",
                    "This model's maximum context length is 128000 tokens."),
       Reason::context_overflow, Then::next},
      {"fail-400-filter", openai_error(400, "invalid_request_error", "content_filter", "Filtered"),
       Reason::refusal, Then::stops},
      {"fail-401",
       openai_error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided"),
       Reason::unauthenticated, Then::rests_key},
      {"fail-403",
       openai_error(403, "request_forbidden", "unsupported_country_region_territory",
                    "Country, region, or territory not supported"),
       Reason::permission_denied, Then::rests_provider},
      {"fail-404",
       openai_error(404, "invalid_request_error", "model_not_found", "The model does not exist"),
       Reason::model_not_found, Then::rests_model, 3600},
      {"fail-429",
       openai_error(429, "requests", "rate_limit_exceeded",
                    "Rate limit reached on requests per min (RPM): Limit 3, Used 3, Requested 1. "
                    "Please try again in 90s.",
                    {{"x-ratelimit-limit-requests", "3"},
                     {"x-ratelimit-remaining-requests", "0"},
                     {"x-ratelimit-reset-requests", "1m30s"}}),
       Reason::rate_limited, Then::rests_model, 90},
      {"fail-429-day",
       openai_error(429, "requests", "rate_limit_exceeded",
                    "Rate limit reached on requests per day (RPD): Limit 200, Used 200, Requested "
                    "1. Please try again in 47m12s."),
       Reason::quota_exhausted, Then::rests_model, 47 * 60},
      {"fail-429-quota",
       openai_error(429, "insufficient_quota", "insufficient_quota",
                    "You exceeded your current quota, please check your plan and billing details."),
       Reason::billing, Then::rests_key},
      {"fail-429-size",
       openai_error(429, "tokens", "rate_limit_exceeded",
                    "Request too large on tokens per min (TPM): Limit 8000, Requested 8098."),
       Reason::too_large, Then::next},
      {"fail-500", openai_error(500, "server_error", "server_error", "The server had an error"),
       Reason::server_error, Then::rests_model},
      {"fail-503",
       openai_error(503, "service_unavailable_error", "server_is_overloaded", "At capacity"),
       Reason::overloaded, Then::rests_model},
      {"fail-in-stream",
       stream_of(begin + "data: {\"error\":{\"message\":\"The server had an error\",\"type\":"
                         "\"server_error\",\"param\":null,\"code\":\"server_error\"}}\n\n"),
       Reason::server_error, Then::rests_model},
      {"fail-200-half", half(), Reason::garbage, Then::rests_model},
      {"fail-half-stream", stream_of(begin), Reason::cut, Then::rests_model},
  };
}

std::vector<Failing> failures_of_openrouter() {
  const std::string begin =
      ": OPENROUTER PROCESSING\n\ndata: {\"id\":\"gen-1\",\"provider\":\"Novita\",\"model\":\"m\","
      "\"object\":\"chat.completion.chunk\",\"created\":1,\"choices\":[{\"index\":0,\"delta\":"
      "{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
  return {
      {"fail-400", router_error(400, "Input validation error"), Reason::bad_request, Then::stops},
      {"fail-400-model", router_error(400, "x/y is not a valid model ID"), Reason::model_not_found,
       Then::rests_model, 3600},
      {"fail-401", router_error(401, "No auth credentials found"), Reason::unauthenticated,
       Then::rests_key},
      {"fail-402", router_error(402, "Insufficient credits. Add more using the settings page."),
       Reason::billing, Then::rests_key},
      {"fail-403-limit", router_error(403, "Key limit exceeded (total limit)."), Reason::billing,
       Then::rests_key},
      {"fail-403-moderation",
       router_error(403, "Your input was flagged",
                    R"({"reasons":["violence"],"flagged_input":"..","provider_name":"OpenAI"})"),
       Reason::refusal, Then::stops},
      {"fail-404", router_error(404, "No endpoints found for x/y."), Reason::model_not_found,
       Then::rests_model},
      {"fail-408", router_error(408, "Request timed out"), Reason::timeout, Then::rests_model},
      {"fail-429",
       router_error(429, "Provider returned error",
                    R"({"provider_name":"Google","raw":"temporarily rate-limited upstream"})",
                    {{"Retry-After", "120"}}),
       Reason::rate_limited, Then::rests_model, 120},
      {"fail-429-day", router_error(429, "Rate limit exceeded: free-models-per-day"),
       Reason::quota_exhausted, Then::rests_key},
      {"fail-502", router_error(502, "Provider is down"), Reason::server_error, Then::rests_model},
      {"fail-503", router_error(503, "No available provider"), Reason::overloaded,
       Then::rests_model},
      {"fail-200",
       json_answer(200, R"({"error":{"code":502,"message":"Provider returned error","metadata":)"
                        R"({"provider_name":"Novita","raw":"upstream failed"}}})"),
       Reason::server_error, Then::rests_model},
      {"fail-in-stream",
       stream_of(
           begin +
           "data: {\"id\":\"gen-1\",\"error\":{\"code\":429,\"message\":\"Slow\"},\"choices\":"
           "[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n"
           "data: [DONE]\n\n"),
       Reason::rate_limited, Then::rests_model},
      {"fail-200-half", half(), Reason::garbage, Then::rests_model},
      {"fail-half-stream", stream_of(begin), Reason::cut, Then::rests_model},
  };
}

std::vector<Failing> failures_of_compatible() {
  return {
      {"fail-200-half", half(), Reason::garbage, Then::rests_model},
      {"fail-nim-429", json_answer(429, R"({"status":429,"title":"Too Many Requests"})"),
       Reason::rate_limited, Then::rests_model},
      {"fail-nim-403",
       json_answer(403, R"({"status":403,"title":"Forbidden","detail":"Authorization failed"})"),
       Reason::permission_denied, Then::rests_key},
      {"fail-ollama-404", json_answer(404, R"({"error":"model not found, try pulling it first"})"),
       Reason::model_not_found, Then::rests_model, 3600},
      {"fail-ollama-500", json_answer(500, R"({"error":"llama runner process has terminated"})"),
       Reason::server_error, Then::rests_model},
      {"fail-vllm-400",
       json_answer(400, R"({"object":"error","message":"This model's maximum context length is )"
                        R"(4096 tokens.","type":"BadRequestError","param":null,"code":400})"),
       Reason::context_overflow, Then::next},
      {"fail-fastapi-422",
       json_answer(422, R"({"detail":[{"loc":["body","messages"],"msg":"field required"}]})"),
       Reason::bad_request, Then::stops},
      {"fail-moonshot-credit",
       json_answer(429, R"({"error":{"message":"Your account is suspended, please check your )"
                        R"(plan","type":"exceeded_current_quota_error"}})"),
       Reason::billing, Then::rests_key},
      {"fail-moonshot-rate",
       json_answer(429, R"({"error":{"message":"reached max RPM: 20, please try again after 90 )"
                        R"(seconds","type":"rate_limit_reached_error"}})"),
       Reason::rate_limited, Then::rests_model, 90},
      {"fail-moonshot-busy",
       json_answer(429, R"({"error":{"message":"The engine is currently overloaded","type":)"
                        R"("engine_overloaded_error"}})"),
       Reason::overloaded, Then::rests_model},
  };
}

std::vector<Failing> failures_of_google() {
  const std::string quota = "You exceeded your current quota, please check your plan and billing.";
  const std::string begin =
      "data: {\"candidates\":[{\"content\":{\"parts\":[],\"role\":\"model\"},\"index\":0}],"
      "\"usageMetadata\":{\"promptTokenCount\":3},\"responseId\":\"r\"}\r\n\r\n";
  return {
      {"fail-400", google_error(400, "INVALID_ARGUMENT", "Invalid value at 'contents'"),
       Reason::bad_request, Then::stops},
      {"fail-400-key",
       google_error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
                    R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":)"
                    R"("API_KEY_INVALID"}])"),
       Reason::unauthenticated, Then::rests_key},
      {"fail-400-long",
       google_error(400, "INVALID_ARGUMENT",
                    "The input token count (1200293) exceeds the maximum number of tokens allowed "
                    "(1048576)."),
       Reason::context_overflow, Then::next},
      {"fail-400-place",
       google_error(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
       Reason::permission_denied, Then::rests_provider},
      {"fail-402", google_error(402, "RESOURCE_EXHAUSTED", "The prepaid credit is used up."),
       Reason::billing, Then::rests_key},
      {"fail-403", google_error(403, "PERMISSION_DENIED", "Permission denied"),
       Reason::permission_denied, Then::rests_key},
      {"fail-404", google_error(404, "NOT_FOUND", "models/fail-404 is not found"),
       Reason::model_not_found, Then::rests_model, 3600},
      {"fail-429-minute",
       google_error(429, "RESOURCE_EXHAUSTED", quota,
                    quota_details("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "94.4s")),
       Reason::rate_limited, Then::rests_model, 94},
      {"fail-429-day",
       google_error(429, "RESOURCE_EXHAUSTED", quota,
                    quota_details("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "21s")),
       Reason::quota_exhausted, Then::rests_model, 1800},
      {"fail-429-plan",
       google_error(429, "RESOURCE_EXHAUSTED",
                    "Quota exceeded for metric: free_tier_requests, limit: 0"),
       Reason::billing, Then::rests_model},
      {"fail-500", google_error(500, "INTERNAL", "An internal error has occurred"),
       Reason::server_error, Then::rests_model},
      {"fail-503", google_error(503, "UNAVAILABLE", "The model is overloaded."), Reason::overloaded,
       Then::rests_model},
      {"fail-504", google_error(504, "DEADLINE_EXCEEDED", "Deadline expired"), Reason::timeout,
       Then::rests_model},
      {"fail-blocked",
       stream_of("data: {\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"},"
                 "\"usageMetadata\":{\"promptTokenCount\":3}}\r\n\r\n"),
       Reason::refusal, Then::stops},
      {"fail-malformed-call",
       stream_of("data: {\"candidates\":[{\"content\":{},\"finishReason\":"
                 "\"MALFORMED_FUNCTION_CALL\",\"index\":0}]}\r\n\r\n"),
       Reason::garbage, Then::next},
      {"fail-in-stream",
       stream_of(begin + "data: {\"error\":{\"code\":503,\"message\":\"The model is overloaded.\","
                         "\"status\":\"UNAVAILABLE\"}}\r\n\r\n"),
       Reason::overloaded, Then::rests_model},
      {"fail-200-half", half(), Reason::cut, Then::rests_model},
      {"fail-half-stream", stream_of(begin), Reason::cut, Then::rests_model},
  };
}

}  // namespace chela::stand_in
