#include "rules.h"

#include <algorithm>
#include <cctype>

namespace feed {
namespace {

using chela::ErrorCode;
using chela::fail;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view wanted) {
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

bool fits(const Entry& entry, const Rule& rule) {
  if (!rule.title.empty() && !contains(entry.title, rule.title)) return false;
  if (!rule.author.empty() && !contains(entry.author, rule.author)) return false;
  return rule.category.empty() ||
         std::any_of(entry.categories.begin(), entry.categories.end(),
                     [&](const std::string& one) { return contains(one, rule.category); });
}

bool fits_one(const Entry& entry, const std::vector<Rule>& rules) {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const Rule& rule) { return fits(entry, rule); });
}

}  // namespace

chela::Result<std::vector<Rule>> parse_rules(const chela::json::value& settings, const char* key) {
  std::vector<Rule> rules;
  const auto* list = chela::find(settings, key);
  if (list == nullptr || !list->is_array()) return rules;
  for (const auto& one : list->get_array()) {
    Rule rule{chela::get_string(one, "title"), chela::get_string(one, "author"),
              chela::get_string(one, "category")};
    if (rule.title.empty() && rule.author.empty() && rule.category.empty())
      return fail(ErrorCode::invalid_argument,
                  std::string(key) + "." + std::to_string(rules.size()) +
                      ": wanted a text under title, author or category, found none");
    rules.push_back(std::move(rule));
  }
  return rules;
}

bool is_wanted(const Entry& entry, const std::vector<Rule>& want, const std::vector<Rule>& skip) {
  return (want.empty() || fits_one(entry, want)) && !fits_one(entry, skip);
}

}  // namespace feed
