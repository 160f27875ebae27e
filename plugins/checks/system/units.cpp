#include "units.h"

#include <algorithm>
#include <set>

#include "words.h"

namespace check_system {
namespace {

using chela::condition;
using chela::Finding;
namespace json = chela::json;

constexpr std::size_t kMostFindings = 20;
constexpr std::size_t kMostPromises = 300;
constexpr std::int64_t kMostMs = 10'000'000'000'000'000;  // sums of it still fit

bool is_time(const json::value& value) {
  return value.is_int64() && value.get_int64() >= 0 && value.get_int64() <= kMostMs;
}

bool is_ignored(const Manager& manager, const std::string& name) {
  return std::any_of(manager.ignored.begin(), manager.ignored.end(),
                     [&](const auto& pattern) { return matches(pattern, name); });
}

std::string key_of(const Manager& manager, const char* kind, const std::string& name) {
  return (manager.is_user ? std::string("user-") : std::string()) + kind + ":" + name;
}

std::string titled(const Manager& manager, const std::string& name) {
  return shown(name) + (manager.is_user ? " of the user" : "");
}

std::string command(const Manager& manager, const std::string& name) {
  return std::string("`systemctl ") + (manager.is_user ? "--user " : "") + "status " + name + "`";
}

std::string how_it_ended(const Service& service) {
  if (service.result == "exit-code")
    return "It ended with exit code " + std::to_string(service.exit_status) + ".";
  if (service.result == "signal" || service.result == "core-dump")
    return "It was ended by signal " + std::to_string(service.exit_status) + ".";
  if (service.result == "timeout") return "It took longer than its unit allows.";
  if (service.result == "watchdog") return "It did not answer its watchdog.";
  if (service.result == "oom-kill") return "It was killed for want of memory.";
  if (service.result == "start-limit-hit") return "It failed too often in a row.";
  return service.result.empty() || service.result == "success"
             ? ""
             : "Its result is " + shown(service.result, 40) + ".";
}

std::string detail_of(const Manager& manager, const std::string& name,
                      const std::string& description) {
  std::string text;
  if (!description.empty() && description != name) text = shown(description) + ". ";
  const auto known = manager.services.find(name);
  if (known != manager.services.end()) {
    const Service& service = known->second;
    const std::string ending = how_it_ended(service);
    if (!ending.empty()) text += ending + " ";
    if (!service.since.empty()) text += "Since " + shown(service.since, 60) + ". ";
    if (!service.started_by.empty()) text += "Started by " + shown(service.started_by) + ". ";
  }
  return text + command(manager, shown(name)) + " tells more.";
}

// Keeps the first ones and names the number of the others, so that one cause (a disk that is gone)
// does not become a hundred alerts.
void cap(const Manager& manager, const char* kind, const char* what, Outcome& outcome) {
  const auto count = outcome.findings.size();
  if (count == 0) return;
  outcome.summary = std::to_string(count) + " " + what + (count == 1 ? "" : "s") +
                    (manager.is_user ? " of the user" : "");
  if (count <= kMostFindings) return;
  outcome.findings.erase(outcome.findings.begin() + kMostFindings, outcome.findings.end());
  outcome.findings.push_back(
      condition(key_of(manager, kind, "more"),
                std::to_string(count - kMostFindings) + " more " + what + "s"));
}

}  // namespace

json::object to_json(const Promises& promises) {
  json::object object;
  for (const auto& [name, promise] : promises)
    object[name] =
        json::array{promise.last_ms, promise.due_ms, promise.paused_ms, promise.is_overdue};
  return object;
}

Promises parse_promises(const json::value* value) {
  Promises promises;
  if (value == nullptr || !value->is_object()) return promises;
  for (const auto& [name, entry] : value->get_object()) {
    const auto* list = entry.if_array();
    if (list == nullptr || list->size() != 4 || !(*list)[3].is_bool()) continue;
    if (!std::all_of(list->begin(), list->begin() + 3, is_time)) continue;
    promises[std::string(name)] = {(*list)[0].get_int64(), (*list)[1].get_int64(),
                                   (*list)[2].get_int64(), (*list)[3].get_bool()};
  }
  return promises;
}

Outcome judge_units(const Manager& manager, const std::vector<Unit>& failed,
                    const std::vector<Timer>& timers) {
  Outcome outcome;
  std::set<std::string> told;
  for (const auto& unit : failed) {
    if (is_ignored(manager, unit.name) || !told.insert(unit.name).second) continue;
    outcome.findings.push_back(
        condition(key_of(manager, "unit", unit.name), titled(manager, unit.name) + " has failed")
            .detail(detail_of(manager, unit.name, unit.description)));
  }
  for (const auto& timer : timers) {
    const auto known = manager.services.find(timer.service);
    if (known == manager.services.end() || is_ignored(manager, timer.service)) continue;
    const Service& service = known->second;
    const bool is_fine = service.result.empty() || service.result == "success";
    if (is_fine || !told.insert(timer.service).second) continue;
    outcome.findings.push_back(condition(key_of(manager, "unit", timer.service),
                                         titled(manager, timer.service) + " has failed")
                                   .detail(detail_of(manager, timer.service, "")));
  }
  cap(manager, "unit", "failed unit", outcome);
  return outcome;
}

void put_off(Promises& promises, const Pause& pause) {
  for (auto& [name, promise] : promises) {
    if (!promise.is_overdue)
      promise.paused_ms = std::min(promise.paused_ms + pause.length_ms, kMostMs);
  }
}

Outcome judge_timers(const Manager& manager, const std::vector<Timer>& timers, Promises& promises,
                     std::int64_t now_ms, const Pause& pause) {
  Outcome outcome;
  Promises kept;
  for (const auto& timer : timers) {
    if (!timer.last_ms) continue;  // it waits for its first run, and nobody knows since when
    const auto before = promises.find(timer.name);
    Promise promise{*timer.last_ms, timer.next_ms.value_or(0)};
    if (before != promises.end() && before->second.last_ms == *timer.last_ms) {
      promise = before->second;
    } else if (promise.due_ms <= now_ms) {
      promise.paused_ms = pause.length_ms;  // it ran after the last look, and fell due in the pause
    }
    if (promise.due_ms <= promise.last_ms) continue;
    const auto patience = std::max(promise.due_ms - promise.last_ms, pause.least_ms);
    promise.is_overdue =
        promise.is_overdue || now_ms > promise.due_ms + promise.paused_ms + patience;
    if (kept.size() < kMostPromises) kept[timer.name] = promise;
    if (!promise.is_overdue || is_ignored(manager, timer.name)) continue;
    outcome.findings.push_back(
        condition(key_of(manager, "timer", timer.name), titled(manager, timer.name) + " is overdue")
            .detail("It last ran " + moment(promise.last_ms) + " and was to run again " +
                    moment(promise.due_ms) + ". It starts " + shown(timer.service) + ". " +
                    command(manager, shown(timer.name)) + " tells more."));
  }
  promises = std::move(kept);
  cap(manager, "timer", "overdue timer", outcome);
  return outcome;
}

}  // namespace check_system
