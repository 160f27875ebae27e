// What a Messages API refuses in a conversation; written from its documentation, without a look at
// how chela writes requests.
#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chela/json.h"

namespace chela::testing::anthropic_rules {

using Complaint = std::optional<std::string>;  // the words of an invalid_request_error

inline bool is_only(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}
inline bool is_name(std::string_view text, std::size_t limit) {
  return !text.empty() && text.size() <= limit &&
         is_only(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
}
inline bool is_blank(std::string_view text) {
  return is_only(text, " \t\r\n\v\f");
}

inline Complaint only_members(const json::value& value, const std::string& where,
                              std::initializer_list<std::string_view> known) {
  if (!value.is_object()) return where + ": Input should be an object";
  for (const auto& [key, member] : value.get_object()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      return where + "." + std::string(key) + ": Extra inputs are not permitted";
  }
  return std::nullopt;
}

// What is seen along one request.
struct Walk {
  std::string signature_prefix{};  // thoughts must be signed so; "": any signature
  int marks = 0;
  bool has_short_mark = false;
  std::set<std::string> call_ids{};

  Complaint mark(const json::value& block, const std::string& where) {
    const auto* mark = find(block, "cache_control");
    if (mark == nullptr) return std::nullopt;
    if (auto bad = only_members(*mark, where + ".cache_control", {"type", "ttl"})) return bad;
    const std::string ttl = get_string(*mark, "ttl", "5m");
    if (get_string(*mark, "type") != "ephemeral" || (ttl != "5m" && ttl != "1h"))
      return where + ".cache_control: Input should be ephemeral, for 5m or 1h";
    if (++marks > 4)
      return "A maximum of 4 blocks with cache_control may be provided. Found " +
             std::to_string(marks) + ".";
    if (ttl == "1h" && has_short_mark)
      return where + ".cache_control.ttl: a ttl='1h' block must not come after a ttl='5m' block";
    has_short_mark = has_short_mark || ttl == "5m";
    return std::nullopt;
  }

  Complaint text(const json::value& block, const std::string& where) {
    if (auto bad = only_members(block, where, {"type", "text", "cache_control", "citations"}))
      return bad;
    if (is_blank(get_string(block, "text")))
      return where + ": text content blocks must contain non-whitespace text";
    return mark(block, where);
  }

  Complaint image(const json::value& block, const std::string& where) {
    if (auto bad = only_members(block, where, {"type", "source", "cache_control"})) return bad;
    const auto* source = find(block, "source");
    if (source == nullptr) return where + ".source: Field required";
    if (get_string(*source, "type") == "url") {
      if (auto bad = only_members(*source, where + ".source", {"type", "url"})) return bad;
      if (!get_string(*source, "url").starts_with("https://"))
        return where + ".source.url: Only HTTPS URLs are supported.";
      return mark(block, where);
    }
    if (auto bad = only_members(*source, where + ".source", {"type", "media_type", "data"}))
      return bad;
    const std::string type = get_string(*source, "media_type");
    if (get_string(*source, "type") != "base64" || get_string(*source, "data").empty() ||
        (type != "image/jpeg" && type != "image/png" && type != "image/gif" &&
         type != "image/webp"))
      return where +
             ".source.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' "
             "or 'image/webp'";
    return mark(block, where);
  }

  Complaint result(const json::value& block, const std::string& where) {
    if (auto bad = only_members(block, where,
                                {"type", "tool_use_id", "content", "is_error", "cache_control"}))
      return bad;
    if (!is_name(get_string(block, "tool_use_id"), 1000))
      return where + ".tool_use_id: String should match pattern '^[a-zA-Z0-9_-]+$'";
    const auto* content = find(block, "content");
    if (content != nullptr && content->is_array()) {
      std::size_t index = 0;
      for (const auto& inner : content->get_array()) {
        const std::string place = where + ".content." + std::to_string(index++);
        const std::string type = get_string(inner, "type");
        if (type == "image" && get_bool(block, "is_error"))
          return place + ": all content must be type \"text\" if \"is_error\" is true";
        auto bad = type == "image"  ? image(inner, place)
                   : type == "text" ? text(inner, place)
                                    : Complaint(place + ".type: Input tag not expected");
        if (bad) return bad;
      }
    }
    return mark(block, where);
  }

  Complaint call(const json::value& block, const std::string& where) {
    if (auto bad = only_members(block, where, {"type", "id", "name", "input", "cache_control"}))
      return bad;
    const std::string id = get_string(block, "id");
    if (!is_name(id, 1000)) return where + ".id: String should match pattern '^[a-zA-Z0-9_-]+$'";
    if (!call_ids.insert(id).second) return where + ".id: `tool_use` ids must be unique";
    if (!is_name(get_string(block, "name"), 128))
      return where + ".name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'";
    const auto* input = find(block, "input");
    if (input == nullptr || !input->is_object())
      return where + ".input: Input should be a valid dictionary";
    return mark(block, where);
  }

  Complaint thought(const json::value& block, const std::string& where) {
    if (get_string(block, "type") == "redacted_thinking") {
      if (auto bad = only_members(block, where, {"type", "data"})) return bad;
      if (get_string(block, "data").empty()) return where + ".data: Field required";
      return std::nullopt;
    }
    if (auto bad = only_members(block, where, {"type", "thinking", "signature"})) return bad;
    if (!find_string(block, "thinking")) return where + ".thinking: Field required";
    const std::string signature = get_string(block, "signature");
    if (signature.empty() || !signature.starts_with(signature_prefix))
      return where + ": Invalid `signature` in `thinking` block";
    return std::nullopt;
  }

  Complaint block(const json::value& one, bool is_assistant, const std::string& where) {
    const std::string type = get_string(one, "type");
    if (type == "text") return text(one, where);
    if (type == "image" && !is_assistant) return image(one, where);
    if (type == "tool_result" && !is_assistant) return result(one, where);
    if (type == "tool_use" && is_assistant) return call(one, where);
    if ((type == "thinking" || type == "redacted_thinking") && is_assistant)
      return thought(one, where);
    return where + ".type: Input tag '" + type +
           "' found using 'type' does not match any of the "
           "expected tags";
  }
};

inline std::vector<std::string> ids(const json::value& message, std::string_view type,
                                    std::string_view member) {
  std::vector<std::string> found;
  const auto* content = find(message, "content");
  if (content == nullptr || !content->is_array()) return found;
  for (const auto& block : content->get_array()) {
    if (get_string(block, "type") == type) found.push_back(get_string(block, member));
  }
  return found;
}

// Each call is answered in the very next message, before anything else there.
inline Complaint check_pairs(const json::array& messages, std::size_t i) {
  const std::string where = "messages." + std::to_string(i);
  auto calls = ids(messages[i], "tool_use", "id");
  auto answers = i + 1 < messages.size() ? ids(messages[i + 1], "tool_result", "tool_use_id")
                                         : std::vector<std::string>();
  if (i == 0 && !ids(messages[0], "tool_result", "tool_use_id").empty())
    return "messages.0: unexpected `tool_use_id` found in `tool_result` blocks";
  std::sort(calls.begin(), calls.end());
  std::sort(answers.begin(), answers.end());
  if (calls != answers) {
    return where +
           (calls.size() > answers.size()
                ? ": `tool_use` ids were found without `tool_result` blocks immediately after"
                : ": unexpected `tool_use_id` found in `tool_result` blocks");
  }
  bool has_other = false;
  if (const auto* content = find(messages[i], "content"); content && content->is_array()) {
    for (const auto& block : content->get_array()) {
      const bool is_result = get_string(block, "type") == "tool_result";
      if (is_result && has_other) return where + ": `tool_result` blocks must come first";
      has_other = has_other || !is_result;
    }
  }
  return std::nullopt;
}

inline Complaint check_messages(const json::array& messages, Walk& walk) {
  if (messages.empty()) return "messages: at least one message is required";
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string where = "messages." + std::to_string(i);
    if (auto bad = only_members(messages[i], where, {"role", "content"})) return bad;
    const std::string role = get_string(messages[i], "role");
    if (role != "user" && role != "assistant")
      return where + ".role: Input should be 'user' or 'assistant'";
    if (i == 0 && role != "user") return "messages: first message must use the \"user\" role";
    const auto* content = find(messages[i], "content");
    if (content == nullptr) return where + ".content: Field required";
    if (content->is_string()) {
      if (is_blank(content->get_string()))
        return where + ": user messages must have non-empty content";
      continue;
    }
    if (!content->is_array() || content->get_array().empty())
      return where + ": messages must have non-empty content";
    std::size_t index = 0;
    for (const auto& block : content->get_array()) {
      if (auto bad =
              walk.block(block, role == "assistant", where + ".content." + std::to_string(index++)))
        return bad;
    }
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (auto bad = check_pairs(messages, i)) return bad;
  }
  return std::nullopt;
}

}  // namespace chela::testing::anthropic_rules
