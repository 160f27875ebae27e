// What a trading check remembers between two runs, in its cursor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "asker.h"
#include "drawdown.h"
#include "habit.h"
#include "ledger.h"
#include "standing.h"

namespace trading {

// The keys were refused: by which part, and how.
struct Refusal {
  std::string part{};
  Miss miss{};
};

struct Memory {
  Ledger ledger;
  Habit habit;
  std::optional<Peak> peak;
  std::optional<Timestamp> last_look;  // when events were last looked for; absent: never
  Timestamp wait_until{};              // the end of a rate limit
  int rate_limits = 0;                 // in a row
  std::vector<std::string> told;       // ids of events that were told
  std::optional<Refusal> refusal;      // until that part is answered
  Standing standing;                   // of the last run
  json::object more;                   // the plugin's own
};

// Of a cursor that is about another address nothing is taken: a live account is no paper account.
Memory recall(const json::value& cursor, const std::string& origin);
json::object to_json(const Memory& memory, const std::string& origin);

// Keeps ids once; of too many, those that were added last.
void remember_told(Memory& memory, const std::vector<std::string>& ids);
// Notes the end of a rate limit that `asker` met, or that there is none any more.
void remember_limit(Memory& memory, const Asker& asker, Timestamp now);

// Notes that the keys are refused, or that they are accepted again: the part that was refused is
// answered, or it is not asked for any more and `main_part` is answered. Anything else, such as a
// connection that drops, says nothing about the keys.
void remember_refusal(Memory& memory, const Asker& asker, const std::string& main_part);

}  // namespace trading
