// The stand-in's rules refuse what the service refuses: otherwise the tests against them say
// nothing.
#include <gtest/gtest.h>

#include "google_rules.h"

namespace provider_google {
namespace {

using chela::WireRequest;
using chela::testing::google::refuse;

WireRequest post(std::string body, const std::string& model = "gemini-2.5-flash",
                 const std::string& method = ":generateContent") {
  return {"POST",
          "https://host/v1beta/models/" + model + method,
          {{"content-type", "application/json"}, {"x-goog-api-key", "{{secret:api_key}}"}},
          std::move(body)};
}

const std::string kHello = R"("contents":[{"role":"user","parts":[{"text":"Hello"}]}])";

TEST(GoogleRules, JudgesHeadersAndAddress) {
  const auto good = post("{" + kHello + "}");
  EXPECT_FALSE(refuse(good).has_value());
  const auto change = [&](auto&& how) {
    WireRequest request = good;
    how(request);
    const auto refusal = refuse(request);
    return refusal ? refusal->status : 0;
  };
  EXPECT_EQ(change([](auto& r) { r.headers.pop_back(); }), 403);
  EXPECT_EQ(change([](auto& r) { r.headers.back().second = "other"; }), 400);
  EXPECT_EQ(change([](auto& r) { r.headers.erase(r.headers.begin()); }), 400);
  EXPECT_EQ(change([](auto& r) { r.headers.emplace_back("authorization", "Bearer x"); }), 401);
  EXPECT_EQ(change([](auto& r) { r.url += "?key=x"; }), 400);
  EXPECT_EQ(change([](auto& r) { r.url += "?alt=sse"; }), 400);
  EXPECT_EQ(change([](auto& r) { r.url = "https://host/v2/models/m:generateContent"; }), 404);
  EXPECT_EQ(change([](auto& r) { r.url = "https://host/v1beta/models/m:explain"; }), 404);
  EXPECT_EQ(change([](auto& r) { r.method = "GET"; }), 400);
  EXPECT_EQ(change([](auto& r) { r.body = "{"; }), 400);
  EXPECT_EQ(refuse(good, "a real key")->reason, "API_KEY_INVALID");
}

TEST(GoogleRules, JudgesBodies) {
  const std::string call = R"({"functionCall":{"name":"f","args":{}}})";
  const std::string answer = R"({"functionResponse":{"name":"f","response":{"output":""}}})";
  const auto talk = [](const std::string& user, const std::string& model, const std::string& last) {
    return R"({"contents":[{"role":"user","parts":[)" + user + R"(]},{"role":"model","parts":[)" +
           model + R"(]},{"role":"user","parts":[)" + last + "]}]}";
  };
  const auto part = [](const std::string& one) {
    return R"({"contents":[{"role":"user","parts":[)" + one + "]}]}";
  };
  const auto with = [](const std::string& member) { return "{" + kHello + "," + member + "}"; };
  const std::string hello = R"({"text":"Hello"})";
  const std::string tools = R"("tools":[{"functionDeclarations":[{"name":"f"}]}])";
  const struct {
    const char* name;
    std::string body;
    const char* words;  // "" where it is good
    const char* model = "gemini-2.5-flash";
  } cases[] = {
      {"a pair", talk(hello, call, answer), ""},
      {"an unknown field", with(R"("messages":[])"), "Unknown name"},
      {"no contents", "{}", "contents is not specified"},
      {"an unknown role", R"({"contents":[{"role":"system","parts":[{"text":"x"}]}]})",
       "valid role"},
      {"no parts", R"({"contents":[{"role":"user","parts":[]}]})", "must not be empty"},
      {"two users",
       R"({"contents":[{"role":"user","parts":[{"text":"x"}]},)"
       R"({"role":"user","parts":[{"text":"x"}]}]})",
       "take turns"},
      {"an empty text", part(R"({"text":""})"), "must not be empty"},
      {"two kinds in one part", part(R"({"text":"x","inlineData":{}})"), "oneof"},
      {"a field of a part", part(R"({"text":"x","cache":"5m"})"), "Unknown name"},
      {"data that is no base64", part(R"({"inlineData":{"mimeType":"image/png","data":"*"}})"),
       "Base64"},
      {"an address", part(R"({"fileData":{"fileUri":"https://a/b.png"}})"), ""},
      {"an address for an old model", part(R"({"fileData":{"fileUri":"https://a/b.png"}})"),
       "file uri", "gemini-2.0-flash"},
      {"an address without TLS", part(R"({"fileData":{"fileUri":"http://a/b.png"}})"), "file uri"},
      {"a call without an answer", talk(hello, call, hello), "number of function response"},
      {"an answer too many", talk(hello, call, answer + "," + answer),
       "number of function response"},
      {"an answer to nothing", talk(hello, hello, answer), "number of function response"},
      {"an answer with another name",
       talk(hello, call, R"({"functionResponse":{"name":"g","response":{}}})"), "names and ids"},
      {"an answer with an id of its own",
       talk(hello, call, R"({"functionResponse":{"id":"1","name":"f","response":{}}})"),
       "names and ids"},
      {"an answer that is no object",
       talk(hello, call, R"({"functionResponse":{"name":"f","response":"x"}})"), "Struct"},
      {"a call without its signature", talk(hello, call, answer), "missing a thought_signature",
       "gemini-3-flash-preview"},
      {"a signature that is no base64",
       talk(hello, R"({"text":"x","thoughtSignature":"*"})", hello), "Base64"},
      {"a signature of the user", part(R"({"text":"x","thoughtSignature":"c2ln"})"), "signatures"},
      {"tools", with(tools), ""},
      {"a name that begins with a digit",
       with(R"("tools":[{"functionDeclarations":[{"name":"1"}]}])"), "Invalid function name"},
      {"a name twice", with(R"("tools":[{"functionDeclarations":[{"name":"f"},{"name":"f"}]}])"),
       "Duplicate"},
      {"the older dialect of schemas",
       with(R"("tools":[{"functionDeclarations":[{"name":"f","parameters":{}}]}])"),
       "Unknown name"},
      {"a choice without tools", with(R"("toolConfig":{"functionCallingConfig":{"mode":"ANY"}})"),
       "without function_declarations"},
      {"a choice of nothing known",
       with(
           tools +
           R"(,"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["g"]}})"),
       "unknown function"},
      {"six stops", with(R"("generationConfig":{"stopSequences":["a","b","c","d","e","f"]})"),
       "at most 5"},
      {"hot", with(R"("generationConfig":{"temperature":2.5})"), "range"},
      {"max_tokens", with(R"("generationConfig":{"max_tokens":5})"), "Unknown name"},
      {"a level for a model with budgets",
       with(R"("generationConfig":{"thinkingConfig":{"thinkingLevel":"LOW"}})"), "not supported"},
      {"a budget of 0 where it cannot stop",
       with(R"("generationConfig":{"thinkingConfig":{"thinkingBudget":0}})"), "thinking budget",
       "gemini-2.5-pro"},
      {"MEDIUM where there are two levels",
       with(R"("generationConfig":{"thinkingConfig":{"thinkingLevel":"MEDIUM"}})"), "not supported",
       "gemini-3-pro-preview"},
      {"thinking where there is none",
       with(R"("generationConfig":{"thinkingConfig":{"includeThoughts":true}})"), "not enabled",
       "gemini-2.0-flash"},
      {"an empty system", with(R"("systemInstruction":{"parts":[{"text":""}]})"), "wanted a text"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto refusal = refuse(post(c.body, c.model));
    if (*c.words == '\0') {
      EXPECT_FALSE(refusal.has_value()) << refusal->message;
      continue;
    }
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->status, 400);
    EXPECT_NE(refusal->message.find(c.words), std::string::npos) << refusal->message;
  }
}

TEST(GoogleRules, JudgesEmbeddings) {
  const auto judge = [](const std::string& request, std::size_t count = 1) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i == 0 ? "" : ",") + request;
    const auto refusal =
        refuse(post(R"({"requests":[)" + list + "]}", "e-1", ":batchEmbedContents"));
    return refusal ? refusal->message : "";
  };
  const std::string good = R"({"model":"models/e-1","content":{"parts":[{"text":"a"}]}})";
  EXPECT_EQ(judge(good, 100), "");
  EXPECT_NE(judge(good, 101).find("at most 100"), std::string::npos);
  EXPECT_NE(judge(R"({"model":"models/e-2","content":{"parts":[{"text":"a"}]}})"), "");
  EXPECT_NE(judge(R"({"model":"models/e-1","content":{"parts":[{"text":""}]}})"), "");
  EXPECT_NE(judge(R"({"model":"models/e-1","text":"a"})"), "");
}

}  // namespace
}  // namespace provider_google
