// `chela heartbeat plan|simulate`: whether the schedule can be kept, and what it comes to.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "cli/output.h"
#include "cli/session.h"
#include "heartbeat/load.h"
#include "heartbeat/simulate.h"

namespace chela::cli {
namespace {

using heartbeat::CheckPlan;
using heartbeat::SimulatedCheck;

constexpr std::size_t kNameColumns = 24;

std::vector<CheckPlan> plans_of(const app::Engine& engine) {
  std::vector<CheckPlan> plans;
  for (const auto& spec : engine.checks()) plans.push_back(spec.plan);
  return plans;
}

std::string format(const char* shape, double value) {
  char text[48];
  std::snprintf(text, sizeof text, shape, value);
  return text;
}

std::string name_of(const std::string& id) {
  return base::printable(id, kNameColumns);
}

// The policy with what was typed put over it.
Result<heartbeat::Policy> policy_of(const app::Engine& engine, const HeartbeatCommand& command) {
  heartbeat::Policy policy = engine.policy();
  if (!command.tick.empty()) {
    const auto tick = base::parse_duration(command.tick);
    if (!tick || *tick < std::chrono::seconds(1) || *tick > std::chrono::hours(24)) {
      return fail(ErrorCode::invalid_argument, "--tick: wanted a duration from 1s to 24h, found '" +
                                                   base::printable(command.tick, 60) + "'");
    }
    policy.tick = *tick;
  }
  if (!command.policy.empty()) {
    CHELA_TRY(policy.order, heartbeat::parse_order(command.policy));
  }
  if (command.per_tick == "all") policy.per_tick = 0;
  if (command.per_tick == "1") policy.per_tick = 1;
  return policy;
}

heartbeat::SimulationSettings settings_of(const HeartbeatCommand& command,
                                          const heartbeat::Policy& policy, Timestamp now) {
  heartbeat::SimulationSettings settings;
  // From a full hour on, so that the same day gives the same table.
  settings.from = std::chrono::floor<std::chrono::hours>(now);
  settings.days = command.days;
  settings.jitter = command.jitter_percent / 100;
  settings.seed = command.seed;
  settings.policy = policy;
  return settings;
}

json::object check_json(const SimulatedCheck& check, const CheckPlan& plan) {
  return {{"id", check.id},
          {"every_ms", plan.every.count()},
          {"runs", check.runs},
          {"nominal", check.nominal},
          {"percent", check.percent()},
          {"mean_gap_ms", check.mean_gap.count()},
          {"worst_gap_cadences", check.worst_gap},
          {"openings", check.openings},
          {"missed_openings", check.missed}};
}

// "##########----------" for a load of a half, where 1 = what the ticks can give.
std::string bar(double share) {
  constexpr int kWidth = 40;
  const int filled = std::clamp(static_cast<int>(std::lround(share * kWidth / 2)), 0, kWidth);
  std::string text(static_cast<std::size_t>(filled), '#');
  text.resize(kWidth, ' ');
  if (text[kWidth / 2] == ' ') text[kWidth / 2] = '|';
  return text;
}

void print_load(const heartbeat::Load& load, const heartbeat::Policy& policy,
                const heartbeat::Zone& zone, Timestamp now) {
  // Where all that is due runs, nothing can be too much; the mark is one run then.
  if (policy.per_tick == 0) {
    std::printf("\nLOAD  runs wanted per tick; all that are due run; | = one\n");
  } else {
    std::printf("\nLOAD  runs wanted per tick, of %zu; | = all that fit\n", policy.per_tick);
  }
  for (std::size_t i = 0; i < load.by_hour.size(); ++i) {
    const auto local = zone.to_local(now + std::chrono::hours(i));
    const double fits = policy.per_tick == 0 ? 1 : static_cast<double>(policy.per_tick);
    const double share = load.by_hour[i] / fits;
    const bool is_too_much = policy.per_tick != 0 && share > 1;
    const std::string line = format("%05.2f", load.by_hour[i]) + "  " + bar(share);
    char hour[16];
    std::snprintf(hour, sizeof hour, "%02d:%02d", local.minute / 60 % 24, local.minute % 60);
    std::printf("%s  %s\n", hour, tinted(is_too_much ? Tone::bad : Tone::plain, line).c_str());
  }
}

void print_checks(const std::vector<SimulatedCheck>& checks, const std::vector<CheckPlan>& plans) {
  std::vector<std::vector<std::string>> rows{{"CHECK", "EVERY", "GAP", "WORST", "RUNS", "MISSED"}};
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const auto& check = checks[i];
    const bool has_gap = check.mean_gap > Duration(0);
    const auto rounded = std::chrono::round<std::chrono::minutes>(check.mean_gap);
    rows.push_back(
        {name_of(check.id), base::format_duration(plans[i].every),
         !has_gap ? "-"
                  : base::format_duration(
                        check.mean_gap < std::chrono::minutes(2)
                            ? Duration(std::chrono::round<std::chrono::seconds>(check.mean_gap))
                            : Duration(rounded)),
         has_gap ? format("%.1fx", check.worst_gap) : "-", format("%.0f %%", check.percent()),
         check.openings == 0
             ? "-"
             : std::to_string(check.missed) + " of " + std::to_string(check.openings)});
  }
  print_table(rows);
}

// Below this share of its cadence a check is not kept.
bool is_kept(const SimulatedCheck& check) {
  return check.percent() >= 95 && check.missed == 0;
}

int plan(const Global& global, const app::Engine& engine, const HeartbeatCommand& command,
         const heartbeat::Policy& policy, Timestamp now) {
  const auto plans = plans_of(engine);
  auto settings = settings_of(command, policy, now);
  settings.days = 7;
  const auto checks = heartbeat::simulate(plans, settings);
  const auto load = heartbeat::load(now, plans, policy.tick);
  const auto warning = heartbeat::overload_warning(load, plans, policy, engine.zone());
  const bool can_be_kept = std::all_of(checks.begin(), checks.end(), is_kept);
  if (global.json) {
    json::array list, hours;
    for (std::size_t i = 0; i < checks.size(); ++i) list.push_back(check_json(checks[i], plans[i]));
    for (const double hour : load.by_hour) hours.emplace_back(hour);
    print_json(json::object{
        {"tick_ms", policy.tick.count()},
        {"per_tick", policy.per_tick == 0 ? json::value("all") : json::value(policy.per_tick)},
        {"can_be_kept", can_be_kept},
        {"warning", warning},
        {"load_peak", load.peak},
        {"load_by_hour", std::move(hours)},
        {"checks", std::move(list)}});
    return can_be_kept ? kOk : kFailed;
  }
  std::printf("a tick every %s (chela tick from cron; chela run wakes for each check in time)\n\n",
              base::format_duration(policy.tick).c_str());
  print_checks(checks, plans);
  print_load(load, policy, engine.zone(), now);
  std::printf("\n");
  if (!warning.empty()) std::printf("%s\n", tinted(Tone::bad, warning).c_str());
  for (const auto& check : checks) {
    if (is_kept(check)) continue;
    std::printf(
        "%s\n",
        tinted(
            Tone::bad,
            name_of(check.id) + " gets " + format("%.0f %%", check.percent()) + " of its runs" +
                (check.missed > 0 ? ", and misses " + std::to_string(check.missed) + " of " +
                                        std::to_string(check.openings) + " openings of its window"
                                  : ""))
            .c_str());
  }
  if (can_be_kept) std::printf("the schedule can be kept\n");
  return can_be_kept ? kOk : kFailed;
}

int simulate(const Global& global, const app::Engine& engine, const HeartbeatCommand& command,
             const heartbeat::Policy& policy, Timestamp now) {
  const auto plans =
      command.is_runbook ? heartbeat::runbook_checks(engine.zone()) : plans_of(engine);
  const auto settings = settings_of(command, policy, now);
  if (!command.is_table) {
    const auto checks = heartbeat::simulate(plans, settings);
    if (global.json) {
      json::array list;
      for (std::size_t i = 0; i < checks.size(); ++i)
        list.push_back(check_json(checks[i], plans[i]));
      print_json(json::object{{"days", settings.days}, {"checks", std::move(list)}});
      return kOk;
    }
    std::printf("%d days, a tick every %s, up to %.0f %% late\n\n", settings.days,
                base::format_duration(policy.tick).c_str(), command.jitter_percent);
    print_checks(checks, plans);
    return kOk;
  }
  json::array table;
  std::vector<std::vector<std::string>> rows{{"TICK AND POLICY"}};
  for (const auto& plan : plans) rows[0].push_back(base::printable(plan.id, 11));
  for (const auto& row : heartbeat::comparison_rows()) {
    const auto checks = heartbeat::simulate_row(plans, row, settings);
    json::array list;
    rows.push_back({row.name});
    for (std::size_t i = 0; i < checks.size(); ++i) {
      list.push_back(check_json(checks[i], plans[i]));
      rows.back().push_back(checks[i].openings > 0 ? std::to_string(checks[i].missed) + " missed"
                                                   : format("%.0f%%", checks[i].percent()) + " " +
                                                         format("%.1fx", checks[i].worst_gap));
    }
    table.push_back(json::object{{"row", row.name}, {"checks", std::move(list)}});
  }
  if (global.json) {
    print_json(json::object{{"days", settings.days}, {"rows", std::move(table)}});
    return kOk;
  }
  std::printf("%d days; runs as %% of what the cadence asks for, worst gap in cadences\n\n",
              settings.days);
  print_table(rows);
  return kOk;
}

}  // namespace

int run_heartbeat(const Global& global, const HeartbeatCommand& command) {
  auto session = open_session(global);
  if (!session) return report(session.error());
  const bool has_policy =
      !command.tick.empty() || !command.policy.empty() || !command.per_tick.empty();
  if (command.is_table && has_policy) {
    return report({ErrorCode::invalid_argument,
                   "--table has its own ticks and policies; leave out --tick, --policy and "
                   "--per-tick"});
  }
  const auto& engine = *(*session)->engine;
  const Timestamp now = (*session)->clock.now();
  const auto policy = policy_of(engine, command);
  if (!policy) return report(policy.error());
  return command.what == HeartbeatCommand::What::plan
             ? plan(global, engine, command, *policy, now)
             : simulate(global, engine, command, *policy, now);
}

}  // namespace chela::cli
