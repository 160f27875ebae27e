#include "config/openclaw_models.h"

#include <gtest/gtest.h>

#include "host/config/temp_folder.h"

namespace chela::config {
namespace {

using Names = std::vector<std::string>;

constexpr const char* kCanary = "sk-canary-0123456789abcdef";

std::optional<std::string> env(const std::string& name) {
  if (name == "SOME_KEY") return kCanary;
  if (name == "PORT") return "4711";
  return std::nullopt;
}

// The settings of a file with this text.
Result<ModelSettings> settings_of(const std::string& text) {
  const TempFolder folder;
  CHELA_TRY(const auto openclaw, load_openclaw(folder.write("openclaw.json", text), env));
  return read_model_settings(openclaw);
}

ModelSettings good(const std::string& text) {
  auto settings = settings_of(text);
  EXPECT_TRUE(settings) << settings.error().message;
  return settings ? std::move(*settings) : ModelSettings{};
}

TEST(ModelSettings, SaysWhatHoldsWhereTheFileSaysNothing) {
  const auto settings = good("{}");
  EXPECT_EQ(settings.defaults.primary, "");
  EXPECT_EQ(settings.max_concurrent, 4);
  EXPECT_EQ(settings.subagents_max_concurrent, 8);
  EXPECT_EQ(settings.default_agent, "main");
  EXPECT_EQ(settings.logging.redact_sensitive, LoggingSettings::Redact::tools);
  EXPECT_FALSE(settings.heartbeat_model);
  EXPECT_TRUE(settings.providers.empty());
  ASSERT_EQ(settings.notes.size(), 1U);
  EXPECT_NE(settings.notes[0].find("names no primary model"), std::string::npos);
}

TEST(ModelSettings, MakesAChainForEachAgent) {
  const std::string defaults =
      "defaults: {model: {primary: 'a/one', fallbacks: ['b/two', 'c/three']},"
      " models: {'d/four': {alias: 'Four'}}}";
  const struct {
    const char* name;
    const char* agent;  // beside its id
    std::string primary;
    Names fallbacks;
    bool is_strict;
  } cases[] = {
      {"says nothing", "", "a/one", {"b/two", "c/three"}, false},
      {"a text is strict", "model: 'x/y'", "x/y", {}, true},
      {"an alias", "model: 'Four'", "d/four", {}, true},
      {"an alias in other letters", "model: 'four'", "d/four", {}, true},
      {"an object without fallbacks", "model: {primary: 'x/y'}", "x/y", {}, true},
      {"its own fallbacks",
       "model: {primary: 'x/y', fallbacks: ['Four', 'b/two']}",
       "x/y",
       {"d/four", "b/two"},
       false},
      {"no fallbacks on purpose", "model: {primary: 'x/y', fallbacks: []}", "x/y", {}, false},
      {"only fallbacks", "model: {fallbacks: ['x/y']}", "a/one", {"x/y"}, false},
      {"what stands twice is left out",
       "model: {primary: 'x/y', fallbacks: ['x/y', 'b/two', 'b/two']}",
       "x/y",
       {"b/two"},
       false},
      {"more than one slash",
       "model: {primary: 's/hf:zai-org/GLM', fallbacks: []}",
       "s/hf:zai-org/GLM",
       {},
       false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string agent = c.agent;
    const std::string list = "list: [{id: 'r'" + (agent.empty() ? "" : ", " + agent) + "}]";
    const std::string entries = "entries: {r: {" + agent + "}}";
    for (const auto& agents : {list, entries}) {
      const auto settings = good("{agents: {" + defaults + ", " + agents + "}}");
      ASSERT_EQ(settings.agents.count("r"), 1U);
      const auto& chain = settings.agents.at("r");
      EXPECT_EQ(chain.primary, c.primary);
      EXPECT_EQ(chain.fallbacks, c.fallbacks);
      EXPECT_EQ(chain.is_strict, c.is_strict);
    }
  }
}

TEST(ModelSettings, GivesAgentsFallbacksWithoutAnyInTheDefaults) {
  const auto settings = good(
      "{agents: {defaults: {model: 'a/one'}, list: [{id: 'main', default: true}, {id: 'r', "
      "model: {primary: 'x/y', fallbacks: ['b/two']}}]}}");
  EXPECT_EQ(settings.defaults.primary, "a/one");
  EXPECT_TRUE(settings.defaults.fallbacks.empty());
  EXPECT_EQ(settings.agents.at("r").fallbacks, Names{"b/two"});
}

TEST(ModelSettings, KnowsTheDefaultAgent) {
  EXPECT_EQ(good("{agents: {list: [{id: 'a'}, {id: 'b', default: true}]}}").default_agent, "b");
  EXPECT_EQ(good("{agents: {list: [{id: 'a'}, {id: 'b'}]}}").default_agent, "a");
}

TEST(ModelSettings, ReadsTheHeartbeatsModels) {
  const auto settings = good(
      "{agents: {defaults: {models: {'o/nano': {alias: 'n'}}, heartbeat: {model: 'n'}},"
      " list: [{id: 'a', heartbeat: {model: 'o/mini'}}, {id: 'b'}]}}");
  EXPECT_EQ(settings.heartbeat_model, "o/nano");
  EXPECT_EQ(settings.agent_heartbeat_models, (std::map<std::string, std::string>{{"a", "o/mini"}}));
}

TEST(ModelSettings, KeepsPricesExactly) {
  const struct {
    const char* written;
    std::optional<std::int64_t> micros;
  } cases[] = {
      {"3", 3'000'000},
      {"0.05", 50'000},
      {"0.075", 75'000},
      {"0.01875", 18'750},
      {"0", 0},
      {"1e-6", 1},
      {"0.1", 100'000},
      {"0.3", 300'000},
      {"2.19", 2'190'000},
      {"1000000", 1'000'000'000'000},
      {"0.0000001", 1},  // not for nothing
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.written);
    const auto settings = good(std::string("{models: {providers: {p: {baseUrl: 'http://x', models: "
                                           "[{id: 'm', cost: {input: ") +
                               c.written + "}}]}}}}");
    ASSERT_EQ(settings.providers.size(), 1U);
    ASSERT_EQ(settings.providers[0].models.size(), 1U);
    EXPECT_EQ(settings.providers[0].models[0].cost.input, c.micros);
    EXPECT_FALSE(settings.providers[0].models[0].cost.output);
  }
}

TEST(ModelSettings, ReadsProvidersAndTheirModels) {
  const auto settings = good(
      "{models: {mode: 'replace', providers: {local: {baseUrl: 'http://127.0.0.1:${PORT}/v1', "
      "api: 'openai-completions', timeoutSeconds: 90, authHeader: true, models: [{id: 'hf:a/b', "
      "name: 'B', reasoning: true, input: ['text', 'image'], contextWindow: 198000, maxTokens: "
      "8192, cost: {input: 1, output: 2, cacheRead: 0.5, cacheWrite: 3}}, {id: 'hf:a/b'}]}}}}");
  EXPECT_TRUE(settings.replaces_catalogue);
  ASSERT_EQ(settings.providers.size(), 1U);
  const auto& provider = settings.providers[0];
  EXPECT_EQ(provider.id, "local");
  EXPECT_EQ(provider.base_url, "http://127.0.0.1:4711/v1");
  EXPECT_EQ(provider.api, "openai-completions");
  EXPECT_EQ(provider.timeout_seconds, 90);
  EXPECT_TRUE(provider.auth_header);
  EXPECT_FALSE(provider.api_key);
  ASSERT_EQ(provider.models.size(), 1U);
  const auto& model = provider.models[0];
  EXPECT_EQ(model.id, "hf:a/b");
  EXPECT_EQ(model.name, "B");
  EXPECT_TRUE(model.reasoning);
  EXPECT_EQ(model.input, (Names{"text", "image"}));
  EXPECT_EQ(model.context_window, 198000);
  EXPECT_EQ(model.max_tokens, 8192);
  EXPECT_EQ(model.cost.cache_write, 3'000'000);
}

TEST(ModelSettings, KeepsReferencesAndNeverTheirValues) {
  using Kind = SecretText::Kind;
  const std::string vault =
      ", secrets: {providers: {box: {source: 'file', path: '/k/one', mode: 'singleValue'}, many: "
      "{source: 'file', path: '/k/many.json'}}}";
  const struct {
    const char* name;
    const char* key;
    Kind kind;
    std::string text;
  } cases[] = {
      {"a variable that is set", "'${SOME_KEY}'", Kind::reference, "env:SOME_KEY"},
      {"a variable that is not", "'${OTHER_KEY}'", Kind::reference, "env:OTHER_KEY"},
      {"a bare name", "'OPENAI_API_KEY'", Kind::reference, "env:OPENAI_API_KEY"},
      {"a name in a text", "'x-${SOME_KEY}'", Kind::mixed, "x-${SOME_KEY}"},
      {"an escaped one is a text", "'$${SOME_KEY}'", Kind::literal, "${SOME_KEY}"},
      {"a literal", "'abc'", Kind::literal, "abc"},
      {"from the environment", "{source: 'env', provider: 'default', id: 'A_B'}", Kind::reference,
       "env:A_B"},
      {"1Password", "{source: 'exec', provider: 'onepassword', id: 'op://v/i/f'}", Kind::reference,
       "op://v/i/f"},
      {"a file of one value", "{source: 'file', provider: 'box', id: 'value'}", Kind::reference,
       "file:/k/one"},
      {"a file of many values", "{source: 'file', provider: 'many', id: '/a'}", Kind::foreign,
       "file many /a"},
      {"a program", "{source: 'exec', provider: 'vault', id: 'a/b'}", Kind::foreign,
       "exec vault a/b"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto settings =
        good(std::string("{models: {providers: {p: {baseUrl: 'http://x', apiKey: ") + c.key +
             "}}}" + vault + "}");
    ASSERT_EQ(settings.providers.size(), 1U);
    ASSERT_TRUE(settings.providers[0].api_key);
    EXPECT_EQ(settings.providers[0].api_key->kind, c.kind);
    EXPECT_EQ(settings.providers[0].api_key->text, c.text);
  }
  const auto headers = good(
      "{models: {providers: {p: {baseUrl: 'http://x', apiKey: '', headers: {Authorization: "
      "'Bearer ${SOME_KEY}', 'X-Title': 'ABC_DEF'}}}}}");
  ASSERT_EQ(headers.providers[0].headers.size(), 2U);
  EXPECT_EQ(headers.providers[0].headers[0].second.kind, Kind::mixed);
  EXPECT_EQ(headers.providers[0].headers[0].second.text, "Bearer ${SOME_KEY}");
  EXPECT_EQ(headers.providers[0].headers[1].second.kind, Kind::literal);
  EXPECT_FALSE(headers.providers[0].api_key);
}

TEST(ModelSettings, SaysWhereAnOddityStands) {
  const auto settings = good(
      "{agents: {\n  defaults: {model: {primary: 'sonnet',\n    fallbacks: ['a/b', 'a/b']}},\n"
      "  list: [{id: 'm'}, {id: 'm'}]},\n"
      " models: {providers: {p: {baseUrl: 'http://x',\n   apiKey: '" +
      std::string(kCanary) + "'}}}}");
  ASSERT_EQ(settings.notes.size(), 4U);
  EXPECT_EQ(settings.notes[0],
            "agents.defaults.model.primary: names no provider and is no alias; wanted "
            "provider/model (openclaw.json:2:22)");
  EXPECT_EQ(settings.notes[1],
            "agents.defaults.model.fallbacks[1]: stands in the chain already; left out "
            "(openclaw.json:3:24)");
  EXPECT_EQ(settings.notes[2],
            "agents.list[1]: the agent is there already; the first one holds (openclaw.json:4:21)");
  EXPECT_EQ(settings.notes[3],
            "models.providers.p.apiKey: a secret in plain text; better a ${NAME} "
            "(openclaw.json:6:4)");
}

TEST(ModelSettings, RefusesWhatMeansNothingAndSaysWhere) {
  const struct {
    const char* name;
    const char* text;
    const char* says;
  } cases[] = {
      {"a model that is a number", "{agents: {defaults: {model: 5}}}",
       ":1:22: agents.defaults.model: wanted a text or {primary, fallbacks}; found the number 5"},
      {"an empty model", "{agents: {defaults: {model: ''}}}", "wanted a model such as"},
      {"fallbacks that are a text",
       "{agents: {defaults: {\nmodel: {primary: 'a/b', fallbacks: 'c/d'}}}}",
       ":2:25: agents.defaults.model.fallbacks: wanted a list; found a text"},
      {"a fallback that is an object",
       "{agents: {list: [{id: 'a', model: {primary: 'a/b', fallbacks: [{}]}}]}}",
       "agents.list[0].model.fallbacks[0]: wanted a text; found an object"},
      {"no id", "{agents: {list: [{model: 'a/b'}]}}", "agents.list[0].id: wanted the agent's id"},
      {"a cap of nothing", "{agents: {defaults: {maxConcurrent: 0}}}",
       "agents.defaults.maxConcurrent: wanted a whole number from 1 to 10000; found the number 0"},
      {"a cap with a fraction", "{agents: {defaults: {subagents: {maxConcurrent: 1.5}}}}",
       "agents.defaults.subagents.maxConcurrent: wanted a whole number"},
      {"another mode", "{models: {mode: 'mix'}}", "models.mode: wanted merge or replace"},
      {"a price below nothing",
       "{models: {providers: {p: {models: [{id: 'm', cost: {output: -1}}]}}}}",
       "models.providers.p.models[0].cost.output: wanted USD per million tokens"},
      {"a model without id", "{models: {providers: {p: {models: [{}]}}}}",
       "models.providers.p.models[0].id: wanted the model's id; found nothing"},
      {"a key of another type", "{models: {providers: {p: {apiKey: 5}}}}",
       "models.providers.p.apiKey: wanted a text or {source, provider, id}"},
      {"another redaction", "{logging: {redactSensitive: 'sometimes'}}",
       "logging.redactSensitive: wanted off, tools or all; found a text"},
      {"patterns that are no texts", "{logging: {redactPatterns: [1]}}",
       "logging.redactPatterns[0]: wanted a text; found the number 1"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto settings = settings_of(c.text);
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(settings.error().message.find(c.says), std::string::npos) << settings.error().message;
  }
}

TEST(ModelSettings, FindsPlacesInIncludedFiles) {
  const TempFolder folder;
  folder.write("agents.json5", "{\n  defaults: {\n    maxConcurrent: 'x'}}");
  folder.write("more.json5", "{list: [{id: 'b',\n model: 7}]}");
  const auto file = folder.write("openclaw.json",
                                 "{agents: {$include: ['agents.json5', 'more.json5'],\n"
                                 "  defaults: {maxConcurrent: 2}, list: [{id: 'a'}]}}");
  auto openclaw = load_openclaw(file, env);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  ASSERT_EQ(openclaw->origins.files.size(), 3U);
  const auto at = [&](const char* pointer) {
    const auto found = find_position(openclaw->origins, pointer);
    return where(found.file.filename().string(), found.position);
  };
  EXPECT_EQ(at("/agents/defaults/maxConcurrent"), "openclaw.json:2:14");
  EXPECT_EQ(at("/agents/list/0/model"), "more.json5:2:2");
  EXPECT_EQ(at("/agents/list/1/id"), "openclaw.json:2:41");
  EXPECT_EQ(at("/agents/list/1/nothing"), "openclaw.json:2:40");
  const auto settings = read_model_settings(*openclaw);
  ASSERT_FALSE(settings);
  EXPECT_NE(settings.error().message.find("more.json5:2:2: agents.list[0].model: wanted"),
            std::string::npos)
      << settings.error().message;
}

TEST(ModelRef, SplitsAtItsFirstSlash) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(split_model_ref("synthetic/hf:zai-org/GLM"), Pair("synthetic", "hf:zai-org/GLM"));
  EXPECT_FALSE(split_model_ref("sonnet"));
  EXPECT_FALSE(split_model_ref("/x"));
  EXPECT_FALSE(split_model_ref("x/"));
}

}  // namespace
}  // namespace chela::config
