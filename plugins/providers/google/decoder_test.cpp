// The decoder on streams that a fixture would make dull: cuts, truncation, calls in pieces.
#include <gtest/gtest.h>

#include "chela/testing/provider_probe.h"
#include "partial_arguments.h"
#include "reply_checks.h"

namespace provider_google {
namespace {

namespace json = chela::json;
using chela::testing::ProviderProbe;

class GoogleDecoder : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    probe = std::move(*opened);
  }
  json::value last(const std::string& body) {
    return chela::testing::last_event(expect_any_cut(*probe, {200, {}, body}));
  }
  std::unique_ptr<ProviderProbe> probe;
};

std::string frame(const std::string& parts, const std::string& finish = "") {
  return R"(data: {"candidates":[{"content":{"parts":[)" + parts + R"(],"role":"model"})" +
         (finish.empty() ? "" : R"(,"finishReason":")" + finish + "\"") +
         R"(}],"responseId":"r-1"})" + "\r\n\r\n";
}

TEST_F(GoogleDecoder, NeverTakesAPieceForTheWhole) {
  const std::string stream = frame(R"({"text":"Hm","thought":true})") +
                             frame(R"({"text":"Wei\u00df\n"})") +
                             frame(R"({"functionCall":{"name":"a","args":{"x":"}]"}}})", "STOP");
  std::string list = "[";
  for (std::size_t at = 0; (at = stream.find("data: ", at)) != std::string::npos; ++at) {
    if (list.size() > 1) list += ",\n";
    list += stream.substr(at + 6, stream.find("\r\n", at) - at - 6);
  }
  list += "\n]\n";
  const std::string whole = list.substr(1, list.find(",\n") - 1);
  const std::string one =
      R"({"candidates":[{"content":{"parts":[{"text":"Hi \"you\" {"}]},"finishReason":"STOP"}]})";
  EXPECT_EQ(chela::testing::error_code_of(*probe->decode({200, {}, whole})), "cut");
  for (const auto& body : {stream, list, one, "\xef\xbb\xbf" + stream, "\n " + one}) {
    SCOPED_TRACE(body);
    EXPECT_EQ(chela::get_string(last(body), "type"), "end");
    expect_no_short_answer(*probe, {200, {}, body});
  }
}

TEST_F(GoogleDecoder, JoinsCallsThatComeInPieces) {
  const auto call = [](const std::string& members) {
    return frame(R"({"functionCall":{)" + members + "}}");
  };
  const auto piece = [&](const std::string& path, const std::string& value) {
    return call(R"("partialArgs":[{"jsonPath":")" + path + R"(",)" + value +
                R"(}],"willContinue":true)");
  };
  const std::string begin = call(R"("name":"cook","willContinue":true)");
  const std::string end = frame(R"({"functionCall":{}})", "STOP");
  const std::string more = R"(,"willContinue":true)";
  const struct {
    const char* name;
    std::string pieces;
    const char* arguments;  // "" for an error
  } cases[] = {
      {"none", "", "{}"},
      {"a text in two pieces",
       piece("$.city", R"("stringValue":"Bos")" + more) + piece("$.city", R"("stringValue":"ton")"),
       R"({"city":"Boston"})"},
      {"a text that is set twice is not joined",
       piece("$.city", R"("stringValue":"Rome")") + piece("$.city", R"("stringValue":"Oslo")"),
       R"({"city":"Oslo"})"},
      {"two texts at once",
       piece("$.a", R"("stringValue":"1")" + more) + piece("$.b", R"("stringValue":"x")" + more) +
           piece("$.a", R"("stringValue":"2")") + piece("$.b", R"("stringValue":"y")"),
       R"({"a":"12","b":"xy"})"},
      {"other values",
       piece("$.n", R"("numberValue":1.5)") + piece("$.t", R"("boolValue":false)") +
           piece("$.z", R"("nullValue":"NULL_VALUE")"),
       R"({"n":1.5,"t":false,"z":null})"},
      {"nested",
       piece("$.r.steps[0].what", R"("stringValue":"Boil")") +
           piece("$.r.steps[1]['how long']", R"("numberValue":3)") +
           piece("$.r.grid[1][0]", R"("boolValue":true)"),
       R"({"r":{"steps":[{"what":"Boil"},{"how long":3}],"grid":[null,[true]]}})"},
      {"two members in one piece",
       call(
           R"("partialArgs":[{"jsonPath":"$.a","numberValue":1},{"jsonPath":"$.b","numberValue":2}],"willContinue":true)"),
       R"({"a":1,"b":2})"},
      {"a path without a root", piece("city", R"("stringValue":"x")"), ""},
      {"the root itself", piece("$", R"("stringValue":"x")"), ""},
      {"an index that is no number", piece("$.a[x]", R"("stringValue":"x")"), ""},
      {"a list without end", piece("$.a[4000000000]", R"("stringValue":"x")"), ""},
      {"many lists without end",
       piece("$.a[9000]", R"("numberValue":1)") + piece("$.b[9000]", R"("numberValue":1)"), ""},
      {"a text has no members",
       piece("$.a", R"("stringValue":"x")") + piece("$.a.b", R"("stringValue":"x")"), ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::value event = last(begin + c.pieces + end);
    if (*c.arguments == '\0') {
      EXPECT_EQ(chela::get_string(event.at("error"), "code"), "garbage");
      continue;
    }
    ASSERT_EQ(chela::get_string(event, "stop"), "tool_calls") << json::serialize(event);
    const auto& arguments = event.at("message").at("content").at(0).at("arguments");
    EXPECT_TRUE(arguments == *chela::parse_json(c.arguments)) << json::serialize(arguments);
  }
}

TEST_F(GoogleDecoder, TellsCallsApart) {
  const struct {
    const char* name;
    std::string body;
    std::vector<std::string> ids;
  } cases[] = {
      {"made ids count",
       frame(R"({"functionCall":{"name":"a"}},{"functionCall":{"name":"a"}})") +
           frame(R"({"functionCall":{"name":"b"}})", "STOP"),
       {"chela-r-1-1", "chela-r-1-2", "chela-r-1-3"}},
      {"given ids stay", frame(R"({"functionCall":{"name":"a","id":"x/1"}})", "STOP"), {"x/1"}},
      {"a second name ends the first call",
       frame(R"({"functionCall":{"name":"a","willContinue":true}})") +
           frame(R"({"functionCall":{"name":"b"}})", "STOP"),
       {"chela-r-1-1", "chela-r-1-2"}},
      {"the same id goes on",
       frame(R"({"functionCall":{"name":"a","id":"x","willContinue":true}})") +
           frame(R"({"functionCall":{"name":"a","id":"x","args":{"k":1}}})", "STOP"),
       {"x"}},
      {"a call that is still open when the reply ends is whole",
       frame(R"({"functionCall":{"name":"a","willContinue":true}})", "STOP"),
       {"chela-r-1-1"}},
      {"an end of nothing is nothing",
       frame(R"({"functionCall":{"name":"a","args":{}}})") +
           frame(R"({"functionCall":{}})", "STOP"),
       {"chela-r-1-1"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::value event = last(c.body);
    ASSERT_EQ(chela::get_string(event, "stop"), "tool_calls") << json::serialize(event);
    std::vector<std::string> ids;
    for (const auto& part : event.at("message").at("content").as_array())
      ids.push_back(chela::get_string(part, "id"));
    EXPECT_EQ(ids, c.ids);
  }
}

TEST_F(GoogleDecoder, DoesNotTakeHalfACallForAWholeOne) {
  const json::value event = last(
      frame(R"({"functionCall":{"name":"a","args":{"path":"/tmp/x"}}})") +
      frame(R"({"functionCall":{"name":"b","willContinue":true}})") +
      frame(
          R"({"functionCall":{"partialArgs":[{"jsonPath":"$.path","stringValue":"/","willContinue":true}],"willContinue":true}})",
          "MAX_TOKENS"));
  EXPECT_EQ(chela::get_string(event, "stop"), "max_tokens");
  const auto& content = event.at("message").at("content");
  EXPECT_EQ(chela::get_string(content.at(0).at("arguments"), "path"), "/tmp/x");
  EXPECT_EQ(chela::get_string(content.at(1), "invalid_arguments"), R"({"path":"/")");
}

TEST_F(GoogleDecoder, SaysWhatWentWrong) {
  const std::string hello = frame(R"({"text":"Hello"})");
  const struct {
    const char* name;
    std::string body;
    const char* code;
    const char* words;
  } cases[] = {
      {"nothing", "", "cut", "empty"},
      {"a page", "<html><h1>502</h1></html>", "garbage", "502"},
      {"words", "upstream went away", "garbage", "upstream went away"},
      {"no finishReason", hello, "cut", "finishReason"},
      {"no JSON in an event", "data: {\"a\":\r\n\r\n", "garbage", "no JSON object"},
      {"a list that goes on as something else", "[{}]x", "garbage", "something else"},
      {"no candidates", R"({"usageMetadata":{"promptTokenCount":3}})", "garbage", "no candidates"},
      {"an answer without anything", frame(R"({"text":""})", "STOP"), "garbage", "nothing"},
      {"a call without a name", frame(R"({"functionCall":{"args":{}}})", "STOP"), "garbage",
       "no name"},
      {"an error as an event",
       hello + "data: {\"error\":{\"code\":503,\"message\":\"Overloaded.\","
               "\"status\":\"UNAVAILABLE\"}}\r\n\r\n",
       "overloaded", "Overloaded."},
      {"an error without data: before it",
       hello + "{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"Slow down.\",\n"
               "    \"status\": \"RESOURCE_EXHAUSTED\"\n  }\n}\n",
       "rate_limited", "Slow down."},
      {"an error in a list", R"([{"error":{"message":"Broke.","status":"INTERNAL"}}])",
       "server_error", "Broke."},
      {"bytes behind the last event", frame(R"({"text":"Hi"})", "STOP") + "data: {", "cut",
       "last piece"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::value event = last(c.body);
    ASSERT_EQ(chela::get_string(event, "type"), "error") << json::serialize(event);
    EXPECT_EQ(chela::get_string(event.at("error"), "code"), c.code);
    EXPECT_NE(chela::get_string(event.at("error"), "message").find(c.words), std::string::npos)
        << json::serialize(event);
  }
}

TEST_F(GoogleDecoder, KnowsWhyTheModelStopped) {
  const struct {
    const char* reason;
    const char* stop;  // or the error's code
  } cases[] = {
      {"STOP", "end"},
      {"MAX_TOKENS", "max_tokens"},
      {"CONTINUATION", "paused"},
      {"SAFETY", "refusal"},
      {"RECITATION", "refusal"},
      {"LANGUAGE", "refusal"},
      {"BLOCKLIST", "refusal"},
      {"PROHIBITED_CONTENT", "refusal"},
      {"SPII", "refusal"},
      {"MALFORMED_FUNCTION_CALL", "garbage"},
      {"UNEXPECTED_TOOL_CALL", "garbage"},
      {"TOO_MANY_TOOL_CALLS", "garbage"},
      {"MISSING_THOUGHT_SIGNATURE", "bad_request"},
      {"OTHER", "server_error"},
      {"NEWER_THAN_THIS", "server_error"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.reason);
    const json::value event = last(frame(R"({"text":"Hello"})", c.reason));
    const auto* error = chela::find(event, "error");
    EXPECT_EQ(
        error == nullptr ? chela::get_string(event, "stop") : chela::get_string(*error, "code"),
        c.stop);
    if (error == nullptr) continue;
    EXPECT_NE(chela::get_string(*error, "message").find(c.reason), std::string::npos);
  }
}

}  // namespace
}  // namespace provider_google
