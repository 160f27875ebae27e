// Which model heartbeats an openclaw.json starts, for which version it is written, and how to turn
// them off. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/openclaw.h"

namespace chela::config {

// One agent whose model heartbeat runs.
struct ModelBeat {
  std::string agent;  // its id; "" where the defaults alone make the default agent beat
  std::string path;   // the key that says how often: "agents.list[1].heartbeat.every"
  Duration every{};   // above zero; what cannot be read counts as 30 min
  std::optional<std::string> workspace;  // of its own, absolute; nullopt: the shared one
};

// By the rules of load_openclaw. `home` stands for ~ in workspaces.
std::vector<ModelBeat> beats_of(const OpenClaw& openclaw, const std::string& home);

// Which keys the file is written with.
enum class OpenClawDialect { unknown, y2026_2, y2026_9 };

// By meta.lastTouchedVersion (up to 2026.2, from 2026.9), else by keys that only one of them knows.
OpenClawDialect dialect_of(const OpenClaw& openclaw);

// The commands that turn `beats` off, each once. 2026.2 and 2026.9 take the same: a span of "0m" is
// off in both.
std::vector<std::string> heartbeat_off_commands(const std::vector<ModelBeat>& beats);

}  // namespace chela::config
