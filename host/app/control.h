// The daemon's door for other chela commands: a unix socket in the workspace's state folder, one
// JSON line each way.
//
//   -> {"command":"tick","all":false,"check":"system","dry_run":false,"explain":false}
//   <- {"lines":["[warn] system:
//   .."],"problems":[],"explanations":[],"ran":["system"],"would_run":[],"runs":[..]}
//   -> {"command":"ping"}     <- {"pid":4711}
//   -> {"command":"wake"}     <- {"pid":4711}     the ledger has changed: plan anew
//   <- {"error":{"code":5,"message":".."}}
#pragma once

#include <string>

#include "base/unique_fd.h"
#include "chela/json.h"
#include "heartbeat/tick.h"

namespace chela::app {

// What a tick came to, as it travels and as `--json` prints it.
struct TickSummary {
  std::vector<std::string> lines;  // said
  std::vector<std::string> problems;
  std::vector<std::string> explanations;
  std::vector<std::string> ran;
  std::vector<std::string> would_run;
  // [{"check":"load","outcome":"ok","status":"warn","summary":"..","error":"","ms":12,"metrics":[..]}]
  json::array runs;
};
TickSummary summarize(const heartbeat::TickReport& report, std::vector<std::string> said);
json::object to_json(const TickSummary& summary);
TickSummary summary_from(const json::value& value);
json::object to_json(const heartbeat::TickRequest& request);
heartbeat::TickRequest request_from(const json::value& value);

// Sends one request to the daemon of `folder` and waits for its answer, at most `timeout`.
// unavailable: no daemon listens there, or it ended before it answered. What a daemon answers as
// unavailable (its ledger is locked) comes as aborted: the caller must not take over beside it.
Result<json::value> ask_daemon(const std::string& folder, const json::object& request,
                               Duration timeout);

// A listening socket (mode 0600) at `folder`/control.sock; whatever lay there before is removed:
// the caller holds the workspace's lock.
Result<base::UniqueFd> listen_in(const std::string& folder);

}  // namespace chela::app
