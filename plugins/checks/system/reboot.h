// Looks whether an update waits for a reboot (Debian's update-notifier-common,
// unattended-upgrades).
#pragma once

#include "round.h"

namespace check_system {

Outcome look_for_reboot(chela::Host& host);

}  // namespace check_system
