#include "transfers.h"

#include <algorithm>

namespace check_alpaca {
namespace {

Decimal less(Decimal from, Decimal what) {
  return Decimal::subtract(from, what).value_or(Decimal());
}

}  // namespace

Leaving follow_leaving(const std::optional<Leaving>& last, Decimal level, std::int64_t day) {
  Leaving next = last.value_or(Leaving{day, level, Decimal(), Decimal()});
  if (next.day != day) next = {day, next.level, next.level, Decimal()};
  const Decimal gone = std::min(less(next.level, level), next.before);
  if (gone > Decimal()) {
    next.before = less(next.before, gone);
    next.arrived = less(next.arrived, -gone);
  }
  next.level = level;
  return next;
}

Decimal transfers_since(Decimal booked, const Leaving& leaving) {
  const Decimal fresh = std::max(Decimal(), less(leaving.level, leaving.before));
  if (!booked.is_negative()) return less(booked, fresh);
  // What has arrived may be booked now, and was counted on the day it was asked for. What is fresh
  // may be booked already: the larger one counts.
  const Decimal paid_out = less(-booked, leaving.arrived);
  return -std::max(fresh, paid_out);
}

json::object to_json(const Leaving& leaving) {
  return {{"day", leaving.day},
          {"level", leaving.level.text()},
          {"before", leaving.before.text()},
          {"arrived", leaving.arrived.text()}};
}

std::optional<Leaving> parse_leaving(const json::value* value) {
  if (value == nullptr) return std::nullopt;
  const auto level = Decimal::parse(chela::get_string(*value, "level"));
  const auto before = Decimal::parse(chela::get_string(*value, "before"));
  const auto arrived = Decimal::parse(chela::get_string(*value, "arrived"));
  if (!level || !before || !arrived) return std::nullopt;
  return Leaving{chela::get_int(*value, "day"), *level, *before, *arrived};
}

}  // namespace check_alpaca
