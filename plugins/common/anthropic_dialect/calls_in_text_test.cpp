// Tool calls inside a text, however the text is cut.
#include "calls_in_text.h"

#include <gtest/gtest.h>

#include "decoding.h"

namespace chela::anthropic {
namespace {

// What was found, as text: "text|[id name]arguments".
class Notes : public CallsInText::Sink {
 public:
  void on_text(std::string_view piece) override { add("text:", piece); }
  void on_call(std::string_view id, std::string_view name) override {
    notes_ += "[" + std::string(id) + " " + std::string(name) + "]";
    last_.clear();
  }
  void on_arguments(std::string_view piece) override { add("args:", piece); }
  const std::string& notes() const { return notes_; }

 private:
  void add(std::string_view kind, std::string_view piece) {
    if (last_ != kind) notes_ += kind;
    last_ = std::string(kind);
    notes_ += piece;
  }
  std::string notes_;
  std::string last_;
};

std::string found(std::string_view text, std::size_t piece) {
  CallsInText calls;
  Notes notes;
  for (std::size_t at = 0; at < text.size(); at += piece) calls.feed(text.substr(at, piece), notes);
  calls.finish(notes);
  return notes.notes();
}

const std::string kBegin = "<|tool_calls_section_begin|>";
const std::string kEnd = "<|tool_calls_section_end|>";

std::string call(const std::string& id, const std::string& arguments) {
  return "<|tool_call_begin|>" + id + "<|tool_call_argument_begin|>" + arguments +
         "<|tool_call_end|>";
}

TEST(CallsInText, AreFound) {
  const struct {
    const char* name;
    std::string text;
    const char* notes;
  } cases[] = {
      {"plain text", "a < b <| c |>", "text:a < b <| c |>"},
      {"one call", "Let me look." + kBegin + call("functions.read:0", R"({"a":"b"})") + kEnd,
       R"(text:Let me look.[functions.read:0 read]args:{"a":"b"})"},
      {"two, with blanks between",
       kBegin + "\n" + call(" functions.a.b:0 ", "{}") + "\n" + call("c:12", "{\"x\":\"<\"}") +
           kEnd + "Done",
       "[functions.a.b:0 a.b]args:{}[c:12 c]args:{\"x\":\"<\"}text:Done"},
      {"no section around it", "a" + call("functions.t:0", "{}") + "b",
       "text:a[functions.t:0 t]args:{}text:b"},
      {"no arguments", kBegin + "<|tool_call_begin|>functions.now:3<|tool_call_end|>" + kEnd,
       "[functions.now:3 now]"},
      {"no id", kBegin + call("", "{}") + kEnd, "[call:0 unnamed]args:{}"},
      {"a name with a colon", kBegin + call("ns:tool", "{}") + kEnd, "[ns:tool ns:tool]args:{}"},
      {"cut in the arguments",
       "a" + kBegin + "<|tool_call_begin|>t:0<|tool_call_argument_begin|>{\"a",
       "text:a[t:0 t]args:{\"a"},
      {"cut in the name", "a" + kBegin + "<|tool_call_begin|>functions.re", "text:a"},
      {"cut in a marker", "a<|tool_calls_sec", "text:a<|tool_calls_sec"},
      {"arguments of no call",
       kBegin + "<|tool_call_argument_begin|>{}<|tool_call_end|>" + kEnd + "b", "text:b"},
      {"a stray end of a call", "a<|tool_call_end|>b", "text:ab"},
      {"stray markers", "a<|tool_call_argument_begin|>b" + kEnd + "c", "text:abc"},
      {"an end that is missing",
       kBegin + "<|tool_call_begin|>t:0<|tool_call_argument_begin|>{}" + kEnd + "b",
       "[t:0 t]args:{}text:b"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    for (std::size_t piece = 1; piece <= c.text.size(); ++piece)
      ASSERT_EQ(found(c.text, piece), c.notes) << "in pieces of " << piece;
  }
}

// The same through the whole decoder: real calls, each text cut in two at every place.
TEST(CallsInText, BecomeCallsOfTheMessage) {
  const std::string text = "Let me look. " + kBegin + call("functions.read:0", R"({"a":1})") +
                           call("functions.read:0", "") + kEnd + "\n";
  const auto delta = [](std::string_view piece) {
    return "data: " +
           json::serialize(
               json::object{{"type", "content_block_delta"},
                            {"index", 0},
                            {"delta", json::object{{"type", "text_delta"}, {"text", piece}}}}) +
           "\n\n";
  };
  const auto expected =
      parse_json(R"({"role":"assistant","content":[{"type":"text","text":"Let me look. "},
    {"type":"tool_call","id":"functions.read:0","name":"read","arguments":{"a":1}},
    {"type":"tool_call","id":"functions.read:0_2","name":"read","arguments":{}}]})")
          .value();
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string body =
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n"
        "data: "
        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\"}}\n\n" +
        delta(text.substr(0, cut)) + delta(text.substr(cut)) +
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
        "data: {\"type\":\"message_stop\"}\n\n";
    const json::array events = decode(body, true, {true});
    ASSERT_EQ(ending(events), "end");
    ASSERT_EQ(events.back().at("message"), expected) << "cut at " << cut;
    ASSERT_EQ(get_string(events.back(), "stop"), "tool_calls");
  }
  const json::array plain =
      decode(R"({"type":"message","content":[{"type":"text","text":"<|tool_call_begin|>"}]})");
  EXPECT_EQ(get_string(plain.back().at("message").at("content").at(0), "text"),
            "<|tool_call_begin|>")
      << "where a service is not known for it, a text is a text";
}

}  // namespace
}  // namespace chela::anthropic
