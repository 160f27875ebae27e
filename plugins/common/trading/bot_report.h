// What a sheet says of the bot: its signs of life, and what it believes it holds.
#pragma once

#include <optional>
#include <string>

#include "bot.h"
#include "holdings.h"
#include "ledger.h"
#include "sheet.h"
#include "standing.h"

namespace trading {

// Looks at the signs and adds a critical line for each that is missing; `detail` says why it
// matters now. What cannot be looked at is a miss of the part "bot"; where it was missing at the
// last look, it still is.
void tell_bot(chela::Host& host, const BotSettings& settings, const std::string& detail,
              const Standing& standing, Sheet& sheet, Ledger& ledger, Timestamp now);

// The part of one of the bot's own files.
std::string holdings_part(const std::string& path);

// Reads one of the bot's own files; a miss of its part where that fails.
std::optional<Holdings> read_holdings(chela::Host& host, const std::string& path, Ledger& ledger,
                                      Timestamp now);

}  // namespace trading
