// The contract fake itself: what remindctl 0.3.3 prints by its sources, to the byte. The first run
// on a Mac (chela task selftest) confirms or corrects these.
#include "backends/remindctl_desk.h"

namespace chela::test {
namespace {

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
      {"two lists at once",
       {"edit", id, "--list", "X", "--list-id", "7A12"},
       1,
       "Use either --list or --list-id, not both\n"},
      {"no title",
       {"add", "--json"},
       1,
       "Missing title. Provide it as an argument or via --title.\n"},
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

TEST_F(Remindctl, TheFakeTakesDigitsForAPlaceInTodaysView) {
  keep(json::object{{"now", "2026-11-22T10:00:00Z"},
                    {"lists", {json::object{{"id", "7A12BEEF"}, {"title", "Errands"}}}}});
  type({"add", "later", "--due", "2026-11-22T12:00:00Z"});
  type({"add", "not today", "--due", "2026-11-29"});
  type({"add", "undated"});
  type({"add", "first", "--due", "2026-11-21"});
  EXPECT_NE(type({"info", "1", "--json"}).out.find("\"title\" : \"first\""), std::string::npos);
  EXPECT_NE(type({"info", "2", "--json"}).out.find("\"title\" : \"later\""), std::string::npos);
  EXPECT_EQ(type({"info", "3", "--json"}).exit_code, 1);
  const auto today = type({"show", "--json"}).out;
  EXPECT_EQ(today, type({"show", "today", "--json"}).out);
  EXPECT_EQ(today.find("undated"), std::string::npos) << "without a filter it is today's";
}

TEST_F(Remindctl, TheFakeKeepsAUrlInTheNotesAsWell) {
  keep(json::object{{"lists", {json::object{{"id", "7A12BEEF"}, {"title", "Errands"}}}}});
  type({"add", "t", "--notes", "Compare prices", "--url", "https://example.com/old"});
  const auto notes = [&] { return get_string(kept_reminder(0), "notes"); };
  const std::string id = get_string(kept_reminder(0), "id");
  const struct {
    const char* name;
    std::vector<std::string> words;
    const char* notes;
  } steps[] = {
      {"other notes",
       {"--notes", "New"},
       "New\n\nremindctl URL (managed): https://example.com/old"},
      {"another url",
       {"--url", "https://example.com/new"},
       "New\n\nremindctl URL (managed): https://example.com/new"},
      {"notes with the line in them",
       {"--notes", "A\n\nremindctl URL (managed): https://example.com/new\nB"},
       "A\n\nB\n\nremindctl URL (managed): https://example.com/new"},
      {"a line of a person's own",
       {"--notes", "URL: x"},
       "URL: x\n\nremindctl URL (managed): https://example.com/new"},
      {"no url any more", {"--clear-url"}, "URL: x"},
  };
  for (const auto& step : steps) {
    SCOPED_TRACE(step.name);
    std::vector<std::string> words{"edit", id};
    words.insert(words.end(), step.words.begin(), step.words.end());
    EXPECT_EQ(type(words).exit_code, 0);
    EXPECT_EQ(notes(), step.notes);
  }
}

}  // namespace
}  // namespace chela::test
