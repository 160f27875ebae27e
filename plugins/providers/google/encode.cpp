#include "encode.h"

#include <charconv>

#include "contents.h"
#include "model_family.h"

namespace provider_google {
namespace {

using chela::ChatRequest;
using chela::Result;
using chela::ToolChoice;
using chela::internal::bad_chat;
namespace json = chela::json;

constexpr std::size_t kMostStops = 5;

Result<json::array> declarations(const ChatRequest& request) {
  json::array out;
  for (std::size_t i = 0; i < request.tools.size(); ++i) {
    const auto& tool = request.tools[i];
    const char first = tool.name.front();
    if (first == '-' || (first >= '0' && first <= '9')) {
      return bad_chat("tools[" + std::to_string(i) + "].name",
                      "Gemini wants a letter or '_' at the front, found '" + tool.name + "'");
    }
    json::object one{{"name", tool.name}, {"description", tool.description}};
    // `parameters` would take a dialect of OpenAPI; this takes JSON Schema as it is.
    if (!tool.parameters.empty()) one["parametersJsonSchema"] = tool.parameters;
    out.push_back(std::move(one));
  }
  return out;
}

Result<void> put_tools(const ChatRequest& request, json::object& body) {
  const bool is_forced =
      request.tool_choice == ToolChoice::any || request.tool_choice == ToolChoice::named;
  if (request.tools.empty()) {
    if (is_forced) return bad_chat("tool_choice", "a call is wanted, but there are no tools");
    return {};
  }
  CHELA_TRY(json::array functions, declarations(request));
  body["tools"] = json::array{json::object{{"functionDeclarations", std::move(functions)}}};
  if (request.tool_choice == ToolChoice::automatic) return {};
  json::object config{{"mode", is_forced ? "ANY" : "NONE"}};
  if (request.tool_choice == ToolChoice::named)
    config["allowedFunctionNames"] = json::array{request.tool_name};
  body["toolConfig"] = json::object{{"functionCallingConfig", std::move(config)}};
  return {};
}

json::object thinking_config(const ModelFamily& family, const std::string& effort,
                             bool wants_thoughts) {
  json::object out;
  if (family.control == ThinkingControl::none) return out;
  const std::string_view amount = thinking_for(family, effort);
  if (!amount.empty() && family.control == ThinkingControl::level) out["thinkingLevel"] = amount;
  if (!amount.empty() && family.control == ThinkingControl::budget) {
    std::int64_t tokens = 0;
    std::from_chars(amount.data(), amount.data() + amount.size(), tokens);
    out["thinkingBudget"] = tokens;
  }
  const bool thinks = effort.empty() ? family.thinks_by_default : effort != "off";
  if (wants_thoughts && thinks) out["includeThoughts"] = true;
  return out;
}

Result<json::object> generation_config(const ChatRequest& request, const ModelFamily& family,
                                       bool wants_thoughts) {
  json::object out;
  if (request.max_output_tokens > 0) out["maxOutputTokens"] = request.max_output_tokens;
  if (request.temperature) out["temperature"] = *request.temperature;
  if (request.top_p) out["topP"] = *request.top_p;
  if (request.stop.size() > kMostStops) {
    return bad_chat("stop", "Gemini takes at most " + std::to_string(kMostStops) +
                                " sequences, found " + std::to_string(request.stop.size()));
  }
  if (!request.stop.empty())
    out["stopSequences"] = json::array(request.stop.begin(), request.stop.end());
  json::object thinking = thinking_config(family, request.effort, wants_thoughts);
  if (!thinking.empty()) out["thinkingConfig"] = std::move(thinking);
  return out;
}

}  // namespace

std::string_view model_name(std::string_view model) {
  constexpr std::string_view kPrefix = "models/";
  if (model.starts_with(kPrefix)) model.remove_prefix(kPrefix.size());
  return model;
}

std::string url_escaped(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

Result<json::object> chat_body(const ChatRequest& request, bool wants_thoughts) {
  const ModelFamily& family = family_of(model_name(request.model));
  json::object body;
  CHELA_TRY(body["contents"], contents_of(request.messages, family));
  if (!request.system.empty()) {
    json::array parts;
    for (const auto& part : request.system) parts.push_back(json::object{{"text", part.text}});
    body["systemInstruction"] = json::object{{"parts", std::move(parts)}};
  }
  CHELA_TRY(put_tools(request, body));
  CHELA_TRY(json::object config, generation_config(request, family, wants_thoughts));
  if (!config.empty()) body["generationConfig"] = std::move(config);
  return body;
}

}  // namespace provider_google
