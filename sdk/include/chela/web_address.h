// Addresses of the web as messages may show them.
#pragma once

#include <string>
#include <string_view>

namespace chela {

// `url` with all before its last @, behind the scheme, as "***": it may be a password, also where
// the address is none that can be read.
inline std::string without_password(std::string_view url) {
  const auto at = url.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  const auto scheme = url.find("://");
  const auto kept = scheme != std::string_view::npos && scheme < at ? scheme + 3 : 0;
  return std::string(url.substr(0, kept)) + "***" + std::string(url.substr(at));
}

}  // namespace chela
