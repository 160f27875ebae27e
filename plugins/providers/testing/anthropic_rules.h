// A strict Messages API: which requests the real service would refuse, and with what.
//
// Source: Anthropic's API reference, version 2023-06-01, and the errors that people report.
#pragma once

#include <algorithm>

#include "anthropic_message_rules.h"
#include "chela/provider.h"

namespace chela::testing {

struct AnthropicRules {
  std::string path = "/v1/messages";
  std::string key{};  // the one that is taken; "": any
  // Which models there are; empty: all.
  std::vector<std::string> models{};
  std::string signature_prefix{};  // of its own thoughts
  bool takes_prefill = true;
  bool takes_sampling = true;
  bool takes_budget = true;    // thinking {enabled}
  bool takes_adaptive = true;  // thinking {adaptive}, output_config
  std::int64_t min_thinking_output_tokens = 0;
  std::int64_t max_output_tokens = 0;  // 0: no limit
};

struct AnthropicRefusal {
  int status = 0;
  std::string body{};
};

namespace anthropic_rules {

inline AnthropicRefusal refusal(int status, std::string_view type, const std::string& message) {
  return {status, json::serialize(
                      json::object{{"type", "error"},
                                   {"error", json::object{{"type", type}, {"message", message}}},
                                   {"request_id", "req_strict"}})};
}

inline Complaint check_tools(const json::value& body, Walk& walk) {
  const auto* tools = find(body, "tools");
  const auto* choice = find(body, "tool_choice");
  std::set<std::string> names;
  if (tools != nullptr) {
    if (!tools->is_array() || tools->get_array().empty())
      return "tools: Input should be a list that is not empty";
    std::size_t index = 0;
    for (const auto& tool : tools->get_array()) {
      const std::string where = "tools." + std::to_string(index++);
      if (auto bad = only_members(
              tool, where, {"name", "description", "input_schema", "cache_control", "strict"}))
        return bad;
      const std::string name = get_string(tool, "name");
      if (!is_name(name, 128)) return where + ".name: String should match pattern";
      if (!names.insert(name).second) return "tools: Tool names must be unique.";
      const auto* schema = find(tool, "input_schema");
      if (schema == nullptr || get_string(*schema, "type") != "object")
        return where + ".input_schema.type: Input should be 'object'";
      for (const char* word : {"oneOf", "allOf", "anyOf"}) {
        if (find(*schema, word) != nullptr)
          return where + ".input_schema: does not support oneOf, allOf, or anyOf at the top level";
      }
      if (auto bad = walk.mark(tool, where)) return bad;
    }
  }
  if (choice == nullptr) return std::nullopt;
  if (tools == nullptr) return "tool_choice: may only be specified while providing `tools`";
  if (auto bad =
          only_members(*choice, "tool_choice", {"type", "name", "disable_parallel_tool_use"}))
    return bad;
  const std::string type = get_string(*choice, "type");
  if (type == "tool") {
    if (!names.contains(get_string(*choice, "name"))) return "tool_choice: Tool not found";
  } else if ((type != "auto" && type != "any" && type != "none") ||
             find(*choice, "name") != nullptr) {
    return "tool_choice.type: Input should be 'auto', 'any', 'none' or 'tool' with a name";
  }
  if (type == "none" && find(*choice, "disable_parallel_tool_use") != nullptr)
    return "tool_choice.none.disable_parallel_tool_use: Extra inputs are not permitted";
  return std::nullopt;
}

// The first block of the assistant's turn that the last results belong to.
inline std::string begin_of_turn(const json::array& messages) {
  const auto first_type = [&](std::size_t i) {
    const auto* content = find(messages[i], "content");
    return content != nullptr && content->is_array() ? get_string(content->at(0), "type") : "text";
  };
  std::size_t begin = messages.size();
  while (begin > 0 && (get_string(messages[begin - 1], "role") == "assistant" ||
                       first_type(begin - 1) == "tool_result"))
    --begin;
  return begin < messages.size() ? first_type(begin) : "";
}

inline Complaint check_thinking(const AnthropicRules& rules, const json::value& body,
                                const json::array& messages) {
  if (const auto* config = find(body, "output_config")) {
    if (!rules.takes_adaptive) return "output_config: Extra inputs are not permitted";
    if (auto bad = only_members(*config, "output_config", {"effort", "format"})) return bad;
    const std::string effort = get_string(*config, "effort");
    if (effort != "low" && effort != "medium" && effort != "high" && effort != "max")
      return "output_config.effort: Input should be 'low', 'medium', 'high' or 'max'";
  }
  const auto* thinking = find(body, "thinking");
  if (thinking == nullptr) return std::nullopt;
  const std::string type = get_string(*thinking, "type");
  if (type == "disabled") return only_members(*thinking, "thinking", {"type"});
  if (find(body, "temperature") != nullptr && get_double(body, "temperature") != 1)
    return "`temperature` may only be set to 1 when thinking is enabled";
  if (find(body, "top_p") != nullptr && get_double(body, "top_p") < 0.95)
    return "`top_p` must be greater than or equal to 0.95 when thinking is enabled";
  if (const auto* choice = find(body, "tool_choice")) {
    const std::string word = get_string(*choice, "type");
    if (word == "any" || word == "tool")
      return "Thinking may not be enabled when tool_choice forces tool use.";
  }
  if (get_string(messages.back(), "role") == "assistant")
    return "prefilling the assistant is not supported with thinking";
  const std::int64_t max_tokens = get_int(body, "max_tokens");
  if (max_tokens < rules.min_thinking_output_tokens)
    return "max_tokens: thinking needs at least " +
           std::to_string(rules.min_thinking_output_tokens);
  if (type == "adaptive" && rules.takes_adaptive)
    return only_members(*thinking, "thinking", {"type", "display"});
  if (type != "enabled" || !rules.takes_budget)
    return "thinking.type: Input tag '" + type + "' is not supported by this model";
  if (auto bad = only_members(*thinking, "thinking", {"type", "budget_tokens"})) return bad;
  const std::int64_t budget = get_int(*thinking, "budget_tokens");
  if (budget < 1024)
    return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  if (budget >= max_tokens) return "`max_tokens` must be greater than `thinking.budget_tokens`";
  const std::string first = begin_of_turn(messages);
  if (!first.empty() && first != "thinking" && first != "redacted_thinking")
    return "Expected `thinking` or `redacted_thinking`, but found `" + first + "`";
  return std::nullopt;
}

inline Complaint check_end(const AnthropicRules& rules, const json::array& messages) {
  const json::value& last = messages.back();
  if (get_string(last, "role") != "assistant") return std::nullopt;
  if (!rules.takes_prefill)
    return "This model does not support assistant message prefill. The conversation must end with "
           "a user message.";
  const auto* content = find(last, "content");
  const std::string text = content->is_string() ? std::string(content->get_string())
                                                : get_string(content->get_array().back(), "text");
  if (!text.empty() && is_blank(text.substr(text.size() - 1)))
    return "messages: final assistant content cannot end with trailing whitespace";
  return std::nullopt;
}

inline Complaint check_numbers(const AnthropicRules& rules, const json::value& body) {
  const auto* max_tokens = find(body, "max_tokens");
  if (max_tokens == nullptr || !max_tokens->is_int64() || max_tokens->get_int64() < 1)
    return "max_tokens: Field required, at least 1";
  if (rules.max_output_tokens > 0 && max_tokens->get_int64() > rules.max_output_tokens)
    return "max_tokens: " + std::to_string(max_tokens->get_int64()) + " > " +
           std::to_string(rules.max_output_tokens);
  for (const char* name : {"temperature", "top_p"}) {
    const auto* value = find(body, name);
    if (value == nullptr) continue;
    if (!rules.takes_sampling) return std::string("`") + name + "` is deprecated for this model.";
    const double number = value->is_number() ? value->to_number<double>() : -1;
    if (number < 0 || number > 1) return std::string(name) + ": Input should be from 0 to 1";
  }
  if (find(body, "temperature") != nullptr && find(body, "top_p") != nullptr)
    return "`temperature` and `top_p` cannot both be specified for this model.";
  if (const auto* stream = find(body, "stream"); stream != nullptr && !stream->is_bool())
    return "stream: Input should be a valid boolean";
  if (const auto* stops = find(body, "stop_sequences")) {
    if (!stops->is_array()) return "stop_sequences: Input should be a valid list";
    for (const auto& stop : stops->get_array()) {
      if (!stop.is_string() || is_blank(stop.get_string()))
        return "stop_sequences: each stop sequence must contain non-whitespace";
    }
  }
  return std::nullopt;
}

inline Complaint check_body(const AnthropicRules& rules, const json::value& body) {
  if (auto bad = only_members(body, "body",
                              {"model", "max_tokens", "messages", "system", "tools", "tool_choice",
                               "stop_sequences", "stream", "temperature", "top_p", "thinking",
                               "output_config", "metadata", "service_tier"}))
    return bad;
  if (auto bad = check_numbers(rules, body)) return bad;
  Walk walk;
  walk.signature_prefix = rules.signature_prefix;
  if (auto bad = check_tools(body, walk)) return bad;
  if (const auto* system = find(body, "system"); system != nullptr && !system->is_string()) {
    if (!system->is_array() || system->get_array().empty()) return "system: Input should be a list";
    std::size_t index = 0;
    for (const auto& block : system->get_array()) {
      const std::string where = "system." + std::to_string(index++);
      if (get_string(block, "type") != "text") return where + ".type: Input should be 'text'";
      if (auto bad = walk.text(block, where)) return bad;
    }
  }
  const auto* messages = find(body, "messages");
  if (messages == nullptr || !messages->is_array()) return "messages: Field required";
  if (auto bad = check_messages(messages->get_array(), walk)) return bad;
  if (auto bad = check_end(rules, messages->get_array())) return bad;
  return check_thinking(rules, body, messages->get_array());
}

}  // namespace anthropic_rules

// nullopt: the request is taken. `path` is that of the URL, perhaps with a query; names of headers
// are in lower case.
inline std::optional<AnthropicRefusal> refused_by(const AnthropicRules& rules,
                                                  std::string_view method, std::string_view path,
                                                  const Headers& headers, std::string_view body) {
  using anthropic_rules::refusal;
  const WireReply seen{0, headers, {}};
  if (path.substr(0, path.find('?')) != rules.path)
    return refusal(404, "not_found_error", "Not found");
  if (method != "POST") return refusal(405, "invalid_request_error", "Method Not Allowed");
  std::string key(seen.header("x-api-key"));
  if (key.empty() && seen.header("authorization").starts_with("Bearer "))
    key = std::string(seen.header("authorization").substr(7));
  if (key.empty()) return refusal(401, "authentication_error", "x-api-key header is required");
  if (!rules.key.empty() && key != rules.key)
    return refusal(401, "authentication_error", "invalid x-api-key");
  const std::string_view version = seen.header("anthropic-version");
  if (version != "2023-06-01" && version != "2026-10-21")
    return refusal(400, "invalid_request_error",
                   "anthropic-version: \"" + std::string(version) + "\" is not a valid version");
  if (!seen.header("content-type").starts_with("application/json"))
    return refusal(400, "invalid_request_error", "content-type: wanted application/json");
  if (body.size() > 32u << 20)
    return refusal(413, "request_too_large", "Request exceeds the maximum size");
  const auto document = parse_json(body);
  if (!document || !document->is_object())
    return refusal(400, "invalid_request_error", "The request body is not valid JSON");
  const std::string model = get_string(*document, "model");
  if (model.empty()) return refusal(400, "invalid_request_error", "model: Field required");
  if (!rules.models.empty() &&
      std::find(rules.models.begin(), rules.models.end(), model) == rules.models.end())
    return refusal(404, "not_found_error", "model: " + model);
  if (const auto bad = anthropic_rules::check_body(rules, *document))
    return refusal(400, "invalid_request_error", *bad);
  return std::nullopt;
}

}  // namespace chela::testing
