// The JSON of chela/chat.h: reading, writing, and what a conversation must keep to.
#pragma once

#include "chela/chat.h"

namespace chela {
namespace internal {

inline tl::unexpected<Error> bad_chat(const std::string& where, const std::string& what) {
  return fail(ErrorCode::invalid_argument, "chat request: " + where + ": " + what);
}

inline void put(json::object& out, std::string_view key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

inline json::array parts_json(const std::vector<Part>& parts) {
  json::array out;
  for (const auto& part : parts) out.push_back(to_json(part));
  return out;
}

inline Result<std::vector<Part>> parse_parts(const json::value* value, const std::string& where) {
  std::vector<Part> parts;
  if (value == nullptr) return parts;
  if (value->is_string()) {
    if (value->get_string().empty()) return parts;
    Part part;
    part.text = std::string(value->get_string());
    parts.push_back(std::move(part));
    return parts;
  }
  if (!value->is_array()) return bad_chat(where, "wanted text or a list of parts");
  std::size_t index = 0;
  for (const auto& one : value->get_array()) {
    CHELA_TRY(Part part, parse_part(one, where + "[" + std::to_string(index++) + "]"));
    parts.push_back(std::move(part));
  }
  return parts;
}

inline Result<void> check_part(const Part& part, ChatRole role, const std::string& where) {
  switch (part.type) {
    case PartType::text:
      if (part.text.empty()) return bad_chat(where, "a text must not be empty");
      break;
    case PartType::image:
      if (role == ChatRole::assistant) return bad_chat(where, "an assistant sends no images");
      if (part.data.empty() == part.url.empty())
        return bad_chat(where, "an image has either data or url");
      if (!part.data.empty() && part.media_type.rfind("image/", 0) != 0)
        return bad_chat(where, "an image with data needs a media_type such as image/png");
      break;
    case PartType::thinking:
    case PartType::redacted_thinking:
      if (role != ChatRole::assistant) return bad_chat(where, "only an assistant thinks");
      break;
    case PartType::tool_call:
      if (role != ChatRole::assistant) return bad_chat(where, "only an assistant calls tools");
      if (part.id.empty() || part.name.empty())
        return bad_chat(where, "a tool call needs an id and a name");
      break;
    case PartType::tool_result:
      if (role != ChatRole::tool)
        return bad_chat(where, "results of tools belong into a message of role tool");
      if (part.id.empty()) return bad_chat(where, "a tool result needs the id of its call");
      for (const auto& inner : part.content) {
        if (inner.type != PartType::text && inner.type != PartType::image)
          return bad_chat(where, "a tool result holds text and images only");
        CHELA_TRY(check_part(inner, ChatRole::tool, where + ".content"));
      }
      return {};
  }
  if (role == ChatRole::tool && (part.type == PartType::tool_call))
    return bad_chat(where, "a message of role tool holds results only");
  return {};
}

inline std::vector<std::string> ids_of(const ChatMessage& message, PartType type) {
  std::vector<std::string> ids;
  for (const auto& part : message.content) {
    if (part.type == type) ids.push_back(part.id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

inline Result<void> check_tools(const ChatRequest& request) {
  for (std::size_t i = 0; i < request.tools.size(); ++i) {
    const std::string& name = request.tools[i].name;
    const bool is_good = !name.empty() && name.size() <= 64 &&
                         name.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789_-") == std::string::npos;
    if (!is_good)
      return bad_chat("tools[" + std::to_string(i) + "].name",
                      "wanted 1 to 64 letters, digits, '_' and '-', found '" + name + "'");
  }
  if (request.tool_choice != ToolChoice::named) return {};
  const bool is_there =
      std::any_of(request.tools.begin(), request.tools.end(),
                  [&](const Tool& tool) { return tool.name == request.tool_name; });
  if (!is_there) return bad_chat("tool_choice", "no tool is called '" + request.tool_name + "'");
  return {};
}

}  // namespace internal

inline json::object to_json(const Part& part) {
  json::object out{{"type", to_string(part.type)}};
  internal::put(out, "text", part.text);
  internal::put(out, "media_type", part.media_type);
  internal::put(out, "data", part.data);
  internal::put(out, "url", part.url);
  internal::put(out, "signature", part.signature);
  internal::put(out, "origin", part.origin);
  internal::put(out, "id", part.id);
  internal::put(out, "name", part.name);
  if (part.type == PartType::tool_call) out["arguments"] = part.arguments;
  internal::put(out, "invalid_arguments", part.invalid_arguments);
  if (part.type == PartType::tool_result) {
    out["content"] = internal::parts_json(part.content);
    if (part.is_error) out["is_error"] = true;
  }
  internal::put(out, "cache", part.cache);
  return out;
}

inline json::object to_json(const ChatMessage& message) {
  return {{"role", to_string(message.role)}, {"content", internal::parts_json(message.content)}};
}

inline json::object to_json(const ChatRequest& request) {
  json::object out{{"model", request.model}};
  if (!request.system.empty()) out["system"] = internal::parts_json(request.system);
  json::array messages;
  for (const auto& message : request.messages) messages.push_back(to_json(message));
  out["messages"] = std::move(messages);
  if (!request.tools.empty()) {
    json::array tools;
    for (const auto& tool : request.tools) {
      json::object one{{"name", tool.name}, {"parameters", tool.parameters}};
      internal::put(one, "description", tool.description);
      internal::put(one, "cache", tool.cache);
      tools.push_back(std::move(one));
    }
    out["tools"] = std::move(tools);
  }
  switch (request.tool_choice) {
    case ToolChoice::automatic:
      break;
    case ToolChoice::any:
      out["tool_choice"] = "any";
      break;
    case ToolChoice::none:
      out["tool_choice"] = "none";
      break;
    case ToolChoice::named:
      out["tool_choice"] = json::object{{"name", request.tool_name}};
      break;
  }
  if (!request.has_parallel_tools) out["parallel_tools"] = false;
  if (request.max_output_tokens > 0) out["max_output_tokens"] = request.max_output_tokens;
  if (request.temperature) out["temperature"] = *request.temperature;
  if (request.top_p) out["top_p"] = *request.top_p;
  if (!request.stop.empty()) out["stop"] = json::array(request.stop.begin(), request.stop.end());
  internal::put(out, "effort", request.effort);
  out["stream"] = request.is_streaming;
  return out;
}

inline json::object to_json(const Usage& usage) {
  json::object out{{"input_tokens", usage.input_tokens}, {"output_tokens", usage.output_tokens}};
  const auto put = [&](const char* key, std::int64_t count) {
    if (count != 0) out[key] = count;
  };
  put("cache_read_tokens", usage.cache_read_tokens);
  put("cache_write_5m_tokens", usage.cache_write_5m_tokens);
  put("cache_write_1h_tokens", usage.cache_write_1h_tokens);
  put("reasoning_tokens", usage.reasoning_tokens);
  internal::put(out, "cost_usd", usage.cost_usd);
  return out;
}

// Counts come from a plugin: negative ones are 0, and none is beyond 2^40.
inline Usage parse_usage(const json::value& value) {
  const auto count = [&](const char* key) {
    return std::clamp<std::int64_t>(get_int(value, key), 0, std::int64_t{1} << 40);
  };
  return {count("input_tokens"),          count("cache_read_tokens"),
          count("cache_write_5m_tokens"), count("cache_write_1h_tokens"),
          count("output_tokens"),         count("reasoning_tokens"),
          get_string(value, "cost_usd")};
}

inline Result<Part> parse_part(const json::value& value, const std::string& where) {
  if (!value.is_object()) return internal::bad_chat(where, "wanted an object");
  const std::string type = get_string(value, "type");
  const auto known = internal::value_of(internal::kPartTypes, type);
  if (!known) return internal::bad_chat(where + ".type", "no part is of type '" + type + "'");
  Part part;
  part.type = *known;
  part.text = get_string(value, "text");
  part.media_type = get_string(value, "media_type");
  part.data = get_string(value, "data");
  part.url = get_string(value, "url");
  part.signature = get_string(value, "signature");
  part.origin = get_string(value, "origin");
  part.id = get_string(value, "id");
  part.name = get_string(value, "name");
  part.invalid_arguments = get_string(value, "invalid_arguments");
  part.is_error = get_bool(value, "is_error");
  part.cache = get_string(value, "cache");
  if (!part.cache.empty() && part.cache != "5m" && part.cache != "1h")
    return internal::bad_chat(where + ".cache", "wanted 5m or 1h, found '" + part.cache + "'");
  if (const auto* arguments = find(value, "arguments"); arguments != nullptr) {
    if (!arguments->is_object())
      return internal::bad_chat(where + ".arguments", "wanted an object");
    part.arguments = arguments->get_object();
  }
  if (part.type == PartType::tool_result) {
    CHELA_TRY(part.content, internal::parse_parts(find(value, "content"), where + ".content"));
  }
  return part;
}

inline Result<ChatMessage> parse_chat_message(const json::value& value, const std::string& where) {
  if (!value.is_object()) return internal::bad_chat(where, "wanted an object");
  const std::string role = get_string(value, "role");
  const auto known = internal::value_of(internal::kChatRoles, role);
  if (!known)
    return internal::bad_chat(where + ".role",
                              "wanted user, assistant or tool, found '" + role + "'");
  ChatMessage message{*known, {}};
  CHELA_TRY(message.content, internal::parse_parts(find(value, "content"), where + ".content"));
  return message;
}

inline Result<void> check_chat_request(const ChatRequest& request) {
  using internal::bad_chat;
  if (request.model.empty()) return bad_chat("model", "is missing");
  if (request.messages.empty()) return bad_chat("messages", "wanted at least one");
  if (request.messages.front().role != ChatRole::user)
    return bad_chat("messages[0].role", "a conversation begins with the user");
  for (std::size_t i = 0; i < request.system.size(); ++i) {
    if (request.system[i].type != PartType::text || request.system[i].text.empty())
      return bad_chat("system[" + std::to_string(i) + "]", "wanted text that is not empty");
  }
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    const auto& message = request.messages[i];
    const std::string where = "messages[" + std::to_string(i) + "]";
    if (message.content.empty()) return bad_chat(where + ".content", "must not be empty");
    for (std::size_t k = 0; k < message.content.size(); ++k) {
      const std::string part = where + ".content[" + std::to_string(k) + "]";
      CHELA_TRY(internal::check_part(message.content[k], message.role, part));
      if (message.role == ChatRole::tool && message.content[k].type != PartType::tool_result)
        return bad_chat(part, "a message of role tool holds results only");
    }
    const auto calls = internal::ids_of(message, PartType::tool_call);
    if (std::adjacent_find(calls.begin(), calls.end()) != calls.end())
      return bad_chat(where, "two tool calls have the same id");
    const bool is_last = i + 1 == request.messages.size();
    const auto results = is_last ? std::vector<std::string>()
                                 : internal::ids_of(request.messages[i + 1], PartType::tool_result);
    if (calls != results) {
      return bad_chat(is_last ? where : "messages[" + std::to_string(i + 1) + "]",
                      calls.empty() ? "results of tools that nobody called"
                                    : "each tool call of the message before needs exactly one "
                                      "result in one message of role tool");
    }
  }
  return internal::check_tools(request);
}

inline Result<ChatRequest> parse_chat_request(const json::value& value) {
  using internal::bad_chat;
  if (!value.is_object()) return bad_chat("", "wanted an object");
  ChatRequest request;
  request.model = get_string(value, "model");
  CHELA_TRY(request.system, internal::parse_parts(find(value, "system"), "system"));
  if (const auto* messages = find(value, "messages"); messages != nullptr) {
    if (!messages->is_array()) return bad_chat("messages", "wanted a list");
    for (const auto& one : messages->get_array()) {
      const std::string where = "messages[" + std::to_string(request.messages.size()) + "]";
      CHELA_TRY(ChatMessage message, parse_chat_message(one, where));
      request.messages.push_back(std::move(message));
    }
  }
  if (const auto* tools = find(value, "tools"); tools != nullptr) {
    if (!tools->is_array()) return bad_chat("tools", "wanted a list");
    for (const auto& one : tools->get_array()) {
      const std::string where = "tools[" + std::to_string(request.tools.size()) + "]";
      Tool tool{
          get_string(one, "name"), get_string(one, "description"), {}, get_string(one, "cache")};
      const auto* parameters = find(one, "parameters");
      if (parameters != nullptr && !parameters->is_object())
        return bad_chat(where + ".parameters", "wanted a JSON Schema object");
      if (parameters != nullptr) tool.parameters = parameters->get_object();
      request.tools.push_back(std::move(tool));
    }
  }
  if (const auto* choice = find(value, "tool_choice"); choice != nullptr) {
    const std::string word = choice->is_string() ? std::string(choice->get_string()) : "";
    if (choice->is_object()) {
      request.tool_choice = ToolChoice::named;
      request.tool_name = get_string(*choice, "name");
    } else if (word == "any") {
      request.tool_choice = ToolChoice::any;
    } else if (word == "none") {
      request.tool_choice = ToolChoice::none;
    } else if (word != "auto") {
      return bad_chat("tool_choice", "wanted auto, any, none or {\"name\":..}");
    }
  }
  request.has_parallel_tools = get_bool(value, "parallel_tools", true);
  request.max_output_tokens = std::max<std::int64_t>(0, get_int(value, "max_output_tokens"));
  if (find(value, "temperature") != nullptr) request.temperature = get_double(value, "temperature");
  if (find(value, "top_p") != nullptr) request.top_p = get_double(value, "top_p");
  request.stop = get_strings(value, "stop");
  request.effort = get_string(value, "effort");
  if (!request.effort.empty() && request.effort != "off" && request.effort != "low" &&
      request.effort != "medium" && request.effort != "high")
    return bad_chat("effort", "wanted off, low, medium or high, found '" + request.effort + "'");
  request.is_streaming = get_bool(value, "stream", true);
  CHELA_TRY(check_chat_request(request));
  return request;
}

}  // namespace chela
