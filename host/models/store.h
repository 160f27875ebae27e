// What must outlive a process and be shared between them: calls with their cost, money set aside,
// cooldowns, and the queue. One SQLite file for all workspaces.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/budget.h"
#include "models/cooldown.h"
#include "services/sqlite.h"

namespace chela::models {

enum class Lane { agents, subagents };
std::string_view to_string(Lane lane);

enum class CallState { waiting, active, done, failed };
std::string_view to_string(CallState state);

// One request of somebody's, from the queue to the bill.
struct CallRow {
  std::string id;
  Timestamp at{};
  std::string day;  // local, "2026-11-27"
  Lane lane = Lane::agents;
  CallState state = CallState::waiting;
  std::string role;
  std::string asked;  // a role's chain or a model, in words
  std::string ref;    // who answered, or was tried last
  std::string key;    // the reference of the key
  Amount reserved;
  Amount spent;
  bool is_priced = false;
  Usage usage;
  std::optional<Duration> first_token;
  std::optional<Duration> total;
  std::string reason;   // of a failure, "" where it went well
  json::value explain;  // see explain.h
};

// What the usage table is made of.
struct UsageRow {
  std::string day;
  std::string role;
  std::string ref;
  std::int64_t calls = 0;
  std::int64_t failed = 0;
  std::int64_t unpriced = 0;  // calls of models without a price
  Usd usd;
  Usage usage;
};

// What a call means to take at one candidate.
struct Aside {
  std::string ref;
  std::string key;  // the reference of the key
  Amount amount;    // at most
  std::vector<BudgetRule> rules;
  Timestamp now{};
};

// The budget that is in the way, where one is.
struct Reservation {
  std::optional<BudgetRule> refused_by;
  // Of the rules that apply: how full each is with this call in it.
  std::vector<std::pair<BudgetRule, int>> percents;
};

struct Admission {
  CallState state = CallState::waiting;  // active, or waiting
  int position = 0;                      // in its lane, 1 = next; 0 once active
  std::optional<Reservation>
      reservation{};  // where it went in at once, and something was asked for
};

// [loop-thread] of one process; several processes share the file.
class Store {
 public:
  // Makes the file (0600) where there is none. A damaged one is set aside as NAME.damaged-<time>,
  // said in note().
  static Result<Store> open(const std::filesystem::path& file, Timestamp now);
  const std::string& note() const { return note_; }

  // Puts a call into the queue of its lane and lets it go at once where fewer than `cap` of the
  // lane are active and nobody waits before it; then what `aside` (may be null) asks for is set
  // aside in the same transaction, as by reserve(): a commit is the dearest part of a call.
  Result<Admission> enter(const CallRow& call, int cap, const Aside* aside = nullptr);
  // Looks again for one that waits.
  Result<Admission> look(const std::string& id, Lane lane, int cap);
  // Sets aside what the call may take, instead of what it had set aside before. All rules that
  // apply must have room, or nothing changes.
  Result<Reservation> reserve(const std::string& id, const Aside& wanted);
  // The call is over: what was set aside goes back, what it took is written down. Once: a second
  // time nothing happens.
  Result<void> settle(const CallRow& call);
  // Its caller has gone before it began.
  Result<void> leave(const std::string& id);

  // Calls whose process has died: waiting ones go, active ones are settled with all that was set
  // aside for them, because the service may have charged it. Gives how many.
  Result<int> bury_the_dead(Timestamp now);

  Result<Amount> spent(const std::string& sum_key);
  Result<std::vector<UsageRow>> usage(const std::string& first_day, const std::string& last_day);
  Result<std::vector<CallRow>> calls(int limit);  // youngest first
  Result<std::optional<CallRow>> call(const std::string& id_or_prefix);
  Result<std::vector<CallRow>> in_flight();  // active and waiting, oldest first
  // Times to the first token of the last calls that went well.
  Result<std::vector<Duration>> first_tokens(const std::string& ref, int limit);
  // Starts and tokens of a provider's (and key's; "" = all) calls since then, for rate caps.
  struct Recent {
    int active = 0;
    std::vector<std::pair<Timestamp, std::int64_t>> calls;  // start, tokens
  };
  // Active ones count whenever they began; `id` itself does not, nor what a clock that was ahead
  // has dated behind `now`.
  Result<Recent> recent(const std::string& provider, const std::string& key, Timestamp since,
                        Timestamp now, const std::string& id);

  Result<Cooldowns> cooldowns();
  Result<void> put_cooldown(const CooldownKey& key, const Cooldown& cooldown);
  // True for one caller only, of any process, within kProbeEvery: that one may try what is cooled
  // down.
  Result<bool> claim_probe(const CooldownKey& key, Timestamp now);
  Result<void> remove_cooldowns(const std::vector<CooldownKey>& keys);

  // Whether this has been said before; from now on it has. For warnings that are said once.
  Result<bool> say_once(const std::string& key, Timestamp now);

 private:
  explicit Store(services::Database database) : database_(std::move(database)) {}
  Result<void> add_to_sums(const std::string& day, const std::string& role, const std::string& ref,
                           const Amount& amount);
  Result<Reservation> take_room(const std::string& id, const std::string& day,
                                const std::string& role, const Aside& wanted);
  services::Database database_;
  std::string note_;
};

}  // namespace chela::models
