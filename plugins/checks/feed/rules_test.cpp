// Which entries are wanted, and what is remembered.
#include "rules.h"

#include <gtest/gtest.h>

#include "memory.h"

namespace feed {
namespace {

namespace json = chela::json;

TEST(Rules, ChooseByTitleAuthorAndCategory) {
  const Entry entry{"1", "Release of Rust 2.0", "", "Ana <ana@example.org>", {"News", "Code"}};
  const struct {
    const char* name;
    std::vector<Rule> want, skip;
    bool is_wanted;
  } cases[] = {{"no rules", {}, {}, true},
               {"title in other case", {{"RUST", "", ""}}, {}, true},
               {"another title", {{"go", "", ""}}, {}, false},
               {"one of two", {{"go", "", ""}, {"", "ana@", ""}}, {}, true},
               {"all parts of a rule", {{"rust", "bo", ""}}, {}, false},
               {"a category", {{"", "", "code"}}, {}, true},
               {"a part of none", {{"", "", "codex"}}, {}, false},
               {"skipped after all", {{"rust", "", ""}}, {{"", "", "news"}}, false},
               {"other things are skipped", {}, {{"go", "", ""}}, true}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_wanted(entry, c.want, c.skip), c.is_wanted);
  }
}

TEST(Memory, TellsEachEntryOnce) {
  Memory memory;
  const Entry a{"a", "", "", "", {}}, b{"b", "", "", "", {}}, c{"c", "", "", "", {}};
  EXPECT_EQ(take_new(memory, {b, a, b}, 10).size(), 2u);
  EXPECT_EQ(take_new(memory, {c, b}, 10).size(), 1u);
  EXPECT_TRUE(take_new(memory, {a}, 10).empty());
  EXPECT_EQ(memory.ids.size(), 3u);
  take_new(memory, {c, b}, 2);
  EXPECT_EQ(take_new(memory, {a}, 2).size(), 1u) << "no room was left to remember it";
}

TEST(Memory, SurvivesBeingWrittenAndDamaged) {
  Memory memory;
  memory.is_known = true;
  memory.etag = "W/\"x\"";
  memory.modified = "Mon, 21 Sep 2026 14:13:20 GMT";
  memory.failures = 2;
  memory.trouble = "503";
  take_new(memory, {{"a", "", "", "", {}}}, 10);
  const auto again = memory_from(to_json(memory));
  EXPECT_EQ(to_json(again), to_json(memory));
  const auto damaged = memory_from(json::object{{"known", 1},
                                                {"ids", json::array{"x", 5, hash_of("a")}},
                                                {"etag", "a\r\nx: y"},
                                                {"modified", "{{secret:token}}"},
                                                {"failures", -5}});
  EXPECT_FALSE(damaged.is_known);
  EXPECT_EQ(damaged.ids, (std::vector<std::string>{hash_of("a")}));
  EXPECT_EQ(damaged.etag + damaged.modified, "");
  EXPECT_EQ(damaged.failures, 0);
}

}  // namespace
}  // namespace feed
