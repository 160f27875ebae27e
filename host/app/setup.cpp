#include "app/setup.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "app/bundled_lock_hash.h"
#include "base/durable_file.h"
#include "config/roles.h"
#include "services/hash.h"

namespace chela::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBundleBytes = 1024 * 1024;

std::optional<std::string> environment(const std::string& name) {
  const char* value = secure_getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

// Where the user's own service manager and bus listen (XDG Base Directory Specification).
std::string runtime_folder() {
  if (const auto folder = environment("XDG_RUNTIME_DIR")) {
    if (const auto path = config::expand_path(*folder, {})) return *path;
  }
  return "/run/user/" + std::to_string(geteuid());
}

config::PathInputs path_inputs(const Where& where, const Installation& installation) {
  config::PathInputs inputs;
  inputs.flags = {where.workspace, where.manifests, where.openclaw};
  for (const char* name :
       {"CHELA_HOME", "CHELA_PLUGIN_PATH", "XDG_CONFIG_HOME", "XDG_STATE_HOME"}) {
    if (const auto value = environment(name)) inputs.env[name] = *value;
  }
  inputs.env["HOME"] = home_folder();
  inputs.exists = [](const fs::path& path) {
    std::error_code error;
    return fs::exists(path, error);
  };
  std::error_code error;
  inputs.current_folder = fs::current_path(error);
  inputs.install_prefix = installation.prefix;
  return inputs;
}

config::Trust config_trust(const plugin::Self& self) {
  config::Trust trust;
  trust.owners = {self.sudo_uid};
  return trust;
}

// openclaw.json, where there is one. A file that was only found must not stop chela; one that was
// named must be good.
Result<void> read_openclaw(const Where& where, Setup& setup) {
  if (!setup.paths.openclaw_file) return {};
  auto openclaw = config::load_openclaw(setup.paths.openclaw_file->path, environment);
  if (openclaw) {
    setup.openclaw = std::move(*openclaw);
    return {};
  }
  if (where.openclaw) return fail(openclaw.error());
  setup.notes.push_back("openclaw.json is not used: " + openclaw.error().message);
  return {};
}

Result<void> read_workspace(const config::PathInputs& inputs, Setup& setup) {
  const std::optional<std::string> from_openclaw =
      setup.openclaw ? setup.openclaw->workspace : std::nullopt;
  setup.workspace = config::find_workspace(inputs, setup.host.workspace, from_openclaw);
  std::error_code error;
  if (!fs::is_directory(setup.workspace.path, error)) {
    return fail(ErrorCode::not_found,
                "the workspace " + setup.workspace.path.string() + " (from " + setup.workspace.why +
                    ") is not a folder; make it or name another with --workspace");
  }
  // Grants are compared as text, so the workspace is named by its one real path.
  const auto real = fs::canonical(setup.workspace.path, error);
  if (!error) setup.workspace.path = real;
  setup.variables["workspace"] = setup.workspace.path.string();
  return {};
}

void find_timezone(Setup& setup) {
  setup.timezone = "local";
  setup.timezone_why = "system";
  if (setup.openclaw && setup.openclaw->user_timezone) {
    setup.timezone = *setup.openclaw->user_timezone;
    setup.timezone_why = "openclaw.json";
  }
  if (setup.host.timezone) {
    setup.timezone = *setup.host.timezone;
    setup.timezone_why = "host.yaml";
  }
}

}  // namespace

std::string home_folder() {
  if (const auto home = environment("HOME")) return *home;
  const passwd* entry = getpwuid(geteuid());
  return entry != nullptr && entry->pw_dir != nullptr ? entry->pw_dir : "/";
}

config::Paths find_paths(const Where& where) {
  return config::find_paths(path_inputs(where, {}));
}

std::string Setup::workspace_state_dir() const {
  const std::string name = services::sha256(workspace.path.string()).substr(0, 16);
  return (paths.state_dir.path / "workspaces" / name).string();
}

Result<Installation> find_installation() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error)
    return fail(ErrorCode::unavailable, "/proc/self/exe cannot be read: " + error.message());
  const fs::path prefix = self.parent_path().parent_path();
  if (fs::exists(self.parent_path() / "chela-worker", error)) {
    return Installation{prefix.string(), (self.parent_path() / "chela-worker").string(),
                        (self.parent_path() / "chela-ping").string(),
                        (prefix / "plugins").string()};
  }
  return Installation{prefix.string(), (prefix / "libexec/chela/chela-worker").string(),
                      (prefix / "libexec/chela/chela-ping").string(),
                      (prefix / "lib/chela/plugins").string()};
}

plugin::Bundle load_bundle(const std::string& folder) {
  plugin::Bundle bundle;
  bundle.folder = folder;
  const auto text = base::read_file(folder + "/bundled.lock", kMaxBundleBytes);
  if (!text || services::sha256(*text) != kBundledLockSha256) return bundle;
  const auto document = parse_json(*text);
  if (!document || !document->is_object()) return bundle;
  for (const auto& [id, hash] : document->get_object()) {
    if (hash.is_string()) bundle.sha256_by_id[std::string(id)] = std::string(hash.get_string());
  }
  return bundle;
}

Result<Setup> load_setup(const Where& where) {
  Setup setup;
  CHELA_TRY(setup.installation, find_installation());
  const auto inputs = path_inputs(where, setup.installation);
  setup.paths = config::find_paths(inputs);
  setup.variables["home"] = home_folder();
  setup.variables["runtime_dir"] = runtime_folder();
  setup.trust.self = plugin::current_self();
  CHELA_TRY(read_openclaw(where, setup));

  config::LoadOptions options;
  options.trust = config_trust(setup.trust.self);
  std::error_code error;
  if (where.manifests && !fs::is_directory(setup.paths.manifests_dir.path, error)) {
    return fail(ErrorCode::not_found,
                "--manifests " + setup.paths.manifests_dir.path.string() + " is not a folder");
  }
  CHELA_TRY(const auto manifests, config::load_manifests(setup.paths.manifests_dir.path, options));
  config::LoadOptions builtin_options;
  builtin_options.trust.is_checked = false;  // as trusted as the program they came with
  builtin_options.is_builtin = true;
  CHELA_TRY(const auto builtin,
            config::load_manifests(setup.paths.builtin_manifests_dir.path, builtin_options));
  setup.host = manifests.host;
  setup.problems = manifests.problems;
  setup.instances = config::merge(builtin.instances, manifests);
  for (auto& problem : config::resolve_roles(setup.instances, manifests.problems))
    setup.problems.push_back(std::move(problem));
  CHELA_TRY(read_workspace(inputs, setup));
  CHELA_TRY(setup.host, config::expand_host(setup.host, setup.variables));
  find_timezone(setup);

  setup.plugin_path = config::find_plugin_path(inputs, setup.host.plugin_path);
  setup.trust.bundle = load_bundle(setup.installation.plugins);
  CHELA_TRY(setup.trust.lock, plugin::read_lock_file(setup.paths.lock_file.path.string()));
  std::vector<std::string> folders;
  for (const auto& found : setup.plugin_path) folders.push_back(found.path.string());
  setup.registry = plugin::Registry::scan(folders, setup.trust.bundle);
  return setup;
}

}  // namespace chela::app
