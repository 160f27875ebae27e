// Addresses that a check is told to ask. Pure.
#pragma once

#include <chela/result.h>

#include <string>

namespace web {

// The host of `url`, with its port where it has one. invalid_argument where it is no http:// or
// https:// with a host, in ASCII and without a secret, or where a user or password is in it: the
// words name the setting `url` and repeat no password.
chela::Result<std::string> host_of(const std::string& url);

}  // namespace web
