#include "services/http_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "services/http_secrets.h"

namespace chela::services {
namespace {

struct Freed {
  const CurlLibrary* curl;
  void operator()(CURLU* handle) const { curl->url_cleanup(handle); }
};
using Handle = std::unique_ptr<CURLU, Freed>;

std::string part(const CurlLibrary& curl, const Handle& url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl.url_get(url.get(), what, &text, flags) != CURLUE_OK || text == nullptr) return "";
  std::string copy = text;
  curl.free(text);
  return copy;
}

tl::unexpected<HttpError> refuse(const std::string& what) {
  return http_fail(HttpFailure::bad_request, "url: " + what);
}

HttpResult<HttpUrl> parts_of(const CurlLibrary& curl, const Handle& url) {
  HttpUrl parts;
  parts.scheme = part(curl, url, CURLUPART_SCHEME);
  if (parts.scheme != "http" && parts.scheme != "https") {
    return refuse("wanted http or https, found '" + base::printable(parts.scheme, 40) + "'");
  }
  if (!part(curl, url, CURLUPART_USER).empty() || !part(curl, url, CURLUPART_PASSWORD).empty()) {
    return refuse("a user or password may not stand in it; use a header with {{secret:NAME}}");
  }
  curl.url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  parts.host = part(curl, url, CURLUPART_HOST);
  std::transform(parts.host.begin(), parts.host.end(), parts.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  parts.port = part(curl, url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  parts.path = part(curl, url, CURLUPART_PATH);
  parts.text = part(curl, url, CURLUPART_URL);
  if (parts.host.empty() || parts.text.empty()) return refuse("wanted a host");
  if (has_placeholder(parts.host)) return refuse("a secret may stand in path and query only");
  return parts;
}

}  // namespace

HttpResult<HttpUrl> parse_url(const CurlLibrary& curl, const std::string& text) {
  // Requests to one address come one after the other.
  static thread_local std::pair<std::string, HttpUrl> last;
  if (!text.empty() && text == last.first) return last.second;
  const Handle url(curl.url(), Freed{&curl});
  if (text.find('\0') != std::string::npos) return refuse("a NUL stands in it");
  const CURLUcode code = curl.url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
  if (code != CURLUE_OK) {
    return refuse(std::string("wanted http://HOST/.. or https://HOST/..: ") +
                  curl.url_strerror(code));
  }
  auto parts = parts_of(curl, url);
  if (parts) last = {text, *parts};
  return parts;
}

HttpResult<HttpUrl> resolve_url(const CurlLibrary& curl, const HttpUrl& base,
                                const std::string& location) {
  const Handle url(curl.url(), Freed{&curl});
  const bool is_read =
      curl.url_set(url.get(), CURLUPART_URL, base.text.c_str(), 0) == CURLUE_OK &&
      curl.url_set(url.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) == CURLUE_OK;
  if (!is_read) return refuse("a redirect leads to no URL");
  return parts_of(curl, url);
}

bool is_same_origin(const HttpUrl& one, const HttpUrl& other) {
  return one.scheme == other.scheme && one.host == other.host && one.port == other.port;
}

bool is_loopback(const HttpUrl& url) {
  if (url.host == "localhost") return true;
  in_addr four{};
  if (::inet_pton(AF_INET, url.host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  if (url.host.size() < 2 || url.host.front() != '[') return false;
  in6_addr six{};
  const std::string inner = url.host.substr(1, url.host.size() - 2);
  return ::inet_pton(AF_INET6, inner.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six) != 0;
}

}  // namespace chela::services
