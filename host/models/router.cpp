#include "models/router.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/ids.h"
#include "base/text.h"
#include "models/router_run.h"

namespace chela::models {
namespace {

using boost::asio::awaitable;

constexpr int kWarnPercent = 80;
constexpr auto kMinute = std::chrono::minutes(1);
// Calls that end within this time of each other share a commit.
constexpr auto kSettleWithin = std::chrono::milliseconds(20);
constexpr auto kSettleAgainAfter = std::chrono::seconds(1);
constexpr std::size_t kSettleAtMost = 8;

// When a window of a minute has room again for one more call of that many tokens.
std::optional<Timestamp> free_at(const config::RateCaps& caps, const Store::Recent& recent,
                                 std::int64_t tokens, Timestamp now) {
  std::optional<Timestamp> until;
  const auto wait_for = [&](Timestamp when) {
    if (when > now && (!until || when > *until)) until = when;
  };
  if (caps.concurrent && recent.active >= *caps.concurrent)
    wait_for(now + std::chrono::milliseconds(200));
  if (caps.requests_per_minute) {
    const auto most = static_cast<std::size_t>(*caps.requests_per_minute);
    if (recent.tries.size() >= most)
      wait_for(recent.tries[recent.tries.size() - most].first + kMinute);
  }
  if (caps.tokens_per_minute) {
    std::int64_t used = 0;
    for (const auto& call : recent.tries) used += call.second;
    for (const auto& [started, count] : recent.tries) {
      if (used + tokens <= *caps.tokens_per_minute) break;
      used -= count;
      wait_for(started + kMinute);
    }
  }
  return until;
}

bool is_capped(const Settings& settings, const std::string& provider) {
  const auto found = settings.providers.find(provider);
  return found != settings.providers.end() && (found->second.caps.all != config::RateCaps() ||
                                               found->second.caps.per_key != config::RateCaps());
}

// What is set aside for it counts at least as much as what it took, in each budget.
bool is_covered(const CallRow& row, const std::string& reserved_at) {
  const auto is_there = [&](const std::string& ref) { return provider_of(ref) == reserved_at; };
  if (row.spent == Amount()) return true;
  return row.spent.usd <= row.reserved.usd && row.spent.tokens <= row.reserved.tokens &&
         is_there(row.ref) && std::all_of(row.lost.begin(), row.lost.end(), [&](const Lost& lost) {
           return is_there(lost.ref);
         });
}

}  // namespace

Router::Router(RouterTools tools, const Settings& settings)
    : tools_(std::move(tools)),
      settings_(settings),
      queue_(tools_.store),
      flush_timer_(tools_.loop) {}

Router::~Router() {
  *alive_ = false;
  catch_up();
}

ProviderHandle& Router::handle(const std::string& provider) {
  auto& handle = handles_[provider];
  if (!handle) handle = std::make_unique<ProviderHandle>(provider, tools_.starter);
  return *handle;
}

void Router::end_providers() {
  for (auto& [id, handle] : handles_) handle->end();
}

// Models of the chain with each of their keys; whose turn it is stands first.
Result<std::vector<Candidate>> Router::candidates_of(const Chain& chain) {
  std::vector<Candidate> candidates;
  for (const auto& ref : without_doubles(chain, settings_.catalog).refs) {
    const auto model = settings_.catalog.find(ref);
    if (!model) {  // said when its turn comes; the others of the chain are good
      Candidate none;
      none.model.ref = none.model.provider = ref;
      candidates.push_back(std::move(none));
      continue;
    }
    const auto provider = settings_.providers.find(model->provider);
    if (provider == settings_.providers.end() || provider->second.keys.empty()) {
      candidates.push_back({*model, ""});
      continue;
    }
    const auto& keys = provider->second.keys;
    // Programs that ask once each begin anywhere, so that all keys get their share.
    const auto [known, is_first] = turns_.try_emplace(model->provider, 0);
    if (is_first)
      known->second = static_cast<std::size_t>(tools_.jitter() * static_cast<double>(keys.size()));
    const std::size_t turn = known->second;
    for (std::size_t i = 0; i < keys.size(); ++i)
      candidates.push_back({*model, keys[(turn + i) % keys.size()]});
  }
  return candidates;
}

void Router::take_limits(const CooldownKey& at, const std::vector<RateLimit>& limits,
                         Timestamp now) {
  if (limits.empty()) return;
  auto& known = announced_[at];
  for (const auto& limit : limits) {
    if (limit.limit <= 0 || !limit.resets_in) continue;
    const AnnouncedLimit seen{limit.remaining, now + *limit.resets_in};
    // Other programs, and this one after a restart, need to know when little is left.
    const bool was_scarce = known.contains(limit.name) && known[limit.name].is_scarce;
    const bool is_scarce = seen.remaining < std::max<std::int64_t>(1, limit.limit / 20);
    known[limit.name] = {seen, is_scarce};
    Result<void> kept;
    if (is_scarce) kept = tools_.store.put_limit(at, limit.name, seen);
    if (was_scarce && !is_scarce) kept = tools_.store.remove_limit(at, limit.name);
    if (!kept) tell_unrecorded(limit.name, kept.error());
  }
}

Result<void> Router::note_try(const Run& run, const Candidate& candidate, std::int64_t tokens) {
  if (!is_capped(settings_, candidate.model.provider)) return {};
  return tools_.store.note_try(run.row.id, candidate.model.provider, candidate.key, tokens,
                               tools_.clock.now());
}

void Router::note_second(const Run& run, const Candidate& candidate) {
  const auto noted = note_try(run, candidate, run.prompt_tokens + run.ask.chat.max_output_tokens);
  if (!noted) tell_unrecorded(run.row.id, noted.error());
}

void Router::settle_try(const Run& run, const Candidate& candidate, std::int64_t tokens) {
  if (!is_capped(settings_, candidate.model.provider)) return;
  const auto settled =
      tools_.store.settle_try(run.row.id, candidate.model.provider, candidate.key, tokens);
  // It goes on counting as what it might have taken, for a minute.
  if (!settled) tell_unrecorded(run.row.id, settled.error());
}

void Router::tell_unrecorded(const std::string& what, const Error& error) {
  tools_.log.event(services::LogLevel::error, "model.not_recorded",
                   {{"id", what}, {"error", error.message}});
}

Result<void> Router::fill_limits(Situation& situation, std::int64_t tokens, Timestamp now) {
  CHELA_TRY(const auto scarce, tools_.store.limits(now));
  for (const auto& candidate : situation.candidates) {
    const CooldownKey at = candidate.at();
    auto& until = situation.limited_until[at];
    const auto found = settings_.providers.find(at.provider);
    if (found == settings_.providers.end()) continue;
    const auto& caps = found->second.caps;
    const auto look = [&](const config::RateCaps& cap, const std::string& key) -> Result<void> {
      if (cap == config::RateCaps()) return {};
      CHELA_TRY(const auto recent,
                tools_.store.recent(at.provider, key, now - kMinute, now, situation.id));
      if (const auto when = free_at(cap, recent, tokens, now)) until = std::max(until, *when);
      return {};
    };
    CHELA_TRY(look(caps.all, ""));
    CHELA_TRY(look(caps.per_key, at.key));
    const auto wait_for = [&](const std::string& name, const AnnouncedLimit& announced) {
      const bool is_tokens = name.find("tokens") != std::string::npos;
      const std::int64_t wanted = is_tokens ? std::max<std::int64_t>(1, tokens / 4) : 1;
      if (announced.remaining < wanted && now < announced.until)
        until = std::max(until, announced.until);
    };
    for (const auto& [name, announced] : announced_[at]) wait_for(name, announced.limit);
    if (const auto kept = scarce.find(at); kept != scarce.end()) {
      for (const auto& [name, limit] : kept->second) wait_for(name, limit);
    }
  }
  return {};
}

Result<void> Router::note_failure(const Candidate& candidate, const Failure& failure,
                                  Timestamp now) {
  const auto key = cooldown_key(failure, candidate.at());
  if (!key) return {};
  ++cooldowns_noted_;
  CHELA_TRY(auto all, tools_.store.cooldowns());
  std::optional<Cooldown> before;
  if (const auto found = all.find(*key); found != all.end()) before = found->second;
  const Cooldown after = after_failure(before, failure, now, tools_.jitter());
  tools_.log.event(services::LogLevel::warn, "model.cooldown",
                   {{"provider", key->provider},
                    {"key", key->key},
                    {"model", key->model},
                    {"reason", to_string(failure.reason)},
                    {"s", (after.until - now).count() / 1000}});
  return tools_.store.put_cooldown(*key, after);
}

Result<void> Router::note_success(const Run& run, const Candidate& candidate) {
  // One that another process has noted since then is about a younger call than this: it stays.
  if (!run.saw_cooldowns && run.cooldowns_noted == cooldowns_noted_) return {};
  CHELA_TRY(const auto all, tools_.store.cooldowns());
  return tools_.store.remove_cooldowns(ended_by_success(all, candidate.at()));
}

void Router::clean(std::optional<Failure>& failure) const {
  // Our own words about a key hold nothing of it, and look to a pattern as if they did.
  if (failure && tools_.redact && failure->reason != Reason::no_secret)
    failure->message = tools_.redact(failure->message);
}

// Whether a refused key has other bytes by now.
awaitable<bool> Router::has_fresh_key(std::string reference, std::uint64_t used) {
  if (!tools_.keys.doubt(reference, used)) co_return false;
  const auto key = co_await tools_.keys.get(std::move(reference));
  co_return key && key->generation != used;
}

std::vector<BudgetRule> Router::rules_for(const Run& run, const Candidate& candidate) const {
  std::vector<BudgetRule> rules = settings_.budgets;
  const auto counts_tokens = [&](const BudgetRule& rule) {
    return rule.tokens && applies(rule, run.row.role, candidate.model.provider);
  };
  // Without a price money says nothing: then tokens count, whatever is configured.
  if (!candidate.model.prices && std::none_of(rules.begin(), rules.end(), counts_tokens)) {
    BudgetRule tokens_only = default_budgets().front();
    tokens_only.usd.reset();
    tokens_only.provider = candidate.model.provider;
    rules.push_back(std::move(tokens_only));
  }
  return rules;
}

Result<void> Router::tell_budget(const Run& run, const BudgetRule& rule, int percent) {
  if (percent < kWarnPercent || !tools_.on_budget) return {};
  const int step = percent >= 100 ? 100 : kWarnPercent;
  const std::string period = period_of(rule, run.row.day);
  const std::string once = std::to_string(step) + "|" + period + "|" + describe(rule);
  CHELA_TRY(const bool is_new, tools_.store.say_once(once, tools_.clock.now()));
  if (is_new) tools_.on_budget({rule, percent, period});
  return {};
}

Aside Router::aside_of(const Run& run, const Candidate& candidate, const Amount& amount) const {
  return {candidate.model.ref, candidate.key, amount, rules_for(run, candidate),
          tools_.clock.now()};
}

Amount Router::most_of(const Run& run, const Candidate& candidate) const {
  return run.lost + reserve_for(candidate.model, run.prompt_tokens, run.ask.chat.max_output_tokens);
}

// A warning where what has been spent by now is near the end of a budget.
Result<void> Router::tell_budgets(const Run& run) {
  const std::string_view provider = provider_of(run.row.ref);
  for (const auto& rule : settings_.budgets) {
    if (!applies(rule, run.row.role, provider)) continue;
    CHELA_TRY(const Amount spent, tools_.store.spent(rule, run.row.day));
    CHELA_TRY(tell_budget(run, rule, percent_of(rule, spent)));
  }
  return {};
}

// True where the budgets have room for `amount`, which is set aside now (or was when the call came
// in), for this candidate.
Result<bool> Router::set_aside(Run& run, const Candidate& candidate, const Amount& amount) {
  Reservation reservation;
  if (run.ahead) {
    reservation = std::move(*std::exchange(run.ahead, std::nullopt));
  } else {
    CHELA_TRY(reservation, tools_.store.reserve(run.row.id, aside_of(run, candidate, amount)));
  }
  run.refused_by = reservation.refused_by;
  for (const auto& [rule, percent] : reservation.percents)
    run.percent = std::max(run.percent, percent);
  if (reservation.refused_by) {
    // How full it is without this call, which may just be too large for what is left.
    for (const auto& [rule, percent] : reservation.percents)
      CHELA_TRY(tell_budget(run, rule, percent));
    return false;
  }
  run.row.reserved = amount;
  run.reserved_at = candidate.model.provider;
  run.row.ref = candidate.model.ref;
  run.row.key = candidate.key;
  return true;
}

Result<bool> Router::set_aside(Run& run, const Candidate& candidate) {
  return set_aside(run, candidate, most_of(run, candidate));
}

Result<bool> Router::set_aside_both(Run& run, const Candidate& first, const Candidate& second) {
  const Amount more = reserve_for(second.model, run.prompt_tokens, run.ask.chat.max_output_tokens);
  // Both are set aside under the first; so the second must also fit the budgets of its own
  // provider.
  for (const auto& rule : rules_for(run, second)) {
    if (!applies(rule, run.row.role, second.model.provider)) continue;
    CHELA_TRY(const Amount spent, tools_.store.spent(rule, run.row.day));
    if (is_exceeded(rule, spent, more)) return false;
  }
  const Amount both = most_of(run, first) + more;
  CHELA_TRY(const bool has_room, set_aside(run, first, both));
  run.refused_by.reset();
  return has_room;
}

void Router::flush_later(Duration after) {
  if (std::exchange(will_flush_, true)) return;
  flush_timer_.expires_after(after);
  flush_timer_.async_wait([this, alive = alive_](const boost::system::error_code&) {
    if (!*alive) return;
    will_flush_ = false;
    flush();
  });
}

void Router::flush() {
  const auto done = tools_.store.flush();
  if (done) return;
  tell_unrecorded("calls", done.error());
  if (*alive_) flush_later(kSettleAgainAfter);
}

void Router::catch_up() {
  do_now();
  flush();
}

void Router::do_later(std::function<void()> work) {
  if (put_off_.empty()) {
    boost::asio::post(tools_.loop, [this, alive = alive_] {
      if (*alive) do_now();
    });
  }
  put_off_.push_back(std::move(work));
}

void Router::do_now() {
  for (const auto& work : std::exchange(put_off_, {})) work();
}

// One commit for the call and for what is to be said of its budgets.
Result<void> Router::settle_now(Run& run) {
  run.row.explain = to_json(run.trail);
  CHELA_TRY(auto batch, tools_.store.begin());
  CHELA_TRY(tools_.store.settle(run.row));
  if (!run.row.ref.empty()) CHELA_TRY(tell_budgets(run));
  return batch.commit();
}

void Router::settle_soon(const Run& run) {
  const auto unsettled = tools_.store.settle_soon(run.row.id, [row = run.row, trail = run.trail] {
    CallRow settled = row;
    settled.explain = to_json(trail);
    return settled;
  });
  if (unsettled == kSettleAtMost) {
    do_later([this] { flush(); });
  } else {
    flush_later(kSettleWithin);
  }
}

// Whoever waits for the answer need not wait for the books, unless a budget is nearly used up or
// what stands in them says less than was spent.
Result<void> Router::settle(Run& run) {
  Result<void> settled;
  if (run.percent >= kWarnPercent || !is_covered(run.row, run.reserved_at)) {
    settled = settle_now(run);
    if (settled) return {};
  }
  settle_soon(run);
  return settled;
}

// Writes the call down and lets the next one in.
void Router::finish(Run& run, CallState state, const std::string& reason) {
  run.is_active = false;
  run.row.state = state;
  run.row.reason = reason;
  run.row.total = since(run.begin);
  run.trail.total = *run.row.total;
  run.row.first_token = run.trail.first_token;
  auto settled = settle(run);
  queue_.wake(run.row.lane);
  int tried = 0;
  for (const auto& step : run.trail.steps) tried += step.was_tried ? 1 : 0;
  do_later([this, row = run.row, chosen = run.trail.chosen, queued = run.trail.queued, tried] {
    tools_.log.event(
        row.state == CallState::done ? services::LogLevel::info : services::LogLevel::warn,
        "model.call",
        {{"id", row.id},
         {"role", row.role},
         {"asked", row.asked},
         {"chosen", chosen.empty() ? "nobody" : chosen},
         {"tried", tried},
         {"reason", row.reason},
         {"queued_ms", queued.count()},
         {"first_token_ms", row.first_token ? row.first_token->count() : -1},
         {"ms", row.total->count()},
         {"tokens_in", row.spent.tokens - row.usage.output_tokens},
         {"tokens_out", row.usage.output_tokens},
         {"usd", row.is_priced ? decimal_usd(row.spent.usd) : "unknown"}});
  });
  if (!settled) tell_unrecorded(run.row.id, settled.error());
}

awaitable<Result<Answer>> Router::ask(Ask ask) {
  CHELA_CO_TRY(const Chain chain, find_chain(settings_.routes, ask.role, ask.model));
  CHELA_CO_TRY(auto candidates, candidates_of(chain));
  if (ask.chat.max_output_tokens <= 0) ask.chat.max_output_tokens = settings_.max_output_tokens;
  ask.chat.model = chain.refs.front();  // each candidate puts its own there
  CHELA_CO_TRY(check_chat_request(ask.chat));
  CallRow row;
  row.id = base::random_id(8);
  row.at = tools_.clock.now();
  row.day = tools_.day_of(row.at);
  row.lane = ask.lane;
  row.role = ask.role.empty() ? "coordinator" : ask.role;
  row.asked = chain.why;
  Run run(*this, std::move(row));
  run.ask = std::move(ask);
  run.prompt_tokens = estimate_prompt_tokens(run.ask.chat);
  run.trail.id = run.row.id;
  run.trail.role = run.row.role;
  run.trail.asked = chain.why;
  run.trail.chain = chain.refs;
  co_return co_await walk(run, std::move(candidates));
}

}  // namespace chela::models
