#include "web.h"

#include <chela/untrusted.h>
#include <chela/web_address.h>

#include <algorithm>

namespace web {

chela::Result<std::string> host_of(const std::string& url) {
  const bool is_web = url.starts_with("https://") || url.starts_with("http://");
  const bool is_clean =
      std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  const std::string rest = is_web ? url.substr(url.find("://") + 3) : "";
  std::string host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty() || !is_clean || url.find("{{") != std::string::npos)
    return chela::fail(chela::ErrorCode::invalid_argument,
                       "url: wanted http:// or https:// and a host, in ASCII, found '" +
                           chela::untrusted_text(chela::without_password(url), 80) + "'");
  if (host.find('@') != std::string::npos)
    return chela::fail(chela::ErrorCode::invalid_argument,
                       "url: wanted no user and password in it");
  return host;
}

}  // namespace web
