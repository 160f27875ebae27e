// The settings that every service with a Messages API has: where it is, and headers of the user's.
#pragma once

#include <string>

#include "chela/config.h"
#include "chela/provider.h"

namespace chela::anthropic {

struct Settings {
  std::string base_url{};  // without "/v1" and "/" at its end
  Headers headers{};       // names in lower case
};

// Out of `base_url` and `headers`. invalid_argument names the setting: a URL that is no http(s)
// one, a header that carries the key or that the connection needs, a name or value that is none.
Result<Settings> read_settings(const Config& config);

// "https://api.example.com/a/b" -> "https://api.example.com"
std::string origin_of_url(std::string_view url);

// Adds `more`; a header of the same name is replaced.
void set_headers(Headers& headers, const Headers& more);

}  // namespace chela::anthropic
