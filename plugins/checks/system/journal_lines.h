// Reads what `journalctl --output=json --show-cursor` prints (tried with systemd 252): pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace check_system {

struct Entry {
  std::string cursor;   // where it stands in the journal
  std::string who;      // the unit that it is about or comes from, else the program's name
  std::string message;  // foreign text, as it was written
  int priority = 3;     // 0 emergency .. 3 error
  std::int64_t at_ms = 0;
};

struct Lines {
  std::vector<Entry> entries;  // oldest first
  std::string last_cursor;     // of the last entry; "" where there is none
  int unreadable = 0;          // lines that are neither an entry nor the cursor
};

// A last line without an end of line was cut off and is left out.
Lines parse_journal(std::string_view text);

// Whether it may stand in a command line as a cursor: "s=..;i=..;..", at most 400 bytes.
bool is_cursor(std::string_view text);

}  // namespace check_system
