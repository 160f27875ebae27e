#include "quota.h"

#include "lenient.h"

namespace kimi_coding {
namespace {

using namespace chela;

constexpr auto number = &anthropic::lenient_number;

std::string window_name(const json::value& window) {
  const auto duration = static_cast<std::int64_t>(number(window, "duration").value_or(0));
  const std::string unit = get_string(window, "timeUnit");
  const auto is = [&](std::string_view word) { return unit.find(word) != std::string::npos; };
  if (duration <= 0) return "";
  if (is("MINUTE")) {
    if (duration % 60 != 0) return std::to_string(duration) + "min";
    return std::to_string(duration / 60) + "h";
  }
  if (is("HOUR")) return std::to_string(duration) + "h";
  if (is("DAY")) return duration == 7 ? "week" : std::to_string(duration) + "d";
  return std::to_string(duration) + " " + unit;
}

void add(std::vector<QuotaWindow>& windows, std::string name, const json::value& detail) {
  QuotaWindow window;
  window.name = std::move(name);
  window.limit = number(detail, "limit");
  window.used = number(detail, "used");
  const auto remaining = number(detail, "remaining");
  if (!window.used && window.limit && remaining) window.used = *window.limit - *remaining;
  if (!window.limit && window.used && remaining) window.limit = *window.used + *remaining;
  if (window.limit && window.used && *window.limit > 0)
    window.used_percent = 100 * *window.used / *window.limit;
  for (const char* key : {"resetTime", "resetAt", "reset_time", "reset_at"}) {
    if (window.resets_at.empty()) window.resets_at = get_string(detail, key);
  }
  if (window.limit || window.used) windows.push_back(std::move(window));
}

}  // namespace

std::vector<QuotaWindow> read_quota(const json::value& document) {
  std::vector<QuotaWindow> windows;
  if (const auto* usage = find(document, "usage")) add(windows, "week", *usage);
  const auto* limits = find(document, "limits");
  if (limits == nullptr || !limits->is_array()) return windows;
  for (const auto& one : limits->get_array()) {
    const auto* window = find(one, "window");
    const auto* detail = find(one, "detail");
    if (detail == nullptr) continue;
    std::string name = window == nullptr ? "" : window_name(*window);
    add(windows, name.empty() ? "window" : std::move(name), *detail);
  }
  return windows;
}

}  // namespace kimi_coding
