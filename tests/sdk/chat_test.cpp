#include "chela/chat.h"

#include <gtest/gtest.h>

#include "chela/chat_events.h"
#include "chela/document.h"

namespace chela {
namespace {

Result<ChatRequest> parse(const std::string& text) {
  return parse_chat_request(parse_json(text).value());
}

constexpr const char* kWhole = R"({"model":"m","system":[{"type":"text","text":"s","cache":"5m"}],
"messages":[{"role":"user","content":[{"type":"text","text":"look"},{"type":"image","media_type":"image/png","data":"AA=="}]},
{"role":"assistant","content":[{"type":"thinking","text":"hm","signature":"x","origin":"o"},
{"type":"tool_call","id":"1","name":"read","arguments":{"a":1}},{"type":"tool_call","id":"2","name":"read","arguments":{}}]},
{"role":"tool","content":[{"type":"tool_result","id":"2","name":"read","content":[{"type":"text","text":"b"}],"is_error":true},
{"type":"tool_result","id":"1","name":"read","content":[]}]}],
"tools":[{"name":"read","parameters":{"type":"object"},"description":"d","cache":"1h"}],
"tool_choice":{"name":"read"},"parallel_tools":false,"max_output_tokens":5,"temperature":0.5,"top_p":0.75,"stop":["x"],"effort":"low","stream":false})";

TEST(Chat, KeepsAllThatIsWritten) {
  const auto request = parse(kWhole);
  ASSERT_TRUE(request) << request.error().message;
  const auto again = parse_chat_request(json::value(to_json(*request)));
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*request), to_json(*again));
  const json::value wanted = parse_json(kWhole).value();
  EXPECT_EQ(json::value(to_json(*request)), wanted);
}

TEST(Chat, TakesTextInsteadOfParts) {
  const auto request =
      parse(R"({"model":"m","system":"s","messages":[{"role":"user","content":"hi"}]})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->messages[0].content[0].text, "hi");
  EXPECT_EQ(request->system[0].text, "s");
  EXPECT_TRUE(request->is_streaming);
}

TEST(Chat, SaysWhatIsWrongAndWhere) {
  const auto messages = [](const std::string& list) {
    return R"({"model":"m","messages":[)" + list + "]}";
  };
  const std::string user = R"({"role":"user","content":"hi"})";
  const std::string call =
      R"({"role":"assistant","content":[{"type":"tool_call","id":"1","name":"t"}]})";
  const auto result = [](const char* id) {
    return std::string(R"({"role":"tool","content":[{"type":"tool_result","id":")") + id + "\"}]}";
  };
  const struct {
    const char* name;
    std::string text;
    const char* words;
  } cases[] = {
      {"no model", R"({"messages":[{"role":"user","content":"hi"}]})", "model: is missing"},
      {"no messages", R"({"model":"m"})", "messages: wanted at least one"},
      {"assistant first", messages(R"({"role":"assistant","content":"hi"})"),
       "begins with the user"},
      {"unknown role", messages(R"({"role":"system","content":"hi"})"),
       "messages[0].role: wanted user, assistant or tool, found 'system'"},
      {"empty text", messages(R"({"role":"user","content":[{"type":"text","text":""}]})"),
       "messages[0].content[0]: a text must not be empty"},
      {"nothing said", messages(R"({"role":"user","content":[]})"),
       "messages[0].content: must not be empty"},
      {"unknown part", messages(R"({"role":"user","content":[{"type":"video"}]})"),
       "no part is of type 'video'"},
      {"image without bytes", messages(R"({"role":"user","content":[{"type":"image"}]})"),
       "either data or url"},
      {"image without its type",
       messages(R"({"role":"user","content":[{"type":"image","data":"AA=="}]})"),
       "needs a media_type"},
      {"a user who thinks",
       messages(R"({"role":"user","content":[{"type":"thinking","text":"a"}]})"),
       "only an assistant thinks"},
      {"no result", messages(user + "," + call), "messages[1]: each tool call"},
      {"a result for another call", messages(user + "," + call + "," + result("2")),
       "messages[2]: each tool call"},
      {"a result that nobody wanted", messages(user + "," + result("1")),
       "messages[1]: results of tools that nobody called"},
      {"talk between call and result", messages(user + "," + call + "," + user),
       "messages[2]: each tool call"},
      {"two calls of one id",
       messages(
           user +
           R"(,{"role":"assistant","content":[{"type":"tool_call","id":"1","name":"t"},{"type":"tool_call","id":"1","name":"t"}]})"),
       "same id"},
      {"text among results",
       messages(
           user + "," + call +
           R"(,{"role":"tool","content":[{"type":"tool_result","id":"1"},{"type":"text","text":"a"}]})"),
       "results only"},
      {"cache for a day",
       messages(R"({"role":"user","content":[{"type":"text","text":"a","cache":"24h"}]})"),
       "wanted 5m or 1h, found '24h'"},
      {"tool with a bad name",
       R"({"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"name":"a b"}]})",
       "tools[0].name"},
      {"choice of no tool",
       R"({"model":"m","messages":[{"role":"user","content":"a"}],"tool_choice":{"name":"x"}})",
       "no tool is called 'x'"},
      {"effort", R"({"model":"m","messages":[{"role":"user","content":"a"}],"effort":"max"})",
       "wanted off, low, medium or high"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto request = parse(c.text);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(request.error().message.find(c.words), std::string::npos) << request.error().message;
  }
}

TEST(ChatEvents, BuildTheMessageFromItsPieces) {
  ChatEvents events("o");
  events.start("1", "m");
  events.start("2", "m");
  events.thinking(0, "a");
  events.signature(PartType::thinking, 0, "s1");
  events.signature(PartType::thinking, 0, "s2");
  events.text(1, "b");
  events.text(1, "c");
  events.tool_call(2, "c1", "read");
  events.tool_arguments(2, "{\"x\":");
  events.tool_call(3, "c2", "now");
  events.tool_arguments(2, "1}");
  events.set_usage({1, 0, 0, 0, 2, 0, ""});
  events.end(StopReason::tool_calls);
  events.text(1, "too late");
  events.error({});
  const json::array all = events.take();
  EXPECT_EQ(all.size(), 9u);
  EXPECT_EQ(
      all.back(),
      parse_json(R"({"type":"end","stop":"tool_calls","message":{"role":"assistant","content":[
    {"type":"thinking","text":"a","signature":"s1s2","origin":"o"},{"type":"text","text":"bc"},
    {"type":"tool_call","id":"c1","name":"read","arguments":{"x":1}},{"type":"tool_call","id":"c2","name":"now","arguments":{}}]},
    "usage":{"input_tokens":1,"output_tokens":2}})")
          .value());
  EXPECT_TRUE(events.take().empty());
}

TEST(ChatEvents, ForgetWhatTheServiceBeganAnew) {
  ChatEvents events("o");
  events.thinking(0, "first");
  events.tool_call(1, "c1", "read");
  events.tool_arguments(1, "{\"x\":");
  EXPECT_TRUE(events.has_tool_calls());
  events.restart();
  EXPECT_TRUE(events.is_empty());
  EXPECT_FALSE(events.has_tool_calls());
  events.thinking(0, "second");
  events.tool_call(1, "c2", "read");
  events.tool_arguments(1, "{\"x\":2}");
  events.end(StopReason::tool_calls);
  const json::array all = events.take();
  EXPECT_EQ(get_int(all[3], "index"), 2) << "indexes go on";
  EXPECT_EQ(all.back().at("message").at("content"), parse_json(R"([
    {"type":"thinking","text":"second"},
    {"type":"tool_call","id":"c2","name":"read","arguments":{"x":2}}])")
                                                        .value());
}

TEST(ChatEvents, KeepArgumentsThatAreNoObjectAsTheyCame) {
  ChatEvents events("o");
  events.tool_call(0, "c1", "read");
  events.tool_arguments(0, "{\"x\":");
  events.end(StopReason::max_tokens);
  const json::array all = events.take();
  const auto& part = all.back().at("message").at("content").as_array()[0];
  EXPECT_EQ(get_string(part, "invalid_arguments"), "{\"x\":");
  EXPECT_TRUE(part.at("arguments").as_object().empty());
}

TEST(Documents, CarryBytesBehindTheirFirstLine) {
  const std::string text = write_document(json::object{{"a", "x\ny"}}, "1\n\0002");
  const auto document = parse_document(text);
  ASSERT_TRUE(document);
  EXPECT_EQ(get_string(document->head, "a"), "x\ny");
  EXPECT_EQ(document->bytes, "1\n");
  EXPECT_TRUE(parse_document("{}")->bytes.empty());
  EXPECT_FALSE(parse_document("{\n}"));
}

TEST(ProviderError, SurvivesTheWayThroughTheDoor) {
  const ProviderError error{ProviderCode::rate_limited, ProviderScope::key, Duration(1500),
                            "slow down"};
  EXPECT_EQ(provider_error(to_json(error)), error);
  EXPECT_EQ(provider_error(json::object{{"code", "what"}}).code, ProviderCode::garbage);
  EXPECT_EQ(provider_error(json::object{{"retry_after_ms", -5}}).retry_after, std::nullopt);
}

}  // namespace
}  // namespace chela
