// Down the chain: the part of the router that tries one candidate after the other.
#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/text.h"
#include "models/router_walk.h"

namespace chela::models {
namespace {

namespace asio = boost::asio;

constexpr auto kLongestPause = std::chrono::seconds(8);

std::vector<std::string> wants_of(const ChatRequest& chat) {
  std::vector<std::string> wants;
  const auto has_image = [](const std::vector<Part>& parts) {
    return std::any_of(parts.begin(), parts.end(), [](const Part& part) {
      return part.type == PartType::image ||
             std::any_of(part.content.begin(), part.content.end(),
                         [](const Part& inner) { return inner.type == PartType::image; });
    });
  };
  const bool wants_images =
      std::any_of(chat.messages.begin(), chat.messages.end(),
                  [&](const ChatMessage& message) { return has_image(message.content); });
  if (wants_images) wants.emplace_back("images");
  if (!chat.tools.empty()) wants.emplace_back("tools");
  return wants;
}

// A worker answers 8 MiB at most (limits.output_mb), and a request grows while it is encoded.
constexpr std::size_t kMostForAWorker = 4u << 20;

std::size_t bytes_of(const std::vector<Part>& parts) {
  std::size_t bytes = 0;
  for (const auto& part : parts)
    bytes += part.text.size() + part.data.size() + part.signature.size() + bytes_of(part.content);
  return bytes;
}

// About what the request weighs.
std::size_t bytes_of(const ChatRequest& chat) {
  std::size_t bytes = bytes_of(chat.system);
  for (const auto& message : chat.messages) bytes += bytes_of(message.content);
  return bytes;
}

// Nobody needs to try these any more in this request, after a failure of `failed`.
void mark_tried(Situation& situation, const Candidate& failed, const Failure& failure) {
  const bool rotates = policy_of(failure).rotates_key;
  for (const auto& one : situation.candidates) {
    const bool is_same_provider = one.model.provider == failed.model.provider;
    const bool is_same_model = is_same_provider && one.model.wire_id == failed.model.wire_id;
    const bool is_same_key = is_same_provider && one.key == failed.key;
    bool is_hit = is_same_model && is_same_key;
    if (failure.scope == ProviderScope::provider) is_hit = is_hit || is_same_provider;
    if (failure.scope == ProviderScope::key) is_hit = is_hit || is_same_key;
    if (!rotates) is_hit = is_hit || is_same_model;
    if (!is_hit) continue;
    situation.tried.insert(one.at());
    if (policy_of(failure).is_transient) {
      situation.retried.insert(one.at());
    } else {
      situation.retried.erase(one.at());
    }
  }
}

// What a try that failed may have cost: what the service told, or the prompt and what came of the
// answer where it went silent.
Amount cost_of_failure(const Candidate& candidate, const AttemptResult& result,
                       std::int64_t prompt_tokens) {
  Amount amount = amount_of(candidate.model, result.usage);
  const Reason reason = result.failure->reason;
  const bool is_silent = reason == Reason::cut || reason == Reason::stalled ||
                         reason == Reason::first_token_timeout || reason == Reason::cancelled ||
                         reason == Reason::too_long;
  if (!result.was_sent || !(is_silent || result.content_bytes > 0)) return amount;
  const Amount guess = reserve_for(candidate.model, prompt_tokens, result.content_bytes / 2);
  return {std::max(amount.usd, guess.usd), std::max(amount.tokens, guess.tokens)};
}

// A service that tells no usage is no gift: rather too many tokens than none.
Usage estimated(const Usage& told, std::int64_t prompt_tokens, std::int64_t content_bytes) {
  if (told.input_tokens + told.cache_read_tokens + told.output_tokens > 0) return told;
  Usage usage = told;
  usage.input_tokens = prompt_tokens;
  usage.output_tokens = content_bytes / 2;
  return usage;
}

std::string words_of(const std::string& ref, const Failure& failure) {
  std::string text = ref + ": " + std::string(to_string(failure.reason));
  if (failure.http_status >= 400) text += " (HTTP " + std::to_string(failure.http_status) + ")";
  if (!failure.message.empty()) text += ": " + failure.message;
  return text;
}

// "nobody of the chain answered (role x): a/b: rate_limited: ..; c/d: skipped, ..".
Error exhausted(const Trail& trail, const std::optional<Failure>& last) {
  std::string text = "nobody answered (" + trail.asked + ")";
  for (const auto& step : trail.steps) {
    text += "; " + step.ref + ": ";
    if (step.reason) text += std::string(to_string(*step.reason)) + (step.why.empty() ? "" : ", ");
    text += step.why;
  }
  return {last ? code_of(last->reason) : ErrorCode::unavailable, base::printable(text, 2000)};
}

std::optional<Usd> price_of(const Candidate& candidate) {
  if (!candidate.model.prices) return std::nullopt;
  return candidate.model.prices->input + candidate.model.prices->output;
}

// The cheapest first; those without a price last, because nobody knows.
void sort_by_price(std::vector<Candidate>& candidates) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) {
                     const auto left = price_of(a);
                     const auto right = price_of(b);
                     return left && (!right || *left < *right);
                   });
}

}  // namespace

Router::Walk::Walk(Router& router, Run& run, std::vector<Candidate> candidates)
    : router_(router), run_(run) {
  situation_.candidates = std::move(candidates);
  situation_.id = run.row.id;
  situation_.prompt_tokens = run.prompt_tokens;
  situation_.wants = wants_of(run.ask.chat);
  situation_.may_ignore_cooldowns = run.ask.may_ignore_cooldowns;
  situation_.cooldowns = &cooldowns_;
  const std::size_t request_bytes = bytes_of(run.ask.chat);
  for (const auto& candidate : situation_.candidates) {
    const std::string& provider = candidate.model.provider;
    const auto found = router.settings_.providers.find(provider);
    if (found == router.settings_.providers.end()) {
      situation_.unusable[provider] =
          "no provider '" + base::printable(provider, 40) + "' is configured";
    } else if (!found->second.problem.empty()) {
      situation_.unusable[provider] = found->second.problem;
    } else if (!found->second.is_in_process && request_bytes > kMostForAWorker) {
      situation_.unusable[provider] = "the request is too large for a worker (" +
                                      std::to_string(request_bytes >> 20) +
                                      " MiB); isolation: host in its manifest takes it";
    }
  }
}

// Who goes next, with what is known now.
Result<Choice> Router::Walk::look() {
  const Timestamp now = router_.tools_.clock.now();
  CHELA_TRY(cooldowns_, router_.tools_.store.cooldowns());
  run_.saw_cooldowns = !cooldowns_.empty();
  run_.cooldowns_noted = router_.cooldowns_noted_;
  situation_.limited_until.clear();
  CHELA_TRY(
      router_.fill_limits(situation_, run_.prompt_tokens + run_.ask.chat.max_output_tokens, now));
  return choose(situation_, now);
}

awaitable<Result<void>> Router::Walk::enter() {
  const Settings& settings = router_.settings_;
  const int cap =
      run_.row.lane == Lane::agents ? settings.max_concurrent : settings.subagents_max_concurrent;
  CHELA_CO_TRY(Admission admission, go_in(cap));
  CallRow entry = run_.row;
  auto on_wait = run_.ask.on_wait;
  CHELA_CO_TRY(co_await router_.queue_.wait(std::move(entry), std::move(admission), cap,
                                            settings.queue_deadline, std::move(on_wait)));
  run_.is_active = true;
  run_.trail.queued = since(run_.begin);
  co_return Result<void>();
}

// Into the queue, and where nobody is before it, with the first choice made and paid for: one
// commit, which is the dearest part of a call, and nobody comes between.
Result<Admission> Router::Walk::go_in(int cap) {
  Store& store = router_.tools_.store;
  CHELA_TRY(auto batch, store.begin());
  CHELA_TRY(Choice choice, look());
  std::optional<Aside> aside;
  if (choice.next) {
    const Candidate& candidate = situation_.candidates[*choice.next];
    aside = router_.aside_of(run_, candidate, router_.most_of(run_, candidate));
  }
  CHELA_TRY(Admission admission, store.enter(run_.row, cap, aside ? &*aside : nullptr));
  const bool has_room = admission.reservation && !admission.reservation->refused_by;
  if (has_room)
    CHELA_TRY(router_.note_try(run_, situation_.candidates[*choice.next], aside->amount.tokens));
  CHELA_TRY(batch.commit());
  run_.ahead = admission.reservation;
  // It counts towards the limits of its candidate now and must not look at them again; after a wait
  // the choice is an old one.
  if (run_.ahead) first_ = std::move(choice);
  return admission;
}

// Nobody is left: how long to wait for one that may do better in a while; nullopt where nobody will
// in the time that is allowed.
std::optional<Duration> Router::Walk::wait_for(const Choice& choice) {
  const Timestamp now = router_.tools_.clock.now();
  const Duration left = router_.settings_.retry_time - since(begin_);
  std::optional<Duration> wait;
  if (!situation_.retried.empty() && !run_.refused_by) {
    const Duration asked = last_ ? last_->retry_after.value_or(Duration(0)) : Duration(0);
    if (const Duration next = std::max(pause_, asked); next <= left) wait = next;
    pause_ = std::min<Duration>(pause_ * 2, kLongestPause);
  } else if (situation_.tried.empty() && choice.cool_at && *choice.cool_at - now <= left) {
    wait = *choice.cool_at - now;
  }
  const Duration patience = router_.settings_.queue_deadline - since(run_.begin);
  if (choice.limit_at && *choice.limit_at - now <= patience)
    wait = std::min(wait.value_or(Duration::max()), Duration(*choice.limit_at - now));
  if (!wait) return std::nullopt;
  return std::max(*wait, Duration(1));
}

tl::unexpected<Error> Router::Walk::give_up(Error error, const std::string& reason) {
  run_.row.spent = run_.lost;
  run_.trail.error = error.message;
  router_.finish(run_, CallState::failed, reason);
  return fail(std::move(error));
}

tl::unexpected<Error> Router::Walk::nobody() {
  if (!run_.refused_by) {
    return give_up(exhausted(run_.trail, last_),
                   last_ ? std::string(to_string(last_->reason)) : "nobody_free");
  }
  const std::string hint =
      run_.refused_by->is_default
          ? " (nothing is configured: this is chela's default; set models.budgets in host.yaml)"
          : "";
  return give_up({ErrorCode::resource_exhausted, "the budget of " + describe(*run_.refused_by) +
                                                     " has no room for this call" + hint},
                 "budget");
}

// Sets money aside. False where a budget has no room: then nobody else is asked, or the cheapest
// that fits, as configured.
Result<bool> Router::Walk::afford(const Candidate& candidate) {
  CHELA_TRY(const bool has_room, router_.set_aside(run_, candidate));
  if (has_room) return true;
  situation_.tried.insert(candidate.at());
  run_.trail.skip({{candidate.model.ref, candidate.key,
                    "the budget of " + describe(*run_.refused_by) + " has no room for it"}});
  if (router_.settings_.at_limit == AtLimit::cheapest) {
    sort_by_price(situation_.candidates);
    return false;
  }
  for (const auto& one : situation_.candidates) situation_.tried.insert(one.at());
  situation_.retried.clear();
  return false;
}

AttemptRequest Router::Walk::request_for(const Candidate& candidate) {
  const ProviderInfo& provider = router_.settings_.providers.at(candidate.model.provider);
  if (!provider.keys.empty()) {
    const auto key = std::find(provider.keys.begin(), provider.keys.end(), candidate.key);
    router_.turns_[provider.id] = static_cast<std::size_t>(key - provider.keys.begin()) + 1;
  }
  ChatRequest& chat = run_.ask.chat;
  chat.model = candidate.model.wire_id;
  const std::int64_t wanted = chat.max_output_tokens;
  if (candidate.model.max_output_tokens > 0)
    chat.max_output_tokens = std::min(wanted, candidate.model.max_output_tokens);
  AttemptRequest request;
  request.provider = &provider;
  request.handle = &router_.handle(provider.id);
  request.key = candidate.key;
  request.request = to_json(chat);
  request.on_event = run_.ask.on_event;
  request.max_content_bytes = chat.max_output_tokens * 16 + (64 << 10);
  chat.max_output_tokens = wanted;
  return request;
}

awaitable<Router::Walk::Tried> Router::Walk::attempt(Candidate candidate, bool is_probe) {
  const auto began = Steady::now();
  AttemptRequest request = request_for(candidate);
  AttemptTools tools{router_.tools_.http, router_.tools_.keys, router_.settings_,
                     router_.tools_.redact};
  run_.was_sent = true;
  AttemptResult result = co_await attempt_chat(tools, std::move(request));
  run_.was_sent = false;
  Step step{candidate.model.ref, candidate.key, true, "", std::nullopt, 0, since(began), is_probe};
  co_return Tried{std::move(candidate), std::move(result), began, std::move(step)};
}

Result<Answer> Router::Walk::answered(Tried tried) {
  const Candidate& candidate = tried.candidate;
  AttemptResult& result = tried.result;
  run_.trail.steps.push_back(std::move(tried.step));
  CHELA_TRY(router_.note_success(run_, candidate));
  run_.trail.chosen = candidate.model.ref;
  if (result.first_token) {
    run_.trail.first_token =
        *result.first_token + std::chrono::duration_cast<Duration>(tried.began - run_.begin);
  }
  run_.row.ref = candidate.model.ref;
  run_.row.key = candidate.key;
  run_.row.usage = run_.trail.usage =
      estimated(result.usage, run_.prompt_tokens, result.content_bytes);
  run_.trail.usd = cost_of(candidate.model, run_.row.usage);
  run_.row.is_priced = run_.trail.usd.has_value();
  const Amount spent = amount_of(candidate.model, run_.row.usage);
  run_.row.spent = run_.lost + spent;
  router_.settle_try(run_, candidate, spent.tokens);
  router_.finish(run_, CallState::done, "");
  return Answer{run_.row.id, candidate.model.ref, std::move(*result.message), result.stop,
                run_.trail};
}

void Router::Walk::lose(const Candidate& candidate, const AttemptResult& result) {
  const Amount lost = cost_of_failure(candidate, result, run_.prompt_tokens);
  run_.lose(candidate.model.ref, lost);
  router_.settle_try(run_, candidate, lost.tokens);
}

// Writes a failure down. An error ends the walk.
awaitable<Result<void>> Router::Walk::failed(Tried tried) {
  const Candidate& candidate = tried.candidate;
  const AttemptResult& result = tried.result;
  const Failure& failure = *result.failure;
  tried.step.reason = failure.reason;
  tried.step.why = failure.message;
  tried.step.http_status = failure.http_status;
  run_.trail.steps.push_back(tried.step);
  lose(candidate, result);
  run_.row.usage = result.usage;
  last_ = failure;
  const std::string reason(to_string(failure.reason));
  if (failure.reason == Reason::unauthenticated && !candidate.key.empty() &&
      doubted_.insert(candidate.key).second) {
    std::string reference = candidate.key;
    const bool is_fresh =
        co_await router_.has_fresh_key(std::move(reference), result.key_generation);
    if (is_fresh) co_return Result<void>();
  }
  CHELA_CO_TRY(router_.note_failure(candidate, failure, router_.tools_.clock.now()));
  if (result.has_content) {
    co_return give_up({code_of(failure.reason),
                       "the answer broke off; " + words_of(candidate.model.ref, failure)},
                      reason);
  }
  const Policy policy = policy_of(failure);
  if (!policy.advances)
    co_return give_up({code_of(failure.reason), words_of(candidate.model.ref, failure)}, reason);
  if (policy.needs_larger) {
    situation_.larger_than =
        std::max({situation_.larger_than, candidate.model.context_tokens, std::int64_t{1}});
  }
  mark_tried(situation_, candidate, failure);
  co_return Result<void>();
}

// Decides who goes next and sets money aside for it; nobody comes between.
Result<Router::Walk::Turn> Router::Walk::take_turn() {
  if (first_ && run_.ahead && !first_->is_probe) return pay_for(*std::exchange(first_, {}));
  CHELA_TRY(auto batch, router_.tools_.store.begin());
  if (!first_) {
    CHELA_TRY(first_, look());
  }
  CHELA_TRY(Turn turn, pay_for(*std::exchange(first_, {})));
  CHELA_TRY(batch.commit());
  return turn;
}

Result<Router::Walk::Turn> Router::Walk::pay_for(Choice choice) {
  Turn turn{std::move(choice), {}, false};
  run_.trail.skip(turn.choice.skipped);
  if (!turn.choice.next) return turn;
  const Candidate candidate = situation_.candidates[*turn.choice.next];
  if (turn.choice.is_probe) {
    const Timestamp now = router_.tools_.clock.now();
    const auto held = find_holding(cooldowns_, candidate.at(), now);
    CHELA_TRY(const bool is_ours, held == cooldowns_.end()
                                      ? Result<bool>(true)
                                      : router_.tools_.store.claim_probe(held->first, now));
    turn.is_others = !is_ours;
    if (!is_ours) return turn;
  }
  const bool was_noted = run_.ahead.has_value();
  CHELA_TRY(const bool has_room, afford(candidate));
  if (!has_room) return turn;
  if (!was_noted)
    CHELA_TRY(router_.note_try(run_, candidate, run_.row.reserved.tokens - run_.lost.tokens));
  turn.candidate = candidate;
  return turn;
}

awaitable<Result<Answer>> Router::Walk::go() {
  begin_ = Steady::now();
  while (true) {
    CHELA_CO_TRY(const Turn turn, take_turn());
    const Choice& choice = turn.choice;
    if (!choice.next) {
      const auto wait = wait_for(choice);
      if (!wait) co_return nobody();
      asio::steady_timer timer(co_await asio::this_coro::executor);
      timer.expires_after(*wait);
      co_await timer.async_wait(asio::use_awaitable);
      for (const auto& at : situation_.retried) situation_.tried.erase(at);
      continue;
    }
    if (turn.is_others) co_return nobody();
    if (!turn.candidate) continue;
    Candidate candidate = *turn.candidate;
    std::vector<Tried> tried;
    const auto second = second_of(candidate);
    const auto after =
        second ? usual_first_token(router_.tools_.store.first_tokens(candidate.model.ref, 50)
                                       .value_or(std::vector<Duration>()))
               : std::nullopt;
    CHELA_CO_TRY(const bool may_hedge,
                 after ? router_.set_aside_both(run_, candidate, *second) : Result<bool>(false));
    if (may_hedge) {
      Candidate other = *second;
      tried = co_await attempt_hedged(std::move(candidate), std::move(other), *after);
    } else {
      tried.push_back(co_await attempt(std::move(candidate), choice.is_probe));
    }
    for (auto& one : tried) {
      router_.clean(one.result.failure);
      router_.take_limits(one.candidate.at(), one.result.limits, router_.tools_.clock.now());
      if (!one.result.failure) co_return answered(std::move(one));
      if (one.result.failure->reason == Reason::cancelled && tried.size() > 1) {
        one.step.reason = Reason::cancelled;
        one.step.why = one.result.failure->message;
        run_.trail.steps.push_back(one.step);
        lose(one.candidate, one.result);
        continue;
      }
      CHELA_CO_TRY(co_await failed(std::move(one)));
    }
  }
}

awaitable<Result<Answer>> Router::walk(Run& run, std::vector<Candidate> candidates) {
  Walk walk(*this, run, std::move(candidates));
  CHELA_CO_TRY(co_await walk.enter());
  co_return co_await walk.go();
}

}  // namespace chela::models
