// Reads a secret through another program: 1Password's `op read`, or one that a person named.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/secret_outcome.h"
#include "services/secret_ref.h"

namespace chela::services {

// A variable's value, from the process or from elsewhere (config::EnvLookup has the same shape).
using SecretEnv = std::function<std::optional<std::string>(const std::string& name)>;

struct SecretPrograms {
  SecretEnv env;
  std::vector<std::string> op_variables;  // names of the OP_.. variables that go along to `op`
  // Where a service-account token may be (mode 0600), the first that is there counts; "~/" is HOME.
  std::vector<std::string> token_files;
  Duration timeout{15'000};   // of one run
  std::vector<uid_t> owners;  // who counts as self beside root
  // Foreign text as it may be shown; empty: what `op` says is not shown at all.
  std::function<std::string(std::string_view)> redact;
};

// `op read --no-newline REFERENCE`. The token: OP_SERVICE_ACCOUNT_TOKEN, else systemd's credential
// `op-service-account-token`, else a token file; where one is there and is no good, that is the
// answer, so that nobody is prompted on a server. OP_CONNECT_HOST and _TOKEN go before all of them.
// Never fails: a failure is in the result. [loop-thread]
class OnePassword {
 public:
  // `on_token` is told of a token before `op` gets it.
  OnePassword(SecretPrograms programs, std::function<void(std::string_view token)> on_token)
      : programs_(std::move(programs)), on_token_(std::move(on_token)) {}
  // This must outlive it.
  boost::asio::awaitable<SecretRead> read(std::string reference);

 private:
  struct SignIn;
  std::optional<SecretFailure> find_op(std::vector<SecretStep>& steps);
  std::optional<SecretFailure> sign_in(SignIn& how, std::vector<SecretStep>& steps) const;
  std::vector<std::string> environment(const SignIn& how) const;

  SecretPrograms programs_;
  std::function<void(std::string_view)> on_token_;
  std::string op_;  // its real path, looked for once; "" = not found yet
};

// What the program of an exec: reference prints. `programs` must outlive it. [loop-thread]
boost::asio::awaitable<SecretRead> read_from_program(const SecretPrograms& programs, SecretRef ref);

// The systemd credential `name`, as cred:NAME reads it.
SecretRead read_credential(const SecretEnv& env, const std::string& name,
                           const std::vector<uid_t>& owners);

}  // namespace chela::services
