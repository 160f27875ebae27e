#include "config/review.h"

#include <gtest/gtest.h>

#include <set>

#include "config/json5.h"
#include "config/review_keys.h"
#include "config/review_workspace.h"
#include "host/config/review_cases.h"
#include "host/config/review_desk.h"

namespace chela::config {
namespace {

const std::string kKept = "{ // a comment of mine\n  keepMe: {of: ['mine']},\n";

std::string document(const char* inside) {
  return kKept + "  " + inside + "\n}\n";
}

bool judges_keys(const ReviewCase& c) {
  const std::string rule = c.rule;
  return rule.starts_with("keys-") || rule == "secret-ref-rejected";
}

TEST(Review, SpeaksWhereItShouldAndIsSilentWhereItShould) {
  for (const auto& c : kReviewCases) {
    SCOPED_TRACE(std::string(c.rule) + ": " + c.bad);
    const ReviewDesk bad(document(c.bad), c.version, judges_keys(c));
    const auto found = of_rule(bad.findings(), c.rule);
    EXPECT_FALSE(found.empty());
    if (!found.empty()) {
      EXPECT_STREQ(to_string(found[0].severity), to_string(c.severity));
      EXPECT_EQ(found[0].places[0].path, c.path);
      EXPECT_EQ(found[0].places[0].at.file.filename(), "openclaw.json");
      EXPECT_GE(found[0].places[0].at.position.line, 1);
      EXPECT_FALSE(found[0].kept_by.empty());
      EXPECT_EQ(found[0].edits.empty(), !c.is_mended);
      EXPECT_FALSE(c.is_mended && found[0].snippet.empty());
      EXPECT_EQ(found[0].why.back(), '.');
    }
    const ReviewDesk good(document(c.good), c.version, judges_keys(c));
    EXPECT_TRUE(of_rule(good.findings(), c.rule).empty());
  }
}

// A mended finding is gone, the copy says the rest as before, and strict JSON stays strict JSON.
TEST(ReviewPatch, MendsEachFindingAndNothingElse) {
  for (const auto& c : kReviewCases) {
    if (!c.is_mended) continue;
    SCOPED_TRACE(std::string(c.rule) + ": " + c.bad);
    const auto json5 = document(c.bad);
    const auto strict = json::serialize(parse_json5(json5, "x").value());
    for (const auto& text : {json5, strict}) {
      const ReviewDesk desk(text, c.version, judges_keys(c));
      const auto found = of_rule(desk.findings(), c.rule);
      const auto done = patched(desk.openclaw(), found);
      ASSERT_TRUE(done) << done.error().message;
      EXPECT_TRUE(done->undone.empty()) << done->undone[0];
      const auto again = desk.loaded_as(done->text);
      EXPECT_TRUE(of_rule(desk.findings_in(again), c.rule).empty()) << done->text;
      EXPECT_EQ(again.raw.at("keepMe"), desk.openclaw().raw.at("keepMe"));
      EXPECT_EQ(parse_json(done->text).has_value(), text == strict) << done->text;
      EXPECT_EQ(done->text.find("a comment of mine") != std::string::npos, text == json5);
    }
  }
}

TEST(ReviewPatch, LeavesNothingThatItCouldMend) {
  for (const auto version : {kOld, kNew}) {
    for (const auto& c : kReviewCases) {
      SCOPED_TRACE(std::string(c.rule) + ": " + c.bad);
      const ReviewDesk desk(document(c.bad), version, true);
      const auto whole = desk.patched_whole();
      EXPECT_FALSE(whole.wants_another_round);
      EXPECT_TRUE(whole.undone.empty()) << whole.undone[0];
      for (const auto& left : desk.findings_in(desk.loaded_as(whole.text)))
        EXPECT_TRUE(left.edits.empty()) << left.rule << "\n" << whole.text;
    }
  }
}

TEST(ReviewPatch, ReadsLikeThePersonsFile) {
  const struct {
    const char* name;
    const char* before;
    std::vector<Edit> edits;
    const char* after;
  } cases[] = {
      {"a value is replaced where it stands",
       "{a: 1, // one\n b: 'x'}",
       {{Edit::What::set, "/b", "y", ""}},
       "{a: 1, // one\n b: \"y\"}"},
      {"a new member goes behind the last one's comment",
       "{\n  a: 1 // one\n}\n",
       {{Edit::What::set, "/b", 2, ""}},
       "{\n  a: 1, // one\n  b: 2\n}\n"},
      {"a trailing comma stays one",
       "{\n  \"a\": 1,\n}\n",
       {{Edit::What::set, "/b/c", 2, ""}},
       "{\n  \"a\": 1,\n  b: {c: 2},\n}\n"},
      {"strict JSON has its keys in quotes",
       "{\n  \"a\": {\"x\": []}\n}\n",
       {{Edit::What::set, "/a/y", true, ""}},
       "{\n  \"a\": {\"x\": [], \"y\": true}\n}\n"},
      {"into an empty object", "{a: {}}", {{Edit::What::set, "/a/b", 1, ""}}, "{a: {b: 1}}"},
      {"into an empty object of two lines",
       "{\n  a: { // soon\n  }\n}",
       {{Edit::What::set, "/a/b", 1, ""}},
       "{\n  a: { // soon\n    b: 1\n  }\n}"},
      {"a member goes with its line",
       "{\n  a: 1,\n  b: {c: 2},\n  d: 3\n}\n",
       {{Edit::What::remove, "/b", nullptr, ""}},
       "{\n  a: 1,\n  d: 3\n}\n"},
      {"the last member takes the comma in front of it along",
       "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
       {{Edit::What::remove, "/b", nullptr, ""}},
       "{\n  \"a\": 1\n}\n"},
      {"the only member", "{a: {b: 1}}", {{Edit::What::remove, "/a/b", nullptr, ""}}, "{a: {}}"},
      {"an item of a list",
       "{l: [{id: 'a'}, {id: 'b'}]}",
       {{Edit::What::set, "/l/1/m", "x", ""}},
       "{l: [{id: 'a'}, {id: 'b', m: \"x\"}]}"},
      {"of a key that stands twice the last one counts",
       "{a: 1, a: 2}",
       {{Edit::What::set, "/a", 3, ""}},
       "{a: 1, a: 3}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const ReviewDesk desk(c.before);
    ReviewFinding finding;
    finding.rule = "test";
    finding.edits = c.edits;
    const auto done = patched(desk.openclaw(), {finding});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->undone.empty()) << done->undone[0];
    EXPECT_EQ(done->text, c.after);
  }
}

TEST(ReviewPatch, SaysWhatStandsInAnIncludedFile) {
  TempFolder folder;
  folder.write("more.json5",
               "{gateway: {bind: 'lan', auth: {token: 'canary-canary-canary-canary'}},"
               " tools: {deny: ['write']}}");
  const auto file = folder.write("openclaw.json", "{\n  $include: './more.json5',\n  logging: {}}");
  const auto openclaw = load_openclaw(file, ReviewDesk::no_env);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  const auto models = read_model_settings(*openclaw);
  ASSERT_TRUE(models);
  const auto findings = review({*openclaw, *models, kOld, false, {}, family_price, family_window});
  const auto done = patched(*openclaw, findings);
  ASSERT_TRUE(done) << done.error().message;
  const auto says = [&](const std::string& wanted) {
    return std::any_of(done->undone.begin(), done->undone.end(),
                       [&](const auto& line) { return line.find(wanted) != std::string::npos; });
  };
  EXPECT_TRUE(says("plain-secret: gateway.auth.token: it stands in more.json5"));
  EXPECT_TRUE(says("write-denied-exec-allowed: tools.deny: it stands in more.json5"));
  // A plain value is overridden beside the include.
  const auto again = load_openclaw_as(file, done->text, ReviewDesk::no_env);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->raw.at("gateway").at("bind"), "loopback");
  EXPECT_NE(done->text.find("$include: './more.json5'"), std::string::npos);
  EXPECT_EQ(done->text.find("canary"), std::string::npos);
}

TEST(Review, ShowsNoSecret) {
  const std::string canary = "sk-canary0123456789abcdef";
  const std::string text =
      "{gateway: {bind: 'lan', auth: {token: '" + canary + "'}}, hooks: {enabled: true, token: '" +
      canary + "'}, channels: {telegram: {botToken: '123456789:" + canary +
      "'}, slack: {appToken: '" + canary + "'}}, env: {vars: {A_KEY: '" + canary +
      "'}}, models: {providers: {p: {baseUrl: 'http://u:" + canary + "@h.example/v1', apiKey: '" +
      canary + "', headers: {'X-Api-Key': '" + canary +
      "'}}}}, agents: {defaults: {memorySearch: {remote: {apiKey: '" + canary +
      "'}}, model: {primary: 5}}}, mcp: {servers: {x: {args: ['--key', '" + canary + "']}}}}";
  auto good = text;
  good.replace(good.find("{primary: 5}"), 12, "'a/b'");
  for (const auto version : {kOld, kNew}) {
    const ReviewDesk desk(good, version, true);
    const auto findings = desk.findings();
    ASSERT_EQ(of_rule(findings, "plain-secret").size(), 1U);
    EXPECT_GE(of_rule(findings, "plain-secret")[0].places.size(), 8U);
    for (const auto& finding : findings) {
      EXPECT_EQ((finding.why + finding.snippet + finding.rule).find("canary"), std::string::npos)
          << finding.rule << ": " << finding.snippet;
      for (const auto& place : finding.places)
        EXPECT_EQ(place.path.find("canary"), std::string::npos);
    }
    const auto whole = desk.patched_whole();
    EXPECT_EQ(whole.text.find("canary"), std::string::npos) << whole.text;
    std::set<std::string> names;
    for (const auto& variable : whole.variables) {
      EXPECT_TRUE(names.insert(variable.name).second) << variable.name;
      EXPECT_EQ((variable.name + variable.path).find("canary"), std::string::npos);
    }
    EXPECT_EQ(names.count("OPENCLAW_GATEWAY_TOKEN"), 1U);
    EXPECT_EQ(names.count("TELEGRAM_BOT_TOKEN"), 1U);
    EXPECT_EQ(names.count("A_KEY"), 1U);
  }
  const ReviewDesk broken(text);
  const auto refused = broken.review_of(broken.openclaw());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("agents.defaults.model.primary: wanted a text"),
            std::string::npos);
  EXPECT_EQ(refused.error().message.find("canary"), std::string::npos);
}

TEST(Review, JudgesFileModes) {
  const struct {
    const char* name;
    FileFact fact;
    const char* text;
    std::optional<Severity> severity;
  } cases[] = {
      {"only for me", {"o.json", 0600, true, false}, "{}", std::nullopt},
      {"readable", {"o.json", 0644, true, false}, "{}", Severity::warn},
      {"readable with a secret in it",
       {"o.json", 0640, true, false},
       "{models: {providers: {p: {apiKey: 'c0ffee'}}}}",
       Severity::crit},
      {"writable", {"o.json", 0620, true, false}, "{}", Severity::crit},
      {"a readable .env", {".env", 0644, true, true}, "{}", Severity::crit},
      {"somebody else's", {"o.json", 0600, false, false}, "{}", Severity::warn},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ReviewDesk desk(c.text);
    desk.files = {c.fact};
    const auto found = of_rule(desk.findings(), "file-mode");
    ASSERT_EQ(found.size(), c.severity ? 1U : 0U);
    if (!c.severity) continue;
    EXPECT_STREQ(to_string(found[0].severity), to_string(*c.severity));
    EXPECT_NE(found[0].snippet.find(c.fact.is_ours ? "chmod 600 " : "chown "), std::string::npos);
  }
}

TEST(Review, TellsTheWorstFirstAndSaysWhere) {
  const ReviewDesk desk("{\n  gateway: {\n    bind: 'lan'}}");
  const auto findings = desk.findings();
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].rule, "gateway-exposed");
  EXPECT_EQ(where("o", findings[0].places[0].at.position), "o:3:5");
  EXPECT_EQ(findings[0].snippet, "gateway: {bind: \"loopback\"},");
  EXPECT_TRUE(std::is_sorted(findings.begin(), findings.end(),
                             [](const auto& a, const auto& b) { return a.severity > b.severity; }));
}

TEST(Review, RepeatsWhatReadingNoticed) {
  const ReviewDesk desk("{agents: {defaults: {model: {primary: 'sonnet'}}}}");
  const auto found = of_rule(desk.findings(), "oddity");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].why,
            "agents.defaults.model.primary: names no provider and is no alias; wanted "
            "provider/model (openclaw.json:1:30).");
}

TEST(Review, PrintsTheThresholdAtWhichAFlushFires) {
  const ReviewDesk desk(
      "{agents: {defaults: {model: 'anthropic/claude-sonnet-4-5', compaction: {memoryFlush: "
      "{softThresholdTokens: 40000}}}}}");
  const auto found = of_rule(desk.findings(), "flush-threshold");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].why.find("fires at 140,000 tokens, not at 40,000"), std::string::npos)
      << found[0].why;
}

TEST(Review, SaysOfTheRunbooksConfigurationWhatAReaderWould) {
  const auto file =
      std::filesystem::path(CHELA_SOURCE_DIR) / "../shared/data/sanitized-config.json";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "the runbook's sample configuration is not here";
  const auto openclaw = load_openclaw(file, ReviewDesk::no_env);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  const auto models = read_model_settings(*openclaw);
  ASSERT_TRUE(models) << models.error().message;
  EXPECT_STREQ(to_string(guess_version(*openclaw).version), "2026.2");
  const auto rules_of = [&](OpenClawVersion version) {
    std::set<std::string> rules;
    for (const auto& finding :
         review({*openclaw, *models, version, version == kNew, {}, family_price, family_window}))
      rules.insert(finding.rule);
    return rules;
  };
  EXPECT_EQ(rules_of(kOld),
            (std::set<std::string>{"guessable-token", "placeholder-secret",
                                   "tailscale-instead-of-token", "expensive-default",
                                   "model-heartbeat", "heartbeat-fallback", "loop-detection-off",
                                   "exact-ids-lost", "redaction-inert", "tools-unfiltered",
                                   "price-zero", "subscription-token", "no-active-hours",
                                   "pruning-inert", "flush-threshold", "flush-token"}));
  EXPECT_EQ(rules_of(kNew).count("keys-rejected"), 1U);
}

TEST(Review, GuessesTheVersion) {
  const struct {
    const char* text;
    OpenClawVersion version;
  } cases[] = {
      {"{wizard: {lastRunVersion: '2026.2.9'}}", kOld},
      {"{meta: {lastTouchedVersion: '2026.9.6'}}", kNew},
      {"{agents: {entries: {}}, wizard: {lastRunVersion: '2026.2.9'}}", kNew},
      {"{agents: {list: []}}", kOld},
      {"{logging: {redactSensitive: 'all'}}", kOld},
      {"{}", kNew},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const ReviewDesk desk(c.text);
    const auto guess = guess_version(desk.openclaw());
    EXPECT_STREQ(to_string(guess.version), to_string(c.version));
    EXPECT_FALSE(guess.why.empty());
  }
}

TEST(ReviewKeys, SayWhoKeepsThem) {
  using Names = std::vector<std::string>;
  const struct {
    const char* name;
    const char* text;
    const char* pointer;
    OpenClawVersion version;
    Names kept_by;
  } cases[] = {
      {"both, each its own calls",
       "{agents: {defaults: {model: 'a/b'}}}",
       "/agents/defaults/model",
       kNew,
       {"chela", "OpenClaw"}},
      {"OpenClaw's calls go through chela",
       "{agents: {defaults: {model: 'chela/x'}}}",
       "/agents/defaults/maxConcurrent",
       kNew,
       {"chela", "OpenClaw through chela"}},
      {"only OpenClaw", "{}", "/gateway/bind", kOld, {"OpenClaw"}},
      {"only chela", "{}", "/logging/redactSensitive", kNew, {"chela"}},
      {"nobody", "{}", "/agents/defaults/contextPruning/mode", kOld, {"nobody"}},
      {"OpenClaw since", "{}", "/agents/defaults/contextPruning/mode", kNew, {"OpenClaw"}},
      {"a key that no table has", "{}", "/somethingNew/x", kNew, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(keepers_of(parse_json5(c.text, "x").value(), c.pointer, c.version), c.kept_by);
  }
}

TEST(ReviewKeys, AreGatheredByWhatCoversThem) {
  const auto raw = parse_json5(
                       "{agents: {list: [{id: 'a', model: 'x/y'}, {id: 'b', model: 'x/z'}]}, "
                       "somethingNew: {of: 'theirs'}, logging: {level: 'info'}}",
                       "x")
                       .value();
  const auto uses = used_keys(raw, kNew);
  ASSERT_EQ(uses.size(), 4U);
  EXPECT_EQ(uses[0].path, "agents.list");
  EXPECT_EQ(uses[1].path, "agents.list.*.model");
  EXPECT_EQ(uses[1].pointers.size(), 2U);
  EXPECT_EQ(uses[2].path, "somethingNew");
  EXPECT_EQ(uses[2].fact, nullptr);
  EXPECT_EQ(uses[3].path, "logging");
}

TEST(ReviewWorkspace, KnowsWhetherTheLinesAreThere) {
  using State = WorkspaceAdvice::State;
  const struct {
    const char* name;
    std::optional<std::string> soul, heartbeat;
    OpenClawVersion version;
    State of_soul, of_heartbeat;
  } cases[] = {
      {"neither file", std::nullopt, std::nullopt, kOld, State::absent, State::absent},
      {"other words for it", "# Me\n\n## Work\nBefore a spawn write a line into TASKS.md.\n",
       "# Nothing\n\n- [ ]\n", kOld, State::holds, State::holds},
      {"two things that have nothing to do with each other",
       "# A\nI like TASKS.md.\n# B\nSpawn often.\n", "# Checks\n- look at the mail\n", kOld,
       State::lacks, State::lacks},
      {"a comment counts as content", "", "<!-- nothing -->\n", kOld, State::lacks, State::lacks},
      {"2026.9 reads no HEARTBEAT.md", "", std::nullopt, kNew, State::lacks, State::holds},
      {"what waits there for 2026.9 waits for ever", "", "- look at the mail\n", kNew, State::lacks,
       State::lacks},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto advice = advise_workspace(c.soul, c.heartbeat, c.version);
    ASSERT_EQ(advice.size(), 2U);
    EXPECT_EQ(advice[0].state, c.of_soul);
    EXPECT_EQ(advice[1].state, c.of_heartbeat);
    // What it asks for is what it takes for good.
    std::string soul, heartbeat;
    for (const auto& line : advice[0].lines) soul += line + "\n";
    for (const auto& line : advice[1].lines) heartbeat += line + "\n";
    const auto again = advise_workspace(soul, heartbeat, c.version);
    EXPECT_EQ(again[0].state, State::holds);
    EXPECT_EQ(again[1].state, State::holds);
  }
}

}  // namespace
}  // namespace chela::config
