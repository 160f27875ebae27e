#include "reply.h"

#include <chela/untrusted.h>

#include <charconv>

namespace notify {
namespace {

using chela::ErrorCode;

struct Meaning {
  ErrorCode code;
  const std::string& hint;
};

Meaning meaning_of(int status, const Hints& hints) {
  static const std::string nothing;  // whether it is sent again is the host's to say
  static const std::string moved =
      "it sends elsewhere, and a message is not sent after it: set the new address";
  if (status == 401) return {ErrorCode::unauthenticated, hints.key};
  if (status == 403) return {ErrorCode::permission_denied, hints.key};
  if (status == 404 || status == 405 || status == 410) return {ErrorCode::not_found, hints.address};
  if (status == 429) return {ErrorCode::resource_exhausted, nothing};
  if (status == 408 || status >= 500) return {ErrorCode::unavailable, nothing};
  if (status >= 400) return {ErrorCode::invalid_argument, hints.refused};
  return {ErrorCode::failed_precondition, moved};
}

}  // namespace

long retry_after_seconds(const chela::FetchReply& reply) {
  const auto header = reply.header("retry-after");
  long seconds = 0;
  if (header) std::from_chars(header->data(), header->data() + header->size(), seconds);
  return seconds > 0 && seconds < 1'000'000 ? seconds : 0;
}

chela::Result<chela::Delivery> judge(const chela::FetchReply& reply, const Hints& hints,
                                     std::string_view said) {
  std::string answer = std::to_string(reply.status);
  if (const std::string words = chela::untrusted_text(said, 150); !words.empty())
    answer += " " + words;
  if (reply.status >= 200 && reply.status < 300) return chela::Delivery{answer};
  const auto [code, hint] = meaning_of(reply.status, hints);
  std::string message = hints.service + " answered " + answer;
  if (const long wait = retry_after_seconds(reply); wait > 0 && code != ErrorCode::unauthenticated)
    message += ", wait " + std::to_string(wait) + " s";
  // No colon before the hint: behind "Invalid Webhook Token" the host would take it for a secret.
  return chela::fail(code, message + (hint.empty() ? "" : "; " + hint));
}

chela::Result<chela::Delivery> judge(const chela::Host& host, const chela::FetchReply& reply,
                                     const Hints& hints, std::string_view said) {
  auto outcome = judge(reply, hints, said);
  if (!outcome && outcome.error().code != ErrorCode::unauthenticated)
    chela::ask_to_wait(host, std::chrono::seconds(retry_after_seconds(reply)));
  return outcome;
}

}  // namespace notify
