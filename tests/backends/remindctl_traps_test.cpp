// The traps of remindctl in its lists, ids, answers and permissions, one test each; the table in
// the plugin's README names them. Those in what a reminder says are in remindctl_texts_test.cpp.
#include <algorithm>

#include "backends/remindctl_desk.h"

namespace chela::test {
namespace {

TEST_F(Remindctl, ListsAreMadeOnceAndDuplicatesAreNamed) {
  ask("list", json::object());
  open();
  ask("list", json::object());
  EXPECT_EQ(kept().at("lists").as_array().size(), 3u);
  type({"list", "Agent Queue", "--create", "--json"});
  open();
  const auto refused = refusal("list", json::object());
  EXPECT_EQ(refused.code, ErrorCode::failed_precondition);
  EXPECT_NE(refused.message.find("Agent Queue"), std::string::npos) << refused.message;
  // Both are named, so that a person can tell them apart.
  const auto all = kept();
  for (const auto& list : all.at("lists").as_array()) {
    if (get_string(list, "title") == "Agent Queue") {
      EXPECT_NE(refused.message.find(get_string(list, "id")), std::string::npos) << refused.message;
    }
  }
}

TEST_F(Remindctl, ATaskIsFoundAgainWhenEventKitsIdsChange) {
  create("a1", {{"title", "t"}});
  auto all = kept().as_object();
  for (auto& list : all["lists"].as_array()) {
    const std::string id = get_string(list, "id");
    list.as_object()["id"] = "FFFF" + id;
    for (auto& one : all["reminders"].as_array()) {
      if (get_string(one, "listID") == id) one.as_object()["listID"] = "FFFF" + id;
    }
  }
  all["reminders"].as_array()[0].as_object()["id"] = "EEEE-after-a-full-sync";
  keep(all);
  EXPECT_EQ(get_string(set("a1", {{"state", "blocked"}}), "state"), "blocked");
}

TEST_F(Remindctl, AnIdOfDigitsIsNeverPassedOn) {
  create("a1", {{"title", "t"}});
  meddle(0, {{"id", "12345"}});
  open();
  const auto refused =
      refusal("update", json::object{{"id", "a1"}, {"set", json::object{{"state", "done"}}}});
  EXPECT_EQ(refused.code, ErrorCode::data_loss) << refused.message;
  for (const auto& command : backend_->commands)
    EXPECT_EQ(std::count(command.begin(), command.end(), "12345"), 0);
}

TEST_F(Remindctl, AsksForPermissionByStatusAndNeverOpensAPrompt) {
  for (const char* access : {"denied", "write-only", "restricted", "not-determined"}) {
    SCOPED_TRACE(access);
    keep(json::object{{"status", access}});
    open();
    const auto refused = refusal("list", json::object());
    EXPECT_EQ(refused.code, ErrorCode::permission_denied) << refused.message;
    EXPECT_NE(refused.message.find(access), std::string::npos) << refused.message;
    EXPECT_EQ(verbs(), (std::vector<std::string>{"--version", "status"}));
  }
}

TEST_F(Remindctl, RefusesAVersionWithoutListIds) {
  const struct {
    const char* version;
    bool is_taken;
  } cases[] = {{"0.1.1", false}, {"0.2.9", false},     {"0.3.0", true},
               {"0.3.3", true},  {"0.10.0", true},     {"1.0.0", true},
               {"0.3", false},   {"0.4.0-beta", true}, {"dev", false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.version);
    keep(json::object{{"version", c.version}});
    open();
    const auto reply = try_ask("list", json::object());
    EXPECT_EQ(static_cast<bool>(reply), c.is_taken);
    if (!reply) {
      EXPECT_EQ(reply.error().code, ErrorCode::failed_precondition);
      EXPECT_NE(reply.error().message.find(c.version), std::string::npos) << reply.error().message;
    }
  }
}

TEST_F(Remindctl, AsksForWholeColumnsAndNotForToday) {
  create("a1", {{"title", "undated"}});
  create("a2", {{"title", "far away"}, {"due", "2035-01-01"}});
  set("a2", {{"state", "done"}});
  open();
  EXPECT_EQ(ask("list", json::object()).at("tasks").as_array().size(), 2u);
  EXPECT_EQ(ask("list", json::object{{"states", {"queue"}}}).at("tasks").as_array().size(), 1u);
  std::vector<std::string> filters;
  for (const auto& command : backend_->commands) {
    if (command.at(1) != "show") continue;
    filters.push_back(command.at(2));
    EXPECT_EQ(command.at(3), "--list-id") << "other lists are never read";
  }
  EXPECT_EQ(filters, (std::vector<std::string>{"all", "all", "all", "open", "open", "open"}));
}

TEST_F(Remindctl, TheOlderOfTwoCopiesKeepsTheIdInWhateverOrderTheyCome) {
  keep(json::object{{"now", "2026-11-22T10:00:00Z"}});
  create("a1", {{"title", "original"}});
  auto all = kept().as_object();
  auto copy = all["reminders"].as_array().at(0).as_object();
  copy["id"] = "CCCC-copied-by-hand";
  copy["title"] = "copy";
  copy["creationDate"] = "2026-11-23T10:00:00Z";
  for (const bool is_first : {true, false}) {
    auto changed = all;
    auto& list = changed["reminders"].as_array();
    list.insert(is_first ? list.begin() : list.end(), copy);
    keep(changed);
    open();
    const auto tasks = ask("list", json::object()).at("tasks").as_array();
    ASSERT_EQ(tasks.size(), 2u);
    EXPECT_EQ(get_string(get("a1"), "title"), "original");
    const std::string other = get_string(tasks[1], "id");
    EXPECT_EQ(get_string(set(other, {{"state", "blocked"}}), "title"), "copy");
    EXPECT_EQ(get_string(get("a1"), "state"), "queue");
  }
}

TEST_F(Remindctl, AnObjectAndAListOfOneAreTheSameAnswer) {
  create("a1", {{"title", "t"}});
  EXPECT_EQ(get_string(set("a1", {{"state", "done"}}), "state"), "done") << "complete: a list";
  EXPECT_EQ(verbs().back(), "complete");
  EXPECT_EQ(get_string(set("a1", {{"state", "cancelled"}, {"title", "u"}}), "state"), "cancelled");
  EXPECT_EQ(verbs().back(), "edit") << "an object";
  const auto born_done = create("a2", {{"title", "t"}, {"state", "done"}});
  EXPECT_EQ(get_string(born_done, "state"), "done");
}

TEST_F(Remindctl, AListThatSomebodyDeletedIsMadeAgain) {
  create("a1", {{"title", "t"}});
  const std::string blocked = [&] {
    const auto all = kept();
    for (const auto& list : all.at("lists").as_array())
      if (get_string(list, "title") == "Agent Blocked") return get_string(list, "id");
    return std::string();
  }();
  EXPECT_EQ(type({"list", "--list-id", blocked, "--delete", "--force", "--json"}).out, "");
  EXPECT_EQ(get_string(set("a1", {{"state", "blocked"}}), "state"), "blocked");
}

TEST_F(Remindctl, AnAmbiguousIdIsNamedAndChangesNothing) {
  create("a1", {{"title", "t"}});
  create("a2", {{"title", "u"}});
  meddle(0, {{"id", "4A83D1C2"}});
  meddle(1, {{"id", "4a83d1c2-0001"}});  // remindctl compares without case, and beginnings only
  open();
  ask("list", json::object());
  const auto before = kept();
  const auto refused =
      refusal("update", json::object{{"id", "a1"}, {"set", json::object{{"state", "done"}}}});
  EXPECT_EQ(refused.code, ErrorCode::failed_precondition);
  EXPECT_NE(refused.message.find("4A83D1C2, 4a83d1c2-0001"), std::string::npos) << refused.message;
  EXPECT_EQ(kept(), before);
  EXPECT_EQ(get_string(set("a2", {{"state", "done"}}), "state"), "done")
      << "the longer one is clear";
}

TEST_F(Remindctl, TheWholeIdIsAlwaysPassed) {
  create("a1", {{"title", "t"}});
  const std::string id = get_string(kept_reminder(0), "id");
  ASSERT_EQ(id.size(), 36u);
  set("a1", {{"state", "blocked"}});
  note("a1", "n");
  set("a1", {{"state", "done"}});
  ask("remove", json::object{{"id", "a1"}});
  std::size_t seen = 0;
  for (const auto& command : backend_->commands) {
    const std::string& verb = command.at(1);
    if (verb != "info" && verb != "edit" && verb != "complete" && verb != "delete") continue;
    EXPECT_EQ(command.at(2), id) << verb;
    ++seen;
  }
  EXPECT_EQ(seen, 8u);
}

TEST_F(Remindctl, HelpWithExitCodeZeroIsNoSuccess) {
  open("", "\"" + fake().string() + "\", \"-h\"");
  const auto refused = refusal(
      "create", json::object{{"task", json::object{{"title", "t"}}}, {"idempotency_key", "a1"}});
  EXPECT_EQ(refused.code, ErrorCode::data_loss);
  EXPECT_NE(refused.message.find("gave no JSON"), std::string::npos) << refused.message;
  EXPECT_FALSE(fs::exists(state()));
}

TEST_F(Remindctl, ReadsColumnsAndWritesWithOneCall) {
  create("a1", {{"title", "t"}});
  const struct {
    const char* name;
    const char* op;
    json::object request;
    std::vector<std::string> verbs;
  } cases[] = {
      {"list", "list", {}, {"show", "show", "show"}},
      {"get", "get", {{"id", "a1"}}, {"info"}},
      {"everything at once",
       "update",
       {{"id", "a1"},
        {"set", json::object{{"state", "blocked"},
                             {"needs", "human"},
                             {"title", "u"},
                             {"priority", "low"},
                             {"owner", "main/s-1"}}},
        {"note", "n"}},
       {"info", "edit"}},
      {"nothing new", "update", {{"id", "a1"}, {"set", json::object{{"title", "u"}}}}, {"info"}},
      {"note", "note", {{"id", "a1"}, {"text", "m"}}, {"info", "edit"}},
      {"the same note again", "note", {{"id", "a1"}, {"text", "m"}}, {"info"}},
      {"create",
       "create",
       {{"task", json::object{{"title", "v"}}}, {"idempotency_key", "a2"}},
       {"show", "show", "show", "add"}},
      {"remove", "remove", {{"id", "a1"}}, {"info", "delete"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto from = backend_->commands.size();
    ask(c.op, c.request);
    EXPECT_EQ(verbs(from), c.verbs);
  }
}

TEST_F(Remindctl, AuthorizeIsForPeopleOnly) {
  keep(json::object{{"status", "denied"}});
  const auto by_hand = type({"authorize", "--json"});
  EXPECT_EQ(by_hand.out, "{\n  \"authorized\" : false,\n  \"status\" : \"denied\"\n}\n");
  EXPECT_EQ(by_hand.exit_code, 1) << "the status is printed, and still it fails";
  keep(json::object{{"status", "not-determined"}});
  const auto refused = refusal("list", json::object());
  EXPECT_NE(refused.message.find("run `remindctl authorize` once"), std::string::npos)
      << refused.message;
  EXPECT_NE(refused.message.find("ssh"), std::string::npos)
      << "the permission is the starting process's: " << refused.message;
  meddle(json::object{{"status", "full-access"}});
  EXPECT_EQ(get_string(create("a1", {{"title", "t"}}), "id"), "a1")
      << "asked again, not remembered";
  for (const auto& verb : verbs()) EXPECT_NE(verb, "authorize");
}

TEST_F(Remindctl, AccessThatIsTakenAwayIsSaidAndAskedForAnew) {
  create("a1", {{"title", "t"}});
  for (const char* access : {"denied", "write-only"}) {
    SCOPED_TRACE(access);
    meddle(json::object{{"status", access}});
    const auto refused = refusal("get", json::object{{"id", "a1"}});
    EXPECT_EQ(refused.code, ErrorCode::permission_denied) << refused.message;
    meddle(json::object{{"status", "full-access"}});
    const auto from = backend_->commands.size();
    EXPECT_EQ(get_string(get("a1"), "title"), "t");
    EXPECT_EQ(verbs(from).at(1), "status");
  }
}

TEST_F(Remindctl, ACallBehindAnOpenPromptEndsAtItsTimeout) {
  keep(json::object{{"hangs", true}});
  open("  timeout: 300ms\n");
  const auto refused = refusal("list", json::object());
  EXPECT_EQ(refused.code, ErrorCode::deadline_exceeded) << refused.message;
  EXPECT_NE(refused.message.find("300ms"), std::string::npos) << refused.message;
}

TEST(RemindctlTraps, EachRowOfTheReadmeIsATest) {
  const fs::path here(CHELA_REMINDCTL_DIR), tests(CHELA_TESTS_DIR);
  std::string sources = slurp(here / "remindctl_test.cpp");
  for (const char* file :
       {"remindctl_test.cpp", "remindctl_traps_test.cpp", "remindctl_texts_test.cpp",
        "remindctl_contract_test.cpp", "ssh_test.cpp"})
    sources += slurp(tests / "backends" / file);
  std::istringstream readme(slurp(here / "README.md"));
  std::size_t rows = 0;
  bool is_inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("## ")) is_inside = line == "## Traps";
    if (!is_inside || !line.starts_with("| ") || line.starts_with("| trap")) continue;
    ++rows;
    std::size_t names = 0;
    for (auto at = line.find('`', line.rfind(" | ")); at != line.npos;
         at = line.find('`', at + 1)) {
      const auto end = line.find('`', at + 1);
      const auto name = line.substr(at + 1, end - at - 1);
      EXPECT_NE(sources.find(", " + name + ")"), std::string::npos) << "no test is called " << name;
      ++names;
      at = end;
    }
    EXPECT_GT(names, 0u) << line;
  }
  EXPECT_GE(rows, 20u);
}

}  // namespace
}  // namespace chela::test
