#include "app/openclaw_beside.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "app/env_file.h"
#include "base/text.h"

namespace chela::app {
namespace {

namespace fs = std::filesystem;

bool is_workspace(const Setup& setup, const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  if (error) real = path.lexically_normal();
  return real == setup.workspace.path;
}

// OpenClaw's .env, which lies beside its openclaw.json.
std::map<std::string, std::string> env_file_of(const Setup& setup) {
  if (!setup.paths.openclaw_file) return {};
  return read_env_file((setup.paths.openclaw_file->path.parent_path() / ".env").string());
}

// A string as YAML reads it back; JSON's double quotes are YAML's.
std::string quoted(const std::string& text) {
  return json::serialize(json::value(base::valid_utf8(text)));
}

std::string budget_line(const models::BudgetRule& rule) {
  std::string line =
      std::string("{per: ") + (rule.period == models::Period::month ? "month" : "day");
  if (rule.usd) line += ", usd: \"" + models::decimal_usd(*rule.usd) + "\"";
  if (rule.tokens) line += ", tokens: " + std::to_string(*rule.tokens);
  if (!rule.role.empty()) line += ", role: " + quoted(rule.role);
  if (!rule.provider.empty()) line += ", provider: " + quoted(rule.provider);
  return line + "}";
}

}  // namespace

std::vector<config::ModelBeat> model_beats(const Setup& setup) {
  if (!setup.openclaw) return {};
  return config::beats_of(*setup.openclaw, home_folder());
}

bool beats_over_workspace(const Setup& setup) {
  if (!setup.openclaw) return false;
  const auto& openclaw = *setup.openclaw;
  const auto is_shared = [&] {
    if (openclaw.workspace) return is_workspace(setup, *openclaw.workspace);
    return is_workspace(setup, openclaw.file.parent_path() / "workspace") ||
           is_workspace(setup, fs::path(home_folder()) / ".openclaw/workspace");
  };
  const auto beats = model_beats(setup);
  return std::any_of(beats.begin(), beats.end(), [&](const config::ModelBeat& beat) {
    return beat.workspace ? is_workspace(setup, *beat.workspace) : is_shared();
  });
}

std::vector<std::string> describe_checks(const Setup& setup) {
  std::vector<std::string> lines;
  for (const auto& instance : setup.instances) {
    if (instance.kind != config::Kind::check) continue;
    lines.push_back(instance.id + " (" + instance.plugin + ")" +
                    (instance.every ? ", every " + base::format_duration(*instance.every) : ""));
  }
  return lines;
}

std::vector<std::string> keys_in_env_file(const Setup& setup, const ModelSetup& made) {
  const auto file = env_file_of(setup);
  std::set<std::string> names;
  for (const auto& [id, provider] : made.settings.providers) {
    for (const auto& key : provider.keys) {
      if (key.starts_with("env:") && file.contains(key.substr(4))) names.insert(key.substr(4));
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> missing_variables(const Setup& setup, const ModelSetup& made) {
  const auto file = env_file_of(setup);
  std::vector<std::string> lines;
  const auto look = [&](const std::string& provider, const std::string& reference) {
    if (!reference.starts_with("env:")) return;
    const std::string name = reference.substr(4);
    const char* value = secure_getenv(name.c_str());
    if (value != nullptr && *value != '\0') return;
    if (const auto found = file.find(name); found != file.end() && !found->second.empty()) return;
    lines.push_back("provider " + provider + ": its key " + reference +
                    " is not set (neither in the environment nor in OpenClaw's .env)");
  };
  for (const auto& [id, provider] : made.settings.providers) {
    if (!provider.problem.empty()) continue;
    for (const auto& key : provider.keys) look(id, key);
    for (const auto& [name, reference] : provider.other_secrets) look(id, reference);
  }
  return lines;
}

std::string first_host_file(const Setup& setup, const ModelSetup& made) {
  const bool is_named = setup.workspace.why == "--workspace";
  const std::string workspace = setup.workspace.path.string();
  const auto& settings = made.settings;
  std::string text =
      "# Settings of chela's host. What is commented out holds anyway: here it is only shown.\n"
      "# All keys: the sample host.yaml beside chela's manifests.\n\n"
      "# The folder with TASKS.md and memory/.\n";
  text +=
      (is_named ? "workspace: " + quoted(workspace)
                : "# workspace: " + quoted(workspace) + "   # from " + setup.workspace.why) +
      "\n\n# What `timezone: local` means.\n# timezone: " + base::printable(setup.timezone, 80) +
      "   # from " + setup.timezone_why +
      "\n\n# Who answers for which role (first the one that is asked first), and what it may "
      "cost.\n"
      "# models:\n#   roles:\n";
  if (settings.routes.roles.empty())
    text += "#     coordinator: [provider/model]   # none is configured; checks need none\n";
  for (const auto& [role, chain] : settings.routes.roles) {
    std::string refs;
    for (const auto& ref : chain.refs) refs += (refs.empty() ? "" : ", ") + quoted(ref);
    text += "#     " + quoted(role) + ": [" + refs + "]\n";
  }
  text += "#   budgets:\n";
  for (const auto& rule : settings.budgets) text += "#     - " + budget_line(rule) + "\n";
  if (settings.budgets.empty()) text += "#     []\n";
  text += "#   max_concurrent: " + std::to_string(settings.max_concurrent) +
          "\n#   subagents_max_concurrent: " + std::to_string(settings.subagents_max_concurrent) +
          "\n";
  return text;
}

}  // namespace chela::app
