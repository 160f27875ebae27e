// The story of a first day: a fresh desk, a first tick, a finding that becomes a task, and its end.
#include "scenarios/story.h"

namespace chela::test {
namespace {

class FirstBeat : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto git = Desk::finish(desk_.start({"init", "--quiet"}, "/usr/bin/git"));
    ASSERT_EQ(git.exit_code, 0) << git.err;
  }
  std::string tasks() const { return slurp(desk_.workspace() / "TASKS.md"); }

  Desk desk_;
};

TEST_F(FirstBeat, FindsADiskThatIsTooFullAndClosesItsTaskOnceNobodyLooks) {
  // Nothing is asserted about what the machine itself has to say (a reboot that is due, little
  // memory).
  const auto first = desk_.chela({"tick", "--all", "--json"});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  const auto ran = get_strings(*parse_json(first.out), "ran");
  EXPECT_EQ(ran.size(), 3u) << first.out;

  const auto enabled =
      desk_.chela({"enable", "check.system", "--id", "disk-strict", "--yes", "--set",
                   "disk_min_free_percent=100", "--set", "disk_min_free_mb=1000000000", "--set",
                   "reboot_required=false", "--set", "pressure_cpu_max_percent=100", "--set",
                   "pressure_io_max_percent=100", "--set", "pressure_memory_max_percent=100"});
  ASSERT_EQ(enabled.exit_code, 0) << enabled.err;
  const auto found = desk_.chela({"tick"});
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_NE(found.out.find("disk-strict: disk nearly full: / (task "), std::string::npos)
      << found.out;
  const auto seen = read_tasks(tasks());
  const auto mine = std::find_if(seen.begin(), seen.end(), [](const auto& task) {
    return task.finding == "disk-strict/disk:/";
  });
  ASSERT_NE(mine, seen.end()) << tasks();
  EXPECT_EQ(mine->section, "Queue");
  EXPECT_EQ(mine->box, " ");

  const auto second = desk_.chela({"tick"});
  EXPECT_EQ(second.out, "HEARTBEAT_OK\n");
  EXPECT_EQ(second.err, "");
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_EQ(desk_.chela({"tick", "--quiet"}).out, "");

  const auto state = parse_json(slurp(desk_.workspace() / "memory/heartbeat-state.json"));
  ASSERT_TRUE(state.has_value());
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  for (const char* check : {"workspace-git", "system", "tasks-watch", "disk-strict"}) {
    const auto last = get_int(state->at("lastChecks"), check);
    EXPECT_LE(last, now_ms) << check;
    EXPECT_GT(last, now_ms - 10 * 60 * 1000) << check;
  }

  EXPECT_EQ(desk_.chela({"disable", "disk-strict"}).exit_code, 0);
  const auto closed = desk_.chela({"tick"});
  EXPECT_NE(closed.out.find("[closed] disk-strict: disk nearly full: /"), std::string::npos)
      << closed.out;
  const auto after = read_tasks(tasks());
  const auto done = std::find_if(after.begin(), after.end(), [](const auto& task) {
    return task.finding == "disk-strict/disk:/";
  });
  ASSERT_NE(done, after.end());
  EXPECT_EQ(done->section, "Done");
  EXPECT_EQ(done->box, "x");
  EXPECT_NE(done->notes.find("no longer checked (removed or disabled)"), std::string::npos)
      << done->notes;
  const auto listed = desk_.chela_json({"alert", "list"});
  for (const auto& alert : listed.at("alerts").as_array()) {
    EXPECT_NE(get_string(alert, "check"), "disk-strict");
  }
}

TEST_F(FirstBeat, TicksAtTheSameTimeWaitForEachOther) {
  desk_.without_builtins();
  for (const char* id : {"hall", "yard", "roof"})
    add_flicker(desk_, id, "conditions: 1, events: false");
  std::vector<Running> all;
  for (int i = 0; i < 6; ++i)
    all.push_back(desk_.start({"tick", "--all", "--workspace", desk_.workspace().string()}));
  for (auto& running : all) {
    const auto outcome = Desk::finish(std::move(running));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  // Six runs of each: the lamp was alight in 2 and 3, and is again in 6.
  std::map<std::string, int> open, done;
  for (const auto& task : read_tasks(tasks())) ++(task.box == "x" ? done : open)[task.finding];
  for (const char* id : {"hall", "yard", "roof"}) {
    EXPECT_EQ(open[std::string(id) + "/lamp-0"], 1) << tasks();
    EXPECT_EQ(done[std::string(id) + "/lamp-0"], 1) << tasks();
  }
}

TEST_F(FirstBeat, EveryReadingCommandSpeaksJson) {
  desk_.chela({"tick", "--all"});
  EXPECT_EQ(desk_.chela_json({"status"}).at("checks").as_array().size(), 3u);
  EXPECT_TRUE(desk_.chela_json({"alert", "list"}).at("alerts").is_array());
  EXPECT_TRUE(desk_.chela_json({"task", "list"}).at("tasks").is_array());
  EXPECT_GE(desk_.chela_json({"plugin", "list"}).at("plugins").as_array().size(), 4u);
  EXPECT_EQ(get_string(desk_.chela_json({"plugin", "info", "check.git"}), "id"), "check.git");
  EXPECT_FALSE(desk_.chela_json({"doctor"}).at("findings").as_array().empty());
  EXPECT_TRUE(desk_.chela_json({"tick"}).at("lines").is_array());
}

TEST_F(FirstBeat, HelpOfEveryCommandHasExamples) {
  const std::vector<std::vector<std::string>> commands = {{},
                                                          {"tick"},
                                                          {"run"},
                                                          {"status"},
                                                          {"doctor"},
                                                          {"alert"},
                                                          {"alert", "list"},
                                                          {"logs"},
                                                          {"plugin"},
                                                          {"plugin", "list"},
                                                          {"plugin", "info"},
                                                          {"enable"},
                                                          {"disable"},
                                                          {"task"},
                                                          {"task", "list"},
                                                          {"task", "add"},
                                                          {"task", "start"},
                                                          {"task", "block"},
                                                          {"task", "done"},
                                                          {"task", "note"}};
  for (auto words : commands) {
    SCOPED_TRACE(words.empty() ? "chela" : words.back());
    words.emplace_back("--help");
    const auto outcome = Desk::finish(desk_.start(words));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("Examples:\n  chela "), std::string::npos) << outcome.out;
  }
}

TEST_F(FirstBeat, EnablingChangesNoManifestThatIsThereAndSaysWhatCannotStart) {
  const std::vector<std::string> web{
      "enable",
      "check.http",
      "--id",
      "web",
      "--yes",
      "--set",
      "targets=[{url: \"http://127.0.0.1:1/a\"}, {url: \"http://127.0.0.1:1/b\"}]"};
  EXPECT_EQ(desk_.chela(web).exit_code, 0);
  const std::string written = slurp(desk_.manifest("checks", "web"));
  const auto again = desk_.chela(web);
  EXPECT_EQ(again.exit_code, 3);
  EXPECT_NE(again.err.find("nothing was changed: edit "), std::string::npos) << again.err;
  EXPECT_EQ(slurp(desk_.manifest("checks", "web")), written);

  const auto first = desk_.chela({"tick", "--check", "web"});
  EXPECT_NE(slurp(desk_.workspace() / "TASKS.md").find("(GET http://127.0.0.1:1/b"),
            std::string::npos)
      << "a summary of several says why: " << first.out << first.err;

  EXPECT_EQ(desk_.chela({"disable", "web"}).exit_code, 0);
  const auto back = desk_.chela({"enable", "check.http", "--id", "web", "--yes", "--set",
                                 "targets=[{url: \"http://127.0.0.1:1/c\"}]"});
  EXPECT_NE(back.out.find("what it was before lies in "), std::string::npos) << back.out;
  EXPECT_EQ(desk_.chela({"disable", "web"}).exit_code, 0);
  EXPECT_EQ(slurp(desk_.manifest("checks", "web").string() + ".off"), written);
  EXPECT_NE(slurp(desk_.manifest("checks", "web").string() + ".off2"), "");

  const auto mail = desk_.chela({"enable", "check.email", "--id", "mail", "--yes", "--set",
                                 "server=imaps://127.0.0.1", "--set", "user=ana"});
  EXPECT_EQ(mail.exit_code, 2);
  EXPECT_NE(mail.err.find("mail.yaml"), std::string::npos) << mail.err;
  EXPECT_NE(mail.err.find("authorised: wanted"), std::string::npos) << mail.err;
  const auto bare = desk_.chela({"enable", "check.http", "--id", "bare", "--yes"});
  EXPECT_NE(bare.err.find("check.http: the key 'targets' is missing"), std::string::npos)
      << bare.err;
}

TEST_F(FirstBeat, ExitCodesTellWhoHasToAct) {
  const struct {
    const char* name;
    std::vector<std::string> words;
    int exit_code;
  } cases[] = {
      {"unknown command", {"frobnicate"}, 2},
      {"unknown flag", {"tick", "--frob"}, 2},
      {"no command", {}, 2},
      {"flags that exclude each other", {"tick", "--all", "--check", "system"}, 2},
      {"a value that is none", {"logs", "--lines", "many"}, 2},
      {"a state that is none", {"task", "list", "--state", "sleeping"}, 2},
      {"no such check", {"tick", "--check", "sytem"}, 3},
      {"no such instance", {"disable", "nothing"}, 3},
      {"no such plugin", {"enable", "check.nothing", "--yes"}, 3},
      {"not agreed to", {"enable", "check.git", "--id", "other"}, 3},
      {"no such task", {"task", "done", "zzzzzz"}, 3},
      {"a setting that is none",
       {"enable", "check.system", "--id", "x", "--set", "disk_minimum=3", "--yes"},
       2},
      {"a setting of another type",
       {"enable", "check.system", "--id", "x", "--set", "disk_min_free_percent=much", "--yes"},
       2},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto outcome = desk_.chela(c.words);
    EXPECT_EQ(outcome.exit_code, c.exit_code) << outcome.out << outcome.err;
    EXPECT_NE(outcome.err, "");
  }
  const auto meant = desk_.chela({"tick", "--check", "sytem"});
  EXPECT_NE(meant.err.find("did you mean 'system'?"), std::string::npos) << meant.err;
  EXPECT_FALSE(fs::exists(desk_.manifest("checks", "x")));
  EXPECT_FALSE(fs::exists(desk_.manifest("checks", "other")));
}

}  // namespace
}  // namespace chela::test
