// Somebody has a live OpenClaw: what it spent, what chela does of it for nothing, the first
// host.yaml, and what doctor says as long as both beat.
#include <sys/stat.h>

#include <regex>

#include "base/time.h"
#include "scenarios/story.h"
#include "services/sqlite.h"

namespace chela::test {
namespace {

using std::chrono::hours;

std::string when(int hours_ago) {
  return base::format_utc(base::now() - hours(hours_ago));
}

std::string asked(const std::string& text) {
  return json::serialize(json::object{{"type", "message"},
                                      {"id", "u"},
                                      {"timestamp", when(3)},
                                      {"message", {{"role", "user"}, {"content", text}}}}) +
         "\n";
}

// One answer of 1,000 tokens in and 10 out.
std::string answered(const std::string& id, const std::string& text, double cost, int hours_ago = 3,
                     const std::string& model = "claude-sonnet-4-5") {
  json::object usage{{"input", 1000},   {"output", 10},        {"cacheRead", 0},
                     {"cacheWrite", 0}, {"totalTokens", 1010}, {"cost", {{"total", cost}}}};
  return json::serialize(json::object{{"type", "message"},
                                      {"id", id},
                                      {"timestamp", when(hours_ago)},
                                      {"message",
                                       {{"role", "assistant"},
                                        {"provider", "anthropic"},
                                        {"model", model},
                                        {"stopReason", "stop"},
                                        {"content", {{{"type", "text"}, {"text", text}}}},
                                        {"usage", usage}}}}) +
         "\n";
}

constexpr const char* kBeat = "Read HEARTBEAT.md if it exists (workspace context). Follow it.";

// Every file below a folder with its text and its time.
std::map<std::string, std::pair<std::string, fs::file_time_type>> all_of(const fs::path& folder) {
  std::map<std::string, std::pair<std::string, fs::file_time_type>> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      files[entry.path().string()] = {slurp(entry.path()), entry.last_write_time()};
  }
  return files;
}

// No line of what is printed for people is wider than a terminal; paths may be.
void expect_narrow(const std::string& text, const std::string& root) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(root) != std::string::npos) continue;
    EXPECT_LE(line.size(), 80u) << line;
  }
}

class Beside : public ::testing::Test {
 protected:
  fs::path claw() const { return desk.home() / ".openclaw"; }
  fs::path sessions() const { return claw() / "agents/main/sessions"; }
  void config(const std::string& text) { spill(claw() / "openclaw.json", text); }
  std::string over_this_workspace(const std::string& more = "") const {
    return "{agents: {defaults: {workspace: '" + desk.workspace().string() + "'" + more + "}}}";
  }
  // Nothing of chela's is there, and no workspace is named.
  Outcome usage(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"usage", "--openclaw"};
    words.insert(words.end(), more.begin(), more.end());
    return Desk::finish(desk.start(std::move(words)));
  }
  json::value usage_json(std::vector<std::string> more = {}) const {
    more.emplace_back("--json");
    const Outcome outcome = usage(std::move(more));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const auto parsed = parse_json(outcome.out);
    EXPECT_TRUE(parsed) << outcome.out;
    return parsed ? *parsed : json::value();
  }
  static json::value of_kind(const json::value& report, const std::string& kind) {
    for (const auto& line : report.at("by_kind").as_array()) {
      if (get_string(line, "kind") == kind) return line;
    }
    return json::object();
  }
  static std::int64_t turns(const json::value& report, const std::string& kind) {
    return get_int(of_kind(report, kind), "turns");
  }
  void write_week() {
    spill(
        sessions() / "sessions.json",
        R"({"agent:main:main": {"sessionId": "s1"}, "agent:main:cron:brief": {"sessionId": "c1"}})");
    spill(sessions() / "s1.jsonl",
          R"({"type":"session","version":3,"id":"s1"})"
          "\n" +
              asked(kBeat) + answered("a1", "HEARTBEAT_OK", 0.5) + asked("Hello") +
              answered("a2", "Hi.", 0.25) + asked(kBeat) +
              answered("a3", "Your disk is full, look: " + std::string(400, 'x'), 1) +
              asked("Last year") + answered("a4", "Long ago.", 9, 24 * 8));
    spill(sessions() / "c1.jsonl",
          asked("[cron:brief Morning] Write.") + answered("b1", "Done.", 2));
    // A cron session that the store does not know any more.
    spill(sessions() / "c0.jsonl.deleted.2026-11-25T01-02-03.000Z",
          asked("[cron:brief Morning] Write.") + answered("b0", "Done.", 0));
  }

  Desk desk;
};

TEST_F(Beside, UsageTellsHeartbeatsCronAndSessionsApart) {
  write_week();
  const auto before = all_of(claw());
  desk.env["CHELA_HOME"] = (desk.root() / "not there").string();
  const auto report = usage_json();
  EXPECT_EQ(get_string(report, "source"), "OpenClaw's transcripts");
  EXPECT_EQ(get_string(of_kind(report, "quiet heartbeat"), "recorded_usd"), "0.5");
  EXPECT_EQ(get_string(report.at("free_with_chela"), "usd"), "0.5");
  EXPECT_EQ(get_string(of_kind(report, "heartbeat"), "usd"), "1");
  EXPECT_EQ(get_string(of_kind(report, "session"), "usd"), "0.25") << "and not what is a week old";
  // 1,000 tokens at 3 and 10 at 15 USD a million where the transcript says nothing.
  EXPECT_EQ(get_string(of_kind(report, "cron"), "estimated_usd"), "0.00315");
  EXPECT_EQ(get_string(of_kind(report, "cron"), "recorded_usd"), "2");
  ASSERT_EQ(report.at("by_session").as_array().size(), 2u);
  EXPECT_EQ(get_string(report.at("by_session").as_array()[0], "session"), "agent:main:cron:brief");
  EXPECT_EQ(get_int(report, "heartbeats_by_configuration"), 336) << "every 30 min by default";
  EXPECT_EQ(get_int(usage_json({"--days", "9"}).at("total"), "turns"), 6);

  const Outcome text = usage();
  EXPECT_EQ(text.exit_code, 0) << text.err;
  for (const char* wanted :
       {"OpenClaw's transcripts in ", "quiet heartbeat", "agent:main:cron:brief",
        "~ = 1 calls without a cost", "What chela's checks do for nothing:",
        "takes quiet heartbeat turns out of its transcripts again"})
    EXPECT_NE(text.out.find(wanted), std::string::npos) << wanted << "\n" << text.out;
  expect_narrow(text.out, desk.root().string());
  EXPECT_EQ(all_of(claw()), before) << "it only reads";
  EXPECT_FALSE(fs::exists(desk.root() / "not there"));
}

TEST_F(Beside, UsageUsesPricesAndPromptsOfOpenClaw) {
  config(R"({agents: {defaults: {heartbeat: {every: "1h", prompt: "Anything to do?"}}},
             models: {providers: {anthropic: {baseUrl: "http://localhost", api: "anthropic-messages", models: [
               {id: "claude-sonnet-4-5", name: "S", cost: {input: 1000, output: 0}}]}}}})");
  spill(sessions() / "s1.jsonl",
        asked("Anything to do?\nCurrent time: noon") + answered("a1", "HEARTBEAT_OK", 0));
  const auto report = usage_json();
  EXPECT_EQ(get_string(of_kind(report, "quiet heartbeat"), "estimated_usd"), "1");
  EXPECT_EQ(get_int(report, "heartbeats_by_configuration"), 168);
  // The file is as good a name for its folder; a broken one costs its prices, not the answer.
  config("{agents: ");
  const auto broken = usage_json({(claw() / "openclaw.json").string()});
  EXPECT_EQ(get_string(broken.at("total"), "estimated_usd"), "0.00315");
  EXPECT_NE(json::serialize(broken.at("notes")).find("openclaw.json is not used"),
            std::string::npos);
}

TEST_F(Beside, UsagePassesOverTornHugeForeignAndLinkedFiles) {
  const fs::path outside = desk.root() / "outside";
  spill(outside / "x.jsonl", asked("x") + answered("x1", "x", 100));
  spill(outside / "agent/sessions/y.jsonl", asked("y") + answered("y1", "y", 100));
  const std::string torn = answered("a2", "torn", 100);
  spill(sessions() / "a.jsonl", asked("Hello") + answered("a1", "Hi.", 1) +
                                    asked("a picture: " + std::string(5 << 20, 'p')) +
                                    "not json\n\xff\xfe\n" + torn.substr(0, torn.size() / 2));
  spill(sessions() / "notes.txt", answered("n1", "no transcript", 100));
  spill(sessions() / "b.jsonl.bak-123", answered("n2", "a copy", 100));
  spill(sessions() / "c.jsonl.reset.2026-11-25T01-02-03.000Z.zst", "packed");
  spill(sessions() / "sessions.json", "[]");
  fs::create_symlink(outside / "x.jsonl", sessions() / "x.jsonl");
  fs::create_symlink("/dev/zero", sessions() / "zero.jsonl");
  ASSERT_EQ(mkfifo((sessions() / "pipe.jsonl").c_str(), 0600), 0);
  fs::create_directory_symlink(outside / "agent", claw() / "agents/linked");
  const auto report = usage_json();
  EXPECT_EQ(get_string(report.at("total"), "usd"), "1");
  EXPECT_EQ(get_int(report, "unreadable_lines"), 2) << "the last one may be being written";
  EXPECT_EQ(get_int(report, "long_lines"), 1);
  const std::string notes = json::serialize(report.at("notes"));
  for (const char* wanted : {"x.jsonl is not read: a link", "agents/linked is not read: a link",
                             "pipe.jsonl is not read: no regular file", "1 packed archives",
                             "sessions.json is no JSON object"})
    EXPECT_NE(notes.find(wanted), std::string::npos) << wanted << "\n" << notes;
}

TEST_F(Beside, UsageReadsTheDatabaseOfNewerOpenClaws) {
  const fs::path file = claw() / "agents/main/agent/openclaw-agent.sqlite";
  spill(file, "");
  auto database = services::Database::open(file, std::chrono::seconds(1));
  ASSERT_TRUE(database) << database.error().message;
  ASSERT_TRUE(database->script(
      "PRAGMA journal_mode=WAL;"
      "CREATE TABLE session_windows (session_id TEXT NOT NULL PRIMARY KEY, session_key TEXT NOT "
      "NULL);"
      "CREATE TABLE transcript_events (session_id TEXT NOT NULL, seq INTEGER NOT NULL,"
      " event_json TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (session_id, seq))"));
  const auto add = [&](int seq, const std::string& line) {
    EXPECT_TRUE(
        database->run("INSERT INTO transcript_events VALUES ('w1', ?1, ?2, 0)", {seq, line}));
  };
  ASSERT_TRUE(database->run("INSERT INTO session_windows VALUES ('w1', 'agent:main:main')"));
  // Both copies hold the same entry, its time as well, however long this test takes.
  const std::string quiet = answered("a1", "NO_REPLY", 0.5);
  add(3, answered("a2", "Hi.", 0.25));
  add(0, asked("[OpenClaw heartbeat poll]"));
  add(1, quiet);
  add(2, asked("Hello " + std::string(5 << 20, 'p')));
  // What was a transcript before it moved into the database is counted once.
  spill(sessions() / "w1.jsonl", asked("[OpenClaw heartbeat poll]") + quiet);
  const auto check = [&](const char* state) {
    SCOPED_TRACE(state);
    const auto before = all_of(claw());
    const auto report = usage_json();
    EXPECT_EQ(get_int(report, "databases"), 1) << json::serialize(report);
    EXPECT_EQ(get_string(of_kind(report, "quiet heartbeat"), "usd"), "0.5");
    EXPECT_EQ(get_string(of_kind(report, "session"), "usd"), "0.25");
    EXPECT_EQ(get_int(report, "repeated_calls"), 1);
    EXPECT_EQ(all_of(claw()), before) << "it only reads";
  };
  check("while a gateway has it open");
  database = fail(ErrorCode::cancelled, "closed");
  check("while nobody has");
  spill(file, std::string(4096, 'x'));
  EXPECT_NE(json::serialize(usage_json().at("notes")).find("openclaw-agent.sqlite is not read"),
            std::string::npos);
}

TEST_F(Beside, UsageStaysSmallHoweverLongTheTranscriptsAre) {
#ifdef CHELA_SANITIZED
  GTEST_SKIP() << "sanitizers take memory of their own";
#endif
  // 96 MB, most of it what tools gave back, in a program that may not take as much.
  fs::create_directories(sessions());
  {
    std::ofstream out(sessions() / "big.jsonl", std::ios::binary);
    const std::string tool = R"({"type":"message","message":{"role":"toolResult","content":")" +
                             std::string(3 << 20, 't') + "\"}}\n";
    for (int i = 0; i < 32; ++i)
      out << asked("Go on") << tool << answered("e" + std::to_string(i), "Done.", 0.25);
  }
  const Outcome outcome =
      Desk::finish(desk.start({"-c", "ulimit -v 80000; exec \"$@\"", "sh", Desk::chela_program(),
                               "usage", "--openclaw", "--json"},
                              "/bin/sh"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto report = parse_json(outcome.out);
  ASSERT_TRUE(report) << outcome.out;
  EXPECT_EQ(get_string(report->at("total"), "usd"), "8");
}

TEST_F(Beside, UsageSaysWhatIsNotThere) {
  const Outcome none = usage();
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_NE(none.err.find("there is no OpenClaw in "), std::string::npos) << none.err;
  fs::create_directories(claw());
  EXPECT_NE(usage().err.find("holds no transcripts"), std::string::npos);
  fs::create_directories(sessions());
  const Outcome empty = usage();
  EXPECT_EQ(empty.exit_code, 0) << empty.err;
  EXPECT_NE(empty.out.find("no model call in them"), std::string::npos) << empty.out;
  EXPECT_EQ(usage({"--by", "model"}).exit_code, 2) << "that is for chela's own calls";
}

TEST_F(Beside, InitWritesNothingWithoutBeingToldAndNeverOverAnything) {
  write_week();
  config(over_this_workspace(", heartbeat: {every: '15m'}, model: 'anthropic/claude-sonnet-4-5'"));
  spill(claw() / ".env", "ANTHROPIC_API_KEY=sk-canary-0123456789\n");
  const auto before = all_of(claw());
  const fs::path file = desk.chela_home() / "manifests/host.yaml";
  const auto init = [&](std::vector<std::string> more) {
    more.insert(more.begin(), "init");
    return Desk::finish(desk.start(std::move(more)));
  };

  const Outcome dry = init({"--dry-run"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  for (const char* wanted :
       {"a model is asked every 15m, over this workspace", "ANTHROPIC_API_KEY (used as they are",
        "workspace-git (check.git), every ", "2 heartbeat turns in its transcripts",
        "openclaw config set agents.defaults.heartbeat.every 0m",
        "# models:", "#     \"coordinator\": [\"anthropic/claude-sonnet-4-5\"]",
        "#     - {per: day, usd: \"2\", tokens: 500000}"})
    EXPECT_NE(dry.out.find(wanted), std::string::npos) << wanted << "\n" << dry.out;
  EXPECT_EQ(dry.out.find("sk-canary"), std::string::npos);
  EXPECT_FALSE(fs::exists(file.parent_path()));

  const Outcome unasked = init({});
  EXPECT_EQ(unasked.exit_code, 3) << "nobody is there who could answer";
  EXPECT_NE(unasked.err.find("say --yes"), std::string::npos) << unasked.err;
  EXPECT_FALSE(fs::exists(file.parent_path()));

  const Outcome done = init({"--yes"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  ASSERT_TRUE(fs::exists(file));
  const std::string text = slurp(file);
  EXPECT_NE(dry.out.find(text), std::string::npos) << "as it was shown";
  EXPECT_NE(text.find("# workspace: \"" + desk.workspace().string() + "\"   # from "),
            std::string::npos)
      << text;
  EXPECT_EQ(Desk::finish(desk.start({"model", "list"})).exit_code, 0) << "it is a good host.yaml";

  const Outcome again = init({"--yes"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.out.find("is there already and stays as it is"), std::string::npos) << again.out;
  spill(file, "policy: absolute   # mine\n");
  EXPECT_EQ(init({"--yes"}).exit_code, 0);
  EXPECT_EQ(slurp(file), "policy: absolute   # mine\n");
  EXPECT_EQ(all_of(claw()), before) << "OpenClaw's files are never written";
}

TEST_F(Beside, InitSaysWhatDiffersAndKeepsWhatIsCommentedOutTrue) {
  // A workspace that was named on the command line would be forgotten.
  EXPECT_EQ(desk.chela({"init", "--yes"}).exit_code, 0);
  const fs::path file = desk.chela_home() / "manifests/host.yaml";
  const std::string text = slurp(file);
  EXPECT_NE(text.find("\nworkspace: \"" + desk.workspace().string() + "\"\n"), std::string::npos)
      << text;
  const auto found = parse_json(Desk::finish(desk.start({"init", "--json"})).out);
  ASSERT_TRUE(found);
  EXPECT_EQ(get_string(*found, "outcome"), "already there");
  // Its comments are valid settings, too, and mean what holds.
  spill(file,
        std::regex_replace(text, std::regex("(^|\n)# (workspace|timezone|models|  )"), "$1$2"));
  const Outcome status = Desk::finish(desk.start({"model", "status"}));
  EXPECT_EQ(status.exit_code, 0) << status.err << slurp(file);
  EXPECT_NE(status.out.find("budget    2 USD and 500,000 tokens a day: 0 % used"),
            std::string::npos)
      << "the default, now by hand: " << status.out;
}

TEST_F(Beside, InitNamesEveryHeartbeatInBothDialects) {
  const struct {
    const char* name;
    const char* config;
    const char* dialect;
    std::vector<std::string> off;
  } cases[] = {
      {"defaults alone",
       "{meta: {lastTouchedVersion: '2026.2.9'}}",
       "2026.2",
       {"openclaw config set agents.defaults.heartbeat.every 0m"}},
      {"agents of a list",
       "{agents: {list: [{id: 'a'}, {id: 'b', heartbeat: {every: '5m'}}]}}",
       "2026.2",
       {"openclaw config set 'agents.list[1].heartbeat.every' 0m"}},
      {"agents that take the shared cadence",
       "{agents: {list: [{id: 'a', heartbeat: {}}, {id: 'b', heartbeat: {}}]}}",
       "2026.2",
       {"openclaw config set agents.defaults.heartbeat.every 0m"}},
      {"entries",
       "{agents: {entries: {ops: {heartbeat: {every: '1h'}}, main: {heartbeat: {every: '0m'}}}}}",
       "2026.9",
       {"openclaw config set agents.entries.ops.heartbeat.every 0m"}},
      {"off", "{agents: {defaults: {heartbeat: {every: '0m'}}}}", "unknown", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config(c.config);
    const auto found = desk.chela_json({"init", "--dry-run"});
    const auto& openclaw = found.at("openclaw");
    EXPECT_EQ(get_string(openclaw, "dialect"), c.dialect);
    EXPECT_EQ(get_strings(openclaw, "turn_off"), c.off);
    EXPECT_EQ(get_bool(openclaw, "heartbeat_is_on"), !c.off.empty());
  }
}

class BesideDoctor : public Beside {
 protected:
  void SetUp() override {
#ifdef CHELA_SANITIZED
    GTEST_SKIP() << "a worker with sanitizers cannot run inside a program's confinement";
#endif
    desk.without_builtins();
  }
  // The weight of the one finding that holds `text`, "" where there is none.
  std::string weight_of(const std::string& text) const {
    const auto document = desk.chela_json({"doctor"});
    for (const auto& finding : document.at("findings").as_array()) {
      if (get_string(finding, "text").find(text) != std::string::npos)
        return get_string(finding, "weight");
    }
    return "";
  }
};

TEST_F(BesideDoctor, StaysCriticalWhileBothBeatOverOneWorkspace) {
  config(over_this_workspace());
  EXPECT_EQ(weight_of("beats every 30m over this workspace, too"), "critical");
  EXPECT_EQ(desk.chela({"doctor"}).exit_code, 1);
  config(over_this_workspace(", heartbeat: {every: '0m'}"));
  EXPECT_EQ(weight_of("its model heartbeat is off"), "ok");
  fs::create_directories(desk.root() / "elsewhere");
  config("{agents: {defaults: {workspace: '" + (desk.root() / "elsewhere").string() + "'}}}");
  EXPECT_EQ(weight_of("over another workspace"), "note");
  // One agent of several is enough.
  config("{agents: {defaults: {workspace: '" + (desk.root() / "elsewhere").string() +
         "'}, list: [{id: 'a', heartbeat: {every: '1h'}}, {id: 'b', workspace: '" +
         desk.workspace().string() + "', heartbeat: {every: '2h'}}]}}");
  EXPECT_EQ(weight_of("over this workspace, too"), "critical");
}

TEST_F(BesideDoctor, NamesModelsThatEndProvidersThatCannotBeUsedAndKeysThatAreNotSet) {
  spill(desk.manifest("providers", "one"),
        "id: one\nplugin: provider.openai\nisolation: host\nallow: {http: "
        "[\"https://api.example.org\"]}\nsecrets: {api_key: env:NOT_SET_ANYWHERE}\nconfig: "
        "{base_url: \"https://api.example.org/v1\"}\n");
  spill(desk.manifest("providers", "two"), "id: two\nplugin: provider.nowhere\nisolation: host\n");
  spill(desk.chela_home() / "manifests/host.yaml",
        "models:\n  roles:\n    coordinator: [one/x, google/gemini-2.0-flash-lite]\n");
  EXPECT_EQ(weight_of("google/gemini-2.0-flash-lite ended on "), "critical");
  EXPECT_EQ(weight_of("provider two cannot be used: "), "note");
  EXPECT_EQ(weight_of("provider one: its key env:NOT_SET_ANYWHERE is not set"), "note");
  desk.env["NOT_SET_ANYWHERE"] = "now-it-is-0123456789";
  EXPECT_EQ(weight_of("NOT_SET_ANYWHERE"), "");
  spill(desk.chela_home() / "manifests/host.yaml",
        "models:\n  roles:\n    coordinator: nonsense\n");
  EXPECT_EQ(weight_of("is neither an alias nor a model"), "critical");
}

}  // namespace
}  // namespace chela::test
