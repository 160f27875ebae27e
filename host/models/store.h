// What must outlive a process and be shared between them: calls with their cost, money set aside,
// cooldowns, and the queue. One SQLite file for all workspaces.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/budget.h"
#include "models/cooldown.h"
#include "services/sqlite.h"

namespace chela::models {

enum class Lane { agents, subagents };
std::string_view to_string(Lane lane);

enum class CallState { waiting, active, done, failed };
std::string_view to_string(CallState state);

// What a try cost that was not the answer.
struct Lost {
  std::string ref;
  Amount amount;
};

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
  Amount spent;            // by all tries
  std::vector<Lost> lost;  // part of it; not kept apart, but summed where it was spent
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

// A limit that a service announced, of which little is left.
struct AnnouncedLimit {
  std::int64_t remaining = 0;
  Timestamp until{};
  bool operator==(const AnnouncedLimit&) const = default;
};
using AnnouncedLimits = std::map<CooldownKey, std::map<std::string, AnnouncedLimit>>;

// [loop-thread] of one process; several processes share the file.
class Store {
 public:
  // Makes the file (0600) where there is none. A damaged one is set aside as NAME.damaged-<time>,
  // said in note(). Calls older than 90 days go; their sums stay.
  static Result<Store> open(const std::filesystem::path& file, Timestamp now);
  Store(Store&&) = default;
  Store& operator=(Store&&) = delete;
  ~Store();  // flushes
  const std::string& note() const { return note_; }

  // Everything from begin() to commit() happens at once or not at all, and no other process comes
  // between; without commit() nothing of it happened. What is called inside joins it. Not to be
  // held over a co_await, nor over a move of the store.
  class Batch {
   public:
    Result<void> commit();
    Batch(Batch&& other) noexcept
        : store_(std::exchange(other.store_, nullptr)), own_(std::move(other.own_)) {}
    Batch& operator=(Batch&&) = delete;
    ~Batch();

   private:
    friend class Store;
    Batch(Store* store, std::optional<services::Transaction> own)
        : store_(store), own_(std::move(own)) {}
    Store* store_;  // nullptr where it has joined another, or was moved
    std::optional<services::Transaction> own_;
  };
  Result<Batch> begin();

  // Puts a call into the queue of its lane and lets it go at once where fewer than `cap` of the
  // lane are active and nobody waits before it; then what `aside` (may be null) asks for is set
  // aside as by reserve().
  Result<Admission> enter(const CallRow& call, int cap, const Aside* aside = nullptr);
  // Looks again for one that waits.
  Result<Admission> look(const std::string& id, Lane lane, int cap);
  // Sets aside what the call may take, instead of what it had set aside before. All rules that
  // apply must have room, or nothing changes.
  Result<Reservation> reserve(const std::string& id, const Aside& wanted);
  // The call is over: what was set aside goes back, what it took is written down. Once: a second
  // time nothing happens.
  Result<void> settle(const CallRow& call);
  // The same by flush(), so that several share a commit, or as soon as its place or its money is in
  // another call's way. Whatever this object tells has it in already; to other processes the call
  // is under way until then, and where this one is killed before, all that was set aside counts.
  // For calls that took no more than that, where it was set aside. `row` is asked for when it is
  // settled; gives how many calls wait for that.
  std::size_t settle_soon(std::string id, std::function<CallRow()> row) {
    unsettled_.push_back({std::move(id), std::move(row)});
    return unsettled_.size();
  }
  // Inside a batch it joins that, which must not be committed where this fails. What fails stays,
  // for the next time.
  Result<void> flush();
  // Its caller has gone before it began.
  Result<void> leave(const std::string& id);

  // Calls whose process has died: waiting ones go, active ones are settled with all that was set
  // aside for them, because the service may have charged it. Gives how many.
  Result<int> bury_the_dead(Timestamp now);

  // What counts towards a rule on that local day: settled, or set aside by a call under way.
  Result<Amount> spent(const BudgetRule& rule, const std::string& day);
  Result<std::vector<UsageRow>> usage(const std::string& first_day, const std::string& last_day);
  Result<std::vector<CallRow>> calls(int limit);  // that are over, youngest first
  Result<std::optional<CallRow>> call(const std::string& id_or_prefix);
  Result<std::vector<CallRow>> in_flight();  // active and waiting, oldest first
  // Times to the first token among the last 1,000 calls that went well.
  Result<std::vector<Duration>> first_tokens(const std::string& ref, int limit);

  // For rate caps: a request goes out now and takes that many tokens at most; later, what it took.
  // Kept for a minute or two.
  Result<void> note_try(const std::string& call, const std::string& provider,
                        const std::string& key, std::int64_t tokens, Timestamp now);
  Result<void> settle_try(const std::string& call, const std::string& provider,
                          const std::string& key, std::int64_t tokens);
  struct Recent {
    int active = 0;
    std::vector<std::pair<Timestamp, std::int64_t>> tries;  // start, tokens; oldest first
  };
  // Of a provider (and key; "" = all). Active calls count whenever they began, but not `id` itself;
  // what a clock that was ahead has dated behind `now` counts nowhere.
  Result<Recent> recent(const std::string& provider, const std::string& key, Timestamp since,
                        Timestamp now, const std::string& id);

  Result<Cooldowns> cooldowns();
  Result<void> put_cooldown(const CooldownKey& key, const Cooldown& cooldown);
  // True for one caller only, of any process, within kProbeEvery: that one may try what is cooled
  // down.
  Result<bool> claim_probe(const CooldownKey& key, Timestamp now);
  Result<void> remove_cooldowns(const std::vector<CooldownKey>& keys);

  // Limits that were put and end behind `now`; older ones are forgotten.
  Result<AnnouncedLimits> limits(Timestamp now);
  Result<void> put_limit(const CooldownKey& key, const std::string& name,
                         const AnnouncedLimit& limit);
  Result<void> remove_limit(const CooldownKey& key, const std::string& name);

  // Whether this has been said before; from now on it has. For warnings that are said once.
  Result<bool> say_once(const std::string& key, Timestamp now);

 private:
  explicit Store(services::Database database) : database_(std::move(database)) {}
  std::string unsettled_ids() const;  // a JSON array
  bool has_unsettled() const { return settled_ < unsettled_.size(); }
  Result<void> settle_now(const CallRow& call);
  Result<std::optional<CallRow>> find_call(const std::string& id_or_prefix);
  Result<void> forget_old_calls(Timestamp now);
  Result<Reservation> find_room(const std::string& id, const std::string& day,
                                const std::string& role, const Aside& wanted);
  Result<Reservation> measure_room(const std::string& id, const std::string& day,
                                   const std::string& role, const Aside& wanted);
  Result<Amount> spent_without(const std::string& id, const BudgetRule& rule,
                               const std::string& day);
  Result<void> add_to_totals(const CallRow& call, const std::string& ref, const Amount& amount,
                             bool is_answer);
  services::Database database_;
  bool is_in_batch_ = false;
  struct Unsettled {
    std::string id;
    std::function<CallRow()> row;
  };
  std::vector<Unsettled> unsettled_;
  std::size_t settled_ = 0;  // of them, in the batch that is open
  std::string note_;
};

}  // namespace chela::models
