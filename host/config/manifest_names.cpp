// The words that manifests use for kinds, grants and ids.
#include <algorithm>
#include <array>
#include <utility>

#include "config/manifest.h"

namespace chela::config {
namespace {

struct KindNames {
  Kind kind;
  std::string_view name;
  std::string_view folder;
  std::string_view id_prefix;
};
constexpr std::array<KindNames, 4> kKinds{{{Kind::check, "check", "checks", "check"},
                                           {Kind::tasks, "tasks", "tasks", "tasks"},
                                           {Kind::notifier, "notifier", "notifiers", "notify"},
                                           {Kind::provider, "provider", "providers", "provider"}}};

const KindNames& names_of(Kind kind) {
  return *std::find_if(kKinds.begin(), kKinds.end(),
                       [&](const KindNames& names) { return names.kind == kind; });
}

void add_clause(std::string& text, const std::string& verb,
                const std::vector<std::string>& things) {
  if (things.empty()) return;
  if (!text.empty()) text += "; ";
  text += verb;
  for (const auto& thing : things) text += (&thing == &things.front() ? " " : ", ") + thing;
}

Result<std::vector<std::string>> named(const char* name, Result<std::vector<std::string>> paths) {
  if (paths) return paths;
  return fail(paths.error().code, std::string(name) + ": " + paths.error().message);
}

}  // namespace

std::string_view to_string(Kind kind) {
  return names_of(kind).name;
}
std::string_view id_prefix_of(Kind kind) {
  return names_of(kind).id_prefix;
}
std::string_view folder_of(Kind kind) {
  return names_of(kind).folder;
}

std::optional<Kind> kind_of_folder(std::string_view folder) {
  for (const auto& names : kKinds) {
    if (names.folder == folder) return names.kind;
  }
  return std::nullopt;
}

bool is_instance_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool Instance::has_same_settings(const Instance& other) const {
  const auto settings = [](const Instance& i) {
    return std::tie(i.id, i.plugin, i.kind, i.is_enabled, i.every, i.window, i.priority, i.alerts,
                    i.needs, i.role, i.notify, i.isolation, i.deadline, i.allow, i.secrets, i.caps,
                    i.models, i.sha256);
  };
  return settings(*this) == settings(other) && config == other.config;
}

std::string describe_grant(const Grant& grant) {
  std::string text;
  std::vector<std::string> programs;
  for (const auto& program : grant.exec) programs.push_back(describe(program));
  add_clause(text, "runs", programs);
  add_clause(text, "reads", grant.read);
  add_clause(text, "writes", grant.write);
  add_clause(text, "asks how full these are:", grant.usage);
  if (grant.can_read_board) add_clause(text, "reads", {"the task board"});
  std::vector<std::string> servers;
  for (const auto& one : grant.http) servers.push_back(base::describe(one));
  add_clause(text, "has requests sent to", servers);
  add_clause(text, "talks to", grant.stream);
  add_clause(text, "has texts signed with", grant.sign);
  return text.empty() ? "asks for nothing" : text;
}

Result<Grant> expand_grant(const Grant& grant, const Variables& variables,
                           const json::value& config) {
  const auto all = with_config(variables, config);
  Grant expanded = grant;
  CHELA_TRY(expanded.exec, expand_exec(grant.exec, all, config));
  CHELA_TRY(expanded.read, named("allow.read", expand_paths(grant.read, all, config)));
  CHELA_TRY(expanded.write, named("allow.write", expand_paths(grant.write, all, config)));
  CHELA_TRY(expanded.usage, named("allow.usage", expand_paths(grant.usage, all, config)));
  CHELA_TRY(expanded.http, expand_http(grant.http, all, config));
  CHELA_TRY(expanded.stream, expand_stream(grant.stream, all, config));
  return expanded;
}

Result<HostConfig> expand_host(const HostConfig& host, Variables variables) {
  HostConfig expanded = host;
  if (host.workspace) {
    auto workspace = expand_path(*host.workspace, variables);
    if (!workspace)
      return fail(workspace.error().code, "host.yaml: workspace: " + workspace.error().message);
    variables["workspace"] = *workspace;
    expanded.workspace = std::move(*workspace);
  }
  CHELA_TRY(expanded.plugin_path,
            named("host.yaml: plugin_path", expand_paths(host.plugin_path, variables, nullptr)));
  return expanded;
}

}  // namespace chela::config
