// The strict stand-in refuses what the services refuse; otherwise the tests on it would show
// nothing.
#include "../../providers/testing/openai_rules.h"

#include <gtest/gtest.h>

namespace chela::testing::openai_rules {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;
const Headers kGood{{"authorization", "Bearer k"}, {"content-type", "application/json"}};

Asked chat(const std::string& members) {
  return {"POST", "/v1/chat/completions", kGood, R"({"model":"gpt-4o",)" + members + "}"};
}
Asked said(const std::string& messages) {
  return chat(R"("messages":[)" + messages + "]");
}

constexpr const char* kHi = R"({"role":"user","content":"Hi"})";
constexpr const char* kCall =
    R"({"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]})";

TEST(OpenAiRules, TakesWhatIsRight) {
  const std::string hi = kHi;
  for (const auto& asked :
       {said(hi), said(hi + "," + kCall + R"(,{"role":"tool","tool_call_id":"a","content":"x"})"),
        Asked{"GET", "/api/v1/models", kGood, ""},
        Asked{"POST", "/v1/embeddings", kGood,
              R"({"model":"m","input":["a"],"encoding_format":"float"})"}}) {
    const auto refusal = refuse(asked, Kind::official);
    EXPECT_FALSE(refusal.has_value()) << refusal->body << asked.body;
  }
}

TEST(OpenAiRules, RefusesWhatIsWrong) {
  const std::string hi = kHi;
  const std::string call = kCall;
  const std::string result = R"({"role":"tool","tool_call_id":"a","content":"x"})";
  const struct {
    const char* name;
    Asked asked;
    int status;
    const char* says;
  } cases[] = {
      {"another path", {"POST", "/v1/messages", kGood, "{}"}, 404, "Invalid URL"},
      {"another method", {"GET", "/v1/chat/completions", kGood, ""}, 405, "Not allowed"},
      {"no key",
       {"POST", "/v1/chat/completions", {{"content-type", "application/json"}}, "{}"},
       401,
       "API key"},
      {"an empty key",
       {"POST",
        "/v1/chat/completions",
        {{"authorization", "Bearer "}, {"content-type", "application/json"}},
        "{}"},
       401,
       "API key"},
      {"another content type",
       {"POST", "/v1/chat/completions", {{"authorization", "Bearer k"}}, "{}"},
       415,
       "content type"},
      {"a header of another API",
       {"GET", "/v1/models", {{"authorization", "Bearer k"}, {"x-api-key", "k"}}, ""},
       400,
       "another API"},
      {"no JSON", {"POST", "/v1/chat/completions", kGood, "{"}, 400, "parse"},
      {"an unknown member", chat(R"("messages":[{"role":"user","content":"Hi"}],"top_k":1)"), 400,
       "top_k"},
      {"no messages", chat(R"("messages":[])"), 400, "empty array"},
      {"a role of nobody", said(R"({"role":"model","content":"Hi"})"), 400, "no such role"},
      {"an empty text", said(R"({"role":"user","content":""})"), 400, "is empty"},
      {"an empty part", said(R"({"role":"user","content":[{"type":"text","text":""}]})"), 400,
       "is empty"},
      {"null without calls", said(hi + R"(,{"role":"assistant","content":null})"), 400, "null"},
      {"a call without its result", said(hi + "," + call), 400, "must be followed"},
      {"something between call and result", said(hi + "," + call + "," + hi + "," + result), 400,
       "must be followed"},
      {"a result without a call", said(hi + "," + result), 400, "preceding message"},
      {"a result twice", said(hi + "," + call + "," + result + "," + result), 400,
       "preceding message"},
      {"arguments as an object",
       said(
           hi +
           R"(,{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{}}}]},)" +
           result),
       400, "expected a string"},
      {"arguments that are no JSON",
       said(
           hi +
           R"(,{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{"}}]},)" +
           result),
       400, "JSON text"},
      {"an id of 41 bytes",
       said(hi + R"(,{"role":"assistant","tool_calls":[{"id":")" + std::string(41, 'x') +
            R"(","type":"function","function":{"name":"f","arguments":"{}"}}]})"),
       400, "too long"},
      {"an image for an assistant",
       said(
           R"({"role":"system","content":[{"type":"image_url","image_url":{"url":"https://a/b"}}]})"),
       400, "not here"},
      {"a file as an image",
       said(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///a"}}]})"),
       400, "data URL"},
      {"reasoning", said(hi + R"(,{"role":"assistant","content":"a","reasoning":"b"})"), 400,
       "reasoning"},
      {"a mark for the cache",
       said(
           R"({"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]})"),
       400, "cache_control"},
      {"a choice without tools",
       chat(R"("messages":[{"role":"user","content":"Hi"}],"tool_choice":"auto")"), 400,
       "only allowed"},
      {"a schema without properties",
       chat(
           R"("messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])"),
       400, "missing properties"},
      {"options without a stream",
       chat(
           R"("messages":[{"role":"user","content":"Hi"}],"stream_options":{"include_usage":true})"),
       400, "stream_options"},
      {"five stops",
       chat(R"("messages":[{"role":"user","content":"Hi"}],"stop":["1","2","3","4","5"])"), 400,
       "stop"},
      {"a temperature of 3", chat(R"("messages":[{"role":"user","content":"Hi"}],"temperature":3)"),
       400, "temperature"},
      {"effort of a model without",
       chat(R"("messages":[{"role":"user","content":"Hi"}],"reasoning_effort":"low")"), 400,
       "reasoning_effort"},
      {"an empty text to embed",
       {"POST", "/v1/embeddings", kGood,
        R"({"model":"m","input":["a",""],"encoding_format":"float"})"},
       400,
       "empty string"},
      {"vectors without a form",
       {"POST", "/v1/embeddings", kGood, R"({"model":"m","input":["a"]})"},
       400,
       "encoding_format"},
      {"vectors of length 0",
       {"POST", "/v1/embeddings", kGood,
        R"({"model":"m","input":["a"],"encoding_format":"float","dimensions":0})"},
       400,
       "minimum of 1"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto refusal = refuse(c.asked, Kind::official);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->status, c.status);
    EXPECT_NE(refusal->body.find(c.says), std::string::npos) << refusal->body;
  }
  const std::string thinker = R"({"model":"o3","messages":[{"role":"user","content":"Hi"}],)";
  for (const auto* member :
       {R"("temperature":1)", R"("max_tokens":5)", R"("stop":["a"])", R"("top_p":1)"})
    EXPECT_TRUE(
        refuse({"POST", "/v1/chat/completions", kGood, thinker + member + "}"}, Kind::official)
            .has_value())
        << member;
  const Asked growing{
      "POST", "/api/v1/chat/completions", kGood,
      R"({"model":"anthropic/x","messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]})"};
  EXPECT_NE(refuse(growing, Kind::openrouter)->body.find("must not come after"), std::string::npos);
  std::string marks;
  for (int i = 0; i < 5; ++i)
    marks += std::string(i > 0 ? "," : "") +
             R"({"type":"text","text":"a","cache_control":{"type":"ephemeral"}})";
  const Asked marked{
      "POST", "/api/v1/chat/completions", kGood,
      R"({"model":"anthropic/x","messages":[{"role":"user","content":[)" + marks + "]}]}"};
  EXPECT_NE(refuse(marked, Kind::openrouter)->body.find("maximum of 4"), std::string::npos);
}

}  // namespace
}  // namespace chela::testing::openai_rules
