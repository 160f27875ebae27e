// plugins.lock: what was approved comes back, anything else is said and nothing is guessed.
#include "plugin/lock_file.h"

#include <gtest/gtest.h>

namespace chela::plugin {
namespace {

TEST(LockFile, ComesBackAsItWasWritten) {
  LockFile lock;
  lock.plugins["check.b"] = {"1.0 \"x\"", std::string(64, 'a'),
                             json::object{{"read", json::array{"/etc"}}},
                             base::parse_utc("2026-11-22T05:40:11Z").value()};
  lock.plugins["check.a"] = {"2", std::string(64, 'b'), json::object(), {}};
  const auto read = parse_lock_file(to_text(lock), "plugins.lock");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->plugins.size(), 2u);
  const LockEntry* entry = read->entry("check.b");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->version, "1.0 \"x\"");
  EXPECT_EQ(entry->sha256, std::string(64, 'a'));
  EXPECT_EQ(entry->needs, lock.plugins["check.b"].needs);
  EXPECT_EQ(entry->approved_at, lock.plugins["check.b"].approved_at);
  EXPECT_EQ(read->entry("check.c"), nullptr);
}

TEST(LockFile, RefusesWhatItCannotTrust) {
  const struct {
    const char* name;
    const char* text;
    ErrorCode code;
  } cases[] = {
      {"empty", "", ErrorCode::invalid_argument},
      {"torn", R"({"version":1,"plugins":{"check.a":{"ver)", ErrorCode::invalid_argument},
      {"no plugins", R"({"version":1})", ErrorCode::invalid_argument},
      {"no hash", R"({"version":1,"plugins":{"check.a":{"version":"1"}}})",
       ErrorCode::invalid_argument},
      {"newer", R"({"version":2,"plugins":{}})", ErrorCode::failed_precondition},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto lock = parse_lock_file(c.text, "/home/ana/plugins.lock");
    ASSERT_FALSE(lock.has_value());
    EXPECT_EQ(lock.error().code, c.code);
    EXPECT_NE(lock.error().message.find("/home/ana/plugins.lock"), std::string::npos);
  }
}

}  // namespace
}  // namespace chela::plugin
