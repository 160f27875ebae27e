// `chela run`: sleeps until something is due, ticks, and listens to signals, manifests and other
// chela commands.
#pragma once

#include <functional>
#include <string>

#include "app/setup.h"

namespace chela::app {

struct DaemonOptions {
  Where where;
  std::function<void(const std::string&)> print;  // one line for the person at the terminal
};

// Runs until SIGTERM or SIGINT; a tick that is under way then has 4 s to end, after which its
// workers are killed and nothing of it counts. SIGHUP or a changed manifest loads everything anew
// and starts new workers; a broken host.yaml keeps the last good set. failed_precondition: another
// chela holds this workspace.
Result<void> run_daemon(const DaemonOptions& options);

}  // namespace chela::app
