// What a service's reply to a message means for the host's next step.
#pragma once

#include <chela/http.h>
#include <chela/notifier.h>

#include <string>
#include <string_view>

namespace notify {

// What a person can do about it; each a whole sentence without its end.
struct Hints {
  std::string service;    // "Discord"
  std::string key{};      // 401 and 403: which key to look at
  std::string address{};  // 404 and 410: which address or name
  std::string refused{};  // 400 and the other 4xx
};

// Any 2xx is a delivery. Else: 401 unauthenticated, 403 permission_denied, 404 and 410 not_found,
// 429 resource_exhausted, 408 and 5xx unavailable, a redirection failed_precondition, the other 4xx
// invalid_argument (it would never be taken). `said` are the service's own words, "" for none.
chela::Result<chela::Delivery> judge(const chela::FetchReply& reply, const Hints& hints,
                                     std::string_view said = "");

// The same, and the host is told how long the service asks to wait.
chela::Result<chela::Delivery> judge(const chela::Host& host, const chela::FetchReply& reply,
                                     const Hints& hints, std::string_view said = "");

// How long the service asks to wait, as its Retry-After says in seconds; 0 for nothing.
long retry_after_seconds(const chela::FetchReply& reply);

}  // namespace notify
