// Somebody asks a model: the built program, its configuration in files, a service on loopback, and
// a key that must be found nowhere afterwards.
#include "support/chela_program.h"
#include "support/http_stub.h"

namespace chela::test {
namespace {

// Has the form of a key, is none.
constexpr const char* kCanary = "sk-canary-4f9a1c7e2b8d6035f1e9d2c4b7a86051";

std::string event(const std::string& json) {
  return "data: " + json + "\n\n";
}
std::string piece(const std::string& text) {
  return event(R"({"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":")" +
               text + R"("},"finish_reason":null}]})");
}
HttpAnswer stream(const std::string& text) {
  return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
      .chunk(piece(text))
      .chunk(
          event(R"({"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})") +
          event(
              R"({"id":"c1","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}})") +
          "data: [DONE]\n\n")
      .end();
}

class Asking : public ::testing::Test {
 protected:
  void SetUp() override {
    desk.without_builtins();
    desk.env["TEST_KEY"] = kCanary;
  }
  void enable(const std::string& id, const std::string& url,
              const std::string& isolation = "host") {
    spill(desk.manifest("providers", id),
          "id: " + id + "\nplugin: provider.openai\nisolation: " + isolation +
              "\nallow:\n  http: [\"" + url +
              "\"]\nsecrets:\n  api_key: env:TEST_KEY\nconfig:\n  base_url: \"" + url + "\"\n");
  }
  void host(const std::string& text) { spill(desk.chela_home() / "manifests/host.yaml", text); }

  // The key, plain and as base64, in everything that chela left behind.
  void expect_no_key(const std::vector<Outcome>& outcomes) {
    const std::vector<std::string> forms{kCanary, "c2stY2FuYXJ5", "4f9a1c7e2b8d6035"};
    for (const auto& form : forms) {
      for (const auto& outcome : outcomes) {
        EXPECT_EQ(outcome.out.find(form), std::string::npos) << outcome.out;
        EXPECT_EQ(outcome.err.find(form), std::string::npos) << outcome.err;
      }
      for (const auto& entry : fs::recursive_directory_iterator(desk.root())) {
        if (!entry.is_regular_file()) continue;
        EXPECT_EQ(slurp(entry.path()).find(form), std::string::npos) << entry.path();
      }
    }
  }

  Desk desk;
};

TEST_F(Asking, GetsAnAnswerAndLeavesNoKeyBehind) {
  // The service repeats the key in its error, as some do.
  HttpStub broken([](const HttpSeen& seen) {
    return HttpAnswer::whole(
        401, R"({"error":{"message":"Incorrect API key provided: )" + seen.field("authorization") +
                 R"(","type":"invalid_request_error","code":"invalid_api_key"}})");
  });
  HttpStub works([](const HttpSeen&) { return stream("Forty-two."); });
  enable("one", broken.url("/v1"));
  enable("two", works.url("/v1"), "process");
  host("models:\n  roles:\n    coordinator: [one/big, two/small]\n");
  std::vector<Outcome> all;

  all.push_back(desk.chela({"ask", "What is the answer?"}));
  EXPECT_EQ(all.back().exit_code, 0) << all.back().err;
  EXPECT_EQ(all.back().out, "Forty-two.\n");
  EXPECT_NE(all.back().err.find("a budget of 2 USD and 500,000 tokens a day holds"),
            std::string::npos)
      << all.back().err;
  EXPECT_EQ(works.requests().at(0).field("authorization"), std::string("Bearer ") + kCanary);

  all.push_back(desk.chela({"ask", "--stream", "Again?"}));
  EXPECT_EQ(all.back().out, "Forty-two.\n");
  EXPECT_EQ(all.back().err.find("a budget of"), std::string::npos) << "said once";
  EXPECT_EQ(broken.requests().size(), 1u) << "left alone in the next process, too";

  all.push_back(desk.chela({"model", "explain", "last"}));
  EXPECT_EQ(all.back().exit_code, 0) << all.back().err;
  EXPECT_NE(all.back().out.find("skipped  one/big with env:TEST_KEY"), std::string::npos)
      << all.back().out;
  EXPECT_NE(all.back().out.find("chosen   two/small"), std::string::npos);

  all.push_back(desk.chela({"model", "status"}));
  EXPECT_NE(all.back().out.find("cooldown  one with env:TEST_KEY: unauthenticated"),
            std::string::npos)
      << all.back().out;
  EXPECT_NE(all.back().out.find("budget    2 USD and 500,000 tokens a day (default)"),
            std::string::npos);

  all.push_back(desk.chela({"model", "list"}));
  EXPECT_NE(all.back().out.find("coordinator: one/big -> two/small"), std::string::npos)
      << all.back().out;

  all.push_back(desk.chela({"usage"}));
  EXPECT_NE(all.back().out.find("chela's own calls"), std::string::npos) << all.back().out;
  const auto usage = desk.chela_json({"usage", "--by", "model"});
  EXPECT_EQ(get_int(usage.at("total"), "calls"), 2);
  EXPECT_EQ(get_string(usage, "source"), "chela's own calls");

  all.push_back(desk.chela({"model", "test", "one/big"}));
  EXPECT_EQ(all.back().exit_code, 1);
  EXPECT_NE(all.back().out.find("one/big: "), std::string::npos) << all.back().out;
  expect_no_key(all);
}

TEST_F(Asking, SaysWhatIsMissing) {
  Outcome outcome = desk.chela({"ask", "hello"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.err.find("no model is configured"), std::string::npos) << outcome.err;

  host("models:\n  roles:\n    coordinator: nowhere/x\n");
  outcome = desk.chela({"ask", "hello"});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_NE(outcome.err.find("no provider 'nowhere' is configured"), std::string::npos)
      << outcome.err;

  enable("one", "https://api.example.org/v1");
  spill(desk.manifest("providers", "one"), slurp(desk.manifest("providers", "one")) + "capz: {}\n");
  host("models:\n  roles:\n    coordinator: one/x\n");
  outcome = desk.chela({"ask", "hello"});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_NE(outcome.err.find("did you mean 'caps'?"), std::string::npos) << outcome.err;

  outcome = desk.chela({"ask", "--role", "coordinatr", "hello"});
  EXPECT_NE(outcome.err.find("did you mean 'coordinator'?"), std::string::npos) << outcome.err;

  host("models:\n  rolez: {}\n");
  outcome = desk.chela({"ask", "hello"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("did you mean 'roles'?"), std::string::npos) << outcome.err;
}

TEST_F(Asking, RefusesWhatTheBudgetHasNoRoomForAndLeavesATask) {
  HttpStub works([](const HttpSeen&) {
    return HttpAnswer::whole(
        200,
        R"({"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":8000,"completion_tokens":3,"total_tokens":8003}})",
        {{"Content-Type", "application/json"}});
  });
  enable("one", works.url("/v1"));
  host("models:\n  roles: {coordinator: one/x}\n  budgets:\n    - {per: day, tokens: 9000}\n");
  Outcome refused = desk.chela({"ask", "--max-tokens", "20000", "hello"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("the budget of 9,000 tokens a day has no room for this call"),
            std::string::npos)
      << refused.err;
  EXPECT_TRUE(works.requests().empty());
  EXPECT_EQ(slurp(desk.workspace() / "TASKS.md").find("model budget"), std::string::npos)
      << "the call was too large, the budget is not used up";
  EXPECT_EQ(desk.chela({"ask", "hello"}).exit_code, 0);
  const std::string tasks = slurp(desk.workspace() / "TASKS.md");
  const std::size_t first = tasks.find("model budget at 88 %: 9,000 tokens a day");
  EXPECT_NE(first, std::string::npos) << tasks;
  refused = desk.chela({"ask", "hello"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(slurp(desk.workspace() / "TASKS.md"), tasks) << "once";
}

TEST_F(Asking, TellsAnAnswerThatCouldNotBeWritten) {
  HttpStub works([](const HttpSeen&) { return stream("yes"); });
  enable("one", works.url("/v1"));
  host("models:\n  roles: {coordinator: one/x}\n");
  const std::string command = Desk::chela_program() + " ask --workspace " +
                              desk.workspace().string() + " hello > /dev/full";
  const Outcome outcome = Desk::finish(desk.start({"-c", command}, "/bin/sh"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("could not be written"), std::string::npos) << outcome.err;
}

TEST_F(Asking, SurvivesAKeyThatCannotBeReadAtAll) {
  enable("one", "http://127.0.0.1:9/v1");
  host("models:\n  roles: {coordinator: one/x}\n");
  const std::string written = slurp(desk.manifest("providers", "one"));
  desk.env["PATH"] = "/nonexistent";
  for (const char* reference : {"op://V/i/f", "'exec:/nonexistent/program secret-argument'"}) {
    std::string manifest = written;
    manifest.replace(manifest.find("env:TEST_KEY"), 12, reference);
    spill(desk.manifest("providers", "one"), manifest);
    const Outcome outcome = desk.chela({"ask", "--now", "hello"});
    EXPECT_LT(outcome.exit_code, 128) << outcome.err;
    EXPECT_NE(outcome.err.find("no_secret"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find("secret-argument"), std::string::npos) << outcome.err;
  }
  expect_no_key({});
  for (const auto& entry : fs::recursive_directory_iterator(desk.chela_home() / "state")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(slurp(entry.path()).find("secret-argument"), std::string::npos) << entry.path();
  }
}

TEST_F(Asking, ReadsWhatOpenClawHasConfigured) {
  HttpStub works([](const HttpSeen&) { return stream("yes"); });
  spill(desk.root() / "openclaw.json", R"({
    agents: {defaults: {model: {primary: "local/tiny", fallbacks: ["local/other"]}, models: {"local/tiny": {alias: "t"}}, maxConcurrent: 2},
             list: [{id: "researcher", model: "local/deep"}]},
    models: {providers: {local: {baseUrl: ")" +
                                           works.url("/v1") +
                                           R"(", api: "openai-completions", apiKey: "${TEST_KEY}",
             models: [{id: "tiny", name: "Tiny", contextWindow: 32000, maxTokens: 2000, cost: {input: 1, output: 2, cacheRead: 0, cacheWrite: 0}}]}}}})");
  desk.env["OPENCLAW"] = "";
  const std::string file = (desk.root() / "openclaw.json").string();
  const Outcome answer = desk.chela({"ask", "--openclaw", file, "--json", "hello"});
  EXPECT_EQ(answer.exit_code, 0) << answer.err;
  const auto parsed = parse_json(answer.out);
  ASSERT_TRUE(parsed) << answer.out;
  EXPECT_EQ(get_string(*parsed, "model"), "local/tiny");
  EXPECT_EQ(get_string(*parsed, "usd"), "0.000018");
  EXPECT_EQ(works.requests().at(0).field("authorization"), std::string("Bearer ") + kCanary);
  EXPECT_EQ(desk.chela({"ask", "--openclaw", file, "--model", "T", "hello"}).exit_code, 0);
  const auto list = desk.chela_json({"model", "list", "--openclaw", file});
  EXPECT_EQ(list.at("roles").at("researcher"), (json::array{"local/deep"}));
  EXPECT_EQ(slurp(file).find("chela"), std::string::npos) << "it is never rewritten";
}

TEST_F(Asking, MakesOneTaskOfAKeyThatWaitsForAPersonAndDoesNotWaitItself) {
  HttpStub works([](const HttpSeen&) { return stream("yes"); });
  enable("one", works.url("/v1"));
  std::string manifest = slurp(desk.manifest("providers", "one"));
  manifest.replace(manifest.find("env:TEST_KEY"), 12, "op://V/locked/f");
  spill(desk.manifest("providers", "one"), manifest);
  host("models:\n  roles: {coordinator: one/x}\n");
  desk.env["PATH"] = fs::path(CHELA_FAKE_OP).parent_path().string() + ":/usr/bin:/bin";
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = desk.chela({"ask", "--now", "hello"});
    EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
    EXPECT_NE(outcome.err.find("1Password is locked"), std::string::npos) << outcome.err;
  }
  EXPECT_TRUE(works.requests().empty());
  const std::string tasks = slurp(desk.workspace() / "TASKS.md");
  EXPECT_NE(tasks.find("op://V/locked/f"), std::string::npos) << tasks;
  EXPECT_NE(tasks.find("## Blocked"), std::string::npos) << tasks;
  EXPECT_NE(tasks.find("[priority:: high]"), std::string::npos) << tasks;
  const std::size_t first = tasks.find("[needs:: human]");
  EXPECT_NE(first, std::string::npos) << tasks;
  EXPECT_EQ(tasks.find("[needs:: human]", first + 1), std::string::npos) << "one task";
}

TEST_F(Asking, BelievesAManifestMoreThanTheCatalogue) {
  enable("openai", "https://api.example.org/v1");
  spill(desk.manifest("providers", "openai"),
        slurp(desk.manifest("providers", "openai")) +
            "models:\n  - {id: gpt-4o-mini, context_tokens: 1000, usd: {input: 1.5, output: 2}, "
            "end_of_life: 2020-01-01, successor: openai/gpt-5-mini}\n");
  host("models:\n  roles: {coordinator: openai/gpt-4o-mini}\n");
  const auto list = desk.chela_json({"model", "list"});
  const auto& models = list.at("models").as_array();
  const auto found = std::find_if(models.begin(), models.end(), [](const json::value& one) {
    return get_string(one, "ref") == "openai/gpt-4o-mini";
  });
  ASSERT_NE(found, models.end());
  EXPECT_EQ(get_int(*found, "context_tokens"), 1000);
  EXPECT_EQ(get_string(found->at("usd_per_million_tokens"), "input"), "1.5");
  EXPECT_EQ(get_string(*found, "source"), "openai.yaml");
  EXPECT_NE(
      get_string(*found, "life").find("ended on 2020-01-01; its successor is openai/gpt-5-mini"),
      std::string::npos);
}

}  // namespace
}  // namespace chela::test
