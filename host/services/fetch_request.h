// A plugin's wish for an HTTP exchange, read and judged before anything is done about it. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/origin.h"
#include "chela/duration.h"
#include "chela/json.h"
#include "services/grant.h"

namespace chela::services {

// A chela.http.request and its body.
struct FetchRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Duration timeout{};
  std::size_t max_body_bytes = 0;
  bool fills_body = false;
  bool wants_certificate = false;
};

// invalid_argument says what is wrong with it.
Result<FetchRequest> parse_fetch_request(std::string_view document, std::string_view body);

// The name of the secret that is the whole url, "" where it is none.
std::string secret_of_url(std::string_view url);

// What a secret that is a whole address gives: webcal becomes https, blanks around it go.
std::string address_of(std::string_view secret);

// Path of a url without query, "/" where it has none.
std::string path_of(std::string_view url);

// Whether the request may go there. `url` is filled in where all of it is a secret, and then no
// message has more of it than the server. permission_denied names the line to add.
Result<void> check_fetch(const Caller& caller, const FetchRequest& request, std::string_view url,
                         bool is_secret_url);

// Names of all secrets that stand in the request: {{secret:NAME}} and {{basic:USER:NAME}}.
std::set<std::string> secrets_of(const FetchRequest& request);

// A header's value with each {{basic:USER:NAME}} replaced by {{secret:basic:USER:NAME}}, which then
// is the secret's name, and those names with user and secret apart.
struct BasicLogin {
  std::string name;  // "basic:ana:password"
  std::string user;
  std::string secret;
};
std::string name_logins(std::string_view value, std::vector<BasicLogin>& logins);

}  // namespace chela::services
