// The requests of check.kalshi: GET only, signed by the host, each answer into the ledger.
#pragma once

#include <chela/check.h>

#include "asker.h"
#include "documents.h"
#include "memory.h"
#include "settings.h"

namespace check_kalshi {

struct Desk {
  chela::Host& host;
  const Settings& settings;
  chela::Timestamp end;  // of this run's requests: further ones are not made
};

// How long all requests of a run may take together, so that its deadline is never met.
inline constexpr chela::Duration kBudget = std::chrono::seconds(60);

// Whether the exchange works; needs no key.
void ask_status(const Desk& desk, trading::Asker& asker);
// What a brief needs: balance, positions, resting orders, what was paid in and out.
void ask_account(const Desk& desk, trading::Asker& asker);
// Markets of positions and orders, settlements since the last look, once an hour what the key may.
void ask_rest(const Desk& desk, trading::Asker& asker, const trading::Memory& memory,
              chela::Timestamp now);
// The latest change of an order within the last day, where a bot's idleness is watched; absent
// where there was none. Fails where it could not be read, which `ledger` has then.
Result<std::optional<chela::Timestamp>> ask_last_act(const Desk& desk, trading::Asker& asker,
                                                     const trading::Ledger& ledger,
                                                     chela::Timestamp now);

}  // namespace check_kalshi
