#include "answer.h"

#include <chela/untrusted.h>

namespace feed {

using chela::ErrorCode;

namespace {

bool is_redirect(const chela::FetchReply& reply) {
  return reply.status >= 300 && reply.status < 400;
}

}  // namespace

std::string target_of(const chela::FetchReply& reply) {
  if (!is_redirect(reply)) return "";
  return chela::untrusted_text(reply.header("location").value_or("?"), 150);
}

chela::Error explain(const chela::FetchReply& reply) {
  const std::string what = "the server answers " + std::to_string(reply.status);
  if (reply.status == 401)
    return {ErrorCode::unauthenticated, what + ": this feed wants a login, which is not done here"};
  if (reply.status == 403)
    return {ErrorCode::permission_denied, what + ": it does not want to be read by programs"};
  if (reply.status == 404)
    return {ErrorCode::not_found, what + ": the feed is no longer there; look for its new address"};
  if (reply.status == 410)
    return {ErrorCode::not_found, what + ": the feed has ended; take it out of `feeds`"};
  if (reply.status == 429)
    return {ErrorCode::resource_exhausted, what + ": it is asked too often, raise `every`"};
  if (is_redirect(reply))
    return {ErrorCode::failed_precondition,
            what + ": the feed has moved; set its new address as `url` if you trust it"};
  if (reply.status >= 500) return {ErrorCode::unavailable, what};
  return {ErrorCode::failed_precondition, what + ": look at `url`"};
}

}  // namespace feed
