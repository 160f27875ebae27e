// provider.kimi-coding through its door.
#include "anthropic_fixtures.h"

namespace chela::testing {
namespace {

std::unique_ptr<ProviderProbe> open_probe(json::value config = json::object()) {
  auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, std::move(config));
  EXPECT_TRUE(probe) << (probe ? "" : probe.error().message);
  return probe ? std::move(*probe) : nullptr;
}

json::value of(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text << (value ? "" : value.error().message);
  return value.value_or(json::value());
}

TEST(KimiCoding, DescribesWhatItCan) {
  EXPECT_EQ(open_probe()->describe().value(),
            of(R"({"chat":true,"origin":"kimi-coding","quota":true,"models":false})"));
}

TEST(KimiCoding, Fixtures) {
  AnthropicRules rules;
  rules.key = "{{secret:api_key}}";
  rules.takes_adaptive = false;
  rules.min_thinking_output_tokens = 16'000;
  rules.max_output_tokens = 32'768;
  rules.signature_prefix = "c2ln";
  run_anthropic_fixtures(*open_probe(), rules, "https://api.kimi.com/coding");
}

TEST(KimiCoding, ThinksOnlyWhereThereIsRoom) {
  const auto probe = open_probe();
  const struct {
    const char* name;
    const char* members;
    const char* thinking;
    std::int64_t max_tokens;
  } cases[] = {
      {"room", R"("effort":"low","max_output_tokens":16000)",
       R"({"type":"enabled","budget_tokens":4096})", 16'000},
      {"too little", R"("effort":"low","max_output_tokens":15999)", R"({"type":"disabled"})",
       15'999},
      {"its own limit", R"("effort":"high")", R"({"type":"enabled","budget_tokens":16384})",
       32'768},
      {"not asked", R"("max_output_tokens":100000)", "null", 32'768},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto wire = probe->request(
        "encode", of(R"({"model":"kimi-for-coding","messages":[{"role":"user","content":"a"}],)" +
                     std::string(c.members) + "}"));
    ASSERT_TRUE(wire) << wire.error().message;
    const json::value body = of(wire->body);
    const auto* thinking = find(body, "thinking");
    EXPECT_EQ(thinking == nullptr ? json::value() : *thinking, of(c.thinking));
    EXPECT_EQ(get_int(body, "max_tokens"), c.max_tokens);
  }
}

TEST(KimiCoding, NeverSaysThatItIsAnotherProgram) {
  const auto wire = open_probe()->request(
      "encode", of(R"({"model":"kimi-for-coding","messages":[{"role":"user","content":"a"}]})"));
  ASSERT_TRUE(wire);
  for (const auto& [name, value] : wire->headers) EXPECT_NE(name, "user-agent") << value;
}

TEST(KimiCoding, ReadsWhatIsLeft) {
  const auto probe = open_probe();
  const auto wire = probe->request("quota_encode", json::object());
  ASSERT_TRUE(wire) << wire.error().message;
  EXPECT_EQ(wire->method, "GET");
  EXPECT_EQ(wire->url, "https://api.kimi.com/coding/v1/usages");
  EXPECT_EQ(wire->headers, (Headers{{"authorization", "Bearer {{secret:api_key}}"}}));
  const struct {
    const char* name;
    const char* body;
    const char* windows;
  } cases[] = {
      {"all of it",
       R"({"usage":{"limit":"2048","used":"512","remaining":"1536","resetTime":"2026-12-01T00:00:00Z"},
         "limits":[{"window":{"duration":300,"timeUnit":"TIME_UNIT_MINUTE"},"detail":{"limit":200,"remaining":150}}]})",
       R"([{"name":"week","used_percent":2.5E1,"used":5.12E2,"limit":2.048E3,"resets_at":"2026-12-01T00:00:00Z"},
           {"name":"5h","used_percent":2.5E1,"used":5E1,"limit":2E2}])"},
      {"other windows",
       R"({"limits":[{"window":{"duration":90,"timeUnit":"MINUTE"},"detail":{"used":1}},
          {"window":{"duration":"7","timeUnit":"DAY"},"detail":{"used":1,"remaining":3}},{"detail":{"limit":"0","used":"0"}},{"window":{}}]})",
       R"([{"name":"90min","used":1E0},{"name":"week","used_percent":2.5E1,"used":1E0,"limit":4E0},{"name":"window","used":0E0,"limit":0E0}])"},
      {"nothing", "{}", "[]"},
      {"other things", R"({"usage":{"limit":"many","used":null},"limits":{"a":1}})", "[]"},
      {"numbers beyond all measure",
       R"({"usage":{"limit":"1e300","used":"nan","remaining":"inf"}})", "[]"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto windows = probe->reply("quota_decode", {200, {}, c.body});
    ASSERT_TRUE(windows) << windows.error().message;
    EXPECT_EQ(of(*windows).at("windows"), of(c.windows)) << *windows;
  }
  for (const WireReply& bad : {WireReply{401, {}, "{}"}, WireReply{200, {}, "<html>"}})
    EXPECT_FALSE(probe->reply("quota_decode", bad)) << bad.status;
}

}  // namespace
}  // namespace chela::testing
