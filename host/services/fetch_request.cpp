#include "services/fetch_request.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "base/text.h"

namespace chela::services {
namespace {

constexpr std::string_view kSecret = "{{secret:";
constexpr std::string_view kBasic = "{{basic:";
constexpr std::string_view kEnd = "}}";
constexpr std::size_t kMostBody = 64u << 20;
constexpr std::size_t kMostHeaders = 64;

tl::unexpected<Error> refuse(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "chela.http/1: " + what);
}

// Calls `take` with what stands between `open` and the braces that close it.
template <class Take>
void each_placeholder(std::string_view text, std::string_view open, Take take) {
  for (auto at = text.find(open); at != std::string_view::npos; at = text.find(open, at)) {
    at += open.size();
    const auto end = text.find(kEnd, at);
    if (end == std::string_view::npos) return;
    take(text.substr(at, end - at));
    at = end;
  }
}

// Headers by which some servers take another method or path than the request line's.
bool is_detour(std::string_view name) {
  constexpr std::string_view kDetours[] = {"x-http-method-override", "x-http-method",
                                           "x-method-override",      "x-original-url",
                                           "x-rewrite-url",          "x-forwarded-uri"};
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(std::begin(kDetours), std::end(kDetours), lower) != std::end(kDetours);
}

}  // namespace

Result<FetchRequest> parse_fetch_request(std::string_view document, std::string_view body) {
  CHELA_TRY(const json::value value, parse_json(document));
  FetchRequest request;
  request.method = get_string(value, "method", "GET");
  request.url = get_string(value, "url");
  if (request.url.empty() || request.url.size() > 8000)
    return refuse("url: wanted 1 to 8000 bytes, found " + std::to_string(request.url.size()));
  const auto timeout = get_int(value, "timeout_ms", 10'000);
  if (timeout <= 0) return refuse("timeout_ms: wanted more than 0");
  request.timeout = Duration(std::min<std::int64_t>(timeout, 3'600'000));
  const auto most = get_int(value, "max_body_bytes", 1 << 20);
  request.max_body_bytes = static_cast<std::size_t>(std::clamp<std::int64_t>(most, 0, kMostBody));
  request.fills_body = get_bool(value, "fills_body");
  request.wants_certificate = get_bool(value, "certificate");
  request.body = body;
  const auto* headers = find(value, "headers");
  if (headers == nullptr) return request;
  if (!headers->is_array() || headers->get_array().size() > kMostHeaders)
    return refuse("headers: wanted a list of at most 64");
  for (const auto& item : headers->get_array()) {
    const auto* pair = item.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string())
      return refuse("headers: wanted pairs of name and value");
    std::string name((*pair)[0].get_string());
    if (is_detour(name))
      return refuse("headers: " + base::printable(name, 40) +
                    " would ask for another method or path than the grant looks at");
    request.headers.emplace_back(std::move(name), (*pair)[1].get_string());
  }
  return request;
}

std::string secret_of_url(std::string_view url) {
  const bool is_whole = url.starts_with(kSecret) && url.find(kEnd) == url.size() - kEnd.size();
  if (!is_whole) return "";
  return std::string(url.substr(kSecret.size(), url.size() - kSecret.size() - kEnd.size()));
}

std::string address_of(std::string_view secret) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = std::min(secret.find_first_not_of(kBlanks), secret.size());
  secret.remove_prefix(begin);
  secret = secret.substr(0, secret.find_last_not_of(kBlanks) + 1);
  constexpr std::string_view kWebcal = "webcal://";
  if (!secret.starts_with(kWebcal)) return std::string(secret);
  return "https://" + std::string(secret.substr(kWebcal.size()));
}

std::string path_of(std::string_view url) {
  const auto host = url.find("://");
  if (host == std::string_view::npos) return "/";
  const auto begin = url.find_first_of("/?#", host + 3);
  if (begin == std::string_view::npos || url[begin] != '/') return "/";
  return std::string(url.substr(begin, url.find_first_of("?#", begin) - begin));
}

Result<void> check_fetch(const Caller& caller, const FetchRequest& request, std::string_view url,
                         bool is_secret_url) {
  const auto origin = base::parse_origin(url);
  if (!origin) {
    return fail(is_secret_url ? ErrorCode::failed_precondition : ErrorCode::invalid_argument,
                is_secret_url ? "the secret that holds the address: wanted https://host/.."
                              : "url: wanted http://host/.. or https://host/.., found '" +
                                    base::printable(url, 80) + "'");
  }
  const std::string path = path_of(url);
  if (may_fetch(caller.grant, request.method, *origin, path)) return {};
  // Where the server is allowed, it is the method or the path that is not.
  const auto& grants = caller.grant.http;
  const bool is_server_named =
      std::any_of(grants.begin(), grants.end(),
                  [&](const base::HttpGrant& one) { return base::covers_server(one, *origin); });
  if (!is_server_named)
    return fail(refusal(Permission::http, caller.instance, base::to_string(*origin)));
  return fail(ErrorCode::permission_denied,
              "permission denied: " + base::printable(request.method, 20) + " " +
                  base::to_string(*origin) + (is_secret_url ? "" : base::printable(path, 200)) +
                  " is more than allow.http in the manifest of '" + caller.instance +
                  "' or the plugin's own needs cover");
}

std::set<std::string> secrets_of(const FetchRequest& request) {
  std::set<std::string> names;
  const auto add = [&](std::string_view name) { names.emplace(name); };
  each_placeholder(request.url, kSecret, add);
  if (request.fills_body) each_placeholder(request.body, kSecret, add);
  std::vector<BasicLogin> logins;
  for (const auto& [name, value] : request.headers) {
    each_placeholder(value, kSecret, add);
    name_logins(value, logins);
  }
  for (const auto& login : logins) names.insert(login.secret);
  return names;
}

std::string name_logins(std::string_view value, std::vector<BasicLogin>& logins) {
  std::string named;
  std::size_t from = 0;
  each_placeholder(value, kBasic, [&](std::string_view inner) {
    const auto at = static_cast<std::size_t>(inner.data() - value.data());
    const auto colon = inner.rfind(':');
    if (colon == std::string_view::npos) return;
    BasicLogin login{"basic:" + std::string(inner), std::string(inner.substr(0, colon)),
                     std::string(inner.substr(colon + 1))};
    named += value.substr(from, at - kBasic.size() - from);
    named += std::string(kSecret) + login.name + std::string(kEnd);
    from = at + inner.size() + kEnd.size();
    logins.push_back(std::move(login));
  });
  return named + std::string(value.substr(from));
}

}  // namespace chela::services
