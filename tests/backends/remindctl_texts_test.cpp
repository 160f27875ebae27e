// The traps of remindctl in what a reminder says: titles, notes, dates, urls, owners, priorities.
#include "backends/remindctl_desk.h"

namespace chela::test {
namespace {

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

TEST_F(Remindctl, TheLineOfAUrlIsRemindctlsAndNotANote) {
  const std::string line = "remindctl URL (managed): https://example.com/a";
  create("a1", {{"title", "t"}, {"notes", "one"}});
  const std::string id = get_string(kept_reminder(0), "id");
  type({"edit", id, "--url", "https://example.com/a"});
  ASSERT_EQ(get_string(kept_reminder(0), "notes"), "chela:a1\none\n\n" + line);
  EXPECT_EQ(get_string(get("a1"), "notes"), "one");
  EXPECT_EQ(get_string(get("a1"), "url"), "https://example.com/a");
  EXPECT_EQ(get_string(note("a1", "two"), "notes"), "one\ntwo");
  const auto from = backend_->commands.size();
  note("a1", "two");
  set("a1", {{"title", "t"}});
  EXPECT_EQ(verbs(from), (std::vector<std::string>{"info", "info"})) << "nothing was to do";
  for (int i = 0; i < 25; ++i) note("a1", "line " + std::to_string(i));
  EXPECT_EQ(get_string(kept_reminder(0), "notes").find("\n\n"),
            get_string(kept_reminder(0), "notes").size() - line.size() - 2)
      << "one empty line, before the url";
  EXPECT_TRUE(get_string(get("a1"), "notes").starts_with("line 5\n"));
  // A url that Reminders took has no line yet: it comes with the first notes that are written.
  create("a2", {{"title", "u"}});
  meddle(1, {{"url", "https://example.com/b"}});
  EXPECT_EQ(get_string(note("a2", "n"), "notes"), "n");
  // A person's own line stays theirs.
  EXPECT_EQ(get_string(note("a2", "URL: https://example.com/b"), "notes"),
            "n\nURL: https://example.com/b");
}

TEST_F(Remindctl, NotesAreWrittenWholeAndAPersonsLinesStay) {
  create("a1", {{"title", "t"}, {"notes", "one"}});
  meddle(0, {{"notes", "my line\n\nchela:a1\none\n  indented"}});
  EXPECT_EQ(get_string(get("a1"), "notes"), "my line\n\none\n  indented");
  EXPECT_EQ(get_string(note("a1", "two"), "notes"), "my line\n\none\n  indented\ntwo");
  EXPECT_EQ(get_string(kept_reminder(0), "notes"), "chela:a1\nmy line\n\none\n  indented\ntwo");
}

TEST_F(Remindctl, AnOwnerIsKeptInTheNotesSinceNobodyCanBeAssigned) {
  const auto made = create("a1", {{"title", "t"}, {"owner", "main/s-0142 of Ada"}});
  EXPECT_EQ(get_string(made, "owner"), "main/s-0142 of Ada");
  EXPECT_EQ(get_string(set("a1", {{"state", "in_progress"}, {"owner", "x"}}), "owner"), "x");
  EXPECT_EQ(get_string(kept_reminder(0), "notes"), "chela:a1 owner:x");
  const auto refused =
      refusal("update", json::object{{"id", "a1"}, {"set", json::object{{"tags", {"urgent"}}}}});
  EXPECT_EQ(refused.code, ErrorCode::invalid_argument) << "what cannot be kept is refused";
}

TEST_F(Remindctl, AnAllDayDateStaysTheDayThatItIs) {
  for (const int zone : {-600, -480, -210, 0, 60, 330, 720, 780}) {
    SCOPED_TRACE(zone);
    keep(json::object{{"zone_minutes", zone}});
    open();
    EXPECT_EQ(get_string(create("a1", {{"title", "t"}, {"due", "2026-11-25"}}), "due"),
              "2026-11-25");
    EXPECT_TRUE(get_bool(kept_reminder(0), "dueDateIsAllDay"));
    EXPECT_EQ(get_string(set("a1", {{"state", "blocked"}, {"needs", "human"}}), "due"),
              "2026-11-25")
        << "no alarm takes its place";
  }
  EXPECT_EQ(get_string(create("a2", {{"title", "t"}, {"due", "2026-11-25T09:00:00+01:00"}}), "due"),
            "2026-11-25T08:00:00Z");
  const auto refused = refusal(
      "create", json::object{{"task", json::object{{"title", "t"}, {"due", "on Friday, maybe"}}},
                             {"idempotency_key", "a3"}});
  EXPECT_EQ(refused.code, ErrorCode::invalid_argument) << refused.message;
  EXPECT_EQ(kept().at("reminders").as_array().size(), 2u);
}

TEST_F(Remindctl, AnAlarmGoesWithTheAnswerAndAPersonsOwnDayStays) {
  for (const bool is_moved_to_a_day : {false, true}) {
    SCOPED_TRACE(is_moved_to_a_day);
    fs::remove(state());
    open();
    create("a1", {{"title", "t"}, {"state", "blocked"}, {"needs", "human"}});
    EXPECT_FALSE(get_bool(kept_reminder(0), "dueDateIsAllDay", true)) << "only a time rings";
    EXPECT_EQ(get_string(get("a1"), "due"), "");
    if (is_moved_to_a_day)
      type({"edit", get_string(kept_reminder(0), "id"), "--due", "2026-12-24"});
    set("a1", {{"needs", ""}});
    EXPECT_EQ(get_string(get("a1"), "due"), is_moved_to_a_day ? "2026-12-24" : "");
    EXPECT_EQ(get_string(kept_reminder(0), "dueDate").empty(), !is_moved_to_a_day);
  }
}

TEST_F(Remindctl, TheLastChangeIsShownForWhoLooksForStalledTasks) {
  keep(json::object{{"now", "2026-11-22T10:00:00Z"}});
  create("a1", {{"title", "t"}});
  type({"edit", get_string(kept_reminder(0), "id"), "--priority", "low"});
  EXPECT_EQ(get_string(get("a1"), "updated"), get_string(kept_reminder(0), "lastModifiedDate"));
  EXPECT_NE(get_string(get("a1"), "updated"), get_string(get("a1"), "created"));
}

TEST_F(Remindctl, EveryPriorityComesBackByItsName) {
  create("a1", {{"title", "t"}});
  for (const char* name : {"high", "none", "low", "medium"}) {
    EXPECT_EQ(get_string(set("a1", {{"priority", name}}), "priority"), name);
    EXPECT_EQ(get_string(kept_reminder(0), "priority"), name);
  }
}

}  // namespace
}  // namespace chela::test
