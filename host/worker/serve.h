// Serves one plugin instance over the host's socket, after everything was locked down.
#pragma once

#include "chela/json.h"

namespace chela::worker {

struct ServeRequest {
  int socket_fd = 3;      // SOCK_STREAM, frames of plugin/wire.h
  int library_fd = 4;     // sealed memfd with the plugin
  int cancel_fd = 5;      // eventfd that the host writes to cancel; -1 = none
  json::object enforced;  // what lock_down() achieved, reported in "ready"
};

// Reads the "open" frame, opens the library, makes the instance, answers "ready" and serves calls
// until the host closes the socket. Returns the process's exit code: 0 after an orderly end, 1 when
// the plugin was refused (said in a "refused" frame), 2 when the socket broke. One thread, one call
// at a time; log, clock and cancelled may be used from threads of the plugin.
int serve(const ServeRequest& request);

// Says "refused" to the host: what must be in force is not, nothing was opened.
void refuse(int socket_fd, const Error& error);

}  // namespace chela::worker
