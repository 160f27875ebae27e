// What the first run finds. The host says no event of a check's first run, but it says conditions:
// so what may do harm is held as one until it is over, and the second run tells of the rest. Pure.
#pragma once

#include <chela/json.h>
#include <chela/report.h>

#include <map>
#include <string>
#include <vector>

#include "alerts.h"
#include "judge.h"

namespace weather {

struct Held {
  chela::json::object finding{};
  std::string kind{};        // "gusts", "thunder"; of an official warning ""
  chela::Timestamp until{};  // of a kind
  std::string alert{};       // the id of the warning, or of its newest update
};

// Takes what may do harm out of the first run's `findings`: gusts, thunder and official warnings.
// `told` and `seen` forget the others, so that they are new to the second run.
std::vector<Held> hold(const std::vector<chela::Finding>& findings, Told& told,
                       std::map<std::string, Severity>& seen);

// Drops what a newer forecast no longer has, and keeps the others until it says that they end.
// `told` forgets what was dropped: should it come back, it is new. To be called before judge().
void keep_forecast(std::vector<Held>& held, const std::map<std::string, Episode>& episodes,
                   Told& told);
// Drops what is over by `now`.
void keep_unfinished(std::vector<Held>& held, chela::Timestamp now);
// Drops the official warnings that neither are in `seen`, which is what is in force, nor have an
// update there.
void keep_alerts(std::vector<Held>& held, const std::vector<Alert>& alerts,
                 const std::map<std::string, Severity>& seen);

chela::Finding finding_of(const Held& held);

chela::json::array write_held(const std::vector<Held>& held);
std::vector<Held> read_held(const chela::json::value& cursor);  // what is damaged is left out

}  // namespace weather
