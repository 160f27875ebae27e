#include "services/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace chela::services {
namespace {

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::size_t kShortestSecret = 6;

// A prefix that only keys have, and how many key characters must follow it.
struct Shape {
  std::string_view prefix;
  std::size_t at_least;
};
constexpr std::array kShapes{
    Shape{"sk-", 16},         Shape{"ghp_", 20},   Shape{"gho_", 20},  Shape{"ghu_", 20},
    Shape{"ghs_", 20},        Shape{"ghr_", 20},   Shape{"AKIA", 16},  Shape{"ASIA", 16},
    Shape{"github_pat_", 20}, Shape{"glpat-", 16}, Shape{"xoxb-", 16}, Shape{"xoxp-", 16},
    Shape{"AIza", 30},        Shape{"ops_", 40},
};

// Words whose value, after ':' or '=', is a secret.
constexpr std::array<std::string_view, 10> kNames{
    "password", "passwd",  "passphrase", "secret",        "token",
    "api_key",  "api-key", "apikey",     "client_secret", "private_key"};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool is_key(char c) {
  return is_word(c) || c == '_' || c == '-';
}
char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [](char a, char b) { return a == lower(b); });
}

std::size_t count_while(std::string_view text, bool (*holds)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), holds) - text.begin());
}

bool is_value(char c) {
  return static_cast<unsigned char>(c) > ' ' &&
         std::string_view("\"'&,;)}]\\").find(c) == std::string_view::npos;
}

// A part of the text: what stays, then what goes.
struct Find {
  std::size_t kept = 0;
  std::size_t secret = 0;  // 0: nothing found
};

Find find_shape(std::string_view text) {
  for (const auto& shape : kShapes) {
    if (!text.starts_with(shape.prefix)) continue;
    const auto count = count_while(text.substr(shape.prefix.size()), is_key);
    if (count >= shape.at_least) return {0, shape.prefix.size() + count};
  }
  return {};
}

Find find_bearer(std::string_view text) {
  constexpr std::string_view word = "bearer ";
  if (!starts_with_word(text, word)) return {};
  return {word.size(), count_while(text.substr(word.size()), is_value)};
}

// `Authorization: Basic abc` goes to the end of its line or string: there the scheme is part of the
// value.
Find find_authorization(std::string_view text) {
  constexpr std::string_view word = "authorization";
  if (!starts_with_word(text, word)) return {};
  auto kept = word.size();
  kept += count_while(text.substr(kept), [](char c) { return c == '"' || c == '\'' || c == '\\'; });
  if (kept >= text.size() || (text[kept] != ':' && text[kept] != '=')) return {};
  ++kept;
  kept += count_while(text.substr(kept),
                      [](char c) { return c == ' ' || c == '"' || c == '\'' || c == '\\'; });
  const auto end = text.find_first_of("\"'\\\r\n", kept);
  return {kept, std::min(end, text.size()) - kept};
}

// password=..., "api_key": "...".
Find find_named(std::string_view text) {
  for (const auto name : kNames) {
    if (!starts_with_word(text, name)) continue;
    auto kept = name.size();
    kept +=
        count_while(text.substr(kept), [](char c) { return c == '"' || c == '\'' || c == '\\'; });
    if (kept >= text.size() || (text[kept] != ':' && text[kept] != '=')) continue;
    ++kept;
    kept += count_while(text.substr(kept),
                        [](char c) { return c == ' ' || c == '"' || c == '\'' || c == '\\'; });
    return {kept, count_while(text.substr(kept), is_value)};
  }
  return {};
}

std::string redact_shapes(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  bool is_word_start = true;
  while (!text.empty()) {
    Find found;
    if (is_word_start && is_word(text.front())) {
      for (const auto find : {find_shape, find_authorization, find_bearer, find_named}) {
        found = find(text);
        if (found.secret > 0) break;
      }
    }
    if (found.secret > 0) {
      clean += text.substr(0, found.kept);
      clean += kRedacted;
      text.remove_prefix(found.kept + found.secret);
      is_word_start = true;
      continue;
    }
    is_word_start = !is_word(text.front());  // "task-..." is no sk-..., "db_password=" is one
    clean += text.front();
    text.remove_prefix(1);
  }
  return clean;
}

void replace_all(std::string& text, const std::string& what) {
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, at + kRedacted.size())) {
    text.replace(at, what.size(), kRedacted);
  }
}

}  // namespace

void Redactor::add(std::string secret) {
  if (secret.size() < kShortestSecret) return;
  const auto longer = [](const std::string& a, const std::string& b) {
    return a.size() > b.size();
  };
  secrets_.insert(std::upper_bound(secrets_.begin(), secrets_.end(), secret, longer),
                  std::move(secret));
}

std::string Redactor::redact(std::string_view text) const {
  std::string clean(text);
  for (const auto& secret : secrets_) replace_all(clean, secret);
  return redact_shapes(clean);
}

}  // namespace chela::services
