// The callers' side of the play: requests that begin a scene, results of its tools, and what an
// answer must be.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stage.h"

namespace chela::stand_in {

inline Part text_part(const std::string& text) {
  Part part;
  part.text = text;
  return part;
}
inline Part picture() {
  Part part;
  part.type = PartType::image;
  part.media_type = "image/png";
  part.data = kPicture;
  return part;
}

// What the user says to begin a scene, with the tools of the play.
inline ChatRequest scene(const std::string& name) {
  ChatRequest chat;
  chat.system = {text_part("You are a harbour master.")};
  chat.system.front().cache = "5m";
  for (const char* tool : {"tide", "clock", "camera"})
    chat.tools.push_back({tool,
                          "Tells the " + std::string(tool),
                          {{"type", "object"}, {"properties", json::object()}},
                          {}});
  chat.messages.push_back({ChatRole::user, {text_part("Scene: " + name + ".")}});
  chat.max_output_tokens = 20'000;
  return chat;
}

// Answers the calls of the last message, as the play wants it.
inline void answer_calls(ChatRequest& chat) {
  ChatMessage results{ChatRole::tool, {}};
  for (const auto& call : chat.messages.back().content) {
    if (call.type != PartType::tool_call) continue;
    Part result;
    result.type = PartType::tool_result;
    result.id = call.id;
    result.name = call.name;
    result.content = {text_part(call.name + ": done")};
    if (call.name == "camera") result.content.push_back(picture());
    results.content.push_back(std::move(result));
  }
  chat.messages.push_back(std::move(results));
}

// That the answer is what the play says.
inline void expect_line(const Result<Answer>& answer, const Line& line, const Service& service) {
  ASSERT_TRUE(answer) << answer.error().message;
  std::string text;
  std::string thought;
  std::vector<const Part*> calls;
  for (const auto& part : answer->message.content) {
    if (part.type == PartType::text) text += part.text;
    if (part.type == PartType::thinking) thought += part.text;
    if (part.type == PartType::tool_call) calls.push_back(&part);
  }
  EXPECT_EQ(text, line.text);
  EXPECT_EQ(thought, service.shows_thoughts ? line.thought : "");
  EXPECT_EQ(answer->stop, to_string(line.stop));
  const Usage& usage = answer->usage;
  EXPECT_EQ(usage.input_tokens, line.usage.input_tokens);
  EXPECT_EQ(usage.cache_read_tokens, line.usage.cache_read_tokens);
  EXPECT_EQ(usage.output_tokens, line.usage.output_tokens);
  EXPECT_EQ(usage.reasoning_tokens, service.tells_reasoning ? line.usage.reasoning_tokens : 0);
  ASSERT_EQ(calls.size(), line.calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(calls[i]->name, line.calls[i].name);
    EXPECT_EQ(calls[i]->arguments, line.calls[i].arguments);
    EXPECT_EQ(calls[i]->invalid_arguments, "");
    EXPECT_FALSE(calls[i]->id.empty());
  }
}

}  // namespace chela::stand_in
