// How a person logs in once so that tokens can be made from then on: the device flow (RFC 8628) and
// the code flow with PKCE (RFC 7636, 8252). Pure, but for the random numbers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chela/duration.h"
#include "chela/result.h"

namespace chela::services {

struct OAuthProvider {
  std::string name;
  std::string device_url;  // "" where it has no device flow for this scope
  std::string auth_url;
  std::string token_url;
  std::string scope;
  // The service hands out a refresh token only where these stand in the address, too.
  std::string more_of_address;
};

// google and microsoft, with the scope for mail. Google's device flow refuses that scope, so its
// people go through a browser. nullopt for other names.
std::optional<OAuthProvider> find_oauth_provider(std::string_view name);

// What the device endpoint says.
struct DeviceCode {
  std::string device_code;
  std::string user_code;
  std::string address;  // where a person types it
  Duration expires{};
  Duration interval{};
};
Result<DeviceCode> parse_device_code(int status, std::string_view body);

// What one question about it comes to.
enum class Poll { pending, slow_down, granted, refused };
Poll judge_poll(int status, std::string_view body);

// What is drawn for one login; nobody can guess it.
struct Pkce {
  std::string verifier;
  std::string challenge;
  std::string state;
};
Pkce draw_pkce();

// Where the browser ends: nobody listens there, its address bar holds the code.
inline constexpr const char* kRedirectUri = "http://127.0.0.1:8017/";

// The address that a person opens.
std::string login_address(const OAuthProvider& provider, const std::string& client_id,
                          const Pkce& pkce);

// The code in what a person pasted: the whole address, or the code alone. invalid_argument: another
// login's address (its `state` differs), or what the service refused.
Result<std::string> code_of(std::string_view pasted, const Pkce& pkce);

}  // namespace chela::services
