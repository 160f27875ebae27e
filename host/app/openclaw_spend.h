// What a live OpenClaw spent lately: its transcripts, with the prices and prompts of its
// openclaw.json. Needs no configuration of chela's.
#pragma once

#include <optional>
#include <string>

#include "app/openclaw_transcripts.h"
#include "app/setup.h"
#include "config/openclaw.h"

namespace chela::app {

struct OpenClawSpend {
  std::string folder;
  TranscriptsRead read;
  models::OpenClawReport report;
  std::optional<config::OpenClaw> config;  // nullopt: none, or not readable (then a note)
  std::string catalog_date;                // of the prices that estimates use
};

// The calls in [since, until) of the OpenClaw in `folder`. Fails as read_transcripts does, and
// where the installation's catalogue cannot be read.
Result<OpenClawSpend> read_openclaw_spend(const std::string& folder,
                                          const Installation& installation, Timestamp since,
                                          Timestamp until);

// How often the model heartbeat beats at most in `span`, by the configuration (30 min where none is
// there); 0 where it is off.
std::int64_t beats_in(const std::optional<config::OpenClaw>& config, Duration span);

}  // namespace chela::app
