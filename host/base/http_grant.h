// What a grant for HTTP covers: servers, methods and paths.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/origin.h"

namespace chela::base {

struct HttpGrant {
  std::string url;  // scheme, host and port count; https://*.example.org is every host below it
  std::vector<std::string> methods;  // upper case; none = all
  std::vector<std::string> paths;  // without query; one that ends in '*' is a beginning; none = all

  HttpGrant() = default;
  HttpGrant(const char* address) : url(address) {}
  HttpGrant(std::string address, std::vector<std::string> with_methods = {},
            std::vector<std::string> at_paths = {})
      : url(std::move(address)), methods(std::move(with_methods)), paths(std::move(at_paths)) {}
  bool operator==(const HttpGrant&) const = default;
};

// "" or what is wanted in place of what is wrong.
std::string wrong_with(const HttpGrant& grant);

// Whether a request may be sent. `path` begins with '/' and has no query. Where the grant names
// paths, one with dot segments, a backslash, or percent-encoded dots, slashes and percents is never
// covered: servers disagree about where it leads.
bool covers(const HttpGrant& grant, std::string_view method, const Origin& origin,
            std::string_view path);

// Whether the grant names the server, whatever it allows there.
bool covers_server(const HttpGrant& grant, const Origin& origin);

// Whether everything that `need` covers is covered.
bool covers(const HttpGrant& grant, const HttpGrant& need);

// "https://api.example.org (GET /v1/*)"
std::string describe(const HttpGrant& grant);

}  // namespace chela::base
