// Every conversation that chela takes becomes a request that a strict service takes.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "anthropic_rules.h"
#include "provider.h"

namespace chela::anthropic {
namespace {

class Plain : public MessagesProvider {
 public:
  explicit Plain(std::span<const Model> models)
      : MessagesProvider({"anthropic", models, {}}, {"https://api.example.com", {}}) {}
  ProviderTraits traits() const override { return {}; }
};

#ifdef CHELA_SANITIZED
constexpr int kConversations = 400;
#else
constexpr int kConversations = 4000;
#endif

// Makes up conversations: whatever check_chat_request lets through, and much of it odd.
class Talker {
 public:
  explicit Talker(unsigned seed) : engine_(seed) {}

  ChatRequest request(const std::string& model) {
    ChatRequest request;
    request.model = model;
    for (unsigned i = below(3); i > 0; --i) request.system.push_back(text());
    for (unsigned i = below(4); i > 0; --i) {
      request.tools.push_back({"tool_" + std::to_string(i), pick({"", " ", "Does it."}),
                               chance(2) ? json::object() : json::object{{"type", "object"}},
                               cache()});
    }
    add_messages(request);
    if (!request.tools.empty())
      request.tool_choice = static_cast<ToolChoice>(below(4));
    else if (chance(3))
      request.tool_choice = ToolChoice::none;
    if (request.tool_choice == ToolChoice::named) request.tool_name = request.tools[0].name;
    request.has_parallel_tools = !chance(4);
    if (chance(2)) request.max_output_tokens = pick({1, 1000, 2048, 16'000, 30'000, 900'000});
    if (chance(3)) request.temperature = static_cast<double>(below(20)) / 10;
    if (chance(3)) request.top_p = static_cast<double>(below(11)) / 10;
    if (chance(4)) request.stop = {"END", "\n\nHuman:"};
    request.effort = pick({"", "off", "low", "medium", "high"});
    request.is_streaming = chance(2);
    return request;
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(engine_() % limit); }
  bool chance(unsigned one_in) { return below(one_in) == 0; }
  template <class T>
  T pick(std::initializer_list<T> all) {
    return *(all.begin() + below(static_cast<unsigned>(all.size())));
  }
  std::string pick(std::initializer_list<const char*> all) {
    return *(all.begin() + below(static_cast<unsigned>(all.size())));
  }
  std::string cache() { return chance(3) ? pick({"5m", "1h"}) : ""; }

  Part text() {
    Part part;
    part.text = pick({"a", "b c", " ", "\n", "ends with a blank ", "\xc3\xb6"});
    part.cache = cache();
    return part;
  }
  Part image() {
    Part part;
    part.type = PartType::image;
    if (chance(2)) {
      part.url = "https://example.com/a.png";
    } else {
      part.media_type = pick({"image/png", "image/webp"});
      part.data = "AAAA";
    }
    part.cache = cache();
    return part;
  }
  Part thought() {
    Part part;
    part.type = chance(3) ? PartType::redacted_thinking : PartType::thinking;
    part.origin = pick({"anthropic", "google", ""});
    const std::string own = part.origin == "anthropic" ? "own-" : "foreign-";
    if (part.type == PartType::redacted_thinking)
      part.data = own + "data";
    else if (!chance(4))
      part.signature = own + "signature";
    part.text = part.type == PartType::thinking ? pick({"", "hm"}) : "";
    part.cache = cache();
    return part;
  }
  Part call(unsigned number) {
    Part part;
    part.type = PartType::tool_call;
    part.id = pick({"functions.read:", "call_", "0", "toolu_01", "\xc3\xa4 ", "x|y"}) +
              std::to_string(number) + (chance(8) ? std::string(80, 'z') : "");
    part.name = pick({"read", "fs.read", "mcp/list"});
    if (chance(2)) part.arguments = json::object{{"path", "a"}};
    if (chance(6)) part.invalid_arguments = "{\"path";
    part.cache = cache();
    return part;
  }
  Part result(const Part& of) {
    Part part;
    part.type = PartType::tool_result;
    part.id = of.id;
    part.name = of.name;
    for (unsigned i = below(3); i > 0; --i) part.content.push_back(chance(3) ? image() : text());
    part.is_error = chance(3);
    part.cache = cache();
    return part;
  }

  void add_messages(ChatRequest& request) {
    ChatMessage first{ChatRole::user, {}};
    first.content.push_back(text());
    first.content.back().text = "Hello";
    request.messages.push_back(first);
    for (unsigned turn = below(6); turn > 0; --turn) {
      ChatMessage assistant{ChatRole::assistant, {}};
      ChatMessage tools{ChatRole::tool, {}};
      for (unsigned i = below(3); i > 0; --i) assistant.content.push_back(thought());
      for (unsigned i = below(2); i > 0; --i) assistant.content.push_back(text());
      for (unsigned i = below(4); i > 0; --i) {
        assistant.content.push_back(call(i));
        tools.content.insert(tools.content.begin(), result(assistant.content.back()));
      }
      if (!assistant.content.empty()) request.messages.push_back(assistant);
      if (!tools.content.empty()) request.messages.push_back(tools);
      if (chance(2)) continue;
      ChatMessage user{ChatRole::user, {}};
      for (unsigned i = 1 + below(2); i > 0; --i)
        user.content.push_back(chance(3) ? image() : text());
      request.messages.push_back(user);
    }
  }

  std::mt19937 engine_;
};

testing::AnthropicRules rules_of(const Model& model) {
  testing::AnthropicRules rules;
  rules.key = "{{secret:api_key}}";
  rules.signature_prefix = "own-";
  rules.takes_prefill = model.takes_prefill;
  rules.takes_sampling = model.takes_sampling;
  rules.takes_budget = model.thinking == Thinking::budget;
  rules.takes_adaptive = model.thinking == Thinking::adaptive;
  rules.min_thinking_output_tokens = model.min_thinking_output_tokens;
  rules.max_output_tokens = model.max_output_tokens;
  return rules;
}

TEST(Property, WhatChelaTakesAStrictServiceTakes) {
  constexpr Model kPlan[] = {{"", 32'768, 32'768, Thinking::budget, 16'000}};
  const struct {
    const char* model;
    std::span<const Model> models;
  } cases[] = {{"claude-sonnet-4-5", claude_models()},
               {"claude-opus-4-6", claude_models()},
               {"claude-of-tomorrow", claude_models()},
               {"claude-3-haiku-20240307", claude_models()},
               {"a-plan", kPlan}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.model);
    Plain provider(c.models);
    const testing::AnthropicRules rules = rules_of(model_of(c.models, c.model));
    int taken = 0, thinking = 0;
    for (int seed = 0; seed < kConversations; ++seed) {
      const ChatRequest request = Talker(static_cast<unsigned>(seed)).request(c.model);
      const auto checked = check_chat_request(request);
      ASSERT_TRUE(checked) << seed << ": " << checked.error().message;
      const auto wire = provider.encode(request);
      if (!wire) {
        // The only thing of these that some models refuse: words of the assistant at the end.
        EXPECT_EQ(wire.error().code, ErrorCode::invalid_argument);
        EXPECT_NE(wire.error().message.find("the assistant"), std::string::npos)
            << seed << ": " << wire.error().message;
        continue;
      }
      ++taken;
      const auto refusal = testing::refused_by(rules, wire->method,
                                               wire->url.substr(strlen("https://api.example.com")),
                                               wire->headers, wire->body);
      ASSERT_FALSE(refusal) << seed << ": " << refusal->body << "\n" << wire->body;
      const auto body = parse_json(wire->body);
      const auto* asked = find(*body, "thinking");
      thinking += asked != nullptr && get_string(*asked, "type") != "disabled";
    }
    EXPECT_GT(taken, kConversations / 2);
    if (rules.takes_budget || rules.takes_adaptive) {
      EXPECT_GT(thinking, kConversations / 20);
    }
  }
}

// The strict service does refuse: each row breaks one rule of a good request.
TEST(Rules, RefuseWhatTheServiceRefuses) {
  const std::string good = R"({"model":"m","max_tokens":5000,"stream":true,
    "system":[{"type":"text","text":"s"}],
    "tools":[{"name":"t","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto"},
    "messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}}]},
      {"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"own-1"},{"type":"tool_use","id":"c1","name":"t","input":{}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"r"}]},{"type":"text","text":"b"}]}]})";
  const struct {
    const char* name;
    const char* from;
    const char* to;
  } cases[] = {
      {"unknown field", R"("stream":true)", R"("stream":true,"top_logprobs":1)"},
      {"no max_tokens", R"("max_tokens":5000,)", ""},
      {"max_tokens beyond the model", "5000", "500000"},
      {"temperature", R"("stream":true)", R"("temperature":1.5)"},
      {"blank text", R"("text":"b")", R"("text":" ")"},
      {"system role", R"({"role":"user","content":[{"type":"text")",
       R"({"role":"system","content":[{"type":"text")"},
      {"id", R"("id":"c1")", R"("id":"c:1")"},
      {"unpaired result", R"("tool_use_id":"c1")", R"("tool_use_id":"c2")"},
      {"result behind text",
       R"({"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"r"}]},{"type":"text","text":"b"})",
       R"({"type":"text","text":"b"},{"type":"tool_result","tool_use_id":"c1"})"},
      {"foreign signature", "own-1", "else"},
      {"image kind", "image/png", "image/tiff"},
      {"schema", R"("input_schema":{"type":"object"})",
       R"("input_schema":{"type":"object","anyOf":[]})"},
      {"tool choice", R"({"type":"auto"})", R"({"type":"tool","name":"u"})"},
      {"budget too large", R"("stream":true)",
       R"("thinking":{"type":"enabled","budget_tokens":5000})"},
      {"budget too small", R"("stream":true)",
       R"("thinking":{"type":"enabled","budget_tokens":10})"},
      {"five marks", R"("text":"s"})",
       R"("text":"s","cache_control":{"type":"ephemeral"}},{"type":"text","text":"s","cache_control":{"type":"ephemeral"}},{"type":"text","text":"s","cache_control":{"type":"ephemeral"}},{"type":"text","text":"s","cache_control":{"type":"ephemeral"}},{"type":"text","text":"s","cache_control":{"type":"ephemeral"}})"},
      {"an hour behind five minutes", R"("text":"s"})",
       R"("text":"s","cache_control":{"type":"ephemeral"}},{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}})"},
      {"input", R"("input":{})", R"("input":"{}")"},
      {"block", R"({"type":"text","text":"b"})", R"({"type":"hologram"})"},
      {"block member", R"({"type":"text","text":"b"})",
       R"({"type":"text","text":"b","origin":"x"})"},
      {"error with image", R"("tool_use_id":"c1","content":[{"type":"text","text":"r"}])",
       R"("tool_use_id":"c1","is_error":true,"content":[{"type":"image","source":{"type":"url","url":"https://x"}}])"},
      {"stop sequence", R"("stream":true)", R"("stop_sequences":[" "])"},
  };
  testing::AnthropicRules rules;
  rules.signature_prefix = "own-";
  rules.max_output_tokens = 64'000;
  const Headers headers{{"x-api-key", "k"},
                        {"anthropic-version", "2023-06-01"},
                        {"content-type", "application/json"}};
  const auto taken = refused_by(rules, "POST", "/v1/messages?beta=true", headers, good);
  EXPECT_FALSE(taken) << taken->body;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string body = good;
    const std::size_t at = body.find(c.from);
    ASSERT_NE(at, std::string::npos);
    body.replace(at, strlen(c.from), c.to);
    ASSERT_TRUE(parse_json(body));
    const auto refusal = refused_by(rules, "POST", "/v1/messages", headers, body);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, 400);
  }
  rules.takes_prefill = false;
  EXPECT_TRUE(refused_by(
      rules, "POST", "/v1/messages", headers,
      R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})"));
  rules.key = "other";
  EXPECT_EQ(refused_by(rules, "POST", "/v1/messages", headers, good)->status, 401);
  EXPECT_EQ(refused_by(rules, "POST", "/v1/messages", {}, good)->status, 401);
  rules.key.clear();
  EXPECT_EQ(refused_by(rules, "POST", "/v1/chat", headers, good)->status, 404);
  EXPECT_EQ(refused_by(rules, "POST", "/v1/messages", {{"x-api-key", "k"}}, good)->status, 400);
  rules.models = {"n"};
  EXPECT_EQ(refused_by(rules, "POST", "/v1/messages", headers, good)->status, 404);
}

}  // namespace
}  // namespace chela::anthropic
