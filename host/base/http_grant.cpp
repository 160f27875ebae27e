#include "base/http_grant.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace chela::base {
namespace {

constexpr std::string_view kBelow = "*.";

struct Servers {
  Origin origin;  // of a wildcard: what stands behind "*."
  bool is_wildcard = false;
};

std::optional<Servers> servers_of(const std::string& url) {
  Servers servers;
  std::string address = url;
  const auto host = url.find("://");
  if (host != std::string::npos && url.compare(host + 3, kBelow.size(), kBelow) == 0) {
    servers.is_wildcard = true;
    address.erase(host + 3, kBelow.size());
  }
  const auto origin = parse_origin(address);
  if (!origin) return std::nullopt;
  servers.origin = *origin;
  // "*.org" would be half the world.
  if (servers.is_wildcard && origin->host.find('.') == std::string::npos) return std::nullopt;
  return servers;
}

bool is_at(const Servers& servers, const Origin& origin) {
  if (!servers.is_wildcard) return servers.origin == origin;
  const std::string below = "." + servers.origin.host;
  return servers.origin.is_tls == origin.is_tls && servers.origin.port == origin.port &&
         origin.host.size() > below.size() && origin.host.ends_with(below);
}

bool is_devious(std::string_view path) {
  std::string lower(path);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* part : {"%2e", "%2f", "%5c", "%25", "\\", "/../", "/./", "/..;", "/.;"}) {
    if (lower.find(part) != std::string::npos) return true;
  }
  return lower.ends_with("/..") || lower.ends_with("/.");
}

bool matches(const std::string& pattern, std::string_view path) {
  if (!pattern.ends_with('*')) return pattern == path;
  return path.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
}

// Whether each of `needed` is covered by one of `allowed`; none means all.
template <class Covered>
bool covers_each(const std::vector<std::string>& allowed, const std::vector<std::string>& needed,
                 Covered covered) {
  if (allowed.empty()) return true;
  return !needed.empty() && std::all_of(needed.begin(), needed.end(), [&](const std::string& need) {
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](const std::string& one) { return covered(one, need); });
  });
}

bool is_equal(const std::string& one, const std::string& other) {
  return one == other;
}

}  // namespace

std::string wrong_with(const HttpGrant& grant) {
  if (!servers_of(grant.url)) return "https://host, http://host:port or https://*.example.org";
  for (const auto& method : grant.methods) {
    const bool is_word = !method.empty() && std::all_of(method.begin(), method.end(), [](char c) {
      return c >= 'A' && c <= 'Z';
    });
    if (!is_word) return "methods in upper case, such as GET";
  }
  for (const auto& path : grant.paths) {
    if (!path.starts_with('/') || path.find_first_of("?#") != std::string::npos ||
        is_devious(path) || path.find('*') < path.size() - 1)
      return "paths that begin with '/', without query and '..', with '*' at the end only";
  }
  return "";
}

bool covers(const HttpGrant& grant, std::string_view method, const Origin& origin,
            std::string_view path) {
  if (!covers_server(grant, origin)) return false;
  const bool is_method_covered =
      grant.methods.empty() ||
      std::find(grant.methods.begin(), grant.methods.end(), method) != grant.methods.end();
  if (!is_method_covered) return false;
  if (grant.paths.empty()) return true;
  return !is_devious(path) &&
         std::any_of(grant.paths.begin(), grant.paths.end(),
                     [&](const std::string& pattern) { return matches(pattern, path); });
}

bool covers_server(const HttpGrant& grant, const Origin& origin) {
  const auto servers = servers_of(grant.url);
  return servers && is_at(*servers, origin);
}

bool covers(const HttpGrant& grant, const HttpGrant& need) {
  const auto allowed = servers_of(grant.url);
  const auto needed = servers_of(need.url);
  if (!allowed || !needed) return false;
  Origin origin = needed->origin;
  if (needed->is_wildcard) {
    if (!allowed->is_wildcard) return false;
    origin.host = "x." + origin.host;  // any of them stands for all
  }
  return is_at(*allowed, origin) && covers_each(grant.methods, need.methods, is_equal) &&
         covers_each(grant.paths, need.paths, matches);
}

std::string describe(const HttpGrant& grant) {
  std::string what;
  for (const auto& method : grant.methods) what += (what.empty() ? "" : ", ") + method;
  for (const auto& path : grant.paths)
    what += (&path == &grant.paths.front() ? (what.empty() ? "" : " ") : ", ") + path;
  return grant.url + (what.empty() ? "" : " (" + what + ")");
}

}  // namespace chela::base
