// What comes in: event streams and whole messages, however they are cut, and what is wrong with
// them.
#include "decode.h"

#include <gtest/gtest.h>

#include "decoding.h"

namespace chela::anthropic {
namespace {

json::value of(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text << (value ? "" : value.error().message);
  return value.value_or(json::value());
}

// A stream out of its data, one JSON text a line; padded as the service does it.
std::string stream(std::string_view lines) {
  std::string body;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (line.find('{') == std::string_view::npos) continue;
    const auto value = parse_json(line);
    EXPECT_TRUE(value) << line;
    body += "event: " + (value ? get_string(*value, "type") : "") + "\ndata: " + std::string(line) +
            "     \n\n";
  }
  return body;
}

const char* const kTools = R"(
{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":7,"cache_read_input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":2},"output_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"ping"}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"opaque"}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Let me "}}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"l\u00f6ok."}}
{"type":"content_block_stop","index":2}
{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"read","input":{}}}
{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"path\":"}}
{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"\"a.txt\"}"}}
{"type":"content_block_stop","index":3}
{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_2","name":"now","input":{}}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_stop","index":4}
{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":12,"output_tokens":40,"output_tokens_details":{"thinking_tokens":9}}}
{"type":"message_stop"})";

const char* const kToolsMessage = R"({"role":"assistant","content":[
  {"type":"thinking","text":"Hm.","signature":"c2ln","origin":"anthropic"},
  {"type":"redacted_thinking","data":"opaque","origin":"anthropic"},
  {"type":"text","text":"Let me löok."},
  {"type":"tool_call","id":"toolu_1","name":"read","arguments":{"path":"a.txt"}},
  {"type":"tool_call","id":"toolu_2","name":"now","arguments":{}}]})";

TEST(Decode, ReadsAStream) {
  const json::array events = decode(stream(kTools));
  EXPECT_EQ(json::value(events),
            of(R"([
    {"type":"start","id":"msg_1","model":"claude-sonnet-4-5"},
    {"type":"thinking","index":0,"text":"Hm."},
    {"type":"text","index":2,"text":"Let me "},
    {"type":"text","index":2,"text":"löok."},
    {"type":"tool_call","index":3,"id":"toolu_1","name":"read"},
    {"type":"tool_arguments","index":3,"text":"{\"path\":"},
    {"type":"tool_arguments","index":3,"text":"\"a.txt\"}"},
    {"type":"tool_call","index":4,"id":"toolu_2","name":"now"},
    {"type":"end","stop":"tool_calls","message":)" +
               std::string(kToolsMessage) +
               R"(,"usage":{"input_tokens":12,"output_tokens":40,"cache_read_tokens":3,
      "cache_write_5m_tokens":5,"cache_write_1h_tokens":2,"reasoning_tokens":9}}])"));
}

TEST(Decode, ReadsAWholeMessage) {
  const json::array events =
      decode(R"( {"id":"msg_1","type":"message","role":"assistant","model":"m",
    "content":[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"redacted_thinking","data":"opaque"},
      {"type":"text","text":"Let me löok."},
      {"type":"tool_use","id":"toolu_1","name":"read","input":{"path":"a.txt"}},
      {"type":"tool_use","id":"toolu_2","name":"now","input":{}}],
    "stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}} )");
  ASSERT_EQ(ending(events), "end");
  EXPECT_EQ(events.back().at("message"), of(kToolsMessage));
  EXPECT_EQ(get_string(events.back(), "stop"), "tool_calls");
  EXPECT_EQ(events.size(), 7u);
}

// Every way of cutting gives the same; every beginning of it ends in an error.
TEST(Decode, DoesNotMindWhereTheBytesAreCut) {
  const std::string whole =
      R"({"id":"m","type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"})";
  for (const std::string& body : {stream(kTools), whole, std::string("<html><b>502</b></html>"),
                                  std::string("data: {oops}\n\n"), std::string("{oops}")}) {
    SCOPED_TRACE(body.substr(0, 40));
    const json::array events = decode(body);
    EXPECT_EQ(events, decode_bytewise(body));
    for (unsigned seed = 0; seed < 20; ++seed) EXPECT_EQ(events, decode_randomly(body, seed));
  }
}

TEST(Decode, TakesNoBeginningForAReply) {
  const std::string whole =
      R"({"id":"m","type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"})";
  for (const std::string& body : {stream(kTools), whole}) {
    const json::array events = decode(body);
    const std::size_t end = body.find_last_not_of('\n') + 1;
    for (std::size_t size = 0; size < body.size(); ++size) {
      for (const bool is_complete : {false, true}) {
        const json::array part = decode(std::string_view(body).substr(0, size), is_complete);
        if (ending(part) == "end") {
          EXPECT_GE(size, end);
          EXPECT_EQ(part, events);
          continue;
        }
        EXPECT_EQ(ending(part), "cut") << size;
      }
    }
  }
}

TEST(Decode, KnowsWhyTheModelStopped) {
  const struct {
    const char* name;
    const char* word;
    const char* block;
    const char* stop;  // or the error's code
  } cases[] = {
      {"end", "end_turn", R"({"type":"text","text":"a"})", "end"},
      {"tokens", "max_tokens", R"({"type":"text","text":"a"})", "max_tokens"},
      {"stop sequence", "stop_sequence", R"({"type":"text","text":"a"})", "stop_sequence"},
      {"tools", "tool_use", R"({"type":"tool_use","id":"c","name":"t","input":{}})", "tool_calls"},
      {"tools of the server only", "tool_use",
       R"({"type":"server_tool_use","id":"c","name":"t","input":{}})", "end"},
      {"calls, though it says end", "end_turn",
       R"({"type":"tool_use","id":"c","name":"t","input":{}})", "tool_calls"},
      {"pause", "pause_turn", R"({"type":"text","text":"a"})", "paused"},
      {"window", "model_context_window_exceeded", R"({"type":"text","text":"a"})",
       "context_window"},
      {"refusal", "refusal", R"({"type":"text","text":"a"})", "refusal"},
      {"a word of tomorrow", "compaction", R"({"type":"text","text":"a"})", "end"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::array events = decode(R"({"type":"message","id":"m","content":[)" +
                                      std::string(c.block) + R"(],"stop_reason":")" + c.word +
                                      R"(","stop_details":{"explanation":"Not this."}})");
    const std::string end = ending(events);
    EXPECT_EQ(end == "end" ? get_string(events.back(), "stop") : end, c.stop);
    if (end == "refusal") {
      EXPECT_EQ(events.back().at("error"),
                of(R"({"code":"refusal","scope":"request","message":"Not this."})"));
    }
  }
}

TEST(Decode, LeavesOutWhatItDoesNotKnow) {
  const json::array events = decode(stream(R"(
{"type":"message_start","message":{"id":"m","model":"x","usage":{"input_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}}
{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"q\":1}"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"s","content":[]}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"hologram","text":"x"}}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"x"}}
{"type":"content_block_stop","index":2}
{"type":"content_block_start","index":3,"content_block":{"type":"text","text":"a"}}
{"type":"content_block_delta","index":3,"delta":{"type":"citations_delta","citation":{"url":"x"}}}
{"type":"content_block_delta","index":9,"delta":{"type":"text_delta","text":"nowhere"}}
{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"b"}}
{"type":"content_block_stop","index":3}
{"type":"news","of":"tomorrow"}
{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}
{"type":"message_stop"})"));
  ASSERT_EQ(ending(events), "end");
  EXPECT_EQ(events.back().at("message").at("content"), of(R"([{"type":"text","text":"ab"}])"));
}

// Not Anthropic's way, but some services': input at once, one index for all, no id of its own.
TEST(Decode, ReadsCallsAsOtherServicesWriteThem) {
  const json::array events = decode(stream(R"(
{"type":"message_start","message":{"id":"m"}}
{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c","name":"t","input":{"a":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c","name":"t","input":{"a":9}}}
{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":2}"}}
{"type":"message_stop"})"));
  ASSERT_EQ(ending(events), "end");
  EXPECT_EQ(events.back().at("message").at("content"), of(R"([
    {"type":"tool_call","id":"c","name":"t","arguments":{"a":1}},
    {"type":"tool_call","id":"c_2","name":"t","arguments":{"a":2}}])"));
}

TEST(Decode, TakesTheLatterOfTwoMessagesThatWereSpliced) {
  const json::array events = decode(stream(R"(
{"type":"message_start","message":{"id":"m1","model":"x","usage":{"input_tokens":17,"output_tokens":1}}}
{"type":"message_start","message":{"id":"m1","model":"x"}}
{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"first"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c","name":"t","input":{}}}
{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}
{"type":"message_start","message":{"id":"m2","model":"x","usage":{"input_tokens":18,"output_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"second","signature":"s"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c","name":"t","input":{}}}
{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}
{"type":"content_block_stop","index":1}
{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":65}}
{"type":"message_stop"})"));
  ASSERT_EQ(ending(events), "end");
  EXPECT_EQ(events.back().at("message").at("content"), of(R"([
    {"type":"thinking","text":"second","signature":"s","origin":"anthropic"},
    {"type":"tool_call","id":"c","name":"t","arguments":{"a":1}}])"));
  EXPECT_EQ(events.back().at("usage"), of(R"({"input_tokens":18,"output_tokens":65})"));
}

TEST(Decode, CountsCacheWritesOnce) {
  const struct {
    const char* name;
    const char* first;
    const char* last;
    const char* usage;
  } cases[] = {
      {"no split is five minutes", R"({"cache_creation_input_tokens":7})", "{}",
       R"({"input_tokens":0,"output_tokens":0,"cache_write_5m_tokens":7})"},
      {"a split that is told once stays",
       R"({"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_1h_input_tokens":7}})",
       R"({"cache_creation_input_tokens":7})",
       R"({"input_tokens":0,"output_tokens":0,"cache_write_1h_tokens":7})"},
      {"corrected", R"({"input_tokens":5,"cache_creation_input_tokens":7})",
       R"({"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":3})",
       R"({"input_tokens":9,"output_tokens":0,"cache_read_tokens":3})"},
      {"null and negative", R"({"input_tokens":5,"output_tokens":null})",
       R"({"input_tokens":-9,"output_tokens":2})", R"({"input_tokens":0,"output_tokens":2})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::array events = decode(
        stream(R"({"type":"message_start","message":{"id":"m","usage":)" + std::string(c.first) +
               "}}\n"
               R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":)" +
               c.last +
               "}\n"
               R"({"type":"message_stop"})"));
    ASSERT_EQ(ending(events), "end");
    EXPECT_EQ(events.back().at("usage"), of(c.usage));
  }
}

TEST(Decode, SaysWhatIsNoReply) {
  const struct {
    const char* name;
    std::string body;
    const char* code;
  } cases[] = {
      {"nothing", "", "cut"},
      {"a page", "<html><head><title>502 Bad Gateway</title></head></html>", "garbage"},
      {"a list", "[1,2]", "garbage"},
      {"no JSON", "{oops}", "garbage"},
      {"JSON and more", "{} {}", "garbage"},
      {"no message", R"({"object":"chat.completion","choices":[]})", "garbage"},
      {"no JSON in a stream", "data: {oops}\n\n", "garbage"},
      {"a list in a stream", "data: []\n\n", "garbage"},
      {"an end without a beginning", "data: {\"type\":\"message_stop\"}\n\n", "garbage"},
      {"pings only", "event: ping\ndata: {\"type\":\"ping\"}\n\n", "cut"},
      {"a comment only", ": waiting\n\n", "cut"},
      {"an infinite number", R"({"type":"message","content":[],"usage":{"input_tokens":1e999}})",
       "garbage"},
      {"an error in a stream",
       stream(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"),
       "overloaded"},
      {"an error of words in a stream", stream(R"({"type":"error","error":"Overheated"})"),
       "server_error"},
      {"an error as a whole",
       R"({"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}})",
       "rate_limited"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(ending(decode(c.body)), c.code);
  }
}

TEST(Decode, KeepsTheUsageOfAReplyThatFailed) {
  const json::array events = decode(stream(R"(
{"type":"message_start","message":{"id":"m","usage":{"input_tokens":17,"output_tokens":1}}}
{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}
{"type":"message_stop"})"));
  EXPECT_EQ(events.back(), of(R"({"type":"error",
    "error":{"code":"overloaded","scope":"model","message":"overloaded_error: Overloaded"},
    "usage":{"input_tokens":17,"output_tokens":1}})"));
}

}  // namespace
}  // namespace chela::anthropic
