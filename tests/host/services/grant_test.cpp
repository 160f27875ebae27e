#include "services/grant.h"

#include <gtest/gtest.h>

namespace chela::services {
namespace {

TEST(NormalPath, DropsWhatSaysNothing) {
  const struct {
    const char* name;
    std::string path;
    std::string normal;
  } cases[] = {
      {"as it is", "/home/ann/TASKS.md", "/home/ann/TASKS.md"},
      {"doubled slashes", "//home///ann", "/home/ann"},
      {"trailing slash", "/home/ann/", "/home/ann"},
      {"dots", "/./home/./ann/.", "/home/ann"},
      {"root", "/", "/"},
      {"dot names stay", "/home/.x/..y", "/home/.x/..y"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto normal = normal_path(c.path);
    ASSERT_TRUE(normal) << normal.error().message;
    EXPECT_EQ(*normal, c.normal);
  }
}

TEST(NormalPath, RefusesWhatMeansSomethingElse) {
  const struct {
    const char* name;
    std::string path;
  } cases[] = {
      {"relative", "home/ann"},
      {"empty", ""},
      {"parent", "/home/../etc"},
      {"parent at the end", "/home/.."},
      {"NUL", std::string("/home\0/ann", 10)},
      {"long", "/" + std::string(5000, 'x')},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto normal = normal_path(c.path);
    ASSERT_FALSE(normal);
    EXPECT_EQ(normal.error().code, ErrorCode::invalid_argument);
  }
}

TEST(Grant, CoversAPathAndWhatLiesBelow) {
  const struct {
    const char* name;
    const char* root;
    const char* path;
    bool is_covered;
  } cases[] = {
      {"itself", "/ws", "/ws", true},
      {"below", "/ws", "/ws/a/b", true},
      {"same start", "/ws", "/wsx", false},
      {"above", "/ws/a", "/ws", false},
      {"all", "/", "/etc/passwd", true},
      {"own process", "/", "/proc/self/environ", false},
      {"any process", "/proc", "/proc/1/environ", false},
      {"thread", "/", "/proc/thread-self/x", false},
      {"plain proc file", "/proc/meminfo", "/proc/meminfo", true},
      {"process folder", "/proc", "/proc/77", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Grant grant;
    grant.read = {c.root};
    EXPECT_EQ(may_read(grant, c.path), c.is_covered);
    EXPECT_FALSE(may_write(grant, c.path));
    EXPECT_EQ(may_ask_usage(grant, c.path), c.is_covered);
    Grant writing;
    writing.write = {c.root};
    EXPECT_EQ(may_write(writing, c.path), c.is_covered);
    EXPECT_FALSE(may_read(writing, c.path));
  }
}

TEST(Grant, NamesProgramsExactly) {
  Grant grant;
  grant.exec = {"git"};
  EXPECT_TRUE(may_exec(grant, "git"));
  EXPECT_FALSE(may_exec(grant, "gi"));
  EXPECT_FALSE(may_exec(grant, "/usr/bin/git"));
}

TEST(Refusal, NamesTheMissingLineOfTheManifest) {
  const struct {
    const char* name;
    Permission permission;
    const char* subject;
    const char* message;
  } cases[] = {
      {"read", Permission::read, "/etc/passwd",
       "permission denied: reading /etc/passwd is not allowed; to allow it add \"/etc/passwd\" to "
       "allow.read in the "
       "manifest of 'workspace-git'"},
      {"write", Permission::write, "/etc/x",
       "permission denied: writing /etc/x is not allowed; to allow it add \"/etc/x\" to "
       "allow.write in the manifest of "
       "'workspace-git'"},
      {"exec", Permission::exec, "curl",
       "permission denied: running curl is not allowed; to allow it add \"curl\" to allow.exec in "
       "the manifest of "
       "'workspace-git'"},
      {"board", Permission::board, "",
       "permission denied: reading the tasks is not allowed; to allow it set allow.board to "
       "\"read\" in the manifest of "
       "'workspace-git'"},
      {"process", Permission::read, "/proc/self/environ",
       "permission denied: reading /proc/self/environ is never allowed: it is the inside of a "
       "process, and no grant "
       "covers it"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto error = refusal(c.permission, "workspace-git", c.subject);
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_EQ(error.message, c.message);
  }
}

}  // namespace
}  // namespace chela::services
