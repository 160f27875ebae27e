// `chela enable` and `chela disable`: writes, renames or amends one manifest, and approves the
// plugin's bytes.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "base/durable_file.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/session.h"
#include "config/roles.h"
#include "config/settings.h"
#include "config/write.h"
#include "services/secret_ref.h"

namespace chela::cli {
namespace {

namespace fs = std::filesystem;

std::optional<config::Kind> kind_of(const plugin::Metadata& metadata) {
  for (const auto kind :
       {config::Kind::check, config::Kind::tasks, config::Kind::notifier, config::Kind::provider}) {
    if (metadata.kind_name() == config::to_string(kind)) return kind;
  }
  return std::nullopt;
}

fs::path manifest_path(const app::Setup& setup, config::Kind kind, const std::string& id) {
  return setup.paths.manifests_dir.path / config::folder_of(kind) / (id + ".yaml");
}

// A path below the workspace as people write it in manifests.
void shorten(std::vector<std::string>& paths, const std::string& workspace) {
  for (auto& path : paths) {
    if (path == workspace || path.starts_with(workspace + "/"))
      path = "${workspace}" + path.substr(workspace.size());
  }
}

// The instance that the command line describes, with the grant that its plugin asks for.
Result<config::Instance> make_instance(const app::Setup& setup, const plugin::Metadata& metadata,
                                       const EnableCommand& command) {
  const auto kind = kind_of(metadata);
  if (!kind)
    return fail(ErrorCode::unimplemented,
                metadata.id + " is of kind " + metadata.kind() + ", which this chela does not run");
  config::Instance instance;
  instance.kind = *kind;
  instance.plugin = metadata.id;
  instance.id = command.id;
  if (instance.id.empty()) {
    instance.id = metadata.id.substr(metadata.id.rfind('.') + 1);
    std::replace(instance.id.begin(), instance.id.end(), '_', '-');
  }
  if (!config::is_instance_id(instance.id)) {
    return fail(
        ErrorCode::invalid_argument,
        "'" + instance.id +
            "' cannot be an instance's id; wanted lower-case letters, digits and dashes (--id)");
  }
  if (*kind == config::Kind::check) {
    instance.every = std::chrono::hours(1);
    if (!command.every.empty()) {
      CHELA_TRY(instance.every, parse_duration(command.every));
    }
  } else if (!command.every.empty()) {
    return fail(ErrorCode::invalid_argument, "--every is for checks; " + metadata.id + " is none");
  }
  json::object config;
  for (const auto& setting : command.settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos) {
      return fail(ErrorCode::invalid_argument, "--set wants KEY=VALUE, found '" + setting + "'");
    }
    const std::string key = setting.substr(0, equals);
    CHELA_TRY(json::value value,
              config::parse_setting(metadata.config_schema, key, setting.substr(equals + 1)));
    config::set_setting(config, key, std::move(value));
  }
  instance.config = std::move(config);
  instance.source.file = metadata.id;  // what messages about its settings begin with
  for (const auto& secret : command.secrets) {
    const auto equals = secret.find('=');
    const std::string reference = equals == std::string::npos ? "" : secret.substr(equals + 1);
    const auto ref = services::parse_secret_ref(reference, app::home_folder());
    if (!ref && !reference.starts_with("oauth:"))
      return fail(ErrorCode::invalid_argument, "--secret wants NAME=REF: " + ref.error().message);
    instance.secrets[secret.substr(0, equals)].push_back(reference);
  }
  const auto resolved = plugin::resolve(instance, metadata, setup.variables);
  if (!resolved) {
    return fail(resolved.error().code,
                resolved.error().message + "\nsay it with --set KEY=VALUE; " +
                    "chela plugin info " + metadata.id + " lists the settings");
  }
  CHELA_TRY(instance.allow, plugin::needed_grant(metadata, resolved->config, setup.variables));
  const std::string workspace = setup.workspace.path.string();
  for (auto* paths : {&instance.allow.read, &instance.allow.write, &instance.allow.usage})
    shorten(*paths, workspace);
  return instance;
}

void show(const plugin::Activation& activation, const config::Instance& instance) {
  std::printf("%s %s: %s\n", activation.metadata.id.c_str(),
              base::printable(activation.metadata.version, 40).c_str(),
              base::printable(activation.metadata.summary, 300).c_str());
  std::printf("  file      %s\n", activation.library_path.c_str());
  std::printf("  sha256    %s\n", activation.library.sha256.c_str());
  std::printf("  asks for  %s\n", config::describe_grant(instance.allow).c_str());
  std::printf("  settings  %s\n", config::one_line(activation.config).c_str());
}

// True where the person agrees, or said so beforehand.
Result<void> confirm(const EnableCommand& command) {
  if (command.yes) return {};
  if (isatty(STDIN_FILENO) == 0) {
    return fail(ErrorCode::failed_precondition,
                "nothing was changed: say --yes to allow this without being asked");
  }
  std::printf("Allow this? [y/N] ");
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(ErrorCode::failed_precondition, "nothing was changed");
}

Result<void> approve(const app::Setup& setup, const plugin::Activation& activation) {
  const std::string path = setup.paths.lock_file.path.string();
  CHELA_TRY(plugin::LockFile lock, plugin::read_lock_file(path));
  lock.plugins[activation.metadata.id] = {activation.metadata.version, activation.library.sha256,
                                          activation.metadata.needs, base::now()};
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  return plugin::write_lock_file(path, lock);
}

Result<void> write_manifest(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error)
    return fail(ErrorCode::permission_denied,
                path.parent_path().string() + " cannot be made: " + error.message());
  return base::write_durably(path.string(), text, 0644);
}

// Where the n-th manifest of that name is kept that was turned off: .off, .off2, ..
std::string off_name(const std::string& manifest, int n) {
  return manifest + ".off" + (n == 1 ? "" : std::to_string(n));
}

int count_off(const std::string& manifest) {
  std::error_code error;
  int count = 0;
  while (fs::exists(off_name(manifest, count + 1), error)) ++count;
  return count;
}

// The manifest that is in use under `id`, from the person's folder.
const config::Instance* find_own(const app::Setup& setup, const std::string& id) {
  const auto found = std::find_if(
      setup.instances.begin(), setup.instances.end(),
      [&](const config::Instance& instance) { return instance.id == id && !instance.is_builtin; });
  return found == setup.instances.end() ? nullptr : &*found;
}

struct Enabled {
  std::string text;  // what to say
  std::string id{};  // of a new instance
};

Result<Enabled> enable(const app::Setup& setup, const EnableCommand& command) {
  CHELA_TRY(const auto* file, setup.registry.find(command.plugin));
  CHELA_TRY(config::Instance instance, make_instance(setup, file->metadata, command));
  const fs::path path = manifest_path(setup, instance.kind, instance.id);
  const config::Instance* own = find_own(setup, instance.id);
  std::error_code error;
  const bool is_there = fs::exists(path, error);
  const bool is_known = own != nullptr && own->plugin == instance.plugin;
  if (is_there && !is_known) {
    return fail(ErrorCode::already_exists,
                path.string() + " is there already; choose another --id, or remove or mend it");
  }
  if (own != nullptr && !is_known) {
    return fail(ErrorCode::already_exists, "the id '" + instance.id + "' belongs to " +
                                               own->plugin + " (" + own->source.file +
                                               "); choose another --id");
  }
  if (is_known && !(command.settings.empty() && command.secrets.empty() && command.every.empty())) {
    return fail(ErrorCode::already_exists,
                instance.id + " is enabled already, and nothing was changed: edit " +
                    own->source.file + ", or choose another --id");
  }
  // What is approved here is what lies there now, so an older approval does not count.
  plugin::Trust trust = setup.trust;
  trust.lock.plugins.erase(file->metadata.id);
  CHELA_TRY(const auto activation,
            plugin::activate(is_known ? *own : instance, setup.registry, trust, setup.variables));
  show(activation, is_known ? *own : instance);
  const auto* known = setup.trust.lock.entry(file->metadata.id);
  const bool is_approved =
      file->is_bundled || (known != nullptr && known->sha256 == activation.library.sha256);
  if (is_known && is_approved)
    return Enabled{instance.id + " is enabled already (" + own->source.file + ")"};
  CHELA_TRY(confirm(command));
  if (!file->is_bundled) CHELA_TRY(approve(setup, activation));
  if (is_known)
    return Enabled{"approved this version of " + file->metadata.id + " for " + instance.id};
  CHELA_TRY(write_manifest(path, config::write_instance(instance)));
  std::string next;
  if (instance.kind == config::Kind::notifier) next = "; try it: chela notify test " + instance.id;
  if (instance.kind == config::Kind::check) next = "; try it: chela tick --check " + instance.id;
  const config::Instance* source = config::find_source(setup.instances);
  if (instance.kind == config::Kind::tasks && source != nullptr && source->id != instance.id)
    next = "; it is a mirror of " + source->id + " (see: chela task mirror --dry-run)";
  if (const int kept = count_off(path.string()); kept > 0)
    next += "; what it was before lies in " + off_name(path.string(), kept);
  return Enabled{"enabled " + instance.id + ", see " + path.string() + next, instance.id};
}

Result<std::string> disable(const app::Setup& setup, const std::string& id) {
  const auto found =
      std::find_if(setup.instances.begin(), setup.instances.end(),
                   [&](const config::Instance& instance) { return instance.id == id; });
  if (found == setup.instances.end()) {
    for (const auto& problem : setup.problems) {
      if (problem.id == id)
        return fail(ErrorCode::failed_precondition,
                    "'" + id + "' is not in use: " + problem.message);
    }
    std::vector<std::string> known;
    for (const auto& instance : setup.instances) known.push_back(instance.id);
    const auto meant = base::closest(id, known);
    return fail(ErrorCode::not_found, "no instance '" + id + "' is enabled" +
                                          (meant.empty() ? "" : "; did you mean '" + meant + "'?"));
  }
  std::string off;
  if (!found->is_builtin) {
    off = off_name(found->source.file, count_off(found->source.file) + 1);
    std::error_code error;
    fs::rename(found->source.file, off, error);
    if (error)
      return fail(ErrorCode::permission_denied,
                  found->source.file + " cannot be renamed: " + error.message());
  }
  // A built-in instance of that id would come back: a manifest that says no keeps it away.
  config::LoadOptions options;
  options.trust.is_checked = false;
  CHELA_TRY(const auto builtin,
            config::load_manifests(setup.paths.builtin_manifests_dir.path, options));
  const bool has_builtin =
      std::any_of(builtin.instances.begin(), builtin.instances.end(),
                  [&](const config::Instance& instance) { return instance.id == id; });
  if (!has_builtin) return "disabled " + id + "; its manifest is kept as " + off;
  const fs::path path = manifest_path(setup, found->kind, id);
  CHELA_TRY(write_manifest(
      path, "# Keeps the built-in instance off; remove this file to have it back.\nid: " + id +
                "\nenabled: false\n"));
  return "disabled " + id + ", see " + path.string();
}

// Whether the plugin takes the settings, which only it knows all about. The manifest stays: there
// is something to mend.
int try_start(const Global& global, const std::string& id) {
  const auto session = open_session(global);
  if (!session) return kOk;  // the workspace is not there yet, or in no order: a tick says so
  app::Engine& engine = *(*session)->engine;
  const auto started = wait_for(engine, engine.try_start(id));
  return started ? kOk : report(started.error());
}

int print(const Result<std::string>& outcome) {
  if (!outcome) return report(outcome.error());
  std::printf("%s\n", outcome->c_str());
  return kOk;
}

}  // namespace

int run_enable(const Global& global, const EnableCommand& command) {
  const auto setup = app::load_setup(global.where);
  if (!setup) return report(setup.error());
  const auto enabled = enable(*setup, command);
  if (!enabled) return report(enabled.error());
  std::printf("%s\n", enabled->text.c_str());
  return enabled->id.empty() ? kOk : try_start(global, enabled->id);
}

int run_disable(const Global& global, const std::string& id) {
  const auto setup = app::load_setup(global.where);
  if (!setup) return report(setup.error());
  return print(disable(*setup, id));
}

}  // namespace chela::cli
