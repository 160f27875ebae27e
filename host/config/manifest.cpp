#include "config/manifest.h"

#include <algorithm>
#include <array>

#include "base/mail_server.h"
#include "base/net_target.h"
#include "base/text.h"
#include "config/manifest_schemas.h"
#include "config/schema.h"

namespace chela::config {
namespace {

constexpr auto kShortest = std::chrono::seconds(1);
constexpr auto kLongestDeadline = std::chrono::hours(1);

// The texts are part of the program; tests parse them, so a broken one cannot be built.
json::value embedded(std::string_view text) {
  return parse_json(text).value_or(json::value());
}

// Mistakes that the schema cannot express, gathered so that all are told at once.
class Rules {
 public:
  void refuse(std::string pointer, std::string what, std::string wanted, std::string found) {
    violations_.push_back(
        {std::move(pointer), std::move(what), std::move(wanted), std::move(found), false});
  }
  Violations& violations() { return violations_; }
  Result<void> outcome(const Document& document) const {
    if (violations_.empty()) return {};
    return fail(ErrorCode::invalid_argument, describe(violations_, document));
  }

 private:
  Violations violations_;
};

std::string quoted(std::string_view text) {
  return "'" + base::printable(text, 80) + "'";
}

bool is_plugin_id(std::string_view text, Kind kind) {
  const auto prefix = std::string(id_prefix_of(kind)) + ".";
  return text.starts_with(prefix) && text.size() > prefix.size() && text.size() <= 100 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

// "08:30" -> 510 minutes; up to "24:00" where `may_be_24` says so.
std::optional<std::chrono::minutes> time_of_day(std::string_view text, bool may_be_24) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
    return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  const bool is_midnight = may_be_24 && hour == 24 && minute == 0;
  if (minute > 59 || (hour > 23 && !is_midnight)) return std::nullopt;
  return std::chrono::minutes(hour * 60 + minute);
}

// `pointer`: "/window" or "/notify/quiet".
std::optional<Window> read_window(const json::value* written, const std::string& pointer,
                                  Rules& rules) {
  if (written == nullptr) return std::nullopt;
  Window window;
  const auto from_text = get_string(*written, "from");
  const auto to_text = get_string(*written, "to");
  const auto from = time_of_day(from_text, false);
  const auto to = time_of_day(to_text, true);
  if (!from)
    rules.refuse(pointer + "/from", "not a time of day", "00:00 to 23:59", quoted(from_text));
  if (!to) rules.refuse(pointer + "/to", "not a time of day", "00:00 to 24:00", quoted(to_text));
  if (!from || !to) return std::nullopt;
  if (*from == *to) {
    rules.refuse(pointer, "the window starts where it ends",
                 "two different times, or no window at all", quoted(from_text + " to " + to_text));
  }
  window.from = *from;
  window.to = *to;
  window.timezone = get_string(*written, "timezone", "local");
  return window;
}

// What has placeholders is checked once they are filled in.
void check_exec(const std::vector<ExecGrant>& grants, Rules& rules) {
  const auto is_finished = [](const std::string& text) {
    return text.find("${") == std::string::npos;
  };
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const auto& grant = grants[i];
    const std::string pointer = "/allow/exec/" + std::to_string(i);
    if (is_finished(grant.program) && !wrong_with_program(grant.program).empty()) {
      rules.refuse(pointer, "not a program",
                   "a bare name such as git, or an absolute path without '.', '..' and '//'",
                   quoted(grant.program));
    }
    for (const auto& target : grant.net) {
      if (is_finished(target) && !base::parse_net_target(target))
        rules.refuse(pointer + "/net", "not something to connect to",
                     "host:port such as mac.local:22 or [::1]:80, or unix:/path", quoted(target));
    }
  }
}

void check_net(const Grant& grant, Rules& rules) {
  const auto is_finished = [](const std::string& text) {
    return text.find("${") == std::string::npos;
  };
  for (std::size_t i = 0; i < grant.http.size(); ++i) {
    const auto& one = grant.http[i];
    const bool is_whole =
        is_finished(one.url) && std::all_of(one.paths.begin(), one.paths.end(), is_finished);
    const std::string wanted = is_whole ? base::wrong_with(one) : "";
    if (!wanted.empty())
      rules.refuse("/allow/http/" + std::to_string(i), "not something that requests can go to",
                   wanted, quoted(base::describe(one)));
  }
  for (std::size_t i = 0; i < grant.stream.size(); ++i) {
    if (is_finished(grant.stream[i]) && !base::parse_mail_server(grant.stream[i]))
      rules.refuse("/allow/stream/" + std::to_string(i), "not a mail server",
                   "imaps://host:port, or imap, smtps, smtp", quoted(grant.stream[i]));
  }
}

Grant read_grant(const json::value& value, Rules& rules) {
  Grant grant;
  const auto* allow = find(value, "allow");
  if (allow == nullptr) return grant;
  grant.exec = exec_grants_of(*allow);
  grant.read = get_strings(*allow, "read");
  grant.write = get_strings(*allow, "write");
  grant.usage = get_strings(*allow, "usage");
  grant.can_read_board = get_string(*allow, "board") == "read";
  grant.http = http_grants_of(*allow);
  grant.stream = get_strings(*allow, "stream");
  grant.sign = get_strings(*allow, "sign");
  check_exec(grant.exec, rules);
  check_net(grant, rules);
  return grant;
}

Duration read_duration(const json::value& value, const char* key, Duration longest, Rules& rules) {
  const auto text = get_string(value, key);
  const auto duration =
      base::parse_duration(text).value_or(Duration::zero());  // the schema checked the form
  if (duration < kShortest) {
    rules.refuse(std::string("/") + key, "too short", "at least 1s", quoted(text));
  } else if (duration > longest) {
    rules.refuse(std::string("/") + key, "too long", "at most " + base::format_duration(longest),
                 quoted(text));
  }
  return duration;
}

// "24h", or "off".
std::optional<Duration> read_reminder(const json::value& alerts, const char* key, Rules& rules) {
  const auto text = get_string(alerts, key);
  if (text == "off") return std::nullopt;
  const auto duration = base::parse_duration(text);
  const bool is_sensible = duration && *duration >= std::chrono::minutes(1);
  if (!is_sensible) {
    rules.refuse(std::string("/alerts/") + key, "not an interval for reminders",
                 "off, or a duration of at least 1m such as 24h", quoted(text));
  }
  return duration ? std::optional<Duration>(*duration) : std::nullopt;
}

AlertSettings read_alerts(const json::value& value, Rules& rules) {
  AlertSettings settings;
  const auto* alerts = find(value, "alerts");
  if (alerts == nullptr) return settings;
  settings.failures = static_cast<int>(get_int(*alerts, "failures", 1));
  settings.successes = static_cast<int>(get_int(*alerts, "successes", 1));
  settings.remind = read_reminder(*alerts, "remind", rules);
  settings.remind_crit = read_reminder(*alerts, "remind_crit", rules);
  settings.has_flap_detection = get_bool(*alerts, "flapping", true);
  return settings;
}

std::optional<Level> level_of(std::string_view text) {
  if (text == "info") return Level::info;
  if (text == "warn") return Level::warn;
  if (text == "crit") return Level::crit;
  return std::nullopt;  // "nothing"; the schema has refused all others
}

void read_notify(Instance& instance, const json::value& value, Rules& rules) {
  const auto* notify = find(value, "notify");
  if (notify == nullptr) return;
  if (instance.kind != Kind::notifier) {
    rules.refuse("/notify", "only notifiers have it",
                 "no such key in " + std::string(folder_of(instance.kind)), "notify");
    return;
  }
  NotifySettings& settings = instance.notify;
  settings.severity = level_of(get_string(*notify, "severity")).value_or(Level::info);
  settings.checks = get_strings(*notify, "checks");
  settings.except = get_strings(*notify, "except");
  settings.wants_recovered = get_bool(*notify, "recovered", true);
  settings.quiet = read_window(find(*notify, "quiet"), "/notify/quiet", rules);
  settings.quiet_except = level_of(get_string(*notify, "quiet_except", "crit"));
  const auto digest = get_string(*notify, "digest");
  settings.digest = base::parse_duration(digest).value_or(Duration::zero());
  if (settings.digest > std::chrono::hours(24))
    rules.refuse("/notify/digest", "too long", "at most 24h", quoted(digest));
}

void check_identity(const Instance& instance, Rules& rules) {
  if (!is_instance_id(instance.id)) {
    rules.refuse("/id", "not an id", "lower-case letters, digits and dashes, such as workspace-git",
                 quoted(instance.id));
  }
  const auto kind = std::string(id_prefix_of(instance.kind));
  if (instance.plugin.empty()) {
    if (instance.is_enabled)
      rules.refuse("", "the key 'plugin' is missing", "the plugin's id, such as " + kind + ".name",
                   "nothing");
  } else if (!is_plugin_id(instance.plugin, instance.kind)) {
    rules.refuse("/plugin", "not a plugin for the folder " + std::string(folder_of(instance.kind)),
                 "an id like " + kind + ".name", quoted(instance.plugin));
  }
  if (!instance.sha256) return;
  const bool is_hash = instance.sha256->size() == 64 &&
                       instance.sha256->find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hash)
    rules.refuse("/sha256", "not a sha256", "64 lower-case hex digits", quoted(*instance.sha256));
}

void read_role(Instance& instance, const json::value& value, Rules& rules) {
  const auto role = get_string(value, "role");
  if (!role.empty()) instance.role = role == "source" ? TaskRole::source : TaskRole::mirror;
  if (find(value, "every") == nullptr) return;
  if (instance.role != TaskRole::mirror) {
    rules.refuse("/every", "only a mirror of the tasks is compared by the clock",
                 "role: mirror beside it, or no such key", "every");
    return;
  }
  instance.every = read_duration(value, "every", std::chrono::hours(24), rules);
}

// What only checks have.
void refuse_foreign(const Instance& instance, const json::value& value, Rules& rules) {
  for (const char* key : {"every", "window", "alerts", "needs"}) {
    const bool is_read = instance.kind == Kind::tasks && std::string_view(key) == "every";
    if (is_read || find(value, key) == nullptr) continue;
    const bool is_clock = std::string_view(key) == "every" || std::string_view(key) == "window";
    rules.refuse(std::string("/") + key,
                 is_clock ? "only checks run by the clock" : "only checks have alerts",
                 "no such key in " + std::string(folder_of(instance.kind)), std::string(key));
  }
}

void read_cadence(Instance& instance, const json::value& value, Rules& rules) {
  const bool has_every = find(value, "every") != nullptr;
  instance.window = read_window(find(value, "window"), "/window", rules);
  instance.alerts = read_alerts(value, rules);
  instance.needs = get_strings(value, "needs");
  if (instance.kind == Kind::tasks) {
    read_role(instance, value, rules);
  } else if (find(value, "role") != nullptr) {
    rules.refuse("/role", "only task backends have a role", "nothing", "role");
  }
  if (instance.kind == Kind::check) {
    if (has_every)
      instance.every = read_duration(value, "every", std::chrono::hours(24 * 366), rules);
    if (!has_every && instance.is_enabled) {
      rules.refuse("", "the key 'every' is missing",
                   "how often this check is to run, such as every: 24h", "nothing");
    }
    return;
  }
  refuse_foreign(instance, value, rules);
}

void read_secrets(Instance& instance, const json::value& value, Rules& rules) {
  const auto* secrets = find(value, "secrets");
  if (secrets == nullptr) return;
  for (const auto& [name, written] : secrets->as_object()) {
    auto& references = instance.secrets[std::string(name)];
    if (written.is_string()) references.emplace_back(written.get_string());
    if (written.is_array()) references = get_strings(*secrets, name);
    const bool is_name = !name.empty() && name.size() <= 40 &&
                         std::string_view(name).find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
    if (!is_name)
      rules.refuse("/secrets", "not the name of a secret", "lower-case letters, digits and _",
                   quoted(name));
    if (references.empty())
      rules.refuse("/secrets/" + std::string(name), "no reference", "such as env:NAME", "nothing");
    // Never shown: whoever writes the key itself here must not find it in a log.
    for (const auto& reference : references) {
      const std::size_t colon = reference.find(':');
      const auto scheme = std::string_view(reference).substr(0, colon);
      constexpr std::array<std::string_view, 6> kSchemes{"op",   "env",  "file",
                                                         "cred", "exec", "oauth"};
      if (colon == std::string::npos ||
          std::find(kSchemes.begin(), kSchemes.end(), scheme) == kSchemes.end())
        rules.refuse(
            "/secrets/" + std::string(name), "not a reference to a secret",
            "op://vault/item/field, env:NAME, file:/path, cred:NAME, exec:argv or oauth:NAME",
            "something else (not shown; a key itself does not belong here)");
    }
  }
}

RateCaps read_rate(const json::value* value) {
  RateCaps caps;
  if (value == nullptr) return caps;
  if (find(*value, "concurrent") != nullptr)
    caps.concurrent = static_cast<int>(get_int(*value, "concurrent"));
  if (find(*value, "requests_per_minute") != nullptr)
    caps.requests_per_minute = get_int(*value, "requests_per_minute");
  if (find(*value, "tokens_per_minute") != nullptr)
    caps.tokens_per_minute = get_int(*value, "tokens_per_minute");
  return caps;
}

void read_provider(Instance& instance, const json::value& value, Rules& rules) {
  const auto refuse = [&](const char* key, const char* why) {
    const auto* written = find(value, key);
    const bool is_default =
        written != nullptr && written->is_object() && written->get_object().empty();
    if (written != nullptr && !is_default)
      rules.refuse(std::string("/") + key, why,
                   "no such key in " + std::string(folder_of(instance.kind)), key);
  };
  if (instance.kind == Kind::tasks) {
    refuse("secrets", "task backends have none");
  } else {
    read_secrets(instance, value, rules);
  }
  if (instance.kind != Kind::provider) {
    refuse("caps", "only providers have it");
    refuse("models", "only providers have it");
    return;
  }
  instance.models = read_manifest_models(value, rules.violations());
  if (const auto* caps = find(value, "caps"); caps != nullptr) {
    instance.caps.all = read_rate(caps);
    instance.caps.per_key = read_rate(find(*caps, "per_key"));
  }
}

// The URL is as good as a password for the service: no message shows it.
std::optional<Ping> read_ping(const json::value& value, Rules& rules) {
  const auto* written = find(value, "ping");
  if (written == nullptr) return std::nullopt;
  Ping ping;
  ping.url = get_string(*written, "url");
  const bool is_http = ping.url.starts_with("https://") || ping.url.starts_with("http://");
  const bool is_plain = std::none_of(ping.url.begin(), ping.url.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
  });
  if (!is_http || !is_plain)
    rules.refuse("/ping/url", "not a URL to ping", "https://..., without blanks",
                 "something else (not shown)");
  ping.every = base::parse_duration(get_string(*written, "every")).value_or(ping.every);
  if (ping.every < std::chrono::seconds(30) || ping.every > std::chrono::hours(24))
    rules.refuse("/ping/every", "not an interval for pings", "30s to 24h",
                 quoted(get_string(*written, "every")));
  return ping;
}

Result<json::value> checked(const json::value& schema, const Document& document) {
  auto value = apply_schema(schema, document.value);
  if (!value) return fail(ErrorCode::invalid_argument, describe(value.error(), document));
  return *value;
}

}  // namespace

const json::value& instance_schema() {
  static const json::value schema = embedded(kInstanceSchemaText);
  return schema;
}

const json::value& host_schema() {
  static const json::value schema = embedded(kHostSchemaText);
  return schema;
}

Result<Instance> parse_instance(const Document& document, Kind kind) {
  CHELA_TRY(const json::value value, checked(instance_schema(), document));
  Rules rules;
  Instance instance;
  instance.id = get_string(value, "id");
  instance.plugin = get_string(value, "plugin");
  instance.kind = kind;
  instance.is_enabled = get_bool(value, "enabled", true);
  instance.priority = static_cast<int>(get_int(value, "priority"));
  instance.isolation =
      get_string(value, "isolation") == "host" ? Isolation::host : Isolation::process;
  instance.deadline = read_duration(value, "deadline", kLongestDeadline, rules);
  instance.allow = read_grant(value, rules);
  instance.sha256 = find_string(value, "sha256");
  if (const auto* config = find(value, "config")) instance.config = *config;
  instance.source = {document.file, document.places};
  check_identity(instance, rules);
  read_cadence(instance, value, rules);
  read_notify(instance, value, rules);
  read_provider(instance, value, rules);
  CHELA_TRY(rules.outcome(document));
  return instance;
}

Result<HostConfig> parse_host(const Document& document) {
  CHELA_TRY(const json::value value, checked(host_schema(), document));
  HostConfig host;
  host.workspace = find_string(value, "workspace");
  host.timezone = find_string(value, "timezone");
  const auto policy = get_string(value, "policy");
  host.policy = policy == "absolute"      ? Policy::absolute
                : policy == "round-robin" ? Policy::round_robin
                                          : Policy::overdue;
  host.per_tick = get_string(value, "per_tick") == "all" ? PerTick::all : PerTick::one;
  host.plugin_path = get_strings(value, "plugin_path");
  host.confinement =
      get_string(value, "confinement") == "report" ? Confinement::report : Confinement::require;
  if (const auto* limits = find(value, "limits")) {
    host.limits.memory_mb = static_cast<int>(get_int(*limits, "memory_mb"));
    host.limits.output_mb = static_cast<int>(get_int(*limits, "output_mb"));
  }
  Rules rules;
  host.ping = read_ping(value, rules);
  host.models = read_models_config(value, rules.violations());
  CHELA_TRY(rules.outcome(document));
  return host;
}

}  // namespace chela::config
