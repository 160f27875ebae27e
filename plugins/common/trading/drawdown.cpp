#include "drawdown.h"

#include <algorithm>

namespace trading {

using chela::ErrorCode;
using chela::fail;
using chela::Result;

Result<BasisPoints> read_percent_setting(const chela::Config& config, const char* name) {
  const auto read = money::read_percent(config.get(name, 0.0));
  if (!read) return fail(read.error().code, std::string(name) + ": " + read.error().message);
  return *read;
}

Result<FallLimits> read_fall_limits(const chela::Config& config, const char* warn_name,
                                    const char* crit_name) {
  CHELA_TRY(const BasisPoints warn, read_percent_setting(config, warn_name));
  CHELA_TRY(const BasisPoints crit, read_percent_setting(config, crit_name));
  if (warn.count > 0 && crit.count > 0 && crit < warn) {
    return fail(ErrorCode::invalid_argument, std::string(crit_name) + ": wanted at least " +
                                                 warn_name + " (" + money::percent(warn) +
                                                 "), found " + money::percent(crit));
  }
  return FallLimits{warn, crit};
}

Severity judge_fall(Decimal value, Decimal reference, const FallLimits& limits) {
  const auto loss = Decimal::subtract(reference, value);
  if (!loss || *loss <= Decimal()) return Severity::none;
  const auto reaches = [&](BasisPoints limit) {
    return limit.count > 0 && money::is_share_at_least(*loss, reference, limit);
  };
  if (reaches(limits.crit)) return Severity::crit;
  return reaches(limits.warn) ? Severity::warn : Severity::none;
}

std::optional<Peak> follow_peak(const std::optional<Peak>& before, Decimal worth, Decimal transfers,
                                std::int64_t day) {
  if (!before) return Peak{worth, transfers, day};
  // A new day counts its transfers from nothing again.
  const Decimal known = before->day == day ? before->transfers : Decimal();
  const auto fresh = Decimal::subtract(transfers, known);
  if (!fresh) return std::nullopt;
  const auto moved = Decimal::add(before->mark, *fresh);
  if (!moved) return std::nullopt;
  return Peak{std::max(*moved, worth), transfers, day};
}

json::object to_json(const Peak& peak) {
  return {{"mark", peak.mark.text()}, {"transfers", peak.transfers.text()}, {"day", peak.day}};
}

std::optional<Peak> parse_peak(const json::value* value) {
  if (value == nullptr) return std::nullopt;
  const auto mark = Decimal::parse(chela::get_string(*value, "mark"));
  const auto transfers = Decimal::parse(chela::get_string(*value, "transfers"));
  if (!mark || !transfers) return std::nullopt;
  return Peak{*mark, *transfers, chela::get_int(*value, "day")};
}

void tell_fall(Sheet& sheet, const std::string& key, Decimal value, Decimal reference,
               const FallLimits& limits, const std::string& since) {
  const Severity severity = judge_fall(value, reference, limits);
  if (severity == Severity::none) return;
  const Decimal loss = Decimal::subtract(reference, value).value_or(Decimal());
  sheet.add({.key = key,
             .severity = severity,
             .title = "down " + money::percent(money::share_of(loss, reference)) + " " + since +
                      " (" + loss.dollars() + ")",
             .detail = "From " + reference.dollars() + " to " + value.dollars() +
                       ", money paid in or out not counted."});
}

}  // namespace trading
