#include "config/paths.h"

#include <gtest/gtest.h>

#include <set>

namespace chela::config {
namespace {

using Env = std::map<std::string, std::string, std::less<>>;

PathInputs inputs(Env env = {{"HOME", "/home/me"}}, std::set<std::string> existing = {}) {
  PathInputs in;
  in.env = std::move(env);
  in.exists = [existing = std::move(existing)](const std::filesystem::path& path) {
    return existing.contains(path.string());
  };
  in.current_folder = "/cwd";
  in.install_prefix = "/usr";
  return in;
}

std::string show(const Found& found) {
  return found.path.string() + " (" + found.why + ")";
}

std::vector<std::string> show(const std::vector<Found>& folders) {
  std::vector<std::string> all;
  for (const auto& found : folders) all.push_back(show(found));
  return all;
}

using List = std::vector<std::string>;

TEST(FindPaths, HasDefaults) {
  const auto paths = find_paths(inputs());
  EXPECT_EQ(show(paths.config_dir), "/home/me/.config/chela (default)");
  EXPECT_EQ(show(paths.manifests_dir), "/home/me/.config/chela/manifests (default)");
  EXPECT_EQ(show(paths.builtin_manifests_dir), "/usr/share/chela/manifests (installation)");
  EXPECT_EQ(show(paths.state_dir), "/home/me/.local/state/chela (default)");
  EXPECT_EQ(show(paths.plugin_path), (List{"/home/me/.config/chela/plugins (default)",
                                           "/usr/lib/chela/plugins (installation)"}));
  EXPECT_FALSE(paths.openclaw_file);
  EXPECT_EQ(show(paths.workspace), "/cwd (current folder)");
  EXPECT_EQ(show(paths.lock_file), "/home/me/.config/chela/plugins.lock (default)");
}

TEST(FindPaths, ChelaHomeHoldsEverything) {
  const auto paths = find_paths(inputs({{"HOME", "/home/me"},
                                        {"CHELA_HOME", "/srv/chela/"},
                                        {"XDG_CONFIG_HOME", "/x"},
                                        {"XDG_STATE_HOME", "/y"}}));
  EXPECT_EQ(show(paths.config_dir), "/srv/chela (CHELA_HOME)");
  EXPECT_EQ(show(paths.manifests_dir), "/srv/chela/manifests (CHELA_HOME)");
  EXPECT_EQ(show(paths.state_dir), "/srv/chela/state (CHELA_HOME)");
  EXPECT_EQ(show(paths.lock_file), "/srv/chela/plugins.lock (CHELA_HOME)");
  EXPECT_EQ(show(paths.plugin_path),
            (List{"/srv/chela/plugins (CHELA_HOME)", "/usr/lib/chela/plugins (installation)"}));
}

TEST(FindPaths, ObeysTheBaseDirectorySpecification) {
  const auto paths = find_paths(
      inputs({{"HOME", "/home/me"}, {"XDG_CONFIG_HOME", "/x"}, {"XDG_STATE_HOME", "/y"}}));
  EXPECT_EQ(show(paths.config_dir), "/x/chela (XDG_CONFIG_HOME)");
  EXPECT_EQ(show(paths.state_dir), "/y/chela (XDG_STATE_HOME)");
  const auto odd = find_paths(inputs({{"HOME", "/home/me"},
                                      {"XDG_CONFIG_HOME", "relative"},
                                      {"XDG_STATE_HOME", ""},
                                      {"CHELA_HOME", ""}}));
  EXPECT_EQ(show(odd.config_dir), "/home/me/.config/chela (default)");
  EXPECT_EQ(show(odd.state_dir), "/home/me/.local/state/chela (default)");
}

TEST(FindPaths, SearchesEveryPluginFolderOnceInOrder) {
  const auto in = inputs({{"HOME", "/home/me"},
                          {"CHELA_PLUGIN_PATH", "/a::rel/../b:/a/:~/mine:/usr/lib/chela/plugins"}});
  EXPECT_EQ(show(find_paths(in).plugin_path),
            (List{"/a (CHELA_PLUGIN_PATH)", "/cwd/b (CHELA_PLUGIN_PATH)",
                  "/home/me/mine (CHELA_PLUGIN_PATH)", "/usr/lib/chela/plugins (CHELA_PLUGIN_PATH)",
                  "/home/me/.config/chela/plugins (default)"}));
  EXPECT_EQ(show(find_plugin_path(inputs(), {"/h", "/h2"})),
            (List{"/h (host.yaml)", "/h2 (host.yaml)", "/home/me/.config/chela/plugins (default)",
                  "/usr/lib/chela/plugins (installation)"}));
}

TEST(FindPaths, FindsThePluginsOfABuildTree) {
  auto in = inputs({{"HOME", "/home/me"}}, {"/src/build/plugins"});
  in.install_prefix = "/src/build";
  EXPECT_EQ(show(find_paths(in).plugin_path.back()), "/src/build/plugins (build tree)");
  auto both = inputs({{"HOME", "/home/me"}}, {"/usr/plugins", "/usr/lib/chela/plugins"});
  EXPECT_EQ(show(find_paths(both).plugin_path.back()), "/usr/lib/chela/plugins (installation)");
}

TEST(FindPaths, PrefersTheCommandLine) {
  auto in = inputs({{"HOME", "/home/me"}, {"CHELA_HOME", "/srv/chela"}},
                   {"/srv/chela/openclaw.json", "/home/me/.openclaw/workspace"});
  in.flags.workspace = "work/../ws/";
  in.flags.manifests = "~/m";
  in.flags.openclaw = "oc.json";
  const auto paths = find_paths(in);
  EXPECT_EQ(show(paths.workspace), "/cwd/ws (--workspace)");
  EXPECT_EQ(show(paths.manifests_dir), "/home/me/m (--manifests)");
  ASSERT_TRUE(paths.openclaw_file);
  EXPECT_EQ(show(*paths.openclaw_file), "/cwd/oc.json (--openclaw)");
}

TEST(FindPaths, FindsOpenClawInItsOrder) {
  const struct {
    const char* name;
    std::set<std::string> existing;
    const char* found;
  } cases[] = {
      {"none", {}, ""},
      {"its own",
       {"/home/me/.openclaw/openclaw.json"},
       "/home/me/.openclaw/openclaw.json (OpenClaw's own)"},
      {"ours first",
       {"/home/me/.openclaw/openclaw.json", "/home/me/.config/chela/openclaw.json"},
       "/home/me/.config/chela/openclaw.json (default)"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto paths = find_paths(inputs({{"HOME", "/home/me"}}, c.existing));
    EXPECT_EQ(paths.openclaw_file ? show(*paths.openclaw_file) : "", c.found);
  }
}

TEST(FindPaths, FindsTheWorkspaceInItsOrder) {
  auto in = inputs({{"HOME", "/home/me"}}, {"/home/me/.openclaw/workspace"});
  EXPECT_EQ(show(find_workspace(in, std::nullopt, std::nullopt)),
            "/home/me/.openclaw/workspace (OpenClaw's default)");
  EXPECT_EQ(show(find_workspace(in, std::nullopt, "/claw")), "/claw (openclaw.json)");
  EXPECT_EQ(show(find_workspace(in, "/host", "/claw")), "/host (host.yaml)");
  in.flags.workspace = "/flag";
  EXPECT_EQ(show(find_workspace(in, "/host", "/claw")), "/flag (--workspace)");
}

TEST(FindPaths, DoesWithoutAHome) {
  const auto paths = find_paths(inputs({}));
  EXPECT_EQ(show(paths.config_dir), "/.config/chela (default)");
  EXPECT_EQ(show(paths.state_dir), "/.local/state/chela (default)");
}

}  // namespace
}  // namespace chela::config
