#include "quota.h"

#include "lenient.h"

namespace synthetic {
namespace {

using namespace chela;

constexpr auto number = &anthropic::lenient_number;

void add(std::vector<QuotaWindow>& windows, QuotaWindow window) {
  if (!window.used_percent && window.used && window.limit && *window.limit > 0)
    window.used_percent = 100 * *window.used / *window.limit;
  if (window.used_percent || window.used || window.limit) windows.push_back(std::move(window));
}

// {"limit","requests","renewsAt"}
void add_requests(std::vector<QuotaWindow>& windows, const char* name, const json::value* told) {
  if (told == nullptr) return;
  QuotaWindow window;
  window.name = name;
  window.limit = number(*told, "limit");
  window.used = number(*told, "requests");
  window.unit = "requests";
  window.resets_at = get_string(*told, "renewsAt");
  add(windows, std::move(window));
}

}  // namespace

std::vector<QuotaWindow> read_quota(const json::value& document) {
  std::vector<QuotaWindow> windows;
  add_requests(windows, "subscription", find(document, "subscription"));
  if (const auto* week = find(document, "weeklyTokenLimit")) {
    QuotaWindow window;
    window.name = "week";
    window.limit = number(*week, "maxCredits");
    const auto remaining = number(*week, "remainingCredits");
    if (window.limit && remaining) window.used = *window.limit - *remaining;
    if (const auto percent = number(*week, "percentRemaining"))
      window.used_percent = 100 - *percent;
    window.unit = "USD";
    window.resets_at = get_string(*week, "nextRegenAt");
    add(windows, std::move(window));
  }
  if (const auto* rolling = find(document, "rollingFiveHourLimit")) {
    QuotaWindow window;
    window.name = "5h";
    window.limit = number(*rolling, "max");
    const auto remaining = number(*rolling, "remaining");
    if (window.limit && remaining) window.used = *window.limit - *remaining;
    window.unit = "requests";
    window.resets_at = get_string(*rolling, "nextTickAt");
    add(windows, std::move(window));
  }
  if (const auto* search = find(document, "search"))
    add_requests(windows, "search, hourly", find(*search, "hourly"));
  add_requests(windows, "free tool calls", find(document, "freeToolCalls"));
  add_requests(windows, "tool calls at a discount", find(document, "toolCallDiscounts"));
  return windows;
}

}  // namespace synthetic
