#include "openai_test_support.h"

namespace chela::openai {
namespace {

using Parts = std::vector<std::string>;

struct Case {
  const char* name;
  std::vector<std::string> chunks;
  bool has_done;
  const char* ending;
  Parts parts;
};

void expect(const std::vector<Case>& cases, Host host = Host::official) {
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Service service = service_at(host);
    const std::string body = stream_of(c.chunks, c.has_done);
    const json::array events = events_of(service, body);
    EXPECT_EQ(ending(events), c.ending) << json::serialize(events);
    EXPECT_EQ(parts_of(events), c.parts);
    expect_holds_when_cut(service, body);
  }
}

// A tool fragment as the service writes them; `rest` holds further members with their comma.
std::string call(const std::string& fragment) {
  return chunk(R"({"tool_calls":[)" + fragment + "]}");
}

TEST(OpenAiDecode, TellsHowAReplyEnded) {
  const std::string hi = chunk(R"({"role":"assistant","content":"Hi"})");
  expect({
      {"stop", {hi, chunk("{}", R"("stop")")}, true, "end end", {"text:Hi"}},
      {"length", {hi, chunk("{}", R"("length")")}, true, "end max_tokens", {"text:Hi"}},
      {"a finish_reason without [DONE]",
       {hi, chunk("{}", R"("stop")")},
       false,
       "end end",
       {"text:Hi"}},
      {"[DONE] without finish_reason", {hi}, true, "end end", {"text:Hi"}},
      {"neither", {hi}, false, "error cut", {}},
      {"nothing but [DONE]", {}, true, "error cut", {}},
      {"nothing at all", {}, false, "error cut", {}},
      {"the first delta alone",
       {chunk(R"({"role":"assistant","content":""})")},
       true,
       "error cut",
       {}},
      {"an empty reply that says so", {chunk("{}", R"("stop")")}, true, "end end", {}},
      {"content_filter", {hi, chunk("{}", R"("content_filter")")}, true, "error refusal", {}},
      {"a refusal",
       {chunk(R"({"refusal":"I can't"})"), chunk("{}", R"("stop")")},
       true,
       "error refusal",
       {}},
      {"finish_reason error", {hi, chunk("{}", R"("error")")}, true, "error server_error", {}},
      {"no capacity in the middle",
       {hi, chunk("{}", R"("insufficient_system_resource")")},
       true,
       "error overloaded",
       {}},
      {"an unknown reason", {hi, chunk("{}", R"("eos")")}, true, "end end", {"text:Hi"}},
      {"text after the finish_reason",
       {hi, chunk(R"({"content":"!"})", R"("stop")")},
       true,
       "end end",
       {"text:Hi!"}},
      {"tool_calls without any",
       {hi, chunk("{}", R"("tool_calls")")},
       true,
       "end end",
       {"text:Hi"}},
      {"other choices are passed over",
       {hi,
        R"({"id":"c-1","model":"m","choices":[{"index":1,"delta":{"content":"No"},"finish_reason":null}]})",
        chunk("{}", R"("stop")")},
       true,
       "end end",
       {"text:Hi"}},
      {"first a chunk about the prompt (Azure)",
       {R"({"id":"","model":"","choices":[],"prompt_filter_results":[]})", hi,
        chunk("{}", R"("stop")")},
       true,
       "end end",
       {"text:Hi"}},
      {"obfuscation and usage null",
       {R"({"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null,"obfuscation":"x9"})",
        chunk("{}", R"("stop")")},
       true,
       "end end",
       {"text:Hi"}},
      {"content as a list (Mistral)",
       {chunk(
           R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},{"type":"text","text":"Hi"}]})",
           R"("stop")")},
       true,
       "end end",
       {"thinking:Hm", "text:Hi"}},
      {"a voice's words",
       {chunk(R"({"audio":{"transcript":"beep"}})", R"("stop")")},
       true,
       "end end",
       {"text:beep"}},
  });
}

TEST(OpenAiDecode, JoinsToolCalls) {
  const std::string end = chunk("{}", R"("tool_calls")");
  expect({
      {"by index",
       {call(R"({"index":0,"id":"a","type":"function","function":{"name":"read","arguments":""}})"),
        call(R"({"index":1,"id":"b","type":"function","function":{"name":"list","arguments":""}})"),
        call(R"({"index":0,"function":{"arguments":"{\"p\":"}})"),
        call(R"({"index":1,"function":{"arguments":"{}"}})"),
        call(R"({"index":0,"function":{"arguments":"1}"}})"), end},
       true,
       "end tool_calls",
       {R"(call:a read {"p":1})", "call:b list {}"}},
      {"an index that starts at 1",
       {call(R"({"index":1,"id":"a","function":{"name":"read","arguments":"{"}})"),
        call(R"({"index":1,"function":{"arguments":"}"}})"), end},
       true,
       "end tool_calls",
       {"call:a read {}"}},
      {"no index, ids in each piece",
       {call(R"({"id":"a","function":{"name":"read","arguments":"{\"p\":"}})"),
        call(R"({"id":"a","function":{"arguments":"1}"}})"),
        call(R"({"id":"b","function":{"name":"read","arguments":"{}"}})"), end},
       true,
       "end tool_calls",
       {R"(call:a read {"p":1})", "call:b read {}"}},
      {"no index, the id in the first piece only",
       {call(R"({"id":"a","function":{"name":"read","arguments":"{\"p\":"}})"),
        call(R"({"function":{"arguments":"1}"}})"), end},
       true,
       "end tool_calls",
       {R"(call:a read {"p":1})"}},
      {"id and name in each piece",
       {call(R"({"index":0,"id":"0","function":{"name":"v","arguments":""}})"),
        call(R"({"index":0,"id":"0","function":{"name":"v","arguments":"{}"}})")},
       true,
       "end tool_calls",
       {"call:0 v {}"}},
      {"an id that changes with each piece",
       {call(R"({"index":0,"id":"x1","function":{"name":"v","arguments":"{\"a\""}})"),
        call(R"({"index":0,"id":"x2","function":{"arguments":":1"}})"),
        call(R"({"index":0,"id":"x3","function":{"name":"v","arguments":"}"}})"), end},
       true,
       "end tool_calls",
       {R"(call:x1 v {"a":1})"}},
      {"several calls in one chunk, all with index 0",
       {chunk(
            R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"v","arguments":"{\"a\":1}"}},)"
            R"({"index":0,"id":"b","function":{"name":"v","arguments":"{\"a\":2}"}}]})"),
        end},
       true,
       "end tool_calls",
       {R"(call:a v {"a":1})", R"(call:b v {"a":2})"}},
      {"two tools with index 0 and without ids",
       {chunk(R"({"tool_calls":[{"index":0,"function":{"name":"v","arguments":"{}"}},)"
              R"({"index":0,"function":{"name":"w","arguments":"{}"}}]})"),
        end},
       true,
       "end tool_calls",
       {"call:call_1 v {}", "call:call_2 w {}"}},
      {"the same id twice",
       {call(R"({"index":0,"id":"0","function":{"name":"v","arguments":"{}"}})"),
        call(R"({"index":1,"id":"0","function":{"name":"w","arguments":"{}"}})"), end},
       true,
       "end tool_calls",
       {"call:0 v {}", "call:0_3 w {}"}},
      {"no arguments: null",
       {call(R"({"index":0,"id":"a","function":{"name":"v","arguments":null}})"), end},
       true,
       "end tool_calls",
       {"call:a v {}"}},
      {"no arguments: missing",
       {call(R"({"index":0,"id":"a","function":{"name":"v"}})"), end},
       true,
       "end tool_calls",
       {"call:a v {}"}},
      {"arguments as an object",
       {call(R"({"index":0,"id":"a","function":{"name":"v","arguments":{"p":1}}})"), end},
       true,
       "end tool_calls",
       {R"(call:a v {"p":1})"}},
      {"arguments that are no JSON",
       {call(R"({"index":0,"id":"a","function":{"name":"v","arguments":"{p"}})"), end},
       true,
       "end tool_calls",
       {"call:a v ?{p"}},
      {"a number as id",
       {call(R"({"index":0,"id":7,"function":{"name":"v","arguments":"{}"}})"), end},
       true,
       "end tool_calls",
       {"call:7 v {}"}},
      {"stop although there are calls",
       {call(R"({"index":0,"id":"a","function":{"name":"v","arguments":"{}"}})"),
        chunk("{}", R"("stop")")},
       true,
       "end tool_calls",
       {"call:a v {}"}},
      {"length in the middle of arguments",
       {call(R"({"index":0,"id":"a","function":{"name":"v","arguments":"{\"p\":"}})"),
        chunk("{}", R"("length")")},
       true,
       "end max_tokens",
       {R"(call:a v ?{"p":)"}},
      {"a call that never gets a name",
       {call(R"({"index":0,"id":"a","function":{"arguments":"{}"}})"), end},
       true,
       "error garbage",
       {}},
      {"the name after the id",
       {call(R"({"index":0,"id":"a"})"), call(R"({"index":0,"function":{"name":"v"}})"),
        call(R"({"index":0,"function":{"arguments":"{}"}})"), end},
       true,
       "end tool_calls",
       {"call:a v {}"}},
  });
}

TEST(OpenAiDecode, TakesWrappedParallelCallsApart) {
  const std::string end = chunk("{}", R"("tool_calls")");
  expect({
      {"in pieces",
       {call(
            R"({"index":0,"id":"a","function":{"name":"multi_tool_use.parallel","arguments":"{\"tool_uses\":[{\"recipient_name\":"}})"),
        call(
            R"({"index":0,"function":{"arguments":"\"functions.read\",\"parameters\":{\"p\":1}},{\"recipient_name\":\"list\",\"parameters\":{}}]}"}})"),
        end},
       true,
       "end tool_calls",
       {R"(call:a read {"p":1})", "call:a_3 list {}"}},
      {"a tool of that name",
       {call(R"({"index":0,"id":"a","function":{"name":"parallel","arguments":"{\"n\":2}"}})"),
        end},
       true,
       "end tool_calls",
       {R"(call:a parallel {"n":2})"}},
      {"[DONE] alone behind it",
       {call(R"({"index":0,"id":"a","function":{"name":"parallel","arguments":"{}"}})")},
       true,
       "end tool_calls",
       {"call:a parallel {}"}},
  });
}

TEST(OpenAiDecode, FindsErrorsInsideAStream) {
  const std::string hi = chunk(R"({"content":"Hi"})");
  expect({
      {"an error member",
       {hi, R"({"error":{"message":"boom","type":"server_error"}})"},
       true,
       "error server_error",
       {}},
      {"with a number, beside choices (OpenRouter)",
       {hi,
        R"({"id":"c","error":{"code":429,"message":"Slow"},"choices":[{"index":0,"delta":{},"finish_reason":null}]})"},
       true,
       "error rate_limited",
       {}},
      {"inside the choice",
       {hi,
        R"({"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":502,"message":"Bad"}}]})"},
       true,
       "error server_error",
       {}},
      {"text", {hi, R"({"error":"model runner has stopped"})"}, true, "error server_error", {}},
      {"vLLM",
       {hi,
        R"({"object":"error","message":"too long: maximum context length is 4096","code":400})"},
       true,
       "error context_overflow",
       {}},
      {"an error that is null",
       {R"({"error":null,"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]})"},
       true,
       "end end",
       {"text:Hi"}},
      {"no JSON", {hi, "oops"}, true, "error garbage", {}},
      {"a list", {hi, "[1]"}, true, "error garbage", {}},
  });
  const json::array named = events_of(
      service_at(Host::official),
      "event: error\ndata: {\"message\":\"at capacity\",\"type\":\"overloaded_error\"}\n\n");
  EXPECT_EQ(ending(named), "error overloaded");
}

TEST(OpenAiDecode, PassesOverWhatIsNoContent) {
  const Service service = service_at(Host::openrouter);
  const std::string body = "\n: OPENROUTER PROCESSING\r\n\r\ndata:\n\n event: x\n" +
                           stream_of({chunk(R"({"content":"Hi"})", R"("stop")")});
  const json::array events = events_of(service, body);
  EXPECT_EQ(ending(events), "end end");
  EXPECT_EQ(parts_of(events), Parts{"text:Hi"});
  expect_holds_when_cut(service, body);
}

TEST(OpenAiDecode, ReadsAStreamWhoseLastLineIsUnfinished) {
  const Service service = service_at(Host::official);
  const std::string body =
      "data: " + chunk(R"({"content":"Hi"})", R"("stop")") + "\n\ndata: [DONE]";
  EXPECT_EQ(ending(events_of(service, body)), "end end");
  EXPECT_EQ(ending(events_of(service, "data: " + chunk(R"({"content":"Hi"})", R"("stop")"))),
            "end end");
}

TEST(OpenAiDecode, ReadsWholeReplies) {
  const auto whole = [](const std::string& message, const std::string& reason) {
    return R"( {"id":"c-1","object":"chat.completion","model":"m","choices":[{"index":0,"message":)" +
           message + R"(,"finish_reason":)" + reason +
           R"(}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}})";
  };
  const struct {
    const char* name;
    std::string body;
    const char* ending;
    Parts parts;
  } cases[] = {
      {"text",
       whole(R"({"role":"assistant","content":"Hi"})", R"("stop")"),
       "end end",
       {"text:Hi"}},
      {"calls without index, content null",
       whole(
           R"({"content":null,"tool_calls":[{"id":"a","function":{"name":"v","arguments":"{}"}},{"id":"b","function":{"name":"v","arguments":"{}"}}]})",
           R"("tool_calls")"),
       "end tool_calls",
       {"call:a v {}", "call:b v {}"}},
      {"reasoning",
       whole(R"({"content":"Hi","reasoning_content":"Hm"})", R"("stop")"),
       "end end",
       {"thinking:Hm", "text:Hi"}},
      {"a refusal", whole(R"({"content":null,"refusal":"No"})", R"("stop")"), "error refusal", {}},
      {"an error with status 200",
       R"({"error":{"code":402,"message":"Insufficient credits"}})",
       "error billing",
       {}},
      {"an error in a list",
       R"([{"error":{"code":429,"message":"Slow","status":"RESOURCE_EXHAUSTED"}}])",
       "error rate_limited",
       {}},
      {"no choices", R"({"id":"c"})", "error garbage", {}},
      {"empty choices", R"({"id":"c","choices":[]})", "error garbage", {}},
      {"another API of the same house",
       R"({"id":"r","object":"response","output":[]})",
       "error garbage",
       {}},
      {"a page", "<html><body>502 Bad Gateway</body></html>", "error garbage", {}},
      {"a word", "\"ok\"", "error garbage", {}},
      {"nothing", "", "error cut", {}},
      {"blanks", " \n\n", "error cut", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Service service = service_at(Host::compatible);
    const json::array events = events_of(service, c.body);
    EXPECT_EQ(ending(events), c.ending) << json::serialize(events);
    EXPECT_EQ(parts_of(events), c.parts);
    expect_holds_when_cut(service, c.body);
  }
}

TEST(OpenAiDecode, KeepsReasoningToBeSeenAgain) {
  const auto signature_of = [](const json::array& events) {
    return get_string(find(*find(events.back(), "message"), "content")->as_array().front(),
                      "signature");
  };
  const std::string end = chunk("{}", R"("stop")");
  const json::array plain =
      events_of(service_at(Host::compatible),
                stream_of({chunk(R"({"reasoning_content":"Hm","reasoning":"Hm"})"),
                           chunk(R"({"reasoning_content":"m"})"), end}));
  EXPECT_EQ(parts_of(plain), Parts{"thinking:Hmm"});
  EXPECT_EQ(signature_of(plain), R"({"field":"reasoning_content"})");

  const json::array details = events_of(
      service_at(Host::openrouter),
      stream_of(
          {chunk(
               R"({"reasoning":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm","index":0,"format":null}]})"),
           chunk(
               R"({"reasoning":"m","reasoning_details":[{"type":"reasoning.text","text":"m","index":0,"format":"f"}]})"),
           chunk(
               R"({"reasoning":null,"reasoning_details":[{"type":"reasoning.text","signature":"SIG","index":0}]})"),
           chunk(R"({"reasoning_details":[{"type":"reasoning.encrypted","data":"XX","index":1}]})"),
           end}));
  EXPECT_EQ(parts_of(details), Parts{"thinking:Hmm"});
  EXPECT_EQ(
      signature_of(details),
      R"({"details":[{"type":"reasoning.text","text":"Hmm","index":0,"format":"f","signature":"SIG"},)"
      R"({"type":"reasoning.encrypted","data":"XX","index":1}]})");

  const json::array hidden = events_of(
      service_at(Host::openrouter),
      stream_of(
          {chunk(
               R"({"content":"Hi","reasoning_details":[{"type":"reasoning.encrypted","data":"XX"}]})"),
           end}));
  EXPECT_EQ(parts_of(hidden), (Parts{"text:Hi", "thinking:"}));
}

TEST(OpenAiDecode, CountsTokens) {
  const auto usage_after = [](Host host, const std::string& usage) {
    const json::array events =
        events_of(service_at(host),
                  stream_of({chunk(R"({"content":"Hi"})", R"("stop")"),
                             R"({"id":"c","model":"m","choices":[],"usage":)" + usage + "}"}));
    return json::serialize(*find(events.back(), "usage"));
  };
  const struct {
    const char* name;
    Host host;
    const char* usage;
    const char* counted;
  } cases[] = {
      {"cached ones are taken out", Host::official,
       R"({"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":15}})",
       R"({"input_tokens":40,"output_tokens":20,"cache_read_tokens":60,"reasoning_tokens":15})"},
      {"reasoning beside the completion (xAI)", Host::compatible,
       R"({"prompt_tokens":12,"completion_tokens":2,"total_tokens":334,"completion_tokens_details":{"reasoning_tokens":320}})",
       R"({"input_tokens":12,"output_tokens":322,"reasoning_tokens":320})"},
      {"Moonshot's cache", Host::compatible,
       R"({"prompt_tokens":12,"completion_tokens":2,"cached_tokens":10})",
       R"({"input_tokens":2,"output_tokens":2,"cache_read_tokens":10})"},
      {"DeepSeek's cache", Host::compatible,
       R"({"prompt_tokens":12,"completion_tokens":2,"prompt_cache_hit_tokens":8})",
       R"({"input_tokens":4,"output_tokens":2,"cache_read_tokens":8})"},
      {"more cached than there were", Host::compatible,
       R"({"prompt_tokens":12,"completion_tokens":2,"cached_tokens":99})",
       R"({"input_tokens":0,"output_tokens":2,"cache_read_tokens":12})"},
      {"OpenRouter's cost and writes", Host::openrouter,
       R"({"prompt_tokens":57,"completion_tokens":17,"cost":0.00007159,"prompt_tokens_details":{"cached_tokens":7,"cache_write_tokens":20}})",
       R"({"input_tokens":30,"output_tokens":17,"cache_read_tokens":7,"cache_write_5m_tokens":20,"cost_usd":"0.00007159"})"},
      {"a cost that nobody else means in dollars", Host::compatible,
       R"({"prompt_tokens":5,"completion_tokens":1,"cost":3})",
       R"({"input_tokens":5,"output_tokens":1})"},
      {"nonsense", Host::compatible, R"({"prompt_tokens":-5,"completion_tokens":"x"})",
       R"({"input_tokens":0,"output_tokens":0})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(usage_after(c.host, c.usage), c.counted);
  }
}

TEST(OpenAiDecode, FindsUsageInTheChoice) {
  const json::array events = events_of(
      service_at(Host::compatible),
      stream_of(
          {R"({"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop","usage":{"prompt_tokens":3,"completion_tokens":1}}]})"}));
  EXPECT_EQ(json::serialize(*find(events.back(), "usage")),
            R"({"input_tokens":3,"output_tokens":1})");
}

}  // namespace
}  // namespace chela::openai
