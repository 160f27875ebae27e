// What a person wrote about one instance of a plugin (manifests/checks/git.yaml) and about the host
// (host.yaml).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "chela/json.h"
#include "chela/result.h"
#include "config/exec_grant.h"
#include "config/expand.h"
#include "config/models_config.h"
#include "config/net_grant.h"
#include "config/notify.h"
#include "config/yaml.h"

namespace chela::config {

enum class Kind { check, tasks, notifier, provider };

// "check", "tasks", "notifier", "provider".
std::string_view to_string(Kind kind);
// The first part of a plugin's id: "check", "tasks", "notify", "provider".
std::string_view id_prefix_of(Kind kind);

// The folder of manifests/ in which a kind lives: "checks", "tasks", "notifiers", "providers".
std::string_view folder_of(Kind kind);
std::optional<Kind> kind_of_folder(std::string_view folder);

enum class Isolation { process, host };

// Of several task backends one is the source, where tasks come to be and chela writes; the mirrors
// are kept like it.
enum class TaskRole { source, mirror };

// What the person allows this instance. Paths as written, with their placeholders.
struct Grant {
  std::vector<ExecGrant> exec{};
  std::vector<std::string> read{};  // paths and everything below
  std::vector<std::string> write{};
  std::vector<std::string> usage{};  // file systems whose fill level may be asked
  bool can_read_board = false;       // `board: read`
  std::vector<HttpGrant> http{};
  std::vector<std::string> stream{};  // mail servers, as base::parse_mail_server reads them
  std::vector<std::string> sign{};    // secrets with which texts are signed
  bool operator==(const Grant&) const = default;
};

// Where an instance was read from.
struct Source {
  std::string file;
  Places places;
};

// `alerts:` of a check: when what it reports is said, and how often.
struct AlertSettings {
  int failures = 1;
  int successes = 1;
  std::optional<Duration> remind;  // absent: off
  std::optional<Duration> remind_crit = std::chrono::hours(24);
  bool has_flap_detection = true;
  bool operator==(const AlertSettings&) const = default;
};

// How fast something may be asked; absent: as fast as one likes.
struct RateCaps {
  std::optional<int> concurrent;
  std::optional<std::int64_t> requests_per_minute;
  std::optional<std::int64_t> tokens_per_minute;
  bool operator==(const RateCaps&) const = default;
};

// `caps:` of a provider.
struct ProviderCaps {
  RateCaps all;
  RateCaps per_key;
  bool operator==(const ProviderCaps&) const = default;
};

struct Instance {
  std::string id;
  std::string plugin;  // the plugin's id; may be empty only where is_enabled is false
  Kind kind = Kind::check;
  bool is_enabled = true;
  // Set for every enabled check; of a task backend that is a mirror: how often it is compared.
  std::optional<Duration> every;
  std::optional<TaskRole> role;  // of task backends; absent: as it comes, see resolve_roles
  std::optional<Window> window;  // when a check may run
  int priority = 0;              // higher goes first; -100 to 100
  AlertSettings alerts;
  std::vector<std::string> needs;  // ids of checks; while one of them is down this one waits
  Isolation isolation = Isolation::process;
  Duration deadline = std::chrono::seconds(30);
  Grant allow;
  // Of all but task backends: name -> references, at least one; a provider uses several in turn, of
  // the others the first that can be read.
  std::map<std::string, std::vector<std::string>> secrets;
  NotifySettings notify;  // of notifiers
  ProviderCaps caps;
  std::vector<ModelConfig> models;    // of providers: over the catalogue
  std::optional<std::string> sha256;  // of the plugin's file, 64 lower-case hex digits
  json::value config = json::object();
  bool is_builtin = false;
  Source source;

  // Everything but is_builtin and source: what the person decided.
  bool has_same_settings(const Instance& other) const;
};

enum class Policy { overdue, absolute, round_robin };
enum class PerTick { one, all };
enum class Confinement { require, report };

struct Limits {
  int memory_mb = 256;  // address space of a worker
  int output_mb = 8;    // what one call may answer
  bool operator==(const Limits&) const = default;
};

// Where the heartbeat says that it lives, see heartbeat/ping.h.
struct Ping {
  std::string url;
  Duration every = std::chrono::minutes(5);
  bool operator==(const Ping&) const = default;
};

// host.yaml. Paths as written, with their placeholders.
struct HostConfig {
  std::optional<std::string> workspace;
  std::optional<std::string> timezone;  // absent: OpenClaw's userTimezone, else the system's
  Policy policy = Policy::overdue;
  PerTick per_tick = PerTick::one;
  std::optional<Ping> ping;
  std::vector<std::string> plugin_path;  // searched after CHELA_PLUGIN_PATH
  Confinement confinement = Confinement::require;
  Limits limits;
  ModelsConfig models{};
};

// The schemas of both files: sdk/schema/chela.manifest.{instance,host}.schema.json, embedded when
// the host was built.
const json::value& instance_schema();
const json::value& host_schema();

// Fails with invalid_argument, one line "file:line:column: ..." per mistake. Rules beyond the
// schema: ids are [a-z0-9][a-z0-9-]*, an enabled instance names its plugin and a check its cadence,
// only checks have every and window.
Result<Instance> parse_instance(const Document& document, Kind kind);
Result<HostConfig> parse_host(const Document& document);

// Lower-case letters, digits and inner dashes, at most 64.
bool is_instance_id(std::string_view text);

// The paths of a grant with their placeholders filled in by expand_paths; `config` is the finished
// one. The error names the entry.
Result<Grant> expand_grant(const Grant& grant, const Variables& variables,
                           const json::value& config);

// workspace first, which then is ${workspace} for plugin_path.
Result<HostConfig> expand_host(const HostConfig& host, Variables variables);

// "runs git; reads ${workspace}", "asks for nothing": for people who decide about it.
std::string describe_grant(const Grant& grant);

}  // namespace chela::config
