// When an exchange has waited too long: decided over plain times.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "chela/duration.h"
#include "services/http_failure.h"

namespace chela::services {

// Each zero or above; zero = none.
struct HttpDeadlines {
  Duration connect{10'000};     // from the start (or a redirect) until the request can be sent:
                                // a free connection, or address, TCP, proxy and TLS
  Duration first_byte{60'000};  // from there to the first byte of the answer; sending is part of it
  Duration idle{60'000};        // between two bytes of the answer; not while the reader is behind
  Duration total{600'000};      // the whole exchange, redirects and reading included
};

// How far an exchange is.
struct HttpProgress {
  using Time = std::chrono::steady_clock::time_point;
  Time began{};
  Time leg_began{};  // as `began`, or the last redirect
  std::optional<Time> connected;
  std::optional<Time> last_byte;  // of the answer
  bool is_paused = false;         // we do not read, because our reader is behind
};

struct HttpLimit {
  HttpProgress::Time until = HttpProgress::Time::max();
  HttpFailure kind = HttpFailure::total_timeout;
};

// The deadline that comes next; time_point::max() where there is none.
HttpLimit next_limit(const HttpDeadlines& deadlines, const HttpProgress& progress);

// "no answer began within 60s after the request could be sent".
std::string describe_timeout(HttpFailure kind, const HttpDeadlines& deadlines);

}  // namespace chela::services
