#include "config/load.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/config/temp_folder.h"

namespace chela::config {
namespace {

namespace fs = std::filesystem;

std::string check(const std::string& id, const std::string& more = "") {
  return "id: " + id + "\nplugin: check.a\nevery: 1h\n" + more;
}

std::vector<std::string> ids(const std::vector<Instance>& instances) {
  std::vector<std::string> all;
  for (const auto& instance : instances) all.push_back(instance.id);
  return all;
}

using Ids = std::vector<std::string>;

TEST(LoadManifests, OfNoFolderIsEmpty) {
  const TempFolder folder;
  const auto set = load_manifests(folder.path() / "none");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_TRUE(set->instances.empty());
  EXPECT_TRUE(set->problems.empty());
  EXPECT_EQ(set->host.confinement, Confinement::require);
}

TEST(LoadManifests, ReadsEachKindFromItsFolder) {
  const TempFolder folder;
  folder.write("host.yaml", "per_tick: all\n");
  folder.write("checks/b.yaml", check("second"));
  folder.write("checks/a.yml", check("first"));
  folder.write("tasks/md.yaml", "id: md\nplugin: tasks.markdown\n");
  folder.write("notifiers/n.yaml", "id: n\nplugin: notify.n\n");
  folder.write("providers/p.yaml", "id: p\nplugin: provider.p\n");
  folder.write("checks/old.yaml.off", "not: [valid");
  folder.write("checks/old.off", "not: [valid");
  folder.write("checks/README.md", "notes");
  folder.write("checks/.#a.yaml", "not: [valid");
  folder.write("checks/a.yaml~", "not: [valid");
  folder.write("notes/x.txt", "mine");
  const auto set = load_manifests(folder.path(), {.trust = {}, .is_builtin = true});
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(ids(set->instances), (Ids{"first", "second", "md", "n", "p"}));
  EXPECT_EQ(set->instances[2].kind, Kind::tasks);
  EXPECT_TRUE(set->instances[0].is_builtin);
  EXPECT_EQ(set->instances[0].source.file, (folder.path() / "checks/a.yml").string());
  EXPECT_TRUE(set->problems.empty());
  EXPECT_EQ(set->host.per_tick, PerTick::all);
}

TEST(LoadManifests, ABadOneTakesOutOnlyItself) {
  const TempFolder folder;
  folder.write("checks/bad.yaml", check("bad", "evry: 1h\n"));
  folder.write("checks/broken.yaml", "plugin: check.a\nid: broken  # mine\nevery: [1h\n");
  folder.write("checks/good.yaml", check("good"));
  folder.write("checks/nameless.yaml", "what: [is this\n");
  folder.write("checks/bomb.yaml", "id: bomb\na: &a [1]\nb: [*a, *a]\n");
  folder.write("checks/huge.yaml", std::string(300'000, '#'));
  const auto set = load_manifests(folder.path());
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(ids(set->instances), (Ids{"good"}));
  const struct {
    const char* file;
    const char* id;
    const char* says;
  } expected[] = {
      {"bad.yaml", "bad", "bad.yaml:4:1: unknown key 'evry'; did you mean 'every'?"},
      {"bomb.yaml", "bomb", "bomb.yaml:2:4: anchors are not allowed"},
      {"broken.yaml", "broken", "not valid YAML"},
      {"huge.yaml", "", "too large"},
      {"nameless.yaml", "", "not valid YAML"},
  };
  ASSERT_EQ(set->problems.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    SCOPED_TRACE(expected[i].file);
    EXPECT_EQ(fs::path(set->problems[i].file).filename(), expected[i].file);
    EXPECT_EQ(set->problems[i].id, expected[i].id);
    EXPECT_NE(set->problems[i].message.find(expected[i].says), std::string::npos)
        << set->problems[i].message;
  }
}

TEST(LoadManifests, OfTwoWithOneIdTheFirstStaysAndBothAreNamed) {
  const TempFolder folder;
  const auto first = folder.write("checks/a.yaml", check("same", "priority: 1\n"));
  const auto second = folder.write("tasks/b.yaml", "plugin: tasks.markdown\nid: same\n");
  const auto set = load_manifests(folder.path());
  ASSERT_TRUE(set);
  ASSERT_EQ(ids(set->instances), (Ids{"same"}));
  EXPECT_EQ(set->instances[0].priority, 1);
  ASSERT_EQ(set->problems.size(), 1u);
  EXPECT_EQ(set->problems[0].file, second.string());
  EXPECT_EQ(set->problems[0].id, "same");
  EXPECT_TRUE(set->problems[0].message.starts_with(second.string() + ":2:5: "))
      << set->problems[0].message;
  EXPECT_NE(set->problems[0].message.find(first.string()), std::string::npos)
      << set->problems[0].message;
}

TEST(LoadManifests, ABadHostFileIsAnError) {
  const TempFolder folder;
  folder.write("checks/good.yaml", check("good"));
  folder.write("host.yaml", "polcy: overdue\n");
  const auto set = load_manifests(folder.path());
  ASSERT_FALSE(set);
  EXPECT_NE(set.error().message.find("host.yaml:1:1: unknown key 'polcy'"), std::string::npos)
      << set.error().message;
  folder.write("host.yaml", "policy: overdue\n");
  EXPECT_TRUE(load_manifests(folder.path()));
  folder.write("host.yml", "policy: overdue\n");
  const auto two = load_manifests(folder.path());
  ASSERT_FALSE(two);
  EXPECT_NE(two.error().message.find("a second host file"), std::string::npos)
      << two.error().message;
}

TEST(LoadManifests, SaysWhichNamesNobodyReads) {
  const TempFolder folder;
  folder.write("check/a.yaml", check("a"));
  folder.write("git.yaml", check("b"));
  const auto set = load_manifests(folder.path());
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->instances.empty());
  ASSERT_EQ(set->problems.size(), 2u);
  EXPECT_NE(
      set->problems[0].message.find("nobody reads the folder 'check'; did you mean 'checks'?"),
      std::string::npos);
  EXPECT_NE(set->problems[1].message.find("nobody reads this file"), std::string::npos);
}

TEST(LoadManifests, LeavesOutWhatOthersCouldHaveWritten) {
  const struct {
    const char* name;
    const char* path;
    mode_t mode;
    Ids loaded;
  } cases[] = {
      {"mine alone", "checks/a.yaml", 0600, {"a", "b"}},
      {"readable by all", "checks/a.yaml", 0644, {"a", "b"}},
      {"group may write", "checks/a.yaml", 0664, {"b"}},
      {"others may write", "checks/a.yaml", 0646, {"b"}},
      {"folder of the group", "checks", 0775, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const TempFolder folder;
    folder.write("checks/a.yaml", check("a"));
    folder.write("checks/b.yaml", check("b"));
    ASSERT_EQ(::chmod((folder.path() / c.path).c_str(), c.mode), 0);
    const auto set = load_manifests(folder.path());
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_EQ(ids(set->instances), c.loaded);
    ASSERT_EQ(set->problems.size(), 2 - c.loaded.size());
    for (const auto& problem : set->problems) {
      EXPECT_FALSE(problem.id.empty());
      EXPECT_NE(problem.message.find("others may write to it"), std::string::npos)
          << problem.message;
      EXPECT_NE(problem.message.find("chmod go-w"), std::string::npos);
    }
    const auto trusting = load_manifests(
        folder.path(), {.trust = {.is_checked = false, .owners = {}}, .is_builtin = false});
    ASSERT_TRUE(trusting);
    EXPECT_EQ(ids(trusting->instances), (Ids{"a", "b"}));
  }
}

TEST(LoadManifests, RefusesAHostFileOrFolderThatOthersCanWrite) {
  const TempFolder folder;
  const auto host = folder.write("host.yaml", "policy: overdue\n");
  ASSERT_EQ(::chmod(host.c_str(), 0666), 0);
  const auto set = load_manifests(folder.path());
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::permission_denied);
  ASSERT_EQ(::chmod(host.c_str(), 0644), 0);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  EXPECT_FALSE(load_manifests(folder.path()));
}

TEST(LoadManifests, LeavesOutWhatBelongsToSomebodyElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const TempFolder folder;
  const auto file = folder.write("checks/a.yaml", check("a"));
  ASSERT_EQ(::chown(file.c_str(), 12345, 12345), 0);
  const auto set = load_manifests(folder.path());
  ASSERT_TRUE(set);
  ASSERT_EQ(set->problems.size(), 1u);
  EXPECT_EQ(set->problems[0].id, "a");
  EXPECT_NE(set->problems[0].message.find("belongs to somebody else"), std::string::npos)
      << set->problems[0].message;
  EXPECT_NE(set->problems[0].message.find("found user 12345"), std::string::npos)
      << set->problems[0].message;
  const auto sudo = load_manifests(
      folder.path(), {.trust = {.is_checked = true, .owners = {12345}}, .is_builtin = false});
  ASSERT_TRUE(sudo);
  EXPECT_EQ(ids(sudo->instances), (Ids{"a"}));
}

TEST(LoadManifests, FollowsLinksAndDoesNotHangOnPipes) {
  const TempFolder folder;
  const auto real = folder.write("elsewhere/a.yaml", check("linked"));
  folder.write("checks/b.yaml", check("b"));
  fs::create_symlink(real, folder.path() / "checks/a.yaml");
  fs::create_symlink(folder.path() / "nowhere", folder.path() / "checks/dangling.yaml");
  ASSERT_EQ(::mkfifo((folder.path() / "checks/pipe.yaml").c_str(), 0600), 0);
  fs::create_directory(folder.path() / "checks/folder.yaml");
  const auto set = load_manifests(folder.path());
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(ids(set->instances), (Ids{"linked", "b"}));
  ASSERT_EQ(set->problems.size(), 3u);
  EXPECT_NE(set->problems[0].message.find("dangling.yaml: No such file"), std::string::npos)
      << set->problems[0].message;
  EXPECT_NE(set->problems[1].message.find("not a file"), std::string::npos)
      << set->problems[1].message;
  EXPECT_NE(set->problems[2].message.find("not a file"), std::string::npos)
      << set->problems[2].message;
}

Instance instance(const std::string& id, const std::string& plugin, bool is_enabled = true) {
  Instance one;
  one.id = id;
  one.plugin = plugin;
  one.is_enabled = is_enabled;
  return one;
}

TEST(MergeManifests, ReplacesRemovesAndAdds) {
  const std::vector<Instance> builtin{
      instance("git", "check.git"), instance("system", "check.system"),
      instance("tasks", "check.tasks"), instance("md", "tasks.markdown"),
      instance("asleep", "check.x", false)};
  ManifestSet set;
  set.instances = {instance("git", "check.mygit"), instance("system", "", false),
                   instance("weather", "check.weather"), instance("unused", "check.unused", false)};
  set.problems = {{"tasks.yaml", "tasks", "broken"}, {"x.yaml", "", "broken"}};
  const auto merged = merge(builtin, set);
  ASSERT_EQ(ids(merged), (Ids{"md", "git", "weather"}));
  EXPECT_EQ(merged[1].plugin, "check.mygit");
  EXPECT_EQ(ids(merge(builtin, {})), (Ids{"git", "system", "tasks", "md"}));
  EXPECT_TRUE(merge({}, {}).empty());
}

TEST(MergeManifests, KeepsTheFirstOfADoubledId) {
  ManifestSet set;
  set.instances = {instance("git", "check.mygit")};
  set.problems = {{"second.yaml", "git", "taken"}};
  const auto merged = merge({instance("git", "check.git")}, set);
  ASSERT_EQ(ids(merged), (Ids{"git"}));
  EXPECT_EQ(merged[0].plugin, "check.mygit");
}

}  // namespace
}  // namespace chela::config
