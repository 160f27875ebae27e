// Access tokens out of a login that was made once (`chela secret login`), made anew when they end.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/file_lock.h"
#include "services/clock.h"
#include "services/http.h"
#include "services/plugin_secrets.h"

namespace chela::services {

// One login as it is kept: <folder>/NAME.json, mode 0600.
struct OAuthLogin {
  std::string provider;  // "google", "microsoft", "custom"
  std::string token_url;
  std::string client_id;
  std::string client_secret;  // "" where the provider wants none
  std::string scope;
  std::string refresh_token;
  std::string access_token;
  Timestamp expires{};
};

// invalid_argument names what is missing or wrong, without a value.
Result<OAuthLogin> parse_login(std::string_view text);
std::string write_login(const OAuthLogin& login);

// What the token endpoint says: {"access_token":"..","expires_in":3600,"refresh_token":".."} or
// {"error":"invalid_grant"}. failed_precondition: the login has ended, or the request is refused
// for good; unavailable: try again. `now` is when it was asked.
Result<OAuthLogin> take_token_reply(OAuthLogin login, int status, std::string_view body,
                                    Timestamp now);

// Percent-encoded pairs for a form's body.
std::string form_of(const std::vector<std::pair<std::string, std::string>>& fields);

// Whether a token that ends then is still worth using.
bool is_fresh(const OAuthLogin& login, Timestamp now);

struct OAuthSettings {
  std::string folder;  // of the logins
  HttpSettings http;
  OnSecret on_value;  // the redactor's
};

// [loop-thread]
class OAuthTokens final : public TokenSource {
 public:
  // `clock` must outlive the loop too: a refresh that is under way goes on without this.
  OAuthTokens(OAuthSettings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock) {}

  // The access token; where it has ended, another one is fetched first and kept. Processes take
  // turns by a lock file. failed_precondition with the command to run where there is no such login
  // or it has ended.
  //
  // A refresh that has been asked for goes on to its end where the caller gives up: the service may
  // have ended the old refresh token with the answer, so the answer must reach the file.
  boost::asio::awaitable<Result<std::shared_ptr<const SecretString>>> get(
      std::string name) override;
  void doubt(const std::string& name) override { doubted_.insert(name); }
  // Until no refresh is under way: to be awaited before a loop is stopped. 30 s at most.
  boost::asio::awaitable<void> settle();

 private:
  struct Refresh;
  struct Waiting;

  static boost::asio::awaitable<void> run(std::shared_ptr<Refresh> refresh);
  static boost::asio::awaitable<Result<OAuthLogin>> renew(std::shared_ptr<Refresh> refresh);
  std::shared_ptr<Refresh> join(boost::asio::any_io_executor loop, const std::string& name,
                                const OAuthLogin& login);
  void tell(const std::string& name, const OAuthLogin& login) const;

  OAuthSettings settings_;
  const Clock& clock_;
  std::set<std::string> doubted_;
  std::map<std::string, std::weak_ptr<Refresh>> under_way_;
};

// Letters, digits, '-' and '_', at most 64: also the file's name.
bool is_login_name(std::string_view name);
std::string login_file(const std::string& folder, const std::string& name);
// Who changes a login holds this, in whichever process; failed_precondition where another one does.
Result<base::FileLock> lock_login(const std::string& folder, const std::string& name);
// Reads and writes such a file; failed_precondition says how to make one where it is missing.
Result<OAuthLogin> read_login_file(const std::string& folder, const std::string& name);
Result<void> write_login_file(const std::string& folder, const std::string& name,
                              const OAuthLogin& login);

}  // namespace chela::services
