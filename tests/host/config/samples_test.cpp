#include <gtest/gtest.h>

#include <algorithm>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/load.h"
#include "config/resolve.h"
#include "config/schema.h"
#include "config/write.h"

namespace chela::config {
namespace {

const std::filesystem::path kSource = CHELA_SOURCE_DIR;

ManifestSet samples() {
  // A checkout's modes are whatever the person's umask says.
  const auto set = load_manifests(
      kSource / "manifests", {.trust = {.is_checked = false, .owners = {}}, .is_builtin = true});
  EXPECT_TRUE(set) << set.error().message;
  return set.value_or(ManifestSet{});
}

const Instance* find_instance(const ManifestSet& set, const std::string& id) {
  for (const auto& instance : set.instances) {
    if (instance.id == id) return &instance;
  }
  return nullptr;
}

TEST(SampleManifests, AllParse) {
  const auto set = samples();
  for (const auto& problem : set.problems) ADD_FAILURE() << problem.message;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kSource / "manifests")) {
    files += entry.path().extension() == ".yaml" && entry.path().filename() != "host.yaml" ? 1 : 0;
  }
  EXPECT_EQ(set.instances.size(), files);
  EXPECT_GE(files, 4u);
}

TEST(SampleManifests, AskForWhatTheBuiltInSetNeeds) {
  const auto set = samples();
  const struct {
    const char* id;
    const char* plugin;
    const char* grant;
  } expected[] = {
      {"workspace-git", "check.git", "runs git; reads ${workspace}"},
      {"system", "check.system",
       "runs systemctl (which may connect to unix:/run/dbus/system_bus_socket, "
       "unix:${runtime_dir}/bus), journalctl, "
       "timedatectl (which may connect to unix:/run/dbus/system_bus_socket); "
       "reads /proc/meminfo, /proc/vmstat, /proc/pressure/memory, /proc/pressure/io, "
       "/proc/pressure/cpu, /run/systemd/system, ${runtime_dir}/systemd, /var/log/journal, "
       "/run/log/journal, /etc/machine-id, /run/systemd/timesync, ${config.stamps.*.path}, "
       "${config.backups.*.path}, /run/reboot-required, /run/reboot-required.pkgs, "
       "/var/run/reboot-required, "
       "/var/run/reboot-required.pkgs; asks how full these are: ${config.disks}"},
      {"tasks-watch", "check.tasks", "reads the task board"},
      {"tasks-md", "tasks.markdown", "reads ${workspace}/TASKS.md; writes ${workspace}/TASKS.md"},
  };
  for (const auto& e : expected) {
    SCOPED_TRACE(e.id);
    const auto* instance = find_instance(set, e.id);
    ASSERT_NE(instance, nullptr);
    EXPECT_EQ(instance->plugin, e.plugin);
    EXPECT_EQ(describe_grant(instance->allow), e.grant);
    EXPECT_TRUE(instance->is_builtin);
    EXPECT_TRUE(expand_grant(instance->allow,
                             {{"workspace", "/w"}, {"home", "/h"}, {"runtime_dir", "/run/user/1"}},
                             instance->config));
  }
}

TEST(SampleManifests, SurviveBeingWrittenAgain) {
  for (const auto& instance : samples().instances) {
    SCOPED_TRACE(instance.id);
    const auto document = parse_yaml(write_instance(instance), "again.yaml");
    ASSERT_TRUE(document) << document.error().message;
    const auto again = parse_instance(*document, instance.kind);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->has_same_settings(instance));
  }
}

TEST(SampleManifests, HaveAHostFileWithTheDefaults) {
  const auto host = samples().host;
  EXPECT_FALSE(host.workspace);
  EXPECT_FALSE(host.timezone);
  EXPECT_EQ(host.policy, Policy::overdue);
  EXPECT_EQ(host.per_tick, PerTick::one);
  EXPECT_EQ(host.confinement, Confinement::require);
  EXPECT_EQ(host.limits, Limits{});
}

json::value metadata_of(const std::string& plugin) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kSource / "plugins")) {
    if (entry.path().filename() != "plugin.json") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const auto value = parse_json(text.str());
    if (value && get_string(*value, "id") == plugin) return *value;
  }
  return nullptr;
}

// The samples and the plugins beside them are one product: their settings must be the plugin's.
TEST(SampleManifests, FitTheirPluginsSchemas) {
  int checked = 0;
  for (const auto& instance : samples().instances) {
    SCOPED_TRACE(instance.id);
    const auto metadata = metadata_of(instance.plugin);
    const auto* schema = find(metadata, "config");
    if (schema == nullptr) continue;
    const auto fine = check_schema(*schema);
    ASSERT_TRUE(fine) << fine.error().message;
    const auto resolved = resolve_instance(
        instance, *schema, {{"workspace", "/w"}, {"home", "/h"}, {"runtime_dir", "/run/user/1"}});
    ASSERT_TRUE(resolved) << resolved.error().message;
    Grant needs;
    if (const auto* written = find(metadata, "needs")) {
      needs = {exec_grants_of(*written), get_strings(*written, "read"),
               get_strings(*written, "write"), get_strings(*written, "usage"),
               get_string(*written, "board") == "read"};
      needs.http = http_grants_of(*written);
      needs.stream = get_strings(*written, "stream");
      for (const auto& one : sign_needs_of(*written)) needs.sign.push_back(one.key);
    }
    const auto needed =
        expand_grant(needs, {{"workspace", "/w"}, {"home", "/h"}, {"runtime_dir", "/run/user/1"}},
                     resolved->config);
    ASSERT_TRUE(needed) << needed.error().message;
    EXPECT_EQ(needed->exec, resolved->allow.exec);
    // More may be granted where a program that is run needs it.
    for (const auto& path : needed->read) {
      EXPECT_NE(std::find(resolved->allow.read.begin(), resolved->allow.read.end(), path),
                resolved->allow.read.end())
          << path;
    }
    EXPECT_TRUE(!needed->exec.empty() || needed->read == resolved->allow.read);
    EXPECT_EQ(needed->write, resolved->allow.write);
    EXPECT_EQ(needed->usage, resolved->allow.usage);
    EXPECT_TRUE(missing_http(needed->http, resolved->allow.http).empty());
    EXPECT_EQ(needed->stream, resolved->allow.stream);
    EXPECT_EQ(needed->sign, resolved->allow.sign);
    EXPECT_EQ(needed->can_read_board, resolved->allow.can_read_board);
    ++checked;
  }
  if (checked == 0) GTEST_SKIP() << "no plugin of the samples is here";
}

}  // namespace
}  // namespace chela::config
