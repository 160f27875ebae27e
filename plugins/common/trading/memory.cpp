#include "memory.h"

#include <algorithm>

namespace trading {
namespace {

constexpr std::size_t kMostTold = 300;

std::optional<Refusal> read_refusal(const json::value* kept) {
  if (kept == nullptr || !kept->is_object()) return std::nullopt;
  constexpr std::int64_t kMostMs = 160'000'000'000'000;
  Refusal refusal{.part = chela::get_string(*kept, "part"),
                  .miss = {.kind = Miss::Kind::refused,
                           .status = static_cast<int>(
                               std::clamp<std::int64_t>(chela::get_int(*kept, "status"), 0, 999)),
                           .code = chela::ErrorCode::unauthenticated,
                           .why = chela::get_string(*kept, "why").substr(0, 400)}};
  if (chela::find(*kept, "ahead") != nullptr) {
    refusal.miss.clock_ahead =
        Duration(std::clamp(chela::get_int(*kept, "ahead"), -kMostMs, kMostMs));
  }
  return refusal;
}

json::object to_json(const Refusal& refusal) {
  json::object kept{
      {"part", refusal.part}, {"status", refusal.miss.status}, {"why", refusal.miss.why}};
  if (refusal.miss.clock_ahead) kept["ahead"] = refusal.miss.clock_ahead->count();
  return kept;
}

}  // namespace

Memory recall(const json::value& cursor, const std::string& origin) {
  Memory memory;
  if (chela::get_string(cursor, "origin") != origin) return memory;
  const auto number = [&](const char* name, std::int64_t most) {
    return std::clamp<std::int64_t>(chela::get_int(cursor, name), 0, most);
  };
  constexpr std::int64_t kLatest = 100'000'000'000'000;  // in the year 5138
  memory.ledger = Ledger(chela::find(cursor, "parts"));
  memory.habit = Habit(chela::find(cursor, "habit"));
  memory.peak = parse_peak(chela::find(cursor, "peak"));
  if (chela::find(cursor, "looked") != nullptr)
    memory.last_look = Timestamp(Duration(number("looked", kLatest)));
  memory.wait_until = Timestamp(Duration(number("wait", kLatest)));
  memory.rate_limits = static_cast<int>(number("limits", 100));
  memory.told = chela::get_strings(cursor, "told");
  memory.refusal = read_refusal(chela::find(cursor, "refusal"));
  memory.standing = Standing(chela::find(cursor, "standing"));
  const auto* more = chela::find(cursor, "more");
  if (more != nullptr && more->is_object()) memory.more = more->get_object();
  return memory;
}

json::object to_json(const Memory& memory, const std::string& origin) {
  json::object cursor{{"v", 1},
                      {"origin", origin},
                      {"parts", memory.ledger.to_json()},
                      {"habit", memory.habit.to_json()},
                      {"wait", memory.wait_until.time_since_epoch().count()},
                      {"limits", memory.rate_limits},
                      {"told", json::array(memory.told.begin(), memory.told.end())}};
  if (!memory.more.empty()) cursor["more"] = memory.more;
  if (memory.refusal) cursor["refusal"] = to_json(*memory.refusal);
  if (!memory.standing.is_empty()) cursor["standing"] = memory.standing.to_json();
  if (memory.peak) cursor["peak"] = to_json(*memory.peak);
  if (memory.last_look) cursor["looked"] = memory.last_look->time_since_epoch().count();
  return cursor;
}

void remember_told(Memory& memory, const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    if (std::find(memory.told.begin(), memory.told.end(), id) == memory.told.end())
      memory.told.push_back(id);
  }
  if (memory.told.size() > kMostTold) {
    memory.told.erase(memory.told.begin(),
                      memory.told.end() - static_cast<std::ptrdiff_t>(kMostTold));
  }
}

void remember_limit(Memory& memory, const Asker& asker, Timestamp now) {
  if (!asker.stop() || asker.stop()->kind != Miss::Kind::rate_limited) {
    memory.wait_until = {};
    memory.rate_limits = 0;
  } else if (memory.wait_until <= now) {
    ++memory.rate_limits;
    memory.wait_until = after_rate_limit(*asker.stop(), memory.rate_limits, now);
  }
}

void remember_refusal(Memory& memory, const Asker& asker, const std::string& main_part) {
  if (asker.is_refused()) {
    memory.refusal = Refusal{asker.stopped_at(), *asker.stop()};
    return;
  }
  const Ledger& ledger = memory.ledger;
  const std::string part = memory.refusal ? memory.refusal->part : "";
  const bool is_asked = ledger.is_answered(part) || ledger.is_stale(part);
  if (memory.refusal && !ledger.is_answered(is_asked ? part : main_part)) return;
  memory.refusal.reset();
  memory.ledger.accept_keys();
}

}  // namespace trading
