#include "chat_generator.h"

#include <iterator>

namespace provider_google {
namespace {

using chela::ChatMessage;
using chela::ChatRole;
using chela::Part;
using chela::PartType;
namespace json = chela::json;

// One of each family.
constexpr const char* kModels[] = {"gemini-2.0-flash",       "gemini-2.5-flash",
                                   "models/gemini-2.5-pro",  "gemini-2.5-flash-lite",
                                   "gemini-2.5-flash-image", "gemini-3-pro-preview",
                                   "gemini-3-flash-preview", "gemini-3.1-pro-preview",
                                   "gemini-3.1-flash-lite",  "gemini-3-pro-image",
                                   "gemma-3-27b-it",         "gemini-flash-latest",
                                   "gemini-9-unheard-of",    "gemini-2.5-pro-preview-tts"};
constexpr const char* kWords[] = {"a",  "the \"file\"", "line\nbreak", "\xc3\xa4\xf0\x9f\xa6\x80",
                                  "  ", "{{secret}}",   "</s>"};
constexpr const char* kTools[] = {"read", "get_weather", "_find-it", "list3"};
constexpr const char* kIds[] = {"chela-abc-", "toolu_", "call_", "functions.name:", "0"};

}  // namespace

std::string ChatGenerator::words() {
  std::string out;
  for (std::size_t left = 1 + below(4); left > 0; --left) out += kWords[below(std::size(kWords))];
  return out;
}

Part ChatGenerator::text(bool may_be_signed) {
  Part part;
  part.text = words();
  if (may_be_signed && one_in(3)) {
    part.signature = one_in(2) ? "b3Vycw==" : "Zm9yZWlnbg==";
    part.origin = part.signature == "b3Vycw==" ? "google" : "anthropic";
  }
  return part;
}

Part ChatGenerator::image() {
  Part part;
  part.type = PartType::image;
  if (has_file_urls_ && one_in(2)) {
    part.url = one_in(2) ? "https://example.org/a.png?x=1" : "https://example.org/a";
    if (one_in(2)) part.media_type = "image/webp";
    return part;
  }
  part.media_type = "image/png";
  part.data = "iVBORw0KGgo=";
  return part;
}

Part ChatGenerator::thinking() {
  Part part = text(true);
  part.type = one_in(5) ? PartType::redacted_thinking : PartType::thinking;
  if (part.type == PartType::redacted_thinking) {
    part.data = "opaque";
    part.origin = "anthropic";
  }
  if (!part.signature.empty() && one_in(4)) part.text.clear();
  return part;
}

Part ChatGenerator::call(std::size_t number) {
  Part part = text(true);
  part.type = PartType::tool_call;
  part.text.clear();
  part.id = kIds[below(std::size(kIds))] + std::to_string(number);
  part.name = kTools[below(std::size(kTools))];
  if (one_in(5)) {
    part.invalid_arguments = "{\"a\":";
  } else if (!one_in(4)) {
    part.arguments = json::object{{"path", words()}, {"deep", json::array{1, nullptr, true}}};
  }
  return part;
}

ChatMessage ChatGenerator::user() {
  ChatMessage message{ChatRole::user, {}};
  for (std::size_t left = 1 + below(3); left > 0; --left)
    message.content.push_back(one_in(4) ? image() : text(false));
  return message;
}

ChatMessage ChatGenerator::assistant(std::size_t calls) {
  ChatMessage message{ChatRole::assistant, {}};
  for (std::size_t left = below(3); left > 0; --left)
    message.content.push_back(one_in(2) ? thinking() : text(true));
  for (std::size_t i = 0; i < calls; ++i) message.content.push_back(call(i));
  if (message.content.empty()) message.content.push_back(one_in(2) ? thinking() : text(true));
  return message;
}

ChatMessage ChatGenerator::results(const ChatMessage& calls) {
  ChatMessage message{ChatRole::tool, {}};
  for (const auto& made : calls.content) {
    if (made.type != PartType::tool_call) continue;
    Part part;
    part.type = PartType::tool_result;
    part.id = made.id;
    if (!one_in(3)) part.name = made.name;
    part.is_error = one_in(4);
    for (std::size_t left = below(3); left > 0; --left)
      part.content.push_back(one_in(4) ? image() : text(false));
    message.content.push_back(std::move(part));
  }
  std::shuffle(message.content.begin(), message.content.end(), random_);
  return message;
}

chela::ChatRequest ChatGenerator::request() {
  chela::ChatRequest request;
  request.model = kModels[below(std::size(kModels))];
  has_file_urls_ = request.model.find("gemini-2.0") == std::string::npos &&
                   request.model.find("gemma") == std::string::npos;
  for (std::size_t left = below(3); left > 0; --left) request.system.push_back(text(false));
  request.messages.push_back(user());
  for (std::size_t left = below(8); left > 0; --left) {
    if (one_in(3)) {
      request.messages.push_back(user());
      continue;
    }
    request.messages.push_back(assistant(one_in(2) ? 0 : 1 + below(3)));
    ChatMessage answers = results(request.messages.back());
    if (!answers.content.empty()) request.messages.push_back(std::move(answers));
  }
  for (std::size_t i = 0; i < below(std::size(kTools) + 1); ++i) {
    chela::Tool tool;
    tool.name = kTools[i];
    if (one_in(2)) tool.description = words();
    if (one_in(2)) tool.parameters = json::object{{"type", "object"}, {"$schema", "any"}};
    request.tools.push_back(std::move(tool));
  }
  if (!request.tools.empty()) {
    request.tool_choice = static_cast<chela::ToolChoice>(below(4));
    if (request.tool_choice == chela::ToolChoice::named) request.tool_name = request.tools[0].name;
  }
  constexpr const char* kEfforts[] = {"", "off", "low", "medium", "high"};
  request.effort = kEfforts[below(std::size(kEfforts))];
  if (one_in(2)) request.max_output_tokens = static_cast<std::int64_t>(1 + below(9999));
  if (one_in(3)) request.temperature = 0.5;
  if (one_in(3)) request.top_p = 1.0;
  for (std::size_t left = below(6); left > 0; --left) request.stop.push_back("STOP");
  request.is_streaming = one_in(2);
  return request;
}

}  // namespace provider_google
