// The heartbeat's own dead-man switch: a service that is pinged while all is well, and shouts when
// the pings stop. Pure functions. Source: the ping API of Healthchecks.io (success: the URL itself,
// failure: /fail behind its path), which others understand as well.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace chela::heartbeat {

struct PingState {
  std::optional<Timestamp> last_sent;
  std::optional<Timestamp> last_ok;  // the last one that was answered well
  int failures = 0;                  // in a row
  std::string error;                 // of the last failure
};

// When the next ping is due: `every` after the last one, a minute after one that failed (or `every`
// where that is shorter); at once where none was sent or the clock has gone back.
Timestamp next_ping(const PingState& state, Duration every, Timestamp now);

// After one was sent; "" = it was answered well.
PingState after_ping(PingState state, std::string_view error, Timestamp now);

// The URL that says how it is: `url`, or with /fail behind its path.
std::string ping_url(std::string_view url, bool is_well);

// As the ledger keeps it; what cannot be read counts as never sent.
std::string to_text(const PingState& state);
PingState ping_state_from(std::string_view text);

}  // namespace chela::heartbeat
