// tasks.remindctl against the contract fake of remindctl (derived from the v0.3.3 sources, not
// tested with Reminders), through the real exec service: every trap is a test.
#include "backends/real_backend.h"

namespace chela::test {
namespace {

class Remindctl : public ::testing::Test {
 protected:
  fs::path fake() const { return desk_.workspace() / "remindctl"; }
  fs::path state() const { return desk_.workspace() / "remindctl.state.json"; }
  void SetUp() override { fs::copy_file(CHELA_FAKE_REMINDCTL, fake()); }

  void open(const std::string& more = "") {
    backend_ = std::make_unique<RealBackend>(
        "id: reminders\nplugin: tasks.remindctl\nallow:\n  exec: [\"" + fake().string() +
            "\"]\n  read: [\"${workspace}\"]\n  write: [\"${workspace}\"]\nconfig:\n  command: "
            "[\"" +
            fake().string() + "\"]\n  folder: \"${workspace}\"\n" + more,
        desk_.workspace(), desk_.home());
  }
  Outcome type(std::vector<std::string> words) const {
    return Desk::finish(desk_.start(std::move(words), fake().string()));
  }
  Result<json::value> try_ask(const std::string& op, json::value request) {
    if (!backend_) open();
    return backend_->call(op, std::move(request));
  }
  json::value ask(const std::string& op, json::value request) {
    auto reply = try_ask(op, std::move(request));
    EXPECT_TRUE(reply) << op << ": " << (reply ? "" : reply.error().message);
    return reply.value_or(json::object());
  }
  json::value task(const std::string& op, json::value request) {
    const auto reply = ask(op, std::move(request));
    const auto* found = find(reply, "task");
    return found == nullptr ? json::value() : *found;
  }
  json::value create(const std::string& id, json::object members) {
    return task("create", json::object{{"task", std::move(members)}, {"idempotency_key", id}});
  }
  json::value set(const std::string& id, json::object members) {
    return task("update", json::object{{"id", id}, {"set", std::move(members)}});
  }
  json::value kept() const { return *parse_json(slurp(state())); }
  void keep(const json::value& value) const { spill(state(), json::serialize(value)); }

  Desk desk_;
  std::unique_ptr<RealBackend> backend_;
};

TEST_F(Remindctl, WalksThroughEveryOperation) {
  const auto made = create("k3f9q2", {{"title",
                                       "Gr\xC3\xBC\xC3\x9F"
                                       "e 'a' \"b\" $HOME"},
                                      {"priority", "medium"},
                                      {"notes", "one\ntwo"}});
  EXPECT_EQ(get_string(made, "title"),
            "Gr\xC3\xBC\xC3\x9F"
            "e 'a' \"b\" $HOME");
  EXPECT_EQ(get_string(made, "notes"), "one\ntwo");
  for (const char* name :
       {"in_progress", "blocked", "queue", "done", "queue", "cancelled", "done", "in_progress"}) {
    SCOPED_TRACE(name);
    const auto seen = set("k3f9q2", {{"state", name}});
    EXPECT_EQ(get_string(seen, "state"), name);
    EXPECT_EQ(get_string(seen, "priority"), "medium");
  }
  const auto human = set("k3f9q2", {{"state", "blocked"}, {"needs", "human"}});
  EXPECT_EQ(get_string(human, "needs"), "human");
  EXPECT_EQ(get_string(human, "priority"), "medium") << "what was asked for stays";
  EXPECT_EQ(get_string(kept().at("reminders").as_array().at(0), "priority"), "high");
  ask("remove", json::object{{"id", "k3f9q2"}});
  const auto gone = try_ask("get", json::object{{"id", "k3f9q2"}});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::not_found);
}

TEST_F(Remindctl, TheSameKeyMakesOneReminderEvenOnceItIsDone) {
  create("a1", {{"title", "t"}});
  set("a1", {{"state", "done"}});
  const auto again = ask(
      "create", json::object{{"task", json::object{{"title", "t"}}}, {"idempotency_key", "a1"}});
  EXPECT_FALSE(get_bool(again, "created"));
  EXPECT_EQ(kept().at("reminders").as_array().size(), 1u);
}

TEST_F(Remindctl, ListsAreMadeOnceAndDuplicatesAreNamed) {
  ask("list", json::object());
  open();
  ask("list", json::object());
  EXPECT_EQ(kept().at("lists").as_array().size(), 3u);
  type({"list", "Agent Queue", "--create", "--json"});
  open();
  const auto refused = try_ask("list", json::object());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
  EXPECT_NE(refused.error().message.find("Agent Queue"), std::string::npos);
}

TEST_F(Remindctl, TitlesThatLookLikeOptionsOrWishesGoThrough) {
  int count = 0;
  for (const char* title : {"-x", "-h", "--help", "-V", "--version", "--json", "--", "-", "7"}) {
    SCOPED_TRACE(title);
    const std::string id = "t" + std::to_string(count++);
    EXPECT_EQ(get_string(create(id, {{"title", title}}), "title"), title);
    EXPECT_EQ(get_string(set(id, {{"title", "plain"}}), "title"), "plain");
    EXPECT_EQ(get_string(set(id, {{"title", title}}), "title"), title);
    EXPECT_EQ(get_string(task("note", json::object{{"id", id}, {"text", title}}), "notes"), title);
  }
  EXPECT_EQ(kept().at("reminders").as_array().size(), 9u);
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
  auto all = kept().as_object();
  all["reminders"].as_array()[0].as_object()["id"] = "12345";
  keep(all);
  open();
  const auto refused =
      try_ask("update", json::object{{"id", "a1"}, {"set", json::object{{"state", "done"}}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::data_loss);
}

TEST_F(Remindctl, AsksForPermissionByStatusAndNeverOpensAPrompt) {
  for (const char* access : {"denied", "write-only", "restricted", "not-determined"}) {
    SCOPED_TRACE(access);
    keep(json::object{{"status", access}});
    open();
    const auto refused = try_ask("list", json::object());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied) << refused.error().message;
    EXPECT_NE(refused.error().message.find(access), std::string::npos);
  }
}

TEST_F(Remindctl, RefusesAnOldVersion) {
  keep(json::object{{"version", "0.2.9"}});
  const auto refused = try_ask("list", json::object());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
}

TEST_F(Remindctl, KeepsTheLastTwentyLinesAndTheMarker) {
  create("a1", {{"title", "t"}, {"notes", "chela-finding: disk/root"}});
  for (int i = 0; i < 30; ++i)
    task("note", json::object{{"id", "a1"}, {"text", "line " + std::to_string(i)}});
  const auto notes = get_string(task("get", json::object{{"id", "a1"}}), "notes");
  EXPECT_TRUE(notes.starts_with("chela-finding: disk/root\nline 10\n")) << notes;
  EXPECT_TRUE(notes.ends_with("line 29"));
}

TEST_F(Remindctl, APersonsGesturesAreSeen) {
  create("a1", {{"title", "t"}, {"state", "blocked"}, {"needs", "human"}});
  const auto reminder = kept().at("reminders").as_array().at(0);
  EXPECT_NE(get_string(reminder, "dueDate"), "") << "the phone speaks up";
  const std::string id = get_string(reminder, "id");
  type({"edit", id, "--list", "Agent Queue", "--json"});
  const auto moved = task("get", json::object{{"id", "a1"}});
  EXPECT_EQ(get_string(moved, "state"), "queue");
  EXPECT_EQ(get_string(moved, "needs"), "") << "moving it on answers";
  type({"complete", id, "--json"});
  EXPECT_EQ(get_string(task("get", json::object{{"id", "a1"}}), "state"), "done");
  type({"add", "by hand", "--list", "Agent Queue", "--json"});
  const auto queued = ask("list", json::object{{"states", {"queue"}}}).at("tasks").as_array();
  ASSERT_EQ(queued.size(), 1u);
  const std::string own = get_string(queued[0], "id");
  EXPECT_EQ(get_string(set(own, {{"state", "in_progress"}}), "id"), own);
}

TEST_F(Remindctl, TheFakePrintsTheTextsOfTheContract) {
  keep(json::object{{"now", "2023-11-14T22:13:19Z"},
                    {"lists", {json::object{{"id", "7A12BEEF"}, {"title", "Agent Blocked"}}}}});
  EXPECT_EQ(type({"show", "all", "--json"}).out, "[\n\n]\n");
  const auto added = type({"add", "--title", "a/b", "--list-id", "7A12", "--json"});
  const std::string id = get_string(kept().at("reminders").as_array().at(0), "id");
  EXPECT_EQ(added.out,
            "{\n  \"creationDate\" : \"2023-11-14T22:13:20Z\",\n"
            "  \"dueDateIsAllDay\" : false,\n  \"id\" : \"" +
                id +
                "\",\n"
                "  \"isCompleted\" : false,\n"
                "  \"lastModifiedDate\" : \"2023-11-14T22:13:20Z\",\n"
                "  \"listID\" : \"7A12BEEF\",\n  \"listName\" : \"Agent Blocked\",\n"
                "  \"priority\" : \"none\",\n  \"title\" : \"a\\/b\"\n}\n");
  EXPECT_EQ(type({"status", "--json"}).out,
            "{\n  \"authorized\" : true,\n  \"status\" : \"full-access\"\n}\n");
  const struct {
    const char* name;
    std::vector<std::string> words;
    int exit_code;
    const char* err;
  } cases[] = {
      {"no list", {"show", "all", "--list", "X", "--json"}, 1, "List not found: \"X\".\n"},
      {"no reminder", {"info", "ABCDEF", "--json"}, 1, "Reminder not found: \"ABCDEF\".\n"},
      {"short id", {"info", "ABC", "--json"}, 1, "Invalid identifier: \"ABC\".\n"},
      {"an index outside of today", {"info", "9", "--json"}, 1, "Invalid identifier: \"9\".\n"},
      {"nothing to do", {"edit", id, "--json"}, 1, "No changes specified\n"},
      {"bad date", {"edit", id, "--due", "soon", "--json"}, 1, "Invalid date: \"soon\".\n"},
      {"bad priority",
       {"edit", id, "--priority", "5"},
       1,
       "Invalid priority: \"5\" (use none|low|medium|high)\n"},
      {"value like an option",
       {"edit", id, "--title", "-x"},
       1,
       "Missing value for option title\n"},
      {"equals sign", {"edit", id, "--title=x"}, 1, "Unknown option --title=x\n"},
      {"help as a value is a false success", {"edit", id, "--title", "-h"}, 0, ""},
      {"unknown filter", {"show", "later"}, 1, "Unknown filter: \"later\"\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto outcome = type(c.words);
    EXPECT_EQ(outcome.exit_code, c.exit_code);
    EXPECT_EQ(outcome.err, c.err);
  }
  EXPECT_TRUE(
      type({"complete", id, "--json"}).out.starts_with("[\n  {\n    \"completionDate\" : "));
  EXPECT_EQ(type({"delete", id, "--force", "--json"}).out, "{\n  \"deleted\" : 1\n}\n");
  EXPECT_EQ(type({"list", "--list-id", "7A12", "--delete", "--force", "--json"}).out, "");
}

}  // namespace
}  // namespace chela::test
