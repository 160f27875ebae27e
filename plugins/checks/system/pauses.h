// Tells from the gaps between looks whether the machine was off or asleep since the last one: pure.
#pragma once

#include <chela/json.h>

#include <cstdint>
#include <vector>

namespace check_system {

// When this check last looked, and how far its looks lay apart.
struct Looks {
  std::int64_t at_ms = 0;             // 0 = never
  std::vector<std::int64_t> gaps_ms;  // the latest 8, oldest first
  friend bool operator==(const Looks&, const Looks&) = default;
};

// {"at_ms":1795327200000,"gaps_ms":[3600000,3600000]}
chela::json::object to_json(const Looks& looks);
Looks parse_looks(const chela::json::value* value);  // null, or damaged: what can be read

struct Pause {
  // How far looks may lie apart without a pause between them: twice the usual gap, and an hour. The
  // usual gap is the second shortest of the latest 8, so that one look by hand does not count.
  std::int64_t least_ms = 3600 * 1000;
  std::int64_t length_ms = 0;  // the whole gap before this look where it was longer, else 0
};
Pause pause_before(const Looks& looks, std::int64_t now_ms);

// A clock that was set back leaves no gap.
void note_look(Looks& looks, std::int64_t now_ms);

}  // namespace check_system
