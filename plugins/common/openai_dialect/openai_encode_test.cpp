#include "openai_encode.h"

#include "../../providers/testing/openai_rules.h"
#include "openai_models.h"
#include "openai_test_support.h"

namespace chela::openai {
namespace {

namespace rules = testing::openai_rules;

rules::Kind kind_of(Host host) {
  return host == Host::official     ? rules::Kind::official
         : host == Host::openrouter ? rules::Kind::openrouter
                                    : rules::Kind::compatible;
}

// The body of the request that a chat request (JSON) becomes; it must pass the strict rules.
json::value body_of(const Service& service, const std::string& chat) {
  const auto request = parse_chat_request(parse_json(chat).value());
  EXPECT_TRUE(request.has_value()) << (request ? "" : request.error().message);
  if (!request) return nullptr;
  const auto wire = encode_chat(service, *request);
  EXPECT_TRUE(wire.has_value()) << (wire ? "" : wire.error().message);
  if (!wire) return nullptr;
  const auto refusal =
      rules::refuse({wire->method, wire->url, wire->headers, wire->body}, kind_of(service.host));
  EXPECT_FALSE(refusal.has_value()) << refusal->body << "\n" << wire->body;
  return parse_json(wire->body).value();
}

std::string messages_of(const Service& service, const std::string& chat) {
  const json::value body = body_of(service, chat);
  return json::serialize(*find(body, "messages"));
}

std::string with_model(const std::string& model, const std::string& more) {
  return R"({"model":")" + model +
         R"(","messages":[{"role":"user","content":"Hi"}],"stream":false)" + more + "}";
}

TEST(OpenAiEncode, WritesAConversationWithTools) {
  const std::string chat = R"({"model":"gpt-4o","system":"Be brief.","messages":[
    {"role":"user","content":[{"type":"text","text":"What is in a and b?"}]},
    {"role":"assistant","content":[{"type":"thinking","text":"Hm","signature":"x","origin":"anthropic"},
       {"type":"text","text":"I look."},
       {"type":"tool_call","id":"c1","name":"read","arguments":{"path":"a"}},
       {"type":"tool_call","id":"c2","name":"now","arguments":{}}]},
    {"role":"tool","content":[{"type":"tool_result","id":"c1","content":"hello"},
       {"type":"tool_result","id":"c2","is_error":true,"content":[]}]},
    {"role":"user","content":"And?"}]})";
  EXPECT_EQ(
      messages_of(service_at(Host::official), chat),
      R"([{"role":"system","content":"Be brief."},{"role":"user","content":"What is in a and b?"},)"
      R"({"role":"assistant","content":"I look.","tool_calls":[)"
      R"({"id":"c1","type":"function","function":{"name":"read","arguments":"{\"path\":\"a\"}"}},)"
      R"({"id":"c2","type":"function","function":{"name":"now","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"c1","content":"hello"},)"
      R"x({"role":"tool","tool_call_id":"c2","content":"Error: (no output)"},)x"
      R"({"role":"user","content":"And?"}])");
}

TEST(OpenAiEncode, PutsImagesWhereTheyAreTaken) {
  const std::string chat = R"({"model":"gpt-4o","messages":[
    {"role":"user","content":[{"type":"text","text":"See"},{"type":"image","media_type":"image/png","data":"AAAA"},
       {"type":"image","url":"https://example.com/a.png"}]},
    {"role":"assistant","content":[{"type":"tool_call","id":"c1","name":"shot","arguments":{}}]},
    {"role":"tool","content":[{"type":"tool_result","id":"c1","content":[{"type":"image","media_type":"image/png","data":"BBBB"}]}]}]})";
  EXPECT_EQ(
      messages_of(service_at(Host::official), chat),
      R"([{"role":"user","content":[{"type":"text","text":"See"},)"
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},)"
      R"({"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]},)"
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"shot","arguments":"{}"}}]},)"
      R"x({"role":"tool","tool_call_id":"c1","content":"(the image follows)"},)x"
      R"({"role":"user","content":[{"type":"text","text":"Image in the result of tool call c1:"},)"
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,BBBB"}}]}])");
  const auto refused = encode_chat(
      service_at(Host::official),
      parse_chat_request(
          parse_json(
              R"({"model":"m","messages":[{"role":"user","content":[{"type":"image","url":"file:///etc/passwd"}]}]})")
              .value())
          .value());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
}

TEST(OpenAiEncode, LeavesOutWhatSaysNothingToThisService) {
  const std::string chat = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hi"},
    {"role":"assistant","content":[{"type":"thinking","text":"Hm"},{"type":"redacted_thinking","data":"x","origin":"anthropic"}]},
    {"role":"user","content":[{"type":"text","text":"One"},{"type":"text","text":"Two"}]}]})";
  EXPECT_EQ(messages_of(service_at(Host::official), chat),
            R"([{"role":"user","content":"Hi"},{"role":"user","content":"One\n\nTwo"}])");
}

TEST(OpenAiEncode, KeepsCallsReadable) {
  const auto call_of = [](const Service& service, const std::string& model,
                          const std::string& members) {
    const json::value body =
        body_of(service, R"({"model":")" + model + R"(","messages":[{"role":"user","content":"Hi"},
      {"role":"assistant","content":[{"type":"tool_call","name":"f",)" +
                             members + R"(}]},
      {"role":"tool","content":[{"type":"tool_result",)" +
                             members + R"(,"content":"ok"}]}]})");
    const auto& list = find(body, "messages")->as_array();
    const json::value& call = find(list[1], "tool_calls")->as_array()[0];
    EXPECT_EQ(get_string(call, "id"), get_string(list[2], "tool_call_id"));
    return get_string(call, "id") + " " + get_string(*find(call, "function"), "arguments");
  };
  const Service official = service_at(Host::official);
  const Service router = service_at(Host::openrouter);
  EXPECT_EQ(call_of(official, "gpt-4o", R"("id":"a","invalid_arguments":"{\"p\":")"),
            R"(a {"invalid_arguments":"{\"p\":"})");
  EXPECT_EQ(call_of(official, "gpt-4o", R"("id":"functions.f:0","arguments":{})"),
            "functions.f:0 {}");
  EXPECT_EQ(call_of(router, "moonshotai/kimi-k2", R"("id":"functions.f:0","arguments":{})"),
            "functions.f:0 {}");
  const std::string renamed =
      call_of(router, "anthropic/claude-sonnet-4.5", R"("id":"functions.f:0","arguments":{})");
  EXPECT_TRUE(renamed.starts_with("call_")) << renamed;
  EXPECT_EQ(renamed.size(), 21 + 3);
  const std::string longer(41, 'x');
  EXPECT_TRUE(call_of(official, "gpt-4o", R"("id":")" + longer + "\"").starts_with("call_"));
  EXPECT_NE(wire_call_id(official, "", longer), wire_call_id(official, "", longer + "x"));
}

TEST(OpenAiEncode, WritesToolsAndChoices) {
  const std::string tools =
      R"(,"tools":[{"name":"read","description":"Reads","parameters":{"type":"object","properties":{"p":{"type":"string"}}}},{"name":"now","parameters":{}}])";
  const Service service = service_at(Host::official);
  const json::value body = body_of(service, with_model("gpt-4o", tools));
  EXPECT_EQ(
      json::serialize(*find(body, "tools")),
      R"([{"type":"function","function":{"name":"read","description":"Reads","parameters":{"type":"object","properties":{"p":{"type":"string"}}}}},)"
      R"({"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}])");
  EXPECT_EQ(find(body, "tool_choice"), nullptr);
  const struct {
    const char* name;
    const char* model;
    std::string more;
    const char* member;
    const char* value;
  } cases[] = {
      {"any", "gpt-4o", tools + R"(,"tool_choice":"any")", "tool_choice", "\"required\""},
      {"none", "gpt-4o", tools + R"(,"tool_choice":"none")", "tool_choice", "\"none\""},
      {"named", "gpt-4o", tools + R"(,"tool_choice":{"name":"now"})", "tool_choice",
       R"({"type":"function","function":{"name":"now"}})"},
      {"any without tools", "gpt-4o", R"(,"tool_choice":"any")", "tool_choice", ""},
      {"one at a time", "gpt-4o", tools + R"(,"parallel_tools":false)", "parallel_tool_calls",
       "false"},
      {"where the model has no such switch", "o3-mini", tools + R"(,"parallel_tools":false)",
       "parallel_tool_calls", ""},
      {"without tools", "gpt-4o", R"(,"parallel_tools":false)", "parallel_tool_calls", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::value made = body_of(service, with_model(c.model, c.more));
    const auto* member = find(made, c.member);
    EXPECT_EQ(member == nullptr ? "" : json::serialize(*member), c.value);
  }
}

TEST(OpenAiEncode, AsksEachModelForWhatItTakes) {
  const struct {
    const char* name;
    Host host;
    const char* model;
    const char* more;
    const char* member;
    const char* value;
  } cases[] = {
      {"the new limit on the official host", Host::official, "gpt-4o", R"(,"max_output_tokens":9)",
       "max_completion_tokens", "9"},
      {"the old one elsewhere", Host::compatible, "qwen3:8b", R"(,"max_output_tokens":9)",
       "max_tokens", "9"},
      {"unless the model is of the new kind", Host::compatible, "azure/gpt-5-mini",
       R"(,"max_output_tokens":9)", "max_completion_tokens", "9"},
      {"OpenRouter knows the old one", Host::openrouter, "openai/gpt-5",
       R"(,"max_output_tokens":9)", "max_tokens", "9"},
      {"temperature", Host::official, "gpt-4o", R"(,"temperature":0.5)", "temperature", "5E-1"},
      {"not where it is refused", Host::official, "gpt-5-mini", R"(,"temperature":0.5)",
       "temperature", ""},
      {"top_p not either", Host::official, "o3", R"(,"top_p":0.5)", "top_p", ""},
      {"gpt-5-chat takes it", Host::official, "gpt-5-chat-latest", R"(,"temperature":0)",
       "temperature", "0E0"},
      {"a name that only begins alike", Host::official, "o10-custom", R"(,"temperature":0)",
       "temperature", "0E0"},
      {"OpenRouter leaves it out by itself", Host::openrouter, "openai/o3", R"(,"temperature":0)",
       "temperature", "0E0"},
      {"stop", Host::compatible, "qwen3:8b", R"(,"stop":["a","b"])", "stop", R"(["a","b"])"},
      {"effort", Host::official, "gpt-5.1", R"(,"effort":"high")", "reasoning_effort", "\"high\""},
      {"effort off: none", Host::official, "gpt-5.1", R"(,"effort":"off")", "reasoning_effort",
       "\"none\""},
      {"effort off: minimal", Host::official, "gpt-5-nano", R"(,"effort":"off")",
       "reasoning_effort", "\"minimal\""},
      {"effort off: low", Host::official, "o4-mini", R"(,"effort":"off")", "reasoning_effort",
       "\"low\""},
      {"no effort", Host::official, "gpt-5-nano", "", "reasoning_effort", ""},
      {"effort of a model that has none", Host::official, "gpt-4o", R"(,"effort":"high")",
       "reasoning_effort", ""},
      {"effort of open weights", Host::compatible, "openai/gpt-oss-20b", R"(,"effort":"low")",
       "reasoning_effort", "\"low\""},
      {"effort through OpenRouter", Host::openrouter, "x-ai/grok-4", R"(,"effort":"low")",
       "reasoning", R"({"effort":"low"})"},
      {"no effort through OpenRouter", Host::openrouter, "x-ai/grok-4", R"(,"effort":"off")",
       "reasoning", R"({"effort":"none"})"},
      {"no options without a stream", Host::official, "gpt-4o", "", "stream_options", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::value body = body_of(service_at(c.host), with_model(c.model, c.more));
    const auto* member = find(body, c.member);
    EXPECT_EQ(member == nullptr ? "" : json::serialize(*member), c.value);
  }
}

TEST(OpenAiEncode, RefusesWhatCannotBeSaid) {
  const struct {
    const char* name;
    Host host;
    const char* model;
    const char* more;
  } cases[] = {
      {"stop where the model takes none", Host::official, "o3", R"(,"stop":["a"])"},
      {"five stops", Host::openrouter, "x/y", R"(,"stop":["a","b","c","d","e"])"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto wire =
        encode_chat(service_at(c.host),
                    parse_chat_request(parse_json(with_model(c.model, c.more)).value()).value());
    ASSERT_FALSE(wire.has_value());
    EXPECT_EQ(wire.error().code, ErrorCode::invalid_argument);
  }
}

TEST(OpenAiEncode, CallsTheSystemWhatTheModelCallsIt) {
  const auto role = [](Host host, const std::string& model) {
    const json::value body = body_of(service_at(host), with_model(model, R"(,"system":"S")"));
    return get_string(find(body, "messages")->as_array()[0], "role");
  };
  EXPECT_EQ(role(Host::official, "gpt-4o"), "system");
  EXPECT_EQ(role(Host::official, "o3"), "developer");
  EXPECT_EQ(role(Host::compatible, "gpt-5"), "system");
  EXPECT_EQ(role(Host::openrouter, "openai/gpt-5"), "system");
}

TEST(OpenAiEncode, MarksTheCacheForClaudeBehindOpenRouterOnly) {
  const std::string chat =
      R"(","system":[{"type":"text","text":"A","cache":"1h"},{"type":"text","text":"B","cache":"5m"}],"messages":[
    {"role":"user","content":[{"type":"text","text":"C","cache":"5m"},{"type":"text","text":"D","cache":"5m"}]},
    {"role":"assistant","content":[{"type":"text","text":"E"},{"type":"tool_call","id":"c1","name":"f","arguments":{}}]},
    {"role":"tool","content":[{"type":"tool_result","id":"c1","content":"F","cache":"1h"}]}]})";
  EXPECT_EQ(
      messages_of(service_at(Host::openrouter), R"({"model":"anthropic/claude-sonnet-4.5)" + chat),
      R"([{"role":"system","content":[{"type":"text","text":"A"},{"type":"text","text":"B","cache_control":{"type":"ephemeral"}}]},)"
      R"({"role":"user","content":[{"type":"text","text":"C","cache_control":{"type":"ephemeral"}},{"type":"text","text":"D","cache_control":{"type":"ephemeral"}}]},)"
      R"({"role":"assistant","content":"E","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"F","cache_control":{"type":"ephemeral"}}]}])");
  for (const auto host : {Host::official, Host::compatible, Host::openrouter})
    EXPECT_EQ(messages_of(service_at(host), R"({"model":"gpt-4o)" + chat).find("cache_control"),
              std::string::npos);
}

TEST(OpenAiEncode, SendsReasoningBackToWhereItCameFrom) {
  const auto chat = [](const std::string& origin, const std::string& signature) {
    json::object thought{
        {"type", "thinking"}, {"text", "Hm"}, {"origin", origin}, {"signature", signature}};
    return R"({"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[)" +
           json::serialize(thought) +
           R"(,{"type":"text","text":"Hi"}]},{"role":"user","content":"So?"}]})";
  };
  const auto answer = [&](const Service& service, const std::string& origin,
                          const std::string& signature) {
    const json::value body = body_of(service, chat(origin, signature));
    return json::serialize(find(body, "messages")->as_array()[1]);
  };
  const std::string details = R"({"details":[{"type":"reasoning.encrypted","data":"XX"}]})";
  const std::string field = R"({"field":"reasoning_content"})";
  const std::string plain = R"({"role":"assistant","content":"Hi"})";
  const Service router = service_at(Host::openrouter);
  EXPECT_EQ(
      answer(router, "openrouter", details),
      R"({"role":"assistant","content":"Hi","reasoning_details":[{"type":"reasoning.encrypted","data":"XX"}]})");
  EXPECT_EQ(answer(router, "anthropic", details), plain);
  EXPECT_EQ(answer(router, "openrouter", "no JSON"), plain);
  EXPECT_EQ(answer(router, "openrouter", R"({"field":"content"})"), plain);
  const Service silent = service_at(Host::compatible);
  EXPECT_EQ(answer(silent, silent.origin, field), plain);
  const Service moonshot = service_at(
      Host::compatible, {{"base_url", "https://api.moonshot.ai/v1"}, {"replay_reasoning", true}});
  EXPECT_EQ(moonshot.origin, "openai-compatible@api.moonshot.ai");
  EXPECT_EQ(answer(moonshot, moonshot.origin, field),
            R"({"role":"assistant","content":"Hi","reasoning_content":"Hm"})");
  EXPECT_EQ(answer(moonshot, silent.origin, field), plain);
}

TEST(OpenAiEncode, AddsWhatTheSettingsAdd) {
  const Service service =
      service_at(Host::compatible, {{"base_url", "http://localhost:1234/v1/"},
                                    {"headers", json::object{{"X-Team", "a"}}},
                                    {"body", json::object{{"service_tier", "flex"}}},
                                    {"stream_usage", false},
                                    {"authentication", "none"}});
  const auto request = parse_chat_request(parse_json(with_model("m", "")).value()).value();
  auto streaming = request;
  streaming.is_streaming = true;
  const auto wire = encode_chat(service, streaming).value();
  EXPECT_EQ(wire.url, "http://localhost:1234/v1/chat/completions");
  EXPECT_EQ(wire.headers, (Headers{{"content-type", "application/json"},
                                   {"x-team", "a"},
                                   {"accept", "text/event-stream"}}));
  EXPECT_EQ(
      wire.body,
      R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true,"service_tier":"flex"})");
}

TEST(OpenAiService, RefusesSettingsThatCannotBe) {
  const struct {
    const char* name;
    const char* config;
    const char* says;
  } cases[] = {
      {"no address", R"({"base_url":"api.openai.com"})", "config.base_url"},
      {"another scheme", R"({"base_url":"ftp://a/v1"})", "config.base_url"},
      {"no host", R"({"base_url":"https:///v1"})", "config.base_url"},
      {"a password in the address", R"({"base_url":"https://u:p@a/v1"})", "would land in logs"},
      {"a query", R"({"base_url":"https://a/v1?k=1"})", "without '?'"},
      {"the key's header", R"({"base_url":"https://a","headers":{"Authorization":"Bearer x"}})",
       "config.headers.Authorization"},
      {"a header with a line break", R"({"base_url":"https://a","headers":{"x":"a\r\nb: c"}})",
       "no line breaks"},
      {"a header that is no name", R"({"base_url":"https://a","headers":{"x y":"a"}})",
       "config.headers.x y"},
      {"a body that replaces the conversation",
       R"({"base_url":"https://a","body":{"messages":[]}})", "config.body.messages"},
      {"embeddings of something else", R"({"base_url":"https://a","embed_body":{"input":"x"}})",
       "config.embed_body.input"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto service = read_service(Config(parse_json(c.config).value()), Host::compatible);
    ASSERT_FALSE(service.has_value());
    EXPECT_EQ(service.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(service.error().message.find(c.says), std::string::npos) << service.error().message;
  }
}

}  // namespace
}  // namespace chela::openai
