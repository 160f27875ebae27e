// Conversations at random, all of them valid by check_chat_request: what an encoder may be given.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "chela/chat.h"

namespace chela::testing {

class RandomChat {
 public:
  explicit RandomChat(unsigned seed) : engine_(seed) {}

  // `origins` are those of signatures; the models are asked for in turn at random.
  ChatRequest request(const std::vector<std::string>& models,
                      const std::vector<std::string>& origins) {
    origins_ = origins;
    ChatRequest request;
    request.model = pick(models);
    for (int i = below(3); i > 0; --i) request.system.push_back(text());
    for (int i = below(4); i > 0; --i) {
      Tool tool{"tool_" + std::to_string(i), maybe() ? words() : "", {}, cache()};
      if (maybe()) tool.parameters = {{"type", "object"}, {"properties", json::object()}};
      request.tools.push_back(std::move(tool));
    }
    request.messages.push_back(user());
    for (int i = below(8); i > 0; --i) add_turn(request.messages);
    if (!request.tools.empty()) {
      request.tool_choice = static_cast<ToolChoice>(below(4));
      if (request.tool_choice == ToolChoice::named) request.tool_name = request.tools.front().name;
    }
    request.has_parallel_tools = maybe();
    request.max_output_tokens = maybe() ? 1 + below(5000) : 0;
    if (maybe()) request.temperature = below(11) / 10.0;
    if (maybe()) request.top_p = below(11) / 10.0;
    request.effort = pick({"", "", "off", "low", "medium", "high"});
    request.is_streaming = maybe();
    return request;
  }

 private:
  int below(int end) { return static_cast<int>(engine_() % static_cast<unsigned>(end)); }
  bool maybe() { return below(2) == 0; }
  std::string pick(const std::vector<std::string>& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
  }
  std::string words() {
    return pick({"Hi", " ", "\n", "{\"a\":1}", "\xc3\xa4\xf0\x9f\xa6\x80", "tab\tand \"quotes\"",
                 "{{secret:x}}", std::string(300, 'w')});
  }
  std::string cache() { return pick({"", "", "", "5m", "1h"}); }

  Part text() {
    Part part;
    part.text = words();
    part.cache = cache();
    return part;
  }
  Part image() {
    Part part;
    part.type = PartType::image;
    if (maybe()) {
      part.media_type = "image/png";
      part.data = "iVBORw0KGgo=";
    } else {
      part.url = "https://example.com/a.png";
    }
    part.cache = cache();
    return part;
  }
  ChatMessage user() {
    ChatMessage message;
    for (int i = 1 + below(3); i > 0; --i)
      message.content.push_back(below(4) == 0 ? image() : text());
    return message;
  }
  Part thought() {
    Part part;
    part.type = maybe() ? PartType::thinking : PartType::redacted_thinking;
    if (part.type == PartType::thinking && maybe()) part.text = words();
    if (part.type == PartType::redacted_thinking) part.data = "b64";
    if (maybe()) {
      part.signature =
          pick({"sig", "{}", R"({"field":"reasoning"})", R"({"field":"content"})",
                R"({"details":[{"type":"reasoning.encrypted","data":"x"}]})", R"({"details":3})"});
      part.origin = pick(origins_);
    }
    return part;
  }
  void add_turn(std::vector<ChatMessage>& messages) {
    ChatMessage assistant{ChatRole::assistant, {}};
    for (int i = below(3); i > 0; --i) assistant.content.push_back(maybe() ? thought() : text());
    ChatMessage results{ChatRole::tool, {}};
    for (int i = below(4); i > 0; --i) {
      Part call;
      call.type = PartType::tool_call;
      call.id =
          pick({"c", "functions.read:", "call-\xc3\xa4", std::string(60, 'l')}) + std::to_string(i);
      call.name = pick({"tool_1", "other"});
      if (below(3) == 0) call.invalid_arguments = pick({"{\"p", "[1]", "x"});
      if (call.invalid_arguments.empty() && maybe()) call.arguments = {{"p", words()}};
      Part result;
      result.type = PartType::tool_result;
      result.id = call.id;
      result.name = call.name;
      for (int k = below(3); k > 0; --k) result.content.push_back(below(3) == 0 ? image() : text());
      result.is_error = below(4) == 0;
      result.cache = cache();
      assistant.content.push_back(std::move(call));
      results.content.insert(results.content.begin(), std::move(result));
    }
    if (assistant.content.empty()) assistant.content.push_back(text());
    messages.push_back(std::move(assistant));
    if (!results.content.empty()) messages.push_back(std::move(results));
    if (results.content.empty() || maybe()) messages.push_back(user());
  }

  std::mt19937 engine_;
  std::vector<std::string> origins_;
};

}  // namespace chela::testing
