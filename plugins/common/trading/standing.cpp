#include "standing.h"

#include <algorithm>

namespace trading {
namespace {

constexpr std::size_t kMostBytes = 400;  // of each text

std::string text_of(const json::value& value, const char* name) {
  return chela::get_string(value, name).substr(0, kMostBytes);
}

}  // namespace

Standing::Standing(const json::value* kept) {
  if (kept == nullptr || !kept->is_array()) return;
  for (const auto& value : kept->get_array()) {
    if (lines_.size() == kMost) return;
    const auto severity = chela::get_int(value, "severity");
    Line line{.key = text_of(value, "key"),
              .title = text_of(value, "title"),
              .detail = text_of(value, "detail"),
              .part = text_of(value, "part")};
    if (line.key.empty() || severity < static_cast<int>(Severity::info) ||
        severity > static_cast<int>(Severity::crit))
      continue;
    line.severity = static_cast<Severity>(severity);
    lines_.push_back(std::move(line));
  }
}

Standing::Standing(const Sheet& sheet) {
  for (const auto& line : sheet.lines()) {
    if (line.lasting == Lasting::condition) lines_.push_back(line);
  }
  std::stable_sort(lines_.begin(), lines_.end(),
                   [](const Line& a, const Line& b) { return a.severity > b.severity; });
  lines_.resize(std::min(lines_.size(), kMost));
}

void Standing::keep(Sheet& sheet, std::string_view kind, const Test& test) const {
  for (const auto& line : lines_) {
    if (std::string_view(line.key).substr(0, line.key.find(':')) != kind) continue;
    if (!sheet.has(line.key) && (!test || test(line))) sheet.add(line);
  }
}

json::array Standing::to_json() const {
  json::array array;
  for (const auto& line : lines_) {
    json::object kept{
        {"key", line.key}, {"severity", static_cast<int>(line.severity)}, {"title", line.title}};
    if (!line.detail.empty()) kept["detail"] = line.detail;
    if (!line.part.empty()) kept["part"] = line.part;
    array.push_back(std::move(kept));
  }
  return array;
}

std::string_view subject_of(const Line& line) {
  const auto colon = line.key.find(':');
  return colon == std::string::npos ? std::string_view()
                                    : std::string_view(line.key).substr(colon + 1);
}

}  // namespace trading
