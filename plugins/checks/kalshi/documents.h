// What Kalshi's answers say, as far as this check needs it. Pure.
//
// Source: Kalshi's Trade API v2 (3.28 to 3.34). Amounts are dollars as text with up to six decimals
// (`*_dollars`), contracts text with two (`*_fp`), some older members whole cents; all become
// integers here. keep_*() take from an answer what is worth keeping in the cursor; read_*() read
// what was kept. An entry of a list without its essentials is passed over.
#pragma once

#include <chela/json.h>
#include <chela/result.h>

#include <optional>
#include <string>
#include <vector>

#include "moments.h"

namespace check_kalshi {

namespace json = chela::json;
using chela::Duration;
using chela::Result;
using chela::Timestamp;

struct MicroDollars {
  std::int64_t count = 0;
  auto operator<=>(const MicroDollars&) const = default;
};
struct CentiContracts {
  std::int64_t count = 0;
  auto operator<=>(const CentiContracts&) const = default;
};

// A part of the exchange with a balance of its own.
struct Shard {
  std::int64_t index = 0;
  MicroDollars free{};
};

struct Balance {
  MicroDollars free{};       // cash that is bound by nothing
  MicroDollars portfolio{};  // what the positions are worth
  std::vector<Shard> shards;
};

struct ExchangeStatus {
  struct Part {
    std::int64_t index = 0;
    bool is_trading = false;
  };
  bool is_active = false;  // it takes orders, transfers, anything at all
  bool is_trading = false;
  std::string back_at;  // RFC 3339, "" where nobody says
  std::vector<Part> parts;
};

struct Position {
  std::string ticker;
  std::int64_t shard = 0;
  CentiContracts contracts{};  // negative: NO
  MicroDollars exposure{};
};

struct Order {
  std::string id, ticker;
  std::int64_t shard = 0;
  std::optional<Timestamp> created{}, updated{}, expires{};
};

struct Market {
  std::string ticker, status, result;
  std::optional<Timestamp> closes{}, expected{};
};

struct Settlement {
  std::string id;  // ticker and time
  std::string ticker, result;
  MicroDollars profit{};  // revenue - cost - fee
};

struct Access {
  std::optional<Timestamp> region_ends{};
};

struct UsageGrant {
  std::string level, lane;
  Timestamp ends{};
};

Result<json::value> keep_status(const json::value& answer);
Result<json::value> keep_balance(const json::value& answer);
Result<json::value> keep_positions(const json::value& answer);
Result<json::value> keep_orders(const json::value& answer);
Result<json::value> keep_markets(const json::value& answer);
Result<json::value> keep_settlements(const json::value& answer);
Result<json::value> keep_api_keys(const json::value& answer);
Result<json::value> keep_limits(const json::value& answer);
// {"list": [[finalized_ts, cents], ..]}; `member` is deposits or withdrawals.
Result<json::value> keep_transfers(const json::value& answer, const char* member);

std::optional<ExchangeStatus> read_status(const json::value* kept);
std::optional<Balance> read_balance(const json::value* kept);
std::vector<Position> read_positions(const json::value* kept);  // without those of nothing
std::vector<Order> read_orders(const json::value* kept);
std::vector<Market> read_markets(const json::value* kept);
std::vector<Settlement> read_settlements(const json::value* kept);
Access read_access(const json::value* kept);
std::vector<UsageGrant> read_grants(const json::value* kept);
// What was paid from the one time to the other, both included, by kept transfers.
MicroDollars sum_between(const json::value* kept, Timestamp since, Timestamp until);

}  // namespace check_kalshi
