// Where chela's files are, and why there. Pure: the world is asked through `exists` only.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chela::config {

struct PathInputs {
  struct Flags {
    std::optional<std::string> workspace;  // --workspace
    std::optional<std::string> manifests;  // --manifests
    std::optional<std::string> openclaw;   // --openclaw
  } flags;
  // CHELA_HOME CHELA_PLUGIN_PATH HOME XDG_CONFIG_HOME XDG_STATE_HOME, where set. The caller reads
  // them with secure_getenv, and puts the password entry's folder under HOME where the environment
  // has none.
  std::map<std::string, std::string, std::less<>> env;
  std::function<bool(const std::filesystem::path&)> exists;
  std::filesystem::path current_folder;  // relative paths count from here
  std::filesystem::path
      install_prefix;  // what holds lib/chela, or a build tree that holds plugins/
};

struct Found {
  std::filesystem::path path;  // absolute, normal, without a trailing slash
  std::string why;             // "--workspace", "CHELA_HOME", "default", "installation", ...
};

struct Paths {
  Found config_dir;             // $CHELA_HOME, $XDG_CONFIG_HOME/chela, ~/.config/chela
  Found manifests_dir;          // --manifests, <config_dir>/manifests
  Found builtin_manifests_dir;  // <installation>/share/chela/manifests
  Found state_dir;              // $CHELA_HOME/state, $XDG_STATE_HOME/chela, ~/.local/state/chela
  std::vector<Found>
      plugin_path;  // each once: $CHELA_PLUGIN_PATH, <config_dir>/plugins, the installation's
  std::optional<Found>
      openclaw_file;  // --openclaw, <config_dir>/openclaw.json, ~/.openclaw/openclaw.json; the last
                      // two only where they exist
  Found workspace;    // see find_workspace
  Found lock_file;    // <config_dir>/plugins.lock
};

// Nothing is created or read; a path need not exist. The workspace is found without host.yaml and
// openclaw.json.
Paths find_paths(const PathInputs& inputs);

// --workspace, host.yaml's, openclaw.json's, ~/.openclaw/workspace where it exists, the current
// folder.
Found find_workspace(const PathInputs& inputs, const std::optional<std::string>& from_host,
                     const std::optional<std::string>& from_openclaw);

// The plugin path with host.yaml's folders put in behind CHELA_PLUGIN_PATH.
std::vector<Found> find_plugin_path(const PathInputs& inputs,
                                    const std::vector<std::string>& from_host);

}  // namespace chela::config
