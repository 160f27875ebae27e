// Looks whether the machine's clock is kept right by a time server.
#pragma once

#include <optional>
#include <string>

#include "round.h"

namespace check_system {

struct ClockSettings {
  std::string timedatectl;  // the program
  chela::Duration max_age{0};
};

// Pure: systemd-timesyncd runs, and touches a file each time that it has set the clock.
//   synchronized  when it last did; absent = not since it was started, which is told after an hour
//                 or `max_age`, whichever is shorter: after a start the network may be late
//   started       when it was started
Outcome judge_timesyncd(std::optional<chela::Timestamp> synchronized, chela::Timestamp started,
                        chela::Duration max_age, chela::Timestamp now);

// Pure, over `timedatectl show`: "NTP=yes" (some service is to set the clock) and
// "NTPSynchronized=no". Nothing where no service is, or it does not say.
std::optional<Outcome> judge_timedatectl(std::string_view text);

// Nothing where nobody knows: no systemd, or no service that sets the clock. The time of `pause` is
// not counted: a machine that wakes has had no chance yet.
std::optional<Outcome> look_at_clock(chela::Host& host, const ClockSettings& settings,
                                     const Pause& pause);

}  // namespace check_system
