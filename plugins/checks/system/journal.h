// Reads the errors in the system's journal since the last look.
#pragma once

#include <string>

#include "journal_groups.h"
#include "round.h"

namespace check_system {

inline constexpr const char* kJournalFolder = "/var/log/journal";
inline constexpr const char* kVolatileJournalFolder = "/run/log/journal";

struct JournalSettings {
  std::string journalctl;  // the program
  std::string folder;      // kJournalFolder = the system's own, wherever that lies
  JournalRules rules;
};

// The first look only sets the baseline. Nothing is said where there is no journal.
void look_at_journal(chela::Host& host, const JournalSettings& settings, Round& round);

}  // namespace check_system
