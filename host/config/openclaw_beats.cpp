#include "config/openclaw_beats.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace chela::config {
namespace {

constexpr Duration kDefaultBeat = std::chrono::minutes(30);
constexpr const char* kSharedPath = "agents.defaults.heartbeat.every";

const json::value* find_path(const json::value& value,
                             std::initializer_list<std::string_view> keys) {
  const auto* at = &value;
  for (const auto key : keys) {
    if (at != nullptr) at = find(*at, key);
  }
  return at;
}

std::optional<std::string> read_workspace(const OpenClaw& openclaw, const json::value& agent,
                                          const std::string& home) {
  auto workspace = find_string(agent, "workspace");
  if (!workspace || workspace->empty()) return std::nullopt;
  if (*workspace == "~" || workspace->starts_with("~/")) workspace->replace(0, 1, home);
  auto path = (openclaw.file.parent_path() / *workspace).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.string();
}

struct Beat {
  ModelBeat beat;
  const json::value* every = nullptr;  // nullptr: nothing said
};

// One entry per agent that has a heartbeat block of its own; what it leaves out it takes from the
// defaults.
std::vector<Beat> own_beats(const OpenClaw& openclaw, const json::value* shared,
                            const std::string& home) {
  std::vector<Beat> beats;
  const auto add = [&](const std::string& name, const std::string& path, const json::value& agent) {
    const auto* block = find(agent, "heartbeat");
    if (block == nullptr) return;
    const auto* every = find(*block, "every");
    beats.push_back({{name,
                      every != nullptr ? path + ".heartbeat.every" : kSharedPath,
                      {},
                      read_workspace(openclaw, agent, home)},
                     every != nullptr ? every : shared});
  };
  if (const auto* list = find_path(openclaw.value, {"agents", "list"});
      list != nullptr && list->is_array()) {
    const auto& agents = list->get_array();
    for (std::size_t i = 0; i < agents.size(); ++i)
      add(get_string(agents[i], "id", "?"), "agents.list[" + std::to_string(i) + "]", agents[i]);
  }
  if (const auto* entries = find_path(openclaw.value, {"agents", "entries"});
      entries != nullptr && entries->is_object()) {
    for (const auto& entry : entries->get_object())
      add(std::string(entry.key()), "agents.entries." + std::string(entry.key()), entry.value());
  }
  return beats;
}

// {2026, 2} of "2026.2.9".
std::optional<std::pair<int, int>> version_of(const OpenClaw& openclaw) {
  const auto* meta = find_path(openclaw.value, {"meta"});
  const auto text = meta == nullptr ? std::nullopt : find_string(*meta, "lastTouchedVersion");
  if (!text) return std::nullopt;
  std::pair<int, int> version;
  const char* end = text->data() + text->size();
  const auto year = std::from_chars(text->data(), end, version.first);
  if (year.ec != std::errc() || year.ptr == end || *year.ptr != '.') return std::nullopt;
  if (std::from_chars(year.ptr + 1, end, version.second).ec != std::errc()) return std::nullopt;
  return version;
}

// One word of a shell's.
std::string shell_word(const std::string& text) {
  const bool is_plain = text.find_first_not_of(
                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789._-") == std::string::npos;
  if (is_plain) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::vector<ModelBeat> beats_of(const OpenClaw& openclaw, const std::string& home) {
  const auto* shared = find_path(openclaw.value, {"agents", "defaults", "heartbeat", "every"});
  auto beats = own_beats(openclaw, shared, home);
  if (beats.empty()) beats.push_back({{"", kSharedPath, {}, std::nullopt}, shared});
  std::vector<ModelBeat> running;
  for (auto& beat : beats) {
    const auto every = beat.every == nullptr
                           ? kDefaultBeat
                           : parse_openclaw_duration(*beat.every).value_or(kDefaultBeat);
    if (every <= Duration::zero()) continue;
    beat.beat.every = every;
    running.push_back(std::move(beat.beat));
  }
  return running;
}

OpenClawDialect dialect_of(const OpenClaw& openclaw) {
  if (const auto version = version_of(openclaw)) {
    if (*version <= std::pair(2026, 2)) return OpenClawDialect::y2026_2;
    if (*version >= std::pair(2026, 9)) return OpenClawDialect::y2026_9;
  }
  const auto has = [&](std::initializer_list<std::string_view> keys) {
    return find_path(openclaw.value, keys) != nullptr;
  };
  const bool is_new = has({"agents", "entries"}) || has({"memory", "search"});
  const bool is_old = has({"agents", "list"}) || has({"agents", "defaults", "memorySearch"});
  if (is_new == is_old) return OpenClawDialect::unknown;
  return is_new ? OpenClawDialect::y2026_9 : OpenClawDialect::y2026_2;
}

std::vector<std::string> heartbeat_off_commands(const std::vector<ModelBeat>& beats) {
  std::vector<std::string> commands;
  for (const auto& beat : beats) {
    std::string command = "openclaw config set " + shell_word(beat.path) + " 0m";
    if (std::find(commands.begin(), commands.end(), command) == commands.end())
      commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace chela::config
