#include "config/formats.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "base/time.h"

namespace chela::config {
namespace {

constexpr const char* kZoneFolder = "/usr/share/zoneinfo";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_visible(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

bool is_duration(std::string_view text) {
  return base::parse_duration(text).has_value();
}

// RFC 3986 in as far as a typing mistake shows: a scheme, something after it, no blanks, and a host
// for the web.
bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const auto scheme = text.substr(0, colon);
  const bool is_scheme =
      is_letter(scheme.front()) && std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
      });
  if (!is_scheme || !is_visible(text)) return false;
  if (scheme != "http" && scheme != "https") return true;
  const auto rest = text.substr(colon + 1);
  return rest.starts_with("//") && rest.size() > 2 && rest[2] != '/' && rest[2] != ':';
}

bool is_path(std::string_view text) {
  const bool is_clean = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  return is_clean &&
         (text.starts_with('/') || text == "~" || text.starts_with("~/") || text.starts_with("${"));
}

bool is_secret_ref(std::string_view text) {
  constexpr std::array<std::string_view, 5> kSchemes{"op://", "env:", "file:/", "cred:", "exec:"};
  const auto has_scheme = [&](std::string_view scheme) {
    return text.starts_with(scheme) && text.size() > scheme.size();
  };
  return text.find('\n') == std::string_view::npos &&
         std::any_of(kSchemes.begin(), kSchemes.end(), has_scheme);
}

struct Format {
  std::string_view name;
  bool (*holds)(std::string_view);
  const char* wanted;
};
constexpr std::array<Format, 5> kFormats{{
    {"duration", is_duration, "a duration like 30m, 4h, 1h30m or 2d"},
    {"uri", is_uri, "an address like https://host/path"},
    {"path", is_path, "an absolute path, or one that starts with ~/ or ${workspace}"},
    {"timezone", is_timezone, "'local' or a zone like Europe/Berlin"},
    {"secret-ref", is_secret_ref,
     "a reference like op://vault/item/field, env:NAME or file:/path, not the secret itself"},
}};

const Format* find_format(std::string_view name) {
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(),
                                   [&](const Format& f) { return f.name == name; });
  return found == kFormats.end() ? nullptr : found;
}

}  // namespace

bool is_known_format(std::string_view format) {
  return find_format(format) != nullptr;
}

bool has_format(std::string_view format, std::string_view text) {
  const auto* known = find_format(format);
  return known != nullptr && known->holds(text);
}

std::string describe_format(std::string_view format) {
  const auto* known = find_format(format);
  return known == nullptr ? std::string(format) : known->wanted;
}

bool is_timezone(std::string_view name) {
  if (name == "local") return true;
  const bool is_name =
      !name.empty() && name.size() <= 64 && is_letter(name.front()) &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '+' || c == '/';
      });
  if (!is_name) return false;
  std::error_code error;
  if (!std::filesystem::is_directory(kZoneFolder, error)) return true;
  const auto file = std::filesystem::path(kZoneFolder) / name;
  if (!std::filesystem::is_regular_file(file, error)) return false;
  std::array<char, 4> magic{};
  std::ifstream(file, std::ios::binary).read(magic.data(), magic.size());
  return std::string_view(magic.data(), magic.size()) == "TZif";
}

}  // namespace chela::config
