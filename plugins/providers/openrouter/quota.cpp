#include "quota.h"

#include <cstdio>

#include "wire.h"

namespace chela::openrouter {
namespace {

namespace chrono = std::chrono;

std::optional<double> number(const json::value& data, std::string_view key) {
  const auto* member = find(data, key);
  if (member == nullptr || !member->is_number()) return std::nullopt;
  return get_double(data, key);
}

QuotaWindow window(std::string name, std::optional<double> used, std::optional<double> limit) {
  QuotaWindow one;
  one.name = std::move(name);
  one.used = used;
  one.limit = limit;
  if (used && limit && *limit > 0) one.used_percent = *used / *limit * 100;
  one.unit = "USD";
  return one;
}

std::string date_text(chrono::sys_days day) {
  const chrono::year_month_day date(day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT00:00:00Z", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

// When a period that has begun ends; "" where the reply does not tell what day it is.
std::string end_of(std::string_view period, const WireReply& reply) {
  const auto now = wire::reply_time(reply);
  if (!now) return {};
  const auto today = chrono::floor<chrono::days>(*now);
  if (period == "day") return date_text(today + chrono::days(1));
  if (period == "week") {
    const auto to_monday = (chrono::Monday - chrono::weekday(today)).count();
    return date_text(today + chrono::days(to_monday == 0 ? 7 : to_monday));
  }
  if (period != "month") return {};
  const chrono::year_month_day date(today);
  return date_text(chrono::sys_days((date.year() / date.month() + chrono::months(1)) / 1));
}

std::string period_of(std::string_view reset) {
  if (reset == "daily") return "day";
  if (reset == "weekly") return "week";
  return reset == "monthly" ? "month" : "credit";
}

std::vector<QuotaWindow> key_windows(const json::value& data, const WireReply& reply) {
  std::vector<QuotaWindow> windows;
  if (const auto limit = number(data, "limit")) {
    const std::string period = period_of(get_string(data, "limit_reset"));
    auto used = number(data, "usage");
    if (const auto left = number(data, "limit_remaining")) used = *limit - *left;
    windows.push_back(window(period, used, limit));
    windows.back().resets_at = end_of(period, reply);
    return windows;
  }
  for (const auto& [key, period] : {std::pair<const char*, const char*>{"usage_daily", "day"},
                                    {"usage_weekly", "week"},
                                    {"usage_monthly", "month"}}) {
    const auto used = number(data, key);
    if (!used) continue;
    windows.push_back(window(period, used, std::nullopt));
    windows.back().resets_at = end_of(period, reply);
  }
  if (windows.empty()) {
    if (const auto used = number(data, "usage"))
      windows.push_back(window("credit", used, std::nullopt));
  }
  return windows;
}

}  // namespace

Result<std::vector<QuotaWindow>> read_quota(const WireReply& reply) {
  const auto document = wire::object_of(reply.body);
  const auto* data = document ? find(*document, "data") : nullptr;
  std::vector<QuotaWindow> windows;
  if (data != nullptr) {
    if (const auto total = number(*data, "total_credits"))
      windows.push_back(window("credit", number(*data, "total_usage"), total));
    else
      windows = key_windows(*data, reply);
  }
  if (windows.empty())
    return fail(ErrorCode::data_loss,
                "the reply tells of no limit and no usage: " + wire::words_of(reply.body));
  return windows;
}

}  // namespace chela::openrouter
