#include "app/env_file.h"

#include <algorithm>

#include "base/durable_file.h"

namespace chela::app {
namespace {

constexpr std::size_t kMaxBytes = 1u << 20;

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string unquoted(std::string_view text) {
  if (text.starts_with('\'') || text.starts_with('"')) {
    const char quote = text.front();
    std::string value;
    for (std::size_t i = 1; i < text.size() && text[i] != quote; ++i) {
      if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
        ++i;
        value += text[i] == 'n' ? '\n' : text[i];
      } else {
        value += text[i];
      }
    }
    return value;
  }
  return std::string(trimmed(text.substr(0, text.find(" #"))));
}

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::map<std::string, std::string> parse_env(std::string_view text) {
  std::map<std::string, std::string> values;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    const std::size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    const std::string_view name = trimmed(line.substr(0, equals));
    if (is_name(name)) values[std::string(name)] = unquoted(trimmed(line.substr(equals + 1)));
  }
  return values;
}

std::map<std::string, std::string> read_env_file(const std::string& path) {
  const auto text = base::read_file(path, kMaxBytes);
  return text ? parse_env(*text) : std::map<std::string, std::string>();
}

}  // namespace chela::app
