// Asks the service managers (systemd's for the system, and the user's own) for failed units and
// overdue timers.
#pragma once

#include <string>
#include <vector>

#include "round.h"

namespace check_system {

struct ManagerSettings {
  std::string systemctl;             // the program
  std::string user_folder;           // XDG_RUNTIME_DIR of the user whose manager is asked
  std::vector<std::string> ignored;  // patterns of units and timers that are passed over
};

// Nothing is said where systemd does not run. A manager that does not answer in time is asked
// nothing further in this round.
void look_at_managers(chela::Host& host, const ManagerSettings& settings, Round& round);

}  // namespace check_system
