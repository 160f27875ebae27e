// The secrets that an instance's manifest names, read for its requests and for nothing else.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "services/files.h"
#include "services/grant.h"
#include "services/secrets.h"

namespace chela::services {

// Access tokens that a login keeps fresh: what `oauth:NAME` means. Implemented in oauth_tokens.h.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  virtual boost::asio::awaitable<Result<std::shared_ptr<const SecretString>>> get(
      std::string name) = 0;
  // The other side refused it: the next get() makes another one.
  virtual void doubt(const std::string& name) = 0;
};

// One value that was read. It lives as long as somebody holds it.
struct ReadSecret {
  std::shared_ptr<const SecretString> value;
  std::string reference;         // "op://..", for invalidate
  std::uint64_t generation = 0;  // of services::Secrets
  std::string_view view() const { return value->view(); }
};

// [loop-thread]
class PluginSecrets {
 public:
  // `home` is what "~" means in a reference. All outlive it.
  PluginSecrets(Secrets& secrets, TokenSource& tokens, std::string home)
      : secrets_(secrets), tokens_(tokens), home_(std::move(home)) {}

  // The first of the secret's references that can be read. failed_precondition (or what reading
  // says) with what to do where none can; permission_denied where the manifest names no such
  // secret; deadline_exceeded where none has come until then. `caller` must outlive the wait.
  boost::asio::awaitable<Result<ReadSecret>> get(const Caller& caller, std::string name,
                                                 Deadline deadline);
  // The other side refused the value: it is read again the next time.
  void doubt(const ReadSecret& secret);

 private:
  boost::asio::awaitable<Result<ReadSecret>> read_first(std::vector<std::string> references);
  boost::asio::awaitable<Result<ReadSecret>> read(std::string reference);

  Secrets& secrets_;
  TokenSource& tokens_;
  std::string home_;
};

}  // namespace chela::services
