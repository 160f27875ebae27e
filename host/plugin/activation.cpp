#include "plugin/activation.h"

#include <algorithm>

#include "base/text.h"
#include "config/schema.h"
#include "plugin/needs.h"

namespace chela::plugin {
namespace {

// "checks/git.yaml (workspace-git)", to begin a message with.
std::string name_of(const config::Instance& instance) {
  return instance.source.file.empty() ? "instance '" + instance.id + "'"
                                      : instance.source.file + " ('" + instance.id + "')";
}

tl::unexpected<Error> refuse(const config::Instance& instance, ErrorCode code,
                             const std::string& what) {
  return fail(code, name_of(instance) + ": " + what);
}
tl::unexpected<Error> refuse(const config::Instance& instance, const Error& error) {
  return refuse(instance, error.code, error.message);
}

// Whether `path` is `folder` or lies below it.
bool covers(const std::string& folder, const std::string& path) {
  return path == folder || folder == "/" ||
         (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

bool covers_any(const std::vector<std::string>& folders, const std::string& path) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](const std::string& folder) { return covers(folder, path); });
}

// "exec: [git, hg]" of the entries that `allowed` does not cover; "" where nothing is missing.
template <class Covered>
std::string missing_line(const char* key, const std::vector<std::string>& needs, Covered covered) {
  std::string items;
  for (const auto& need : needs) {
    if (covered(need)) continue;
    items += (items.empty() ? "" : ", ") +
             (need.find_first_of("/:") != std::string::npos ? "\"" + need + "\"" : need);
  }
  return items.empty() ? "" : std::string(key) + ": [" + items + "]";
}

// "http: [..]" of items that are written already.
std::string listed(const char* key, const std::vector<std::string>& written) {
  std::string items;
  for (const auto& one : written) items += (items.empty() ? "" : ", ") + one;
  return items.empty() ? "" : std::string(key) + ": [" + items + "]";
}

auto among(const std::vector<std::string>& texts) {
  return [&texts](const std::string& text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  };
}

// What may be signed: of the plugin's needs those whose key the manifest allows.
std::vector<services::SignGrant> sign_of(const Metadata& metadata,
                                         const std::vector<std::string>& allowed) {
  std::vector<services::SignGrant> grants;
  for (auto& need : config::sign_needs_of(metadata.needs)) {
    if (among(allowed)(need.key)) grants.push_back({need.key, std::move(need.texts)});
  }
  return grants;
}

// "exec: [git, {program: ssh, net: [\"mac.local:22\"]}]" in the same way.
std::string missing_exec_line(const std::vector<config::ExecGrant>& needs,
                              const std::vector<config::ExecGrant>& allowed) {
  std::string items;
  for (const auto& one : config::missing_exec(needs, allowed)) {
    std::string net;
    for (const auto& target : one.net) net += (net.empty() ? "\"" : ", \"") + target + "\"";
    items += (items.empty() ? "" : ", ") +
             (net.empty() ? one.program : "{program: " + one.program + ", net: [" + net + "]}");
  }
  return items.empty() ? "" : "exec: [" + items + "]";
}

// The sealed bytes are the ones somebody vouched for: the bundle, the person's lock file, the
// manifest's pin.
Result<bool> check_hash(const config::Instance& instance, const PluginFile& file,
                        const std::string& sha256, const Trust& trust) {
  if (instance.sha256 && *instance.sha256 != sha256) {
    return refuse(instance, ErrorCode::permission_denied,
                  "the sha256 in the manifest is not that of " + file.path + "; wanted " +
                      *instance.sha256 + ", found " + sha256 +
                      "; put the approved file back, or the new sum in the manifest");
  }
  if (file.is_bundled) {
    const auto known = trust.bundle.sha256_by_id.find(file.metadata.id);
    if (known != trust.bundle.sha256_by_id.end() && known->second == sha256) return false;
    return refuse(
        instance, ErrorCode::permission_denied,
        file.path + " is not the plugin that this chela was built with; install chela again");
  }
  const LockEntry* entry = trust.lock.entry(file.metadata.id);
  if (entry == nullptr) return true;
  if (entry->sha256 == sha256) return false;
  return refuse(instance, ErrorCode::permission_denied,
                file.path + " has changed since you approved " + file.metadata.id + " " +
                    entry->version + "; if that was you, run: chela enable " + file.metadata.id +
                    " --id " + instance.id);
}

std::vector<services::ExecGrant> exec_of(const std::vector<config::ExecGrant>& grants) {
  std::vector<services::ExecGrant> list;
  for (const auto& grant : grants) list.emplace_back(grant.program, grant.net);
  return list;
}

Result<void> check_kind(const config::Instance& instance, const Metadata& metadata) {
  if (metadata.kind_name() == config::to_string(instance.kind)) return {};
  return refuse(instance, ErrorCode::invalid_argument,
                instance.plugin + " is of kind " + metadata.kind() +
                    "; its manifest belongs into another folder than " +
                    std::string(config::folder_of(instance.kind)) + "/");
}

// Each secret that the plugin cannot do without has a reference, and none has one that it does not
// know.
Result<void> check_secrets(const config::Instance& instance, const Metadata& metadata) {
  std::vector<std::string> known;
  for (const auto& need : metadata.secrets) {
    known.push_back(need.name);
    if (need.is_optional || instance.secrets.contains(need.name)) continue;
    const std::string variable = need.env.empty() ? "NAME" : need.env.front();
    return refuse(instance, ErrorCode::failed_precondition,
                  instance.plugin + " needs a key (" + need.description +
                      "); say where it is:  secrets: {" + need.name + ": env:" + variable +
                      "}  (chela enable: --secret " + need.name + "=env:" + variable + ")");
  }
  for (const auto& [name, references] : instance.secrets) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string meant = base::closest(name, known);
    return refuse(instance, ErrorCode::invalid_argument,
                  instance.plugin + " has no secret '" + name + "'" +
                      (meant.empty() ? "" : "; did you mean '" + meant + "'?"));
  }
  return {};
}

}  // namespace

Result<config::Grant> needed_grant(const Metadata& metadata, const json::value& config,
                                   const config::Variables& variables) {
  const json::value all = needs_for(metadata.needs, config);
  config::Grant needs;
  needs.exec = config::exec_grants_of(all);
  needs.read = get_strings(all, "read");
  needs.write = get_strings(all, "write");
  needs.usage = get_strings(all, "usage");
  needs.can_read_board = get_string(all, "board") == "read";
  needs.http = config::http_grants_of(all);
  needs.stream = get_strings(all, "stream");
  for (const auto& one : config::sign_needs_of(all)) needs.sign.push_back(one.key);
  return config::expand_grant(needs, variables, config);
}

Result<void> check_grant(const config::Grant& needs, const config::Grant& allowed,
                         const config::Instance& instance) {
  std::vector<std::string> lines{
      missing_exec_line(needs.exec, allowed.exec),
      missing_line("read", needs.read,
                   [&](const std::string& path) { return covers_any(allowed.read, path); }),
      missing_line("write", needs.write,
                   [&](const std::string& path) { return covers_any(allowed.write, path); }),
      missing_line("usage", needs.usage,
                   [&](const std::string& path) {
                     return covers_any(allowed.usage, path) || covers_any(allowed.read, path);
                   }),
      needs.can_read_board && !allowed.can_read_board ? "board: read" : "",
      listed("http", config::missing_http(needs.http, allowed.http)),
      missing_line("stream", needs.stream, among(allowed.stream)),
      missing_line("sign", needs.sign, among(allowed.sign))};
  std::string missing;
  for (const auto& line : lines) {
    if (!line.empty()) missing += (missing.empty() ? "" : "  and  ") + line;
  }
  if (missing.empty()) return {};
  return refuse(
      instance, ErrorCode::permission_denied,
      instance.plugin +
          " needs more than 'allow' gives it; to allow it, add under 'allow':  " + missing);
}

Result<config::Resolved> resolve(const config::Instance& instance, const Metadata& metadata,
                                 const config::Variables& variables) {
  if (const auto schema = config::check_schema(metadata.config_schema); !schema) {
    return refuse(instance, ErrorCode::failed_precondition,
                  "the config schema of " + metadata.id + " is broken: " + schema.error().message);
  }
  return config::resolve_instance(instance, metadata.config_schema, variables);
}

Result<void> check_manifest(const config::Instance& instance, const Registry& registry,
                            const config::Variables& variables) {
  const auto file = registry.find(instance.plugin);
  if (!file) return refuse(instance, file.error());
  const Metadata& metadata = (*file)->metadata;
  if (const auto kind = check_kind(instance, metadata); !kind) return kind;
  CHELA_TRY(const auto resolved, resolve(instance, metadata, variables));
  const auto needs = needed_grant(metadata, resolved.config, variables);
  if (!needs) return refuse(instance, needs.error());
  if (const auto granted = check_grant(*needs, resolved.allow, instance); !granted) return granted;
  return check_secrets(instance, metadata);
}

Result<Activation> activate(const config::Instance& instance, const Registry& registry,
                            const Trust& trust, const config::Variables& variables) {
  const auto file = registry.find(instance.plugin);
  if (!file) return refuse(instance, file.error());
  if (!(*file)->is_bundled) {
    if (const auto owner = check_owner_and_mode((*file)->path, trust.self); !owner)
      return refuse(instance, owner.error());
  }
  Activation activation;
  activation.instance = instance.id;
  activation.library_path = (*file)->path;
  activation.isolation = instance.isolation;
  activation.deadline = instance.deadline;
  auto library = seal_library((*file)->path);
  if (!library) return refuse(instance, library.error());
  activation.library = std::move(*library);
  CHELA_TRY(activation.is_new, check_hash(instance, **file, activation.library.sha256, trust));

  // From here on only the sealed bytes count: the file may have changed since the folder was
  // scanned.
  const auto note = read_note(activation.library.fd.get());
  if (!note) return refuse(instance, note.error());
  auto metadata = parse_metadata(*note);
  if (!metadata)
    return refuse(instance, metadata.error().code, (*file)->path + ": " + metadata.error().message);
  activation.metadata = std::move(*metadata);
  if (activation.metadata.id != instance.plugin) {
    return refuse(instance, ErrorCode::failed_precondition,
                  (*file)->path + " changed while it was read");
  }
  activation.kind = activation.metadata.kind();
  if (const auto fits = check_kind(instance, activation.metadata); !fits) return fail(fits.error());
  if (instance.isolation == config::Isolation::host && !activation.metadata.is_pure) {
    return refuse(instance, ErrorCode::invalid_argument,
                  "'isolation: host' is for plugins whose note says pure; " + instance.plugin +
                      " is not one of them (use 'isolation: process')");
  }
  CHELA_TRY(auto resolved, resolve(instance, activation.metadata, variables));
  activation.config = std::move(resolved.config);
  auto needs = needed_grant(activation.metadata, activation.config, variables);
  if (!needs) return refuse(instance, needs.error());
  const config::Grant& allowed = resolved.allow;
  CHELA_TRY(check_grant(*needs, allowed, instance));
  CHELA_TRY(check_secrets(instance, activation.metadata));
  activation.secrets = instance.secrets;
  services::Grant& grant = activation.grant;
  grant.exec = exec_of(allowed.exec);
  grant.read = allowed.read;
  grant.write = allowed.write;
  grant.usage = allowed.usage;
  grant.board_read = allowed.can_read_board;
  grant.http = allowed.http;
  grant.http_needs = std::move(needs->http);
  grant.stream = allowed.stream;
  grant.sign = sign_of(activation.metadata, allowed.sign);
  return activation;
}

}  // namespace chela::plugin
