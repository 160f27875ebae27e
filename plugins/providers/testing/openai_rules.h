// What a service of OpenAI's Chat Completions refuses: a strict reader of requests, for tests.
//
// Written from the services' references and from recorded refusals, without a look at the encoder.
// Where services differ in how much they let pass, this one lets nothing pass.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/json.h"

namespace chela::testing::openai_rules {

enum class Kind { official, openrouter, compatible };

struct Asked {
  std::string method{};
  std::string path{};                                        // "/v1/chat/completions"
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body{};
};

// The answer of the real service.
struct Refusal {
  int status = 400;
  std::string body{};
};

// nullopt: the service would take it.
std::optional<Refusal> refuse(const Asked& asked, Kind kind);

namespace internal {

using Found = std::optional<Refusal>;

inline Refusal error(int status, const std::string& message, const std::string& code,
                     const std::string& param = "") {
  json::object inner{{"message", message}, {"type", "invalid_request_error"}};
  inner["param"] = param.empty() ? json::value(nullptr) : json::value(param);
  inner["code"] = code.empty() ? json::value(nullptr) : json::value(code);
  return {status, json::serialize(json::object{{"error", std::move(inner)}})};
}
inline Refusal bad(const std::string& where, const std::string& what) {
  return error(400, "Invalid '" + where + "': " + what, "invalid_value", where);
}

inline Found unknown_member(const json::value& object, const std::string& where,
                            std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object.get_object()) {
    if (std::find(known.begin(), known.end(), std::string_view(key)) == known.end())
      return error(400, "Unknown parameter: '" + where + std::string(key) + "'.",
                   "unknown_parameter", where + std::string(key));
  }
  return std::nullopt;
}

inline bool is_name(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

// Models that think before they answer, and take fewer parameters.
inline bool is_thinker(std::string_view model) {
  if (model.starts_with("gpt-5-chat")) return false;
  if (model == "gpt-5" || model.starts_with("gpt-5-") || model.starts_with("gpt-5.")) return true;
  return model.size() >= 2 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9' &&
         (model.size() == 2 || model[2] == '-');
}

class Reader {
 public:
  Reader(Kind kind, const json::value& body) : kind_(kind), body_(body) {
    model_ = get_string(body, "model");
    is_claude_ = kind == Kind::openrouter && model_.starts_with("anthropic/");
  }

  Found chat() {
    if (auto found = members()) return found;
    if (model_.empty()) return error(400, "you must provide a model parameter", "");
    if (auto found = messages()) return found;
    if (auto found = tools()) return found;
    if (auto found = numbers()) return found;
    if (auto found = streaming()) return found;
    if (is_claude_ && marks_ > 4)
      return bad("messages", "a maximum of 4 blocks with cache_control");
    return std::nullopt;
  }

  Found embeddings() {
    if (auto found =
            unknown_member(body_, "", {"model", "input", "encoding_format", "dimensions", "user"}))
      return found;
    if (model_.empty()) return error(400, "you must provide a model parameter", "");
    const auto* input = find(body_, "input");
    if (input == nullptr || !input->is_array() || input->get_array().empty())
      return bad("input", "wanted a list that is not empty");
    if (input->get_array().size() > 2048) return bad("input", "array too long");
    for (const auto& text : input->get_array()) {
      if (!text.is_string() || text.get_string().empty())
        return bad("input", "input cannot be an empty string");
    }
    const std::string format = get_string(body_, "encoding_format");
    if (format != "float" && format != "base64") return bad("encoding_format", "float or base64");
    if (find(body_, "dimensions") != nullptr && get_int(body_, "dimensions") < 1)
      return error(400, "0 is less than the minimum of 1 - 'dimensions'", "");
    return std::nullopt;
  }

 private:
  Found members() const {
    if (kind_ == Kind::openrouter)
      return unknown_member(
          body_, "",
          {"model", "messages", "tools", "tool_choice", "parallel_tool_calls", "max_tokens",
           "temperature", "top_p", "stop", "stream", "stream_options", "reasoning", "provider",
           "usage", "models", "plugins", "transforms"});
    if (kind_ == Kind::compatible)
      return unknown_member(body_, "",
                            {"model", "messages", "tools", "tool_choice", "parallel_tool_calls",
                             "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop",
                             "stream", "stream_options", "reasoning_effort", "keep_alive"});
    return unknown_member(body_, "",
                          {"model",
                           "messages",
                           "tools",
                           "tool_choice",
                           "parallel_tool_calls",
                           "max_tokens",
                           "max_completion_tokens",
                           "temperature",
                           "top_p",
                           "stop",
                           "stream",
                           "stream_options",
                           "reasoning_effort",
                           "service_tier",
                           "store",
                           "prompt_cache_key",
                           "user",
                           "safety_identifier",
                           "seed",
                           "response_format"});
  }

  Found messages() {
    const auto* list = find(body_, "messages");
    if (list == nullptr || !list->is_array()) return bad("messages", "wanted a list");
    if (list->get_array().empty())
      return error(400, "Invalid 'messages': empty array.", "empty_array", "messages");
    std::size_t i = 0;
    for (const auto& message : list->get_array()) {
      const std::string where = "messages[" + std::to_string(i++) + "].";
      if (!message.is_object()) return bad(where, "wanted an object");
      if (auto found = one_message(message, where)) return found;
    }
    if (!open_ids_.empty()) return unanswered();
    return std::nullopt;
  }

  Refusal unanswered() const {
    return error(400,
                 "An assistant message with 'tool_calls' must be followed by tool messages "
                 "responding to each 'tool_call_id': " +
                     *open_ids_.begin(),
                 "", "messages");
  }

  Found one_message(const json::value& message, const std::string& where) {
    const std::string role = get_string(message, "role");
    if (role == "tool") return tool_message(message, where);
    if (!open_ids_.empty()) return unanswered();
    if (role == "assistant") return assistant_message(message, where);
    if (role == "developer" && kind_ != Kind::official)
      return bad(where + "role", "developer is not known here");
    if (role != "system" && role != "user" && role != "developer")
      return bad(where + "role", "no such role: " + role);
    if (auto found = unknown_member(message, where, {"role", "content", "name"})) return found;
    return content(find(message, "content"), where + "content", role == "user");
  }

  Found tool_message(const json::value& message, const std::string& where) {
    if (auto found = unknown_member(message, where, {"role", "content", "tool_call_id"}))
      return found;
    if (open_ids_.erase(get_string(message, "tool_call_id")) == 0)
      return error(400,
                   "messages with role 'tool' must be a response to a preceding message with "
                   "'tool_calls'",
                   "", "messages");
    return content(find(message, "content"), where + "content", false);
  }

  Found assistant_message(const json::value& message, const std::string& where) {
    const bool may_think = kind_ != Kind::official;
    if (auto found = may_think ? unknown_member(message, where,
                                                {"role", "content", "tool_calls", "reasoning",
                                                 "reasoning_content", "reasoning_details"})
                               : unknown_member(message, where, {"role", "content", "tool_calls"}))
      return found;
    const auto* calls = find(message, "tool_calls");
    const auto* text = find(message, "content");
    const bool is_null = text == nullptr || text->is_null();
    if (is_null && calls == nullptr)
      return bad(where + "content",
                 "expected a string, got null; it may be null with tool_calls only");
    if (!is_null) {
      if (auto found = content(text, where + "content", false)) return found;
    }
    if (calls == nullptr) return std::nullopt;
    if (!calls->is_array() || calls->get_array().empty())
      return error(400, "Invalid '" + where + "tool_calls': empty array.", "empty_array", where);
    for (const auto& call : calls->get_array()) {
      if (auto found = one_call(call, where + "tool_calls.")) return found;
    }
    return std::nullopt;
  }

  Found one_call(const json::value& call, const std::string& where) {
    if (!call.is_object()) return bad(where, "wanted an object");
    if (auto found = unknown_member(call, where, {"id", "type", "function"})) return found;
    const std::string id = get_string(call, "id");
    if (id.empty()) return bad(where + "id", "is missing");
    if (id.size() > 40)
      return error(400,
                   "Invalid '" + where +
                       "id': string too long. Expected a string with maximum "
                       "length 40.",
                   "string_above_max_length", where + "id");
    if (is_claude_ && !is_name(id, 64))
      return bad(where + "id", "String should match pattern '^[a-zA-Z0-9_-]+$'");
    if (!open_ids_.insert(id).second) return bad(where + "id", "is there twice");
    if (get_string(call, "type") != "function") return bad(where + "type", "wanted function");
    const auto* function = find(call, "function");
    if (function == nullptr || !function->is_object()) return bad(where + "function", "is missing");
    if (auto found = unknown_member(*function, where + "function.", {"name", "arguments"}))
      return found;
    if (!is_name(get_string(*function, "name"), 64))
      return bad(where + "function.name", "does not match '^[a-zA-Z0-9_-]+$'");
    const auto* arguments = find(*function, "arguments");
    if (arguments == nullptr || !arguments->is_string())
      return bad(where + "function.arguments", "expected a string");
    const auto parsed = parse_json(arguments->get_string());
    if (!parsed || !parsed->is_object())
      return bad(where + "function.arguments", "expected the JSON text of an object");
    return std::nullopt;
  }

  Found content(const json::value* value, const std::string& where, bool may_show) {
    if (value == nullptr) return bad(where, "is missing");
    if (value->is_string())
      return value->get_string().empty() ? Found(bad(where, "is empty")) : std::nullopt;
    if (!value->is_array() || value->get_array().empty()) return bad(where, "wanted text or parts");
    for (const auto& part : value->get_array()) {
      if (!part.is_object()) return bad(where, "wanted parts");
      if (auto found = one_part(part, where + ".", may_show)) return found;
    }
    return std::nullopt;
  }

  Found one_part(const json::value& part, const std::string& where, bool may_show) {
    if (const auto* mark = find(part, "cache_control")) {
      if (!is_claude_) return bad(where + "cache_control", "unknown parameter");
      ++marks_;
      const std::string ttl = get_string(*mark, "ttl", "5m");
      if (get_string(*mark, "type") != "ephemeral" || (ttl != "5m" && ttl != "1h"))
        return bad(where + "cache_control", "no such cache");
      if (ttl == "1h" && has_short_mark_)
        return bad(where + "cache_control", "ttl '1h' must not come after ttl '5m'");
      has_short_mark_ = ttl == "5m";
    }
    const std::string type = get_string(part, "type");
    if (type == "text") {
      if (auto found = unknown_member(part, where, {"type", "text", "cache_control"})) return found;
      return get_string(part, "text").empty() ? Found(bad(where + "text", "is empty"))
                                              : std::nullopt;
    }
    if (type != "image_url" || !may_show) return bad(where + "type", "not here: " + type);
    if (auto found = unknown_member(part, where, {"type", "image_url"})) return found;
    const auto* image = find(part, "image_url");
    const std::string url = image == nullptr ? "" : get_string(*image, "url");
    const bool is_data = url.starts_with("data:image/") &&
                         url.find(";base64,") != std::string::npos && !url.ends_with(",");
    if (!is_data && !url.starts_with("https://") && !url.starts_with("http://"))
      return bad(where + "image_url.url", "expected a base64-encoded data URL or an address");
    return std::nullopt;
  }

  Found tools() const {
    const auto* list = find(body_, "tools");
    if (list == nullptr) {
      for (const auto* name : {"tool_choice", "parallel_tool_calls"}) {
        if (find(body_, name) != nullptr)
          return error(400,
                       std::string("'") + name + "' is only allowed when 'tools' are specified.",
                       "", name);
      }
      return std::nullopt;
    }
    if (!list->is_array() || list->get_array().empty())
      return error(400, "Invalid 'tools': empty array.", "empty_array", "tools");
    std::set<std::string> names;
    for (const auto& tool : list->get_array()) {
      const auto* function = find(tool, "function");
      if (get_string(tool, "type") != "function" || function == nullptr || !function->is_object())
        return bad("tools", "wanted functions");
      if (auto found = unknown_member(*function, "tools.function.",
                                      {"name", "description", "parameters", "strict"}))
        return found;
      const std::string name = get_string(*function, "name");
      if (!is_name(name, 64)) return bad("tools.function.name", "does not match the pattern");
      names.insert(name);
      const auto* schema = find(*function, "parameters");
      if (schema == nullptr || get_string(*schema, "type") != "object" ||
          find(*schema, "properties") == nullptr)
        return error(
            400, "Invalid schema for function '" + name + "': object schema missing properties.",
            "invalid_function_parameters", "tools");
    }
    return tool_choice(names);
  }

  Found tool_choice(const std::set<std::string>& names) const {
    if (find(body_, "parallel_tool_calls") != nullptr && kind_ != Kind::openrouter &&
        is_thinker(model_) && !model_.starts_with("gpt-5"))
      return unsupported("parallel_tool_calls");
    const auto* choice = find(body_, "tool_choice");
    if (choice == nullptr) return std::nullopt;
    if (choice->is_string()) {
      const std::string_view word = choice->get_string();
      if (word == "none" || word == "auto" || word == "required") return std::nullopt;
      return bad("tool_choice", "no such choice");
    }
    const auto* function = find(*choice, "function");
    if (get_string(*choice, "type") != "function" || function == nullptr ||
        !names.contains(get_string(*function, "name")))
      return bad("tool_choice", "no such function in tools");
    return std::nullopt;
  }

  static Refusal unsupported(const std::string& name) {
    return error(400, "Unsupported parameter: '" + name + "' is not supported with this model.",
                 "unsupported_parameter", name);
  }

  Found numbers() const {
    const bool is_thinking = kind_ != Kind::openrouter && is_thinker(model_);
    for (const auto* name : {"max_tokens", "max_completion_tokens"}) {
      if (find(body_, name) != nullptr && get_int(body_, name) < 1) return bad(name, "below 1");
    }
    if (find(body_, "max_tokens") != nullptr && find(body_, "max_completion_tokens") != nullptr)
      return bad("max_tokens", "only one of the two limits");
    if (is_thinking) {
      for (const auto* name : {"max_tokens", "temperature", "top_p", "stop"}) {
        if (find(body_, name) != nullptr) return unsupported(name);
      }
    }
    const double temperature = get_double(body_, "temperature", 1);
    if (temperature < 0 || temperature > 2) return bad("temperature", "0 to 2");
    const double top_p = get_double(body_, "top_p", 1);
    if (top_p < 0 || top_p > 1) return bad("top_p", "0 to 1");
    if (const auto* stop = find(body_, "stop")) {
      if (!stop->is_array() || stop->get_array().empty() || stop->get_array().size() > 4)
        return bad("stop", "1 to 4");
    }
    const std::string effort = get_string(body_, "reasoning_effort");
    if (find(body_, "reasoning_effort") == nullptr) return std::nullopt;
    if (!is_thinking && model_.find("gpt-oss") == std::string::npos)
      return unsupported("reasoning_effort");
    std::set<std::string> known{"low", "medium", "high"};
    if (model_.starts_with("gpt-5.")) known.insert("none");
    if (model_ == "gpt-5" || model_.starts_with("gpt-5-")) known.insert("minimal");
    if (!known.contains(effort)) return bad("reasoning_effort", "not for this model: " + effort);
    return std::nullopt;
  }

  Found streaming() const {
    const auto* stream = find(body_, "stream");
    if (stream != nullptr && !stream->is_bool()) return bad("stream", "wanted a boolean");
    const auto* options = find(body_, "stream_options");
    if (options == nullptr) return std::nullopt;
    if (!get_bool(body_, "stream") || !options->is_object())
      return error(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                   "", "stream_options");
    return unknown_member(*options, "stream_options.", {"include_usage", "include_obfuscation"});
  }

  Kind kind_;
  const json::value& body_;
  std::string model_;
  bool is_claude_ = false;
  std::set<std::string> open_ids_;
  int marks_ = 0;
  bool has_short_mark_ = false;
};

inline Found headers_of(const Asked& asked, Kind kind) {
  std::set<std::string> seen;
  std::string key;
  std::string type;
  for (const auto& [name, value] : asked.headers) {
    if (!seen.insert(name).second) return error(400, "header '" + name + "' is there twice", "");
    if (name == "authorization") key = value;
    if (name == "content-type") type = value;
    if (name == "x-api-key" || name == "anthropic-version")
      return error(400, "header of another API: " + name, "");
  }
  const bool has_key = key.starts_with("Bearer ") && key.size() > 7;
  if (!has_key && kind != Kind::compatible)
    return error(401, "You didn't provide an API key.", "invalid_api_key");
  if (asked.method == "POST" && type != "application/json")
    return error(415, "Unsupported content type: '" + type + "'", "unsupported_content_type");
  return std::nullopt;
}

}  // namespace internal

inline std::optional<Refusal> refuse(const Asked& asked, Kind kind) {
  using namespace internal;
  const std::string_view path = asked.path;
  const bool is_chat = path.ends_with("/v1/chat/completions");
  const bool is_embeddings = path.ends_with("/v1/embeddings");
  const bool is_list =
      path.ends_with("/v1/models") ||
      (kind == Kind::openrouter && (path.ends_with("/v1/key") || path.ends_with("/v1/credits")));
  if (!is_chat && !is_embeddings && !is_list)
    return error(404, "Invalid URL (" + asked.method + " " + asked.path + ")", "unknown_url");
  if (asked.method != (is_list ? "GET" : "POST"))
    return error(405, "Not allowed to " + asked.method + " on " + asked.path,
                 "method_not_supported");
  if (auto found = headers_of(asked, kind)) return found;
  if (is_list)
    return asked.body.empty() ? std::nullopt : Found(error(400, "a GET with a body", ""));
  const auto body = parse_json(asked.body);
  if (!body || !body->is_object())
    return error(400, "We could not parse the JSON body of your request.", "");
  Reader reader(kind, *body);
  return is_chat ? reader.chat() : reader.embeddings();
}

}  // namespace chela::testing::openai_rules
