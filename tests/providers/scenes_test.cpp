// Each plugin, in the host and in a real worker, against a strict stand-in of its service: whole
// conversations through the router, and the same events in both.
#include "scene.h"

namespace chela::stand_in {
namespace {

// Ids as other services make them, thoughts that only they understand.
std::vector<ChatMessage> strangers_turn() {
  Part thought;
  thought.type = PartType::thinking;
  thought.text = "Elsewhere.";
  thought.signature = "c3RyYW5nZXI=";
  thought.origin = "elsewhere";
  Part hidden;
  hidden.type = PartType::redacted_thinking;
  hidden.data = "aGlkZGVu";
  hidden.origin = "elsewhere";
  ChatMessage said{ChatRole::assistant, {thought, hidden, text_part("I read.")}};
  const std::string ids[] = {"functions.tide:0", "call-\xc3\xa4", std::string(60, 'l'), "0"};
  for (const auto& id : ids) {
    Part call;
    call.type = PartType::tool_call;
    call.id = id;
    call.name = "tide";
    call.signature = "c3RyYW5nZXI=";
    call.origin = "elsewhere";
    if (id == "0") call.invalid_arguments = "{\"port\":";
    said.content.push_back(std::move(call));
  }
  return {said};
}

void play_single_lines(Stage& stage, const Service& service) {
  const std::string ref = "one/" + service.manner.model;
  for (const char* name : {"plain", "cached", "long", "think", "picture"}) {
    for (const bool is_streaming : {true, false}) {
      SCOPED_TRACE(std::string(name) + (is_streaming ? ", streaming" : ", whole"));
      ChatRequest chat = scene(name);
      chat.is_streaming = is_streaming;
      if (chat.messages[0].content[0].text.find("picture") != std::string::npos)
        chat.messages[0].content.push_back(picture());
      if (std::string_view(name) == "think") chat.effort = "low";
      if (std::string_view(name) == "plain") chat.temperature = 0.5;
      expect_line(stage.say({ref}, chat), line_of(name), service);
    }
  }
}

void play_refusal(Stage& stage, const Service& service) {
  for (const bool is_streaming : {true, false}) {
    ChatRequest chat = scene("refuse");
    chat.is_streaming = is_streaming;
    const auto answer = stage.say({"one/" + service.manner.model}, chat);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::failed_precondition) << answer.error().message;
  }
}

// Three turns; gives the whole conversation.
ChatRequest play_tools(Stage& stage, const std::string& id, const Service& service,
                       bool is_streaming) {
  ChatRequest chat = scene("tools");
  chat.effort = "low";
  chat.is_streaming = is_streaming;
  for (std::size_t step = 0; step < 3; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const auto answer = stage.say({id + "/" + service.manner.model}, chat);
    expect_line(answer, line_of("tools", step), service);
    if (!answer) break;
    chat.messages.push_back(answer->message);
    if (step < 2) answer_calls(chat);
  }
  return chat;
}

void play_stranger(Stage& stage, const Service& service) {
  const std::string ref = "one/" + service.manner.model;
  for (const char* effort : {"", "low"}) {
    SCOPED_TRACE(std::string("effort ") + effort);
    ChatRequest chat = scene("go on");  // in the middle of a turn
    chat.effort = effort;
    for (auto& message : strangers_turn()) chat.messages.push_back(std::move(message));
    answer_calls(chat);
    for (auto& part : chat.messages.back().content) part.content[0].text = "done";
    chat.messages.back().content.back().is_error = true;
    expect_line(stage.say({ref}, chat), line_of("go on"), service);
    chat.messages.push_back({ChatRole::user, {text_part("Scene: go on.")}});
    expect_line(stage.say({ref}, chat), line_of("go on"), service);
  }
}

TEST(Scenes, AreTheSameInTheHostAndInAWorker) {
  const auto& all = services();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Service& service = all[i];
    SCOPED_TRACE(service.name);
    const Loopback loopback(service);
    const Loopback other(all[(i + 2) % all.size()]);  // of another API
    ASSERT_NE(other.service.plugin, service.plugin);
    std::vector<std::string> transcripts;
    for (const Place place : kPlaces) {
      SCOPED_TRACE(to_string(place));
      Stage stage(place);
      stage.add("one", loopback);
      stage.add("two", other);
      play_single_lines(stage, service);
      play_refusal(stage, service);
      play_tools(stage, "one", service, true);
      play_tools(stage, "one", service, false);
      play_stranger(stage, service);
      {
        SCOPED_TRACE("after " + other.service.name);
        ChatRequest chat = play_tools(stage, "two", other.service, true);
        chat.messages.push_back({ChatRole::user, {text_part("Scene: go on.")}});
        expect_line(stage.say({"one/" + service.manner.model}, chat), line_of("go on"), service);
      }
      EXPECT_EQ(stage.faults(), std::vector<std::string>());
      transcripts.push_back(stage.transcript);
    }
    EXPECT_GT(transcripts[0].size(), 5000u);
    EXPECT_TRUE(transcripts[0] == transcripts[1]) << "the events differ:\n"
                                                  << transcripts[0] << "\nand\n"
                                                  << transcripts[1];
    EXPECT_EQ(loopback.stand_in->refused(), std::vector<std::string>());
    EXPECT_EQ(other.stand_in->refused(), std::vector<std::string>());
  }
}

// The linker knows libraries by the numbers of their descriptors, which are used again.
TEST(Scenes, APluginInTheHostIsItselfAfterAnotherWasClosed) {
  for (const auto& service : services()) {
    SCOPED_TRACE(service.name);
    const Loopback loopback(service);
    Stage stage(Place::host);
    stage.add("one", loopback);
    expect_line(stage.say({"one/" + service.manner.model}, scene("plain")), line_of("plain"),
                service);
    EXPECT_EQ(stage.faults(), std::vector<std::string>());
  }
}

}  // namespace
}  // namespace chela::stand_in
