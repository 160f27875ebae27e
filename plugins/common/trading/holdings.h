// What the bot believes it holds, by its own state file, against what the service says. Pure.
#pragma once

#include <chela/json.h>
#include <chela/result.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "decimal.h"

namespace trading {

// Signed quantity by symbol.
using Holdings = std::map<std::string, money::Decimal>;

// {"positions": {"AAPL": "10", "TSLA": -2.5}} or the inner object alone; quantities are texts or
// numbers as written, 0 is none. data_loss where it is no such document, with what is wanted.
chela::Result<Holdings> parse_holdings(std::string_view text);

struct Difference {
  std::string symbol;
  money::Decimal bot;
  money::Decimal service;
};
// Symbols whose quantities differ by a billionth or more, in order.
std::vector<Difference> compare(const Holdings& bot, const Holdings& service);

}  // namespace trading
