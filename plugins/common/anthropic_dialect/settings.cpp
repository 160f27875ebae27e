#include "settings.h"

#include <algorithm>

namespace chela::anthropic {
namespace {

constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";

tl::unexpected<Error> bad(const std::string& setting, const std::string& what) {
  return fail(ErrorCode::invalid_argument, "setting '" + setting + "': " + what);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_ours(std::string_view name) {
  constexpr std::string_view kOurs[] = {"authorization", "x-api-key",         "proxy-authorization",
                                        "host",          "content-type",      "content-length",
                                        "connection",    "transfer-encoding", "accept-encoding"};
  return std::find(std::begin(kOurs), std::end(kOurs), name) != std::end(kOurs);
}

Result<void> read_header(Headers& headers, std::string_view key, const json::value& value) {
  const std::string name = lower(key);
  const std::string setting = "headers." + std::string(key);
  if (name.empty() || name.find_first_not_of(kNameCharacters) != std::string::npos)
    return bad(setting, "this is no name of a header");
  if (is_ours(name)) return bad(setting, "chela sets this header itself");
  if (!value.is_string()) return bad(setting, "wanted text");
  const std::string text(value.get_string());
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
  });
  if (has_control) return bad(setting, "wanted one line of text");
  if (text.find("{{") != std::string::npos)
    return bad(setting, "wanted plain text, found '{{'; keys are put in by chela only");
  set_headers(headers, {{name, text}});
  return {};
}

}  // namespace

Result<Settings> read_settings(const Config& config) {
  Settings settings;
  std::string url = config.get("base_url");
  if (!url.starts_with("https://") && !url.starts_with("http://"))
    return bad("base_url", "wanted a URL with https:// or http://, found '" + url + "'");
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with("/v1")) url.resize(url.size() - 3);
  if (url.find_first_of("?# ") != std::string::npos || url.find("//") + 2 >= url.size())
    return bad("base_url", "wanted scheme, host and path only, found '" + url + "'");
  settings.base_url = std::move(url);
  const auto* headers = find(config.value(), "headers");
  if (headers == nullptr) return settings;
  if (!headers->is_object()) return bad("headers", "wanted names and values");
  for (const auto& [key, value] : headers->get_object())
    CHELA_TRY(read_header(settings.headers, key, value));
  return settings;
}

std::string origin_of_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, url.find('/', scheme + 3)));
}

void set_headers(Headers& headers, const Headers& more) {
  for (const auto& one : more) {
    std::erase_if(headers, [&](const auto& header) { return header.first == one.first; });
    headers.push_back(one);
  }
}

}  // namespace chela::anthropic
