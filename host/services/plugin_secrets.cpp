#include "services/plugin_secrets.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"

namespace chela::services {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::string_view kToken = "oauth:";

}  // namespace

awaitable<Result<ReadSecret>> PluginSecrets::read(std::string reference) {
  ReadSecret secret;
  secret.reference = reference;
  if (reference.starts_with(kToken)) {
    CHELA_CO_TRY(secret.value, co_await tokens_.get(reference.substr(kToken.size())));
    co_return secret;
  }
  CHELA_CO_TRY(SecretRef ref, parse_secret_ref(reference, home_));
  const std::string name = to_string(ref);
  SecretOutcome outcome = co_await secrets_.get(std::move(ref));
  if (!outcome.ok()) {
    if (!outcome.failure) co_return fail(ErrorCode::internal, "cannot read " + name);
    const Error error = to_error(name, *outcome.failure);
    // What is missing here is for a person to put right; "not found" would read as the server's.
    co_return fail(error.code == ErrorCode::cancelled ? error.code : ErrorCode::failed_precondition,
                   error.message);
  }
  secret.value = std::move(outcome.value);
  secret.generation = outcome.generation;
  co_return secret;
}

awaitable<Result<ReadSecret>> PluginSecrets::read_first(std::vector<std::string> references) {
  Result<ReadSecret> secret = fail(ErrorCode::internal, "");
  for (auto& reference : references) {
    secret = co_await read(std::move(reference));
    if (secret) break;
  }
  co_return secret;
}

// A vault that waits for a person, a login whose service is slow: not longer than the call has.
awaitable<Result<ReadSecret>> PluginSecrets::get(const Caller& caller, std::string name,
                                                 Deadline deadline) {
  const auto found = caller.secrets.find(name);
  if (found == caller.secrets.end() || found->second.empty()) {
    co_return fail(ErrorCode::permission_denied,
                   "the manifest of '" + caller.instance + "' names no secret '" +
                       base::printable(name, 60) + "'; add it under 'secrets':  " +
                       base::printable(name, 60) + ": env:NAME (or op://, file:, cred:, exec:)");
  }
  using namespace asio::experimental::awaitable_operators;
  std::vector<std::string> references = found->second;
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  auto first = co_await (read_first(std::move(references)) ||
                         timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return fail(ErrorCode::deadline_exceeded, "the secret '" + base::printable(name, 60) +
                                                   "' could not be read in time (" +
                                                   "chela secret test tells where it hangs)");
}

void PluginSecrets::doubt(const ReadSecret& secret) {
  if (secret.reference.starts_with(kToken)) {
    tokens_.doubt(secret.reference.substr(kToken.size()));
    return;
  }
  if (const auto ref = parse_secret_ref(secret.reference, home_))
    static_cast<void>(secrets_.invalidate(*ref, secret.generation));
}

}  // namespace chela::services
