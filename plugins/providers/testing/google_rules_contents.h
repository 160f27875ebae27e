// The part of google_rules.h that judges `contents`: parts, roles, pairs of calls and responses.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "chela/json.h"

namespace chela::testing::google {

// What is wrong, "" for nothing.
using Problem = std::string;

inline Problem only(const json::value& value, const std::string& where,
                    std::initializer_list<std::string_view> known) {
  if (!value.is_object()) return "Invalid value at '" + where + "': wanted an object.";
  for (const auto& [key, unused] : value.get_object()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return "Invalid JSON payload received. Unknown name \"" + std::string(key) + "\" at '" +
             where + "': Cannot find field.";
    }
  }
  return {};
}

inline Problem wants_text(const json::value& object, const std::string& where,
                          std::string_view key) {
  if (!get_string(object, key).empty()) return {};
  return where + "." + std::string(key) + ": wanted a text.";
}

inline bool is_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return !text.empty() && text.size() % 4 != 1 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
             "+/-_") == std::string_view::npos;
}

inline bool is_function_name(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return is_letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-';
         });
}

// Generation 3 and later: calls need signatures, levels instead of budgets.
inline bool is_third_generation(std::string_view model) {
  return model.starts_with("gemini-") && !model.starts_with("gemini-1") &&
         !model.starts_with("gemini-2");
}

inline bool fetches_files(std::string_view model) {
  return is_third_generation(model) || model.starts_with("gemini-2.5-");
}

inline Problem check_blob(const json::value& blob, const std::string& where) {
  if (auto problem = only(blob, where, {"mimeType", "data"}); !problem.empty()) return problem;
  if (auto problem = wants_text(blob, where, "mimeType"); !problem.empty()) return problem;
  if (is_base64(get_string(blob, "data"))) return {};
  return "Invalid value at '" + where + ".data' (TYPE_BYTES), Base64 decoding failed.";
}

inline Problem check_file(const json::value& file, const std::string& where,
                          std::string_view model) {
  if (auto problem = only(file, where, {"mimeType", "fileUri"}); !problem.empty()) return problem;
  const std::string uri = get_string(file, "fileUri");
  if (uri.starts_with("https://") && fetches_files(model)) return {};
  return "Invalid or unsupported file uri: " + uri;
}

inline Problem check_call(const json::value& call, const std::string& where) {
  if (auto problem = only(call, where, {"id", "name", "args"}); !problem.empty()) return problem;
  if (!is_function_name(get_string(call, "name"))) return where + ".name: Invalid function name.";
  if (const auto* id = find(call, "id"); id != nullptr && get_string(call, "id").empty())
    return where + ".id: wanted a text.";
  const auto* args = find(call, "args");
  return args == nullptr || args->is_object() ? "" : where + ".args: wanted an object.";
}

inline Problem check_response(const json::value& response, const std::string& where,
                              std::string_view model) {
  if (auto problem = only(response, where, {"id", "name", "response", "parts"}); !problem.empty())
    return problem;
  if (auto problem = wants_text(response, where, "name"); !problem.empty()) return problem;
  const auto* object = find(response, "response");
  if (object == nullptr || !object->is_object())
    return "Invalid value at '" + where + ".response' (type.googleapis.com/google.protobuf.Struct)";
  const auto* parts = find(response, "parts");
  if (parts == nullptr) return {};
  if (!is_third_generation(model)) return where + ".parts: not supported for this model.";
  if (!parts->is_array() || parts->get_array().empty()) return where + ".parts: wanted a list.";
  for (const auto& part : parts->get_array()) {
    if (auto problem = only(part, where + ".parts", {"inlineData"}); !problem.empty())
      return problem;
    if (auto problem = check_blob(part.at("inlineData"), where + ".parts"); !problem.empty())
      return problem;
  }
  return {};
}

inline Problem check_part(const json::value& part, const std::string& where, std::string_view model,
                          bool is_model) {
  if (auto problem = only(part, where,
                          {"text", "inlineData", "fileData", "functionCall", "functionResponse",
                           "thought", "thoughtSignature"});
      !problem.empty())
    return problem;
  int kinds = 0;
  for (const char* key : {"text", "inlineData", "fileData", "functionCall", "functionResponse"})
    kinds += find(part, key) != nullptr ? 1 : 0;
  if (kinds != 1)
    return where + ".data: required oneof field 'data' must have one initialized field";
  const auto* signature = find(part, "thoughtSignature");
  if (signature != nullptr && !is_model) return where + ": signatures belong to the model's parts.";
  if (signature != nullptr && !is_base64(get_string(part, "thoughtSignature")))
    return "Invalid value at '" + where +
           ".thought_signature' (TYPE_BYTES), Base64 decoding failed.";
  if (find(part, "thought") != nullptr && (!is_model || find(part, "text") == nullptr))
    return where + ".thought: only texts of the model are thoughts.";
  if (find(part, "text") != nullptr) {
    const bool is_empty = get_string(part, "text").empty();
    return is_empty && signature == nullptr ? where + ".text: must not be empty." : "";
  }
  if (const auto* blob = find(part, "inlineData"))
    return is_model ? where + ": the model sends no files." : check_blob(*blob, where);
  if (const auto* file = find(part, "fileData"))
    return is_model ? where + ": the model sends no files." : check_file(*file, where, model);
  if (const auto* call = find(part, "functionCall"))
    return is_model ? check_call(*call, where) : where + ": only the model calls functions.";
  if (is_model) return where + ": the model answers no calls.";
  return check_response(part.at("functionResponse"), where, model);
}

// The values of `key` in the parts of one content, in their order.
inline std::vector<const json::value*> all_of(const json::value& content, std::string_view key) {
  std::vector<const json::value*> found;
  for (const auto& part : content.at("parts").as_array()) {
    if (const auto* one = find(part, key)) found.push_back(one);
  }
  return found;
}

inline Problem check_pairs(const json::value& calls, const json::value* answer) {
  const auto asked = all_of(calls, "functionCall");
  const auto answered =
      answer == nullptr ? std::vector<const json::value*>() : all_of(*answer, "functionResponse");
  if (asked.size() != answered.size()) {
    return "Please ensure that the number of function response parts is equal to the number of "
           "function call parts of the function call turn.";
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (get_string(*asked[i], "name") != get_string(*answered[i], "name") ||
        get_string(*asked[i], "id") != get_string(*answered[i], "id"))
      return "Please ensure that function responses have the names and ids of their calls.";
  }
  return {};
}

inline Problem check_signatures(const json::value& content, const std::string& where) {
  for (const auto& part : content.at("parts").as_array()) {
    if (find(part, "functionCall") == nullptr) continue;
    if (find(part, "thoughtSignature") != nullptr) return {};
    return "Function call is missing a thought_signature in functionCall parts at " + where + ".";
  }
  return {};
}

inline Problem check_contents(const json::value* contents, std::string_view model) {
  if (contents == nullptr || !contents->is_array() || contents->get_array().empty())
    return "* GenerateContentRequest.contents: contents is not specified";
  const auto& list = contents->get_array();
  std::string last_role;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = "contents[" + std::to_string(i) + "]";
    if (auto problem = only(list[i], where, {"role", "parts"}); !problem.empty()) return problem;
    const std::string role = get_string(list[i], "role");
    if (role != "user" && role != "model") return "Please use a valid role: user, model.";
    if (role == last_role) return where + ": roles take turns.";
    if (i == 0 && role != "user") return where + ": a conversation begins with the user.";
    last_role = role;
    const auto* parts = find(list[i], "parts");
    if (parts == nullptr || !parts->is_array() || parts->get_array().empty())
      return "* GenerateContentRequest." + where + ".parts: contents.parts must not be empty.";
    for (std::size_t k = 0; k < parts->get_array().size(); ++k) {
      const std::string part = where + ".parts[" + std::to_string(k) + "]";
      if (auto problem = check_part(parts->get_array()[k], part, model, role == "model");
          !problem.empty())
        return problem;
    }
    if (role == "user" && i == 0 && !all_of(list[i], "functionResponse").empty())
      return "Please ensure that a function response turn comes after a function call turn.";
    if (role == "user") continue;
    const auto* next = i + 1 < list.size() ? &list[i + 1] : nullptr;
    if (auto problem = check_pairs(list[i], next); !problem.empty()) return problem;
    if (!is_third_generation(model)) continue;
    if (auto problem = check_signatures(list[i], where); !problem.empty()) return problem;
  }
  return {};
}

}  // namespace chela::testing::google
