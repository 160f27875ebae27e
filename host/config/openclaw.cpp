#include "config/openclaw.h"

#include <algorithm>
#include <charconv>

#include "config/openclaw_include.h"

namespace chela::config {
namespace {

constexpr Duration kDefaultBeat = std::chrono::minutes(30);

const json::value* find_path(const json::value& value,
                             std::initializer_list<std::string_view> keys) {
  const auto* at = &value;
  for (const auto key : keys) {
    if (at != nullptr) at = find(*at, key);
  }
  return at;
}

struct Beat {
  std::string agent;
  const json::value* every = nullptr;  // nullptr: nothing said
};

// One entry per agent that has a heartbeat block of its own; what it leaves out it takes from the
// defaults.
std::vector<Beat> own_beats(const json::value& value, const json::value* shared) {
  std::vector<Beat> beats;
  const auto add = [&](const std::string& name, const json::value& agent) {
    const auto* block = find(agent, "heartbeat");
    if (block == nullptr) return;
    const auto* every = find(*block, "every");
    beats.push_back({name, every != nullptr ? every : shared});
  };
  if (const auto* list = find_path(value, {"agents", "list"});
      list != nullptr && list->is_array()) {
    for (const auto& agent : list->get_array()) add(get_string(agent, "id", "?"), agent);
  }
  if (const auto* entries = find_path(value, {"agents", "entries"});
      entries != nullptr && entries->is_object()) {
    for (const auto& entry : entries->get_object()) add(std::string(entry.key()), entry.value());
  }
  return beats;
}

void read_heartbeat(OpenClaw& openclaw) {
  const auto* shared = find_path(openclaw.value, {"agents", "defaults", "heartbeat", "every"});
  auto beats = own_beats(openclaw.value, shared);
  if (beats.empty()) beats.push_back({"defaults", shared});
  openclaw.heartbeat_is_on = false;
  openclaw.heartbeat_every = Duration::zero();
  for (const auto& beat : beats) {
    const auto read =
        beat.every == nullptr ? std::optional(kDefaultBeat) : parse_openclaw_duration(*beat.every);
    if (!read) {
      openclaw.notes.push_back("agents." + beat.agent +
                               ".heartbeat.every is not a duration; counted as 30m");
    }
    const auto every = read.value_or(kDefaultBeat);
    if (every <= Duration::zero()) continue;
    if (!openclaw.heartbeat_is_on || every < openclaw.heartbeat_every)
      openclaw.heartbeat_every = every;
    openclaw.heartbeat_is_on = true;
  }
}

std::optional<std::string> read_workspace(const OpenClaw& openclaw, const EnvLookup& env) {
  const auto* defaults = find_path(openclaw.value, {"agents", "defaults"});
  if (defaults == nullptr) return std::nullopt;
  auto workspace = find_string(*defaults, "workspace");
  if (!workspace || workspace->empty()) return std::nullopt;
  if (*workspace == "~" || workspace->starts_with("~/")) {
    const auto home = env("HOME");
    if (!home) return std::nullopt;
    workspace->replace(0, 1, *home);
  }
  // OpenClaw resolves a relative one against the folder it was started in, which we cannot know.
  auto path = (openclaw.file.parent_path() / *workspace).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.string();
}

Result<OpenClaw> load(const std::filesystem::path& file, const std::string* text,
                      const EnvLookup& env) {
  OpenClaw openclaw;
  std::error_code error;
  openclaw.file = std::filesystem::absolute(file, error);
  CHELA_TRY(openclaw.value, read_with_includes(openclaw.file, text, openclaw.origins));
  if (!openclaw.value.is_object()) {
    return fail(ErrorCode::invalid_argument,
                file.string() + ": wanted an object at the top; found another value");
  }
  openclaw.raw = openclaw.value;
  substitute_env(openclaw.value, env, openclaw.notes);
  openclaw.workspace = read_workspace(openclaw, env);
  if (const auto* defaults = find_path(openclaw.value, {"agents", "defaults"})) {
    openclaw.user_timezone = find_string(*defaults, "userTimezone");
  }
  read_heartbeat(openclaw);
  return openclaw;
}

}  // namespace

Result<OpenClaw> load_openclaw(const std::filesystem::path& file, const EnvLookup& env) {
  return load(file, nullptr, env);
}

Result<OpenClaw> load_openclaw_as(const std::filesystem::path& file, const std::string& text,
                                  const EnvLookup& env) {
  return load(file, &text, env);
}

std::optional<Duration> parse_openclaw_duration(const json::value& value) {
  std::string text;
  if (value.is_number()) {
    text = json::serialize(value);
  } else if (value.is_string()) {
    text = std::string(value.get_string());
  }
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  double total_ms = 0;
  for (std::string_view rest = text; !rest.empty();) {
    double count = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (read.ec != std::errc() || !(count >= 0)) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
    const auto unit = rest.substr(0, rest.find_first_of("0123456789."));
    const bool is_bare = unit.empty() && rest.empty();
    const double unit_ms = unit == "ms"             ? 1
                           : unit == "s"            ? 1e3
                           : unit == "m" || is_bare ? 6e4
                           : unit == "h"            ? 3.6e6
                           : unit == "d"            ? 8.64e7
                                                    : 0;
    if (unit_ms == 0) return std::nullopt;
    total_ms += count * unit_ms;
    rest.remove_prefix(unit.size());
  }
  if (!(total_ms < 1e13)) return std::nullopt;
  return Duration(static_cast<std::int64_t>(total_ms));
}

}  // namespace chela::config
