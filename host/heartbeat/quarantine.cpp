#include "heartbeat/quarantine.h"

#include <algorithm>

namespace chela::heartbeat {
namespace {

// Clocks are nudged back by seconds all the time; only more than this makes a row unbelievable.
constexpr Duration kClockSlack = std::chrono::minutes(1);
constexpr int kMostDoublings = 8;  // 10 min doubled eight times is more than a day

bool is_believable(const tasks::QuarantineRow& row, Timestamp now) {
  return row.since <= now + kClockSlack && row.until - row.since <= kLongestQuarantine;
}

// FNV-1a: the same plugin at the same time always waits equally long.
std::uint64_t mix(const std::string& plugin, Timestamp now) {
  std::uint64_t hash = 14695981039346656037u;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 1099511628211u; };
  for (const char c : plugin) add(static_cast<unsigned char>(c));
  for (auto ms = static_cast<std::uint64_t>(now.time_since_epoch().count()); ms != 0; ms >>= 8)
    add(static_cast<unsigned char>(ms));
  return hash;
}

Duration length(const std::string& plugin, int doublings, Timestamp now) {
  const Duration full =
      std::min(kQuarantine * (1 << std::clamp(doublings, 0, kMostDoublings)), kLongestQuarantine);
  if (doublings <= 0) return full;
  const auto permille = static_cast<std::int64_t>(mix(plugin, now) % 101);
  return full - full * permille / 1000;
}

// Built anew: a copy whose row is then taken away makes g++ 12 warn of what it might hold.
Standing lifted_at(const Standing& before, Timestamp now) {
  Standing after;
  after.doublings = before.doublings;
  after.began = before.began;
  after.lifted = now;
  return after;
}

Verdict put_aside(const std::string& plugin, const PluginRun& run, Standing standing,
                  Timestamp now) {
  standing.doublings = std::min(standing.doublings, kMostDoublings);
  standing.row =
      tasks::QuarantineRow{plugin, now, now + length(plugin, standing.doublings, now), *run.fault};
  standing.failed_in = run.operation;
  return {QuarantineStep::set, std::move(standing)};
}

Verdict while_aside(const std::string& plugin, const PluginRun& run, const Standing& before,
                    Timestamp now) {
  const tasks::QuarantineRow& row = *before.row;
  const bool is_known = is_believable(row, now);
  if (is_known && run.started <= row.since) return {QuarantineStep::none, before};
  if (!run.fault) {
    const bool is_telling = before.failed_in.empty() || run.operation == before.failed_in ||
                            (is_known && run.started >= row.until + kGoodDay);
    if (!is_telling) return {QuarantineStep::none, before};
    return {QuarantineStep::lift, lifted_at(before, now)};
  }
  if (is_known && run.started < row.until) return {QuarantineStep::none, before};
  Standing after = before;
  ++after.doublings;
  if (after.began > now) after.began = now;
  return put_aside(plugin, run, std::move(after), now);
}

}  // namespace

Verdict after_run(const std::string& plugin, const PluginRun& run,
                  const std::vector<tasks::FaultRow>& recent, const Standing& before,
                  Timestamp now) {
  if (before.row) return while_aside(plugin, run, before, now);
  if (!run.fault) return {QuarantineStep::none, before};
  const auto lately = std::count_if(recent.begin(), recent.end(), [&](const tasks::FaultRow& row) {
    return row.at > now - kFaultWindow && row.at <= now + kClockSlack &&
           !(before.lifted && row.at <= *before.lifted);
  });
  if (lately + 1 < kFaultsBeforeQuarantine) return {QuarantineStep::none, before};
  Standing standing = before;
  const bool is_relapse =
      before.lifted && *before.lifted <= now + kClockSlack && now - *before.lifted < kGoodDay;
  standing.doublings = is_relapse ? before.doublings + 1 : 0;
  standing.began = now;
  return put_aside(plugin, run, std::move(standing), now);
}

Timestamp trial_at(const tasks::QuarantineRow& row, Timestamp now) {
  return is_believable(row, now) ? row.until : now;
}

Standing released(const Standing& before, Timestamp now) {
  Standing after = lifted_at(before, now);
  after.doublings = -1;  // the next one is a first one
  return after;
}

std::string quarantine_line(const tasks::QuarantineRow& row) {
  return row.plugin + " is quarantined for " + base::describe_duration(row.until - row.since) +
         " after repeated faults; it is tried again then (chela status shows it, chela plugin "
         "release " +
         row.plugin + " lifts it now)";
}

std::string lifted_line(const std::string& plugin, const Standing& after) {
  return plugin + " works again after " +
         base::describe_duration(std::max(*after.lifted - after.began, Duration(0))) +
         " of quarantine";
}

}  // namespace chela::heartbeat
