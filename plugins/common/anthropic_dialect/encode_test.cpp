// What goes out: the body of a Messages API for conversations of each kind.
#include "encode.h"

#include <gtest/gtest.h>

#include <set>

namespace chela::anthropic {
namespace {

json::value of(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text << (value ? "" : value.error().message);
  return value.value_or(json::value());
}

Result<json::object> encode(std::string_view request, std::string_view origin = "anthropic") {
  const auto parsed = parse_chat_request(of(request));
  if (!parsed) {
    ADD_FAILURE() << parsed.error().message;
    return json::object();
  }
  return encode_body(*parsed, model_of(claude_models(), parsed->model), origin);
}

// `members` is what the request has beside a plain question to a model of today.
json::object ask(std::string_view members, std::string_view model = "claude-sonnet-4-5") {
  const auto body = encode("{\"model\":\"" + std::string(model) +
                           "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]" +
                           std::string(members) + "}");
  EXPECT_TRUE(body) << (body ? "" : body.error().message);
  return body ? *body : json::object();
}

json::value member(const json::object& body, std::string_view key) {
  const auto* found = body.if_contains(key);
  return found == nullptr ? json::value() : *found;
}

TEST(Encode, WritesAWholeConversation) {
  const auto body = encode(R"({"model":"claude-sonnet-4-5",
    "system":[{"type":"text","text":"Be brief.","cache":"1h"}],
    "messages":[
      {"role":"user","content":[{"type":"text","text":"What is in a.txt?"},
        {"type":"image","media_type":"image/png","data":"AAAA"},
        {"type":"image","url":"https://example.com/a.jpg","cache":"5m"}]},
      {"role":"assistant","content":[{"type":"thinking","text":"a","signature":"s","origin":"anthropic"},
        {"type":"text","text":"Let me look."},
        {"type":"tool_call","id":"c1","name":"read","arguments":{"path":"a.txt"}},
        {"type":"tool_call","id":"c2","name":"now","arguments":{}}]},
      {"role":"tool","content":[{"type":"tool_result","id":"c2","name":"now","content":"noon"},
        {"type":"tool_result","id":"c1","name":"read","content":[],"is_error":true}]},
      {"role":"user","content":"And b.txt?"}],
    "tools":[{"name":"read","description":"Reads a file","parameters":{"type":"object","properties":{"path":{"type":"string"}}}},
      {"name":"now","parameters":{}}],
    "max_output_tokens":500,"stop":["END"],"stream":false})");
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(json::value(*body), of(R"({"model":"claude-sonnet-4-5","max_tokens":500,"stream":false,
    "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
    "tools":[{"name":"read","input_schema":{"type":"object","properties":{"path":{"type":"string"}}},"description":"Reads a file"},
      {"name":"now","input_schema":{"type":"object"}}],
    "stop_sequences":["END"],
    "messages":[
      {"role":"user","content":[{"type":"text","text":"What is in a.txt?"},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
        {"type":"image","source":{"type":"url","url":"https://example.com/a.jpg"},"cache_control":{"type":"ephemeral"}}]},
      {"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":"s"},
        {"type":"text","text":"Let me look."},
        {"type":"tool_use","id":"c1","name":"read","input":{"path":"a.txt"}},
        {"type":"tool_use","id":"c2","name":"now","input":{}}]},
      {"role":"user","content":[
        {"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"noon"}]},
        {"type":"tool_result","tool_use_id":"c1","is_error":true},
        {"type":"text","text":"And b.txt?"}]}]})"));
}

TEST(Encode, SetsTheLimitOfTheReply) {
  const struct {
    const char* name;
    const char* model;
    const char* members;
    std::int64_t max_tokens;
  } cases[] = {
      {"as asked", "claude-sonnet-4-5", R"(,"max_output_tokens":7)", 7},
      {"the model's own", "claude-sonnet-4-5", "", 64'000},
      {"no more than the model gives", "claude-3-5-haiku-latest", R"(,"max_output_tokens":64000)",
       8'192},
      {"a whole reply is shorter", "claude-sonnet-4-5", R"(,"stream":false)", 21'000},
      {"a model that is newer than the table", "claude-opus-9", "", 32'000},
      {"and is not limited", "claude-opus-9", R"(,"max_output_tokens":200000)", 200'000},
      {"a model of somebody else", "glm-5", "", 8'192},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(get_int(ask(c.members, c.model), "max_tokens"), c.max_tokens);
  }
}

TEST(Encode, AsksForThoughtsAsTheModelWantsIt) {
  const struct {
    const char* name;
    const char* model;
    const char* members;
    const char* thinking;  // "null": not sent
    const char* output_config;
  } cases[] = {
      {"nothing asked", "claude-sonnet-4-5", "", "null", "null"},
      {"off", "claude-sonnet-4-5", R"(,"effort":"off")", R"({"type":"disabled"})", "null"},
      {"low, by budget", "claude-sonnet-4-5-20250929", R"(,"effort":"low")",
       R"({"type":"enabled","budget_tokens":4096})", "null"},
      {"high, by budget", "claude-opus-4-1", R"(,"effort":"high")",
       R"({"type":"enabled","budget_tokens":16000})", "null"},
      {"half of a small reply", "claude-sonnet-4-5", R"(,"effort":"high","max_output_tokens":5000)",
       R"({"type":"enabled","budget_tokens":2500})", "null"},
      {"no room", "claude-sonnet-4-5", R"(,"effort":"high","max_output_tokens":2000)",
       R"({"type":"disabled"})", "null"},
      {"adaptive", "claude-opus-4-6", R"(,"effort":"medium")", R"({"type":"adaptive"})",
       R"({"effort":"medium"})"},
      {"adaptive, newer than the table", "claude-nova-6", R"(,"effort":"high")",
       R"({"type":"adaptive"})", R"({"effort":"high"})"},
      {"a tool must be called, by budget", "claude-sonnet-4-5",
       R"(,"effort":"high","tools":[{"name":"t"}],"tool_choice":"any")", R"({"type":"disabled"})",
       "null"},
      {"a tool must be called, adaptive", "claude-opus-4-6",
       R"(,"effort":"high","tools":[{"name":"t"}],"tool_choice":{"name":"t"})", "null",
       R"({"effort":"high"})"},
      {"it cannot think", "claude-3-haiku-20240307", R"(,"effort":"high")", "null", "null"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::object body = ask(c.members, c.model);
    EXPECT_EQ(member(body, "thinking"), of(c.thinking));
    EXPECT_EQ(member(body, "output_config"), of(c.output_config));
  }
}

TEST(Encode, DoesNotThinkInATurnThatBeganWithoutThoughts) {
  const auto turn = [&](const char* thought) {
    const auto body = encode(R"({"model":"claude-sonnet-4-5","effort":"high","messages":[
      {"role":"user","content":"a"},{"role":"assistant","content":[)" +
                             std::string(thought) +
                             R"({"type":"tool_call","id":"c","name":"t"}]},
      {"role":"tool","content":[{"type":"tool_result","id":"c","content":"r"}]}]})");
    EXPECT_TRUE(body);
    return get_string(member(*body, "thinking"), "type");
  };
  EXPECT_EQ(turn(""), "disabled");
  EXPECT_EQ(turn(R"({"type":"thinking","text":"x","signature":"s","origin":"openai"},)"),
            "disabled");
  EXPECT_EQ(turn(R"({"type":"thinking","text":"x","signature":"s","origin":"anthropic"},)"),
            "enabled");
  EXPECT_EQ(turn(R"({"type":"redacted_thinking","data":"x","origin":"anthropic"},)"), "enabled");
}

TEST(Encode, LeavesSamplingOutWhereItIsRefused) {
  const struct {
    const char* name;
    const char* model;
    const char* members;
    const char* temperature;
    const char* top_p;
  } cases[] = {
      {"as asked", "claude-sonnet-4-5", R"(,"temperature":0.5)", "0.5", "null"},
      {"0 is no absence", "claude-sonnet-4-5", R"(,"temperature":0)", "0.0", "null"},
      {"1 is the most", "claude-sonnet-4-5", R"(,"temperature":1.7)", "1.0", "null"},
      {"one of the two", "claude-sonnet-4-5", R"(,"temperature":0.5,"top_p":0.9)", "0.5", "null"},
      {"top_p alone", "claude-sonnet-4-5", R"(,"top_p":0.9)", "null", "0.9"},
      {"not beside thoughts", "claude-sonnet-4-5", R"(,"temperature":0.5,"effort":"low")", "null",
       "null"},
      {"the last that takes it", "claude-opus-4-6", R"(,"temperature":0.5)", "0.5", "null"},
      {"newer ones do not", "claude-opus-4-7", R"(,"temperature":0.5,"top_p":0.9)", "null", "null"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::object body = ask(c.members, c.model);
    EXPECT_EQ(member(body, "temperature"), of(c.temperature));
    EXPECT_EQ(member(body, "top_p"), of(c.top_p));
  }
}

TEST(Encode, ChoosesTools) {
  const struct {
    const char* name;
    const char* members;
    const char* tool_choice;
  } cases[] = {
      {"as the model likes", "", "null"},
      {"one at a time", R"(,"parallel_tools":false)",
       R"({"type":"auto","disable_parallel_tool_use":true})"},
      {"any", R"(,"tool_choice":"any")", R"({"type":"any"})"},
      {"any, one at a time", R"(,"tool_choice":"any","parallel_tools":false)",
       R"({"type":"any","disable_parallel_tool_use":true})"},
      {"none", R"(,"tool_choice":"none","parallel_tools":false)", R"({"type":"none"})"},
      {"a named one", R"(,"tool_choice":{"name":"t"})", R"({"type":"tool","name":"t"})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(member(ask(R"(,"tools":[{"name":"t"}])" + std::string(c.members)), "tool_choice"),
              of(c.tool_choice));
  }
}

TEST(Encode, KeepsThoughtsOfItsOwnOnly) {
  const auto body =
      encode(R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"a"},
    {"role":"assistant","content":[
      {"type":"thinking","text":"foreign","signature":"s","origin":"openai"},
      {"type":"thinking","text":"unsigned","origin":"anthropic"},
      {"type":"thinking","text":"","signature":"hidden","origin":"anthropic"},
      {"type":"redacted_thinking","data":"foreign","origin":"google"},
      {"type":"redacted_thinking","data":"own","origin":"anthropic"},
      {"type":"text","text":"b"}]},
    {"role":"user","content":"c"},
    {"role":"assistant","content":[{"type":"thinking","text":"only","signature":"s","origin":"openai"}]},
    {"role":"user","content":"d"}]})");
  ASSERT_TRUE(body);
  EXPECT_EQ(member(*body, "messages"),
            of(R"([{"role":"user","content":[{"type":"text","text":"a"}]},
    {"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"hidden"},
      {"type":"redacted_thinking","data":"own"},{"type":"text","text":"b"}]},
    {"role":"user","content":[{"type":"text","text":"c"},{"type":"text","text":"d"}]}])"));
}

TEST(Encode, RewritesIdsOfOtherServices) {
  const std::string conversation =
      R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"a"},
    {"role":"assistant","content":[{"type":"tool_call","id":"functions.read:0","name":"fs.read"},
      {"type":"tool_call","id":"functions_read_0","name":"read"},{"type":"tool_call","id":"ok-1","name":"read"}]},
    {"role":"tool","content":[{"type":"tool_result","id":"ok-1"},{"type":"tool_result","id":"functions_read_0"},
      {"type":"tool_result","id":"functions.read:0"}]})";
  const std::string more =
      R"(,{"role":"assistant","content":[{"type":"tool_call","id":"functions.read:0","name":"read"},
      {"type":"tool_call","id":"ok-1","name":"read"}]},
    {"role":"tool","content":[{"type":"tool_result","id":"ok-1"},{"type":"tool_result","id":"functions.read:0"}]})";
  const auto first = encode(conversation + "]}");
  const auto second = encode(conversation + more + "]}");
  ASSERT_TRUE(first && second);
  const json::array before = member(*first, "messages").as_array();
  const json::array after = member(*second, "messages").as_array();
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(before[i], after[i]) << "a conversation that grows keeps its beginning";
  std::vector<std::string> ids;
  for (const auto& message : after) {
    for (const auto& block : message.at("content").as_array()) {
      if (get_string(block, "type") == "tool_use") ids.push_back(get_string(block, "id"));
    }
  }
  ASSERT_EQ(ids.size(), 5u);
  EXPECT_EQ(ids[1], "functions_read_0") << "what is good stays";
  EXPECT_EQ(ids[2], "ok-1");
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 5u);
  for (const auto& id : ids)
    EXPECT_EQ(
        id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"),
        std::string::npos)
        << id;
  EXPECT_EQ(get_string(after[2].at("content").at(2), "tool_use_id"), ids[0]);
  EXPECT_EQ(get_string(after[4].at("content").at(0), "tool_use_id"), ids[4]);
  EXPECT_EQ(get_string(after[4].at("content").at(1), "tool_use_id"), ids[3]);
  EXPECT_EQ(get_string(after[1].at("content").at(0), "name"), "fs_read");
}

TEST(Encode, KeepsTheLastFourCacheMarks) {
  const auto body = encode(R"({"model":"claude-sonnet-4-5",
    "system":[{"type":"text","text":"s","cache":"1h"},{"type":"text","text":"t","cache":"5m"}],
    "tools":[{"name":"t","cache":"1h"}],
    "messages":[{"role":"user","content":[{"type":"text","text":"a","cache":"5m"}]},
      {"role":"assistant","content":[{"type":"text","text":"b"},
        {"type":"thinking","text":"x","signature":"s","origin":"anthropic","cache":"1h"},
        {"type":"tool_call","id":"c","name":"t"}]},
      {"role":"tool","content":[{"type":"tool_result","id":"c","content":[{"type":"text","text":"r","cache":"5m"}]}]}]})");
  ASSERT_TRUE(body);
  EXPECT_FALSE(member(*body, "tools").at(0).as_object().contains("cache_control"));
  EXPECT_FALSE(member(*body, "system").at(0).as_object().contains("cache_control"));
  const json::value mark = of(R"({"type":"ephemeral"})");
  EXPECT_EQ(member(*body, "system").at(1).at("cache_control"), mark);
  const json::value messages = member(*body, "messages");
  EXPECT_EQ(messages.at(0).at("content").at(0).at("cache_control"), mark);
  EXPECT_EQ(messages.at(1).at("content").at(0).at("cache_control"), mark)
      << "moved from the thought, and no hour behind five minutes";
  EXPECT_EQ(messages.at(2).at("content").at(0).at("cache_control"), mark);
}

TEST(Encode, PutsImagesOfFailedToolsBehindTheResults) {
  const auto body =
      encode(R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"a"},
    {"role":"assistant","content":[{"type":"tool_call","id":"c","name":"t"},{"type":"tool_call","id":"d","name":"t"}]},
    {"role":"tool","content":[
      {"type":"tool_result","id":"c","is_error":true,"content":[{"type":"image","media_type":"image/png","data":"AAAA"},{"type":"text","text":"failed"}]},
      {"type":"tool_result","id":"d","content":[{"type":"image","media_type":"image/png","data":"BBBB"},{"type":"text","text":" "}]}]}]})");
  ASSERT_TRUE(body);
  EXPECT_EQ(member(*body, "messages").at(2).at("content"), of(R"([
    {"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"failed"}],"is_error":true},
    {"type":"tool_result","tool_use_id":"d","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"BBBB"}}]},
    {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}])"));
}

TEST(Encode, ShowsTheModelArgumentsThatWereNoJson) {
  const auto body =
      encode(R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"a"},
    {"role":"assistant","content":[{"type":"tool_call","id":"c","name":"t","invalid_arguments":"{\"x"}]},
    {"role":"tool","content":[{"type":"tool_result","id":"c","content":"no JSON","is_error":true}]}]})");
  ASSERT_TRUE(body);
  EXPECT_EQ(member(*body, "messages").at(1).at("content").at(0).at("input"),
            of(R"({"invalid_arguments":"{\"x"})"));
}

TEST(Encode, LetsOlderModelsGoOnFromWords) {
  const auto body = encode(R"({"model":"claude-sonnet-4-5","effort":"high","messages":[
    {"role":"user","content":"a"},{"role":"assistant","content":"The answer is \n"}]})");
  ASSERT_TRUE(body);
  EXPECT_EQ(member(*body, "messages").at(1).at("content"),
            of(R"([{"type":"text","text":"The answer is"}])"));
  EXPECT_EQ(get_string(member(*body, "thinking"), "type"), "disabled");
}

TEST(Encode, SaysWhatTheServiceDoesNotTake) {
  const struct {
    const char* name;
    const char* request;
    const char* says;
  } cases[] = {
      {"prefill",
       R"({"model":"claude-opus-4-6","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
       "takes no conversation that ends with the assistant"},
      {"prefill of blanks leaves the user's words", R"({"model":"claude-opus-4-6","messages":[
         {"role":"user","content":" \n"}]})",
       "holds more than blanks"},
      {"image type",
       R"({"model":"m","messages":[{"role":"user","content":[{"type":"image","media_type":"image/tiff","data":"AA"}]}]})",
       "found 'image/tiff'"},
      {"image url",
       R"({"model":"m","messages":[{"role":"user","content":[{"type":"image","url":"http://a/b"}]}]})",
       "must begin with https://"},
      {"schema",
       R"({"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"name":"t","parameters":{"anyOf":[]}}]})",
       "tool 't': 'anyOf'"},
      {"stop", R"({"model":"m","messages":[{"role":"user","content":"a"}],"stop":["\n"]})",
       "stop sequence"},
      {"any of no tools",
       R"({"model":"m","messages":[{"role":"user","content":"a"}],"tool_choice":"any"})",
       "none is given"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto body = encode(c.request);
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(body.error().message.find(c.says), std::string::npos) << body.error().message;
  }
}

}  // namespace
}  // namespace chela::anthropic
