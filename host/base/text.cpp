#include "base/text.h"

#include <algorithm>
#include <numeric>

#include "chela/utf8.h"

namespace chela::base {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string closest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = 3;
  for (const auto& candidate : known) {
    const bool is_prefix = word.size() >= 3 && candidate.starts_with(word);
    const auto distance = is_prefix ? 1 : edit_distance(word, candidate);
    if (distance < best_distance && distance < std::max(word.size(), candidate.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string grouped(std::int64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string valid_utf8(std::string_view text) {
  return replace_invalid_utf8(text);
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string line = valid_utf8(text.substr(0, max_bytes));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  // C1 controls (U+0080..U+009F, two bytes in UTF-8) steer terminals too.
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    if (static_cast<unsigned char>(line[i]) == 0xc2 &&
        static_cast<unsigned char>(line[i + 1]) < 0xa0) {
      line[i] = line[i + 1] = ' ';
    }
  }
  if (text.size() > max_bytes) line += "...";
  return line;
}

}  // namespace chela::base
