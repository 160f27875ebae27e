#include "openai_encode.h"

#include <algorithm>

#include "openai_messages.h"
#include "openai_models.h"
#include "wire.h"

namespace chela::openai {
namespace {

constexpr std::size_t kMaxStops = 4;

// The service wants `type` and, for an object, `properties`.
json::object schema_of(const Tool& tool) {
  json::object schema = tool.parameters;
  if (!schema.contains("type")) schema["type"] = "object";
  if (!schema.contains("properties")) schema["properties"] = json::object();
  return schema;
}

void put_tools(const ModelTraits& traits, const ChatRequest& request, json::object& body) {
  if (request.tools.empty()) return;
  json::array tools;
  for (const auto& tool : request.tools) {
    json::object function{{"name", tool.name}};
    if (!tool.description.empty()) function["description"] = tool.description;
    function["parameters"] = schema_of(tool);
    tools.push_back(json::object{{"type", "function"}, {"function", std::move(function)}});
  }
  body["tools"] = std::move(tools);
  if (request.tool_choice == ToolChoice::any) body["tool_choice"] = "required";
  if (request.tool_choice == ToolChoice::none) body["tool_choice"] = "none";
  if (request.tool_choice == ToolChoice::named)
    body["tool_choice"] =
        json::object{{"type", "function"}, {"function", json::object{{"name", request.tool_name}}}};
  if (!request.has_parallel_tools && traits.has_parallel_switch)
    body["parallel_tool_calls"] = false;
}

void put_effort(const Service& service, const ModelTraits& traits, const ChatRequest& request,
                json::object& body) {
  if (request.effort.empty()) return;
  if (service.host == Host::openrouter) {
    body["reasoning"] = json::object{{"effort", request.effort == "off" ? "none" : request.effort}};
    return;
  }
  if (traits.effort_off.empty()) return;
  body["reasoning_effort"] =
      request.effort == "off" ? traits.effort_off : std::string_view(request.effort);
}

Result<void> put_limits(const Service& service, const ModelTraits& traits,
                        const ChatRequest& request, json::object& body) {
  if (request.max_output_tokens > 0) {
    const bool is_new = service.host == Host::official ||
                        (service.host == Host::compatible && traits.has_completion_limit);
    body[is_new ? "max_completion_tokens" : "max_tokens"] = request.max_output_tokens;
  }
  // OpenRouter leaves out by itself what a model does not take.
  const bool is_filtered = service.host != Host::openrouter;
  if (!is_filtered || traits.has_sampling) {
    if (request.temperature) body["temperature"] = *request.temperature;
    if (request.top_p) body["top_p"] = *request.top_p;
  }
  if (request.stop.empty()) return {};
  // Without its stop sequences a reply would be another one, so they are not just left out.
  if (is_filtered && !traits.has_stop)
    return fail(ErrorCode::invalid_argument,
                "model '" + request.model + "' takes no stop sequences");
  if (request.stop.size() > kMaxStops)
    return fail(ErrorCode::invalid_argument, "the service takes at most 4 stop sequences, found " +
                                                 std::to_string(request.stop.size()));
  body["stop"] = json::array(request.stop.begin(), request.stop.end());
  return {};
}

}  // namespace

std::string wire_call_id(const Service& service, const std::string& model, const std::string& id) {
  const bool is_strict = service.host == Host::openrouter && model.starts_with("anthropic/");
  const bool is_good = id.size() <= 40 && std::all_of(id.begin(), id.end(), [&](char c) {
                         const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                              (c >= '0' && c <= '9') || c == '_' || c == '-';
                         return is_word || (!is_strict && c > ' ' && c < '\x7f');
                       });
  if (is_good) return id;
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  std::string out = "call_";
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[hash >> shift & 15];
  return out;
}

Result<WireRequest> encode_chat(const Service& service, const ChatRequest& request) {
  const ModelTraits traits = model_traits(request.model);
  json::object body{{"model", request.model}};
  CHELA_TRY(json::array messages, encode_messages(service, traits, request));
  body["messages"] = std::move(messages);
  put_tools(traits, request, body);
  CHELA_TRY(put_limits(service, traits, request, body));
  put_effort(service, traits, request, body);
  body["stream"] = request.is_streaming;
  if (request.is_streaming && service.asks_for_usage)
    body["stream_options"] = json::object{{"include_usage", true}};
  for (const auto& [name, value] : service.body) body[name] = value;

  WireRequest wire{"POST", wire::join_url(service.base_url, "chat/completions"), service.headers,
                   json::serialize(body)};
  wire.headers.emplace_back("accept",
                            request.is_streaming ? "text/event-stream" : "application/json");
  return wire;
}

}  // namespace chela::openai
