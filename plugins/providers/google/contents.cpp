#include "contents.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace provider_google {
namespace {

using chela::ChatMessage;
using chela::ChatRole;
using chela::Part;
using chela::PartType;
using chela::Result;
namespace json = chela::json;

bool is_ours(const Part& part) {
  return !part.signature.empty() && part.origin == kOrigin;
}

// What the address says that it is; "" where it does not say.
std::string_view media_type_of(std::string_view url) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kTypes{{
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".webp", "image/webp"},
      {".heic", "image/heic"},
      {".heif", "image/heif"},
  }};
  url = url.substr(0, url.find_first_of("?#"));
  for (const auto& [ending, type] : kTypes) {
    if (url.ends_with(ending)) return type;
  }
  return {};
}

Result<json::object> image(const Part& part, const ModelFamily& family, const std::string& where) {
  if (!part.data.empty()) {
    return json::object{
        {"inlineData", json::object{{"mimeType", part.media_type}, {"data", part.data}}}};
  }
  if (!part.url.starts_with("https://"))
    return chela::internal::bad_chat(where, "Gemini fetches images from https addresses only");
  if (!family.takes_file_urls) {
    return chela::internal::bad_chat(
        where, "this model takes images as data only, found an address; newer Gemini models fetch");
  }
  json::object file{{"fileUri", part.url}};
  const std::string_view type =
      part.media_type.empty() ? media_type_of(part.url) : std::string_view(part.media_type);
  if (!type.empty()) file["mimeType"] = type;
  return json::object{{"fileData", std::move(file)}};
}

void put_id(json::object& object, const std::string& id) {
  if (!id.empty() && !id.starts_with(kMadeId)) object["id"] = id;
}

json::object call(const Part& part) {
  json::object function{{"name", part.name}};
  put_id(function, part.id);
  // The model sees what it wrote, beside the result that says what is wrong with it.
  function["args"] = part.invalid_arguments.empty()
                         ? part.arguments
                         : json::object{{"invalid_arguments", part.invalid_arguments}};
  json::object out{{"functionCall", std::move(function)}};
  if (is_ours(part)) out["thoughtSignature"] = part.signature;
  return out;
}

// Nothing for thoughts that this service cannot use.
void add_assistant_part(const Part& part, json::array& parts) {
  switch (part.type) {
    case PartType::text: {
      json::object text{{"text", part.text}};
      if (is_ours(part)) text["thoughtSignature"] = part.signature;
      parts.push_back(std::move(text));
      return;
    }
    case PartType::thinking: {
      if (!is_ours(part)) return;
      // Without words it was the signature of a part that had no text (see the decoder).
      json::object thought{{"text", part.text}, {"thoughtSignature", part.signature}};
      if (!part.text.empty()) thought["thought"] = true;
      parts.push_back(std::move(thought));
      return;
    }
    case PartType::tool_call:
      parts.push_back(call(part));
      return;
    case PartType::image:
    case PartType::redacted_thinking:  // this API gives none
    case PartType::tool_result:
      return;
  }
}

// Of the calls in one step only the first needs a signature.
void sign_foreign_call(json::array& parts) {
  for (auto& part : parts) {
    auto& object = part.get_object();
    if (!object.contains("functionCall")) continue;
    if (!object.contains("thoughtSignature")) object["thoughtSignature"] = kForeignCall;
    return;
  }
}

std::string name_of(const Part& result, const ChatMessage& calls) {
  if (!result.name.empty()) return result.name;
  for (const auto& part : calls.content) {
    if (part.type == PartType::tool_call && part.id == result.id) return part.name;
  }
  return {};
}

// {"functionResponse":{"name":"read","response":{"output":"hello"}}}. Images that the model does
// not take inside a result go to `behind`.
Result<json::object> response(const Part& result, std::string name, const ModelFamily& family,
                              const std::string& where, json::array& behind) {
  std::string text;
  json::array inside;
  for (const auto& part : result.content) {
    if (part.type == PartType::text) {
      if (!text.empty()) text += '\n';
      text += part.text;
      continue;
    }
    CHELA_TRY(json::object one, image(part, family, where));
    const bool fits = family.takes_result_images && one.contains("inlineData");
    (fits ? inside : behind).push_back(std::move(one));
  }
  json::object function{{"name", std::move(name)}};
  put_id(function, result.id);
  function["response"] = json::object{{result.is_error ? "error" : "output", text}};
  if (!inside.empty()) function["parts"] = std::move(inside);
  return json::object{{"functionResponse", std::move(function)}};
}

// Results stand in the order of their calls: without ids the service pairs them so.
Result<json::array> responses(const ChatMessage& message, const ChatMessage& calls,
                              const ModelFamily& family, const std::string& where) {
  json::array parts;
  json::array behind;
  for (const auto& made : calls.content) {
    if (made.type != PartType::tool_call) continue;
    const auto result = std::find_if(message.content.begin(), message.content.end(),
                                     [&](const Part& part) { return part.id == made.id; });
    if (result == message.content.end()) continue;  // a checked request has it
    CHELA_TRY(json::object one, response(*result, name_of(*result, calls), family, where, behind));
    parts.push_back(std::move(one));
  }
  for (auto& image : behind) parts.push_back(std::move(image));
  return parts;
}

Result<json::array> user_parts(const ChatMessage& message, const ModelFamily& family,
                               const std::string& where) {
  json::array parts;
  for (const auto& part : message.content) {
    if (part.type == PartType::text) {
      parts.push_back(json::object{{"text", part.text}});
      continue;
    }
    CHELA_TRY(json::object one, image(part, family, where));
    parts.push_back(std::move(one));
  }
  return parts;
}

json::array model_parts(const ChatMessage& message, const ModelFamily& family) {
  json::array parts;
  for (const auto& part : message.content) add_assistant_part(part, parts);
  if (family.needs_call_signatures) sign_foreign_call(parts);
  return parts;
}

// Neighbours of one role become one content.
void append(json::array& contents, std::string_view role, json::array parts) {
  if (parts.empty()) return;
  if (!contents.empty() && contents.back().at("role").as_string() == role) {
    auto& there = contents.back().at("parts").as_array();
    there.insert(there.end(), parts.begin(), parts.end());
    return;
  }
  contents.push_back(json::object{{"role", role}, {"parts", std::move(parts)}});
}

}  // namespace

Result<json::array> contents_of(const std::vector<ChatMessage>& messages,
                                const ModelFamily& family) {
  json::array contents;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const ChatMessage& message = messages[i];
    const std::string where = "messages[" + std::to_string(i) + "].content";
    if (message.role == ChatRole::assistant) {
      append(contents, "model", model_parts(message, family));
      continue;
    }
    const bool is_tool = message.role == ChatRole::tool && i > 0;
    CHELA_TRY(json::array parts, is_tool ? responses(message, messages[i - 1], family, where)
                                         : user_parts(message, family, where));
    append(contents, "user", std::move(parts));
  }
  return contents;
}

}  // namespace provider_google
