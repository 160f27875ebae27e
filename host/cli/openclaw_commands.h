// The commands of somebody who has a live OpenClaw.
#pragma once

#include <string>

#include "cli/commands.h"

namespace chela::cli {

// `chela usage --openclaw [PATH]`
struct OpenClawUsageCommand {
  std::string path;  // its folder, or its openclaw.json; "" = ~/.openclaw
  int days = 7;
};
struct InitCommand {
  bool is_dry = false;
  bool yes = false;
};

int run_openclaw_usage(const Global& global, const OpenClawUsageCommand& command);
int run_init(const Global& global, const InitCommand& command);

}  // namespace chela::cli
