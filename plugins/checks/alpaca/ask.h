// The requests of check.alpaca: GET only, each answer into the ledger.
#pragma once

#include <chela/check.h>

#include "asker.h"
#include "memory.h"
#include "settings.h"

namespace check_alpaca {

struct Desk {
  chela::Host& host;
  const Settings& settings;
  chela::Timestamp end;  // of this run's requests: further ones are not made
};

// How long all requests of a run may take together, so that its deadline is never met.
inline constexpr chela::Duration kBudget = std::chrono::seconds(60);

// What a brief needs: account, positions, open orders.
void ask_for_brief(const Desk& desk, trading::Asker& asker);
// The same, and clock, closed orders, activities; today's calendar where the clock makes one
// wonder.
void ask_all(const Desk& desk, trading::Asker& asker, const trading::Memory& memory,
             chela::Timestamp now);

}  // namespace check_alpaca
