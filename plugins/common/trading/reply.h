// What became of one request to a trading service: its document, or why there is none. Pure.
#pragma once

#include <chela/http.h>

#include <optional>
#include <string>

#include "moments.h"

namespace trading {

namespace json = chela::json;

// Why a request gave no document.
struct Miss {
  enum class Kind {
    refused,       // 401, 403: the keys, or the clock
    rate_limited,  // 429
    unavailable,   // nobody answered, too slow, 5xx: later may be better
    broken         // an answer that makes no sense
  };
  Kind kind = Kind::unavailable;
  int status = 0;  // of HTTP; 0 where there was none
  chela::ErrorCode code = chela::ErrorCode::unavailable;
  std::string why{};                      // for a person: "HTTP 503", with the service's own words
  std::optional<Timestamp> again_at{};    // a rate limit's end, where the service names it
  std::optional<Duration> clock_ahead{};  // how far our clock is ahead of the server's
};

// One of the two is there.
struct Reading {
  std::optional<json::value> document{};
  Miss miss{};
};

// `reply` of a request for JSON, looked at when our clock said `now`.
Reading read_reply(const chela::Result<chela::FetchReply>& reply, Timestamp now);

// For a request that is not made, because the earlier ones took too long.
Reading out_of_time();

// The server's JSON of any status, for services that describe their trouble in the same document.
std::optional<json::value> body_of(const chela::Result<chela::FetchReply>& reply);

// "The clock of this machine is 40 s ahead of the service's." Empty where it is less than 10 s off
// (a Date header has whole seconds and is some time on its way) or where nobody told the time.
std::string describe_clock(const Miss& miss);

// Words of the service on one line, at most `max_bytes`.
std::string word(std::string_view text, std::size_t max_bytes = 60);

}  // namespace trading
