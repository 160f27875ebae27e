#include "services/redact_mark.h"

#include <algorithm>

namespace chela::services {
namespace {

constexpr std::size_t kLongestName = 40;

bool is_shown(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

std::string MarkStyle::mark(std::string_view name) const {
  std::string text(open);
  text += word;
  if (!name.empty()) text += ':';
  for (const char c : name.substr(0, kLongestName)) text += is_shown(c) ? c : '_';
  return text += close;
}

bool MarkStyle::begins(std::string_view text) const {
  if (!text.starts_with(open) || !text.substr(open.size()).starts_with(word)) return false;
  auto rest = text.substr(open.size() + word.size());
  // A value that ends before the mark does: `]` ends many kinds of values.
  if (rest.empty() || rest.starts_with(close)) return true;
  if (rest.front() != ':') return false;
  rest.remove_prefix(1);
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_shown);
  return end == rest.end() || std::string_view(&*end, 1) == close;
}

bool MarkStyle::could_end(std::string_view literal) const {
  std::string front(open);
  front += word;
  if (literal.find(front) != std::string_view::npos) return true;
  const auto at = literal.rfind(open);
  return at != std::string_view::npos && front.starts_with(literal.substr(at));
}

const std::vector<MarkStyle>& mark_styles() {
  static const std::vector<MarkStyle> kStyles{{},
                                              {"<", "redacted", ">"},
                                              {"[", "hidden", "]"},
                                              {"<", "hidden", ">"},
                                              {"(", "removed", ")"},
                                              {"{", "removed", "}"}};
  return kStyles;
}

}  // namespace chela::services
