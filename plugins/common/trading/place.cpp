#include "place.h"

#include <algorithm>
#include <cctype>

namespace trading {
namespace {

std::string shown(std::string_view text) {
  std::string clean;
  for (const char c : text.substr(0, 100)) clean += c > 0x20 && c < 0x7f ? c : '?';
  return clean;
}

chela::Error refusal(std::string_view url, std::span<const KnownHost> known) {
  std::string wanted;
  for (const auto& one : known) {
    wanted += (wanted.empty() ? "" : ", ") + ("https://" + std::string(one.host)) + " (" +
              std::string(one.environment) + ")";
  }
  return {chela::ErrorCode::invalid_argument,
          "base_url: wanted one of " + wanted +
              ", or an address of this machine for a test; found '" + shown(url) + "'"};
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

chela::Result<Place> find_place(std::string_view url, std::span<const KnownHost> known) {
  std::string_view rest = url;
  while (rest.ends_with('/')) rest.remove_suffix(1);
  std::string origin(rest);
  std::transform(origin.begin(), origin.end(), origin.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string_view whole = origin;
  const auto scheme_end = whole.find("://");
  if (scheme_end == std::string_view::npos) return chela::fail(refusal(url, known));
  const auto scheme = whole.substr(0, scheme_end);
  const auto authority = whole.substr(scheme_end + 3);
  for (const auto& one : known) {
    if (scheme == "https" && authority == one.host)
      return Place{origin, std::string(one.environment)};
  }
  const auto colon = authority.rfind(':');
  const auto host = authority.substr(0, colon);
  const bool is_here = host == "127.0.0.1" || host == "localhost";
  const bool has_port = colon == std::string_view::npos || is_port(authority.substr(colon + 1));
  if (!is_here || !has_port || (scheme != "http" && scheme != "https"))
    return chela::fail(refusal(url, known));
  return Place{origin, "test"};
}

}  // namespace trading
