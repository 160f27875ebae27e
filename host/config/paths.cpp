#include "config/paths.h"

#include <algorithm>
#include <string_view>

namespace chela::config {
namespace {

namespace fs = std::filesystem;

// A variable that is set to nothing counts as not set.
std::optional<std::string> env(const PathInputs& inputs, std::string_view name) {
  const auto found = inputs.env.find(name);
  if (found == inputs.env.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

fs::path home(const PathInputs& inputs) {
  return env(inputs, "HOME").value_or("/");
}

fs::path absolute(const PathInputs& inputs, const fs::path& path) {
  // A shell does not expand the ~ in --workspace=~/x or in A:~/b.
  const auto text = path.string();
  const bool is_home = text == "~" || text.starts_with("~/");
  const auto full =
      is_home ? home(inputs) / fs::path(text.substr(std::min<std::size_t>(text.size(), 2)))
              : inputs.current_folder / path;
  const auto normal = full.lexically_normal();
  return normal.has_filename() || normal == normal.root_path() ? normal : normal.parent_path();
}

Found find_config_dir(const PathInputs& inputs) {
  if (const auto own = env(inputs, "CHELA_HOME")) return {absolute(inputs, *own), "CHELA_HOME"};
  // The base directory specification has relative values ignored.
  const auto xdg = env(inputs, "XDG_CONFIG_HOME");
  if (xdg && xdg->starts_with('/'))
    return {absolute(inputs, fs::path(*xdg) / "chela"), "XDG_CONFIG_HOME"};
  return {absolute(inputs, home(inputs) / ".config/chela"), "default"};
}

Found find_state_dir(const PathInputs& inputs) {
  if (const auto own = env(inputs, "CHELA_HOME"))
    return {absolute(inputs, fs::path(*own) / "state"), "CHELA_HOME"};
  const auto xdg = env(inputs, "XDG_STATE_HOME");
  if (xdg && xdg->starts_with('/'))
    return {absolute(inputs, fs::path(*xdg) / "chela"), "XDG_STATE_HOME"};
  return {absolute(inputs, home(inputs) / ".local/state/chela"), "default"};
}

std::optional<Found> find_openclaw(const PathInputs& inputs, const Found& config_dir) {
  if (const auto& flag = inputs.flags.openclaw) return Found{absolute(inputs, *flag), "--openclaw"};
  const auto own = config_dir.path / "openclaw.json";
  if (inputs.exists(own)) return Found{own, config_dir.why};
  const auto live = absolute(inputs, home(inputs) / ".openclaw/openclaw.json");
  if (inputs.exists(live)) return Found{live, "OpenClaw's own"};
  return std::nullopt;
}

Found installed_plugins(const PathInputs& inputs) {
  const auto installed = absolute(inputs, inputs.install_prefix / "lib/chela/plugins");
  const auto built = absolute(inputs, inputs.install_prefix / "plugins");
  if (!inputs.exists(installed) && inputs.exists(built)) return {built, "build tree"};
  return {installed, "installation"};
}

}  // namespace

Paths find_paths(const PathInputs& inputs) {
  Paths paths;
  paths.config_dir = find_config_dir(inputs);
  const auto& config = paths.config_dir;
  paths.manifests_dir = {config.path / "manifests", config.why};
  if (const auto& flag = inputs.flags.manifests)
    paths.manifests_dir = {absolute(inputs, *flag), "--manifests"};
  paths.builtin_manifests_dir = {absolute(inputs, inputs.install_prefix / "share/chela/manifests"),
                                 "installation"};
  paths.state_dir = find_state_dir(inputs);
  paths.plugin_path = find_plugin_path(inputs, {});
  paths.openclaw_file = find_openclaw(inputs, config);
  paths.workspace = find_workspace(inputs, std::nullopt, std::nullopt);
  paths.lock_file = {config.path / "plugins.lock", config.why};
  return paths;
}

Found find_workspace(const PathInputs& inputs, const std::optional<std::string>& from_host,
                     const std::optional<std::string>& from_openclaw) {
  if (const auto& flag = inputs.flags.workspace) return {absolute(inputs, *flag), "--workspace"};
  if (from_host) return {absolute(inputs, *from_host), "host.yaml"};
  if (from_openclaw) return {absolute(inputs, *from_openclaw), "openclaw.json"};
  const auto live = absolute(inputs, home(inputs) / ".openclaw/workspace");
  if (inputs.exists(live)) return {live, "OpenClaw's default"};
  return {absolute(inputs, inputs.current_folder), "current folder"};
}

std::vector<Found> find_plugin_path(const PathInputs& inputs,
                                    const std::vector<std::string>& from_host) {
  std::vector<Found> folders;
  const auto add = [&](const fs::path& path, const std::string& why) {
    const auto full = absolute(inputs, path);
    const bool is_known =
        std::any_of(folders.begin(), folders.end(), [&](const Found& f) { return f.path == full; });
    if (!is_known) folders.push_back({full, why});
  };
  const auto list = env(inputs, "CHELA_PLUGIN_PATH").value_or("");
  for (std::string_view rest = list; !rest.empty();) {
    const auto one = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (!one.empty()) add(one, "CHELA_PLUGIN_PATH");
  }
  for (const auto& folder : from_host) add(folder, "host.yaml");
  const auto config = find_config_dir(inputs);
  add(config.path / "plugins", config.why);
  const auto installed = installed_plugins(inputs);
  add(installed.path, installed.why);
  return folders;
}

}  // namespace chela::config
