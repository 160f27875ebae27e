// tasks.remindctl against the contract fake of remindctl: every operation, and what a person does
// in between. The traps are in remindctl_traps_test.cpp.
#include "backends/remindctl_desk.h"

namespace chela::test {
namespace {

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

}  // namespace
}  // namespace chela::test
