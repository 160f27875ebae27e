// Down the chain: the part of the router that tries one candidate after the other.
#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"
#include "models/router_run.h"

namespace chela::models {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr auto kFirstPause = std::chrono::milliseconds(500);
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

awaitable<Result<Answer>> Router::walk(Run& run, std::vector<Candidate> candidates) {
  Situation situation;
  situation.candidates = std::move(candidates);
  situation.prompt_tokens = run.prompt_tokens;
  situation.wants = wants_of(run.ask.chat);
  situation.may_ignore_cooldowns = run.ask.may_ignore_cooldowns;
  for (const auto& candidate : situation.candidates) {
    const auto found = settings_.providers.find(candidate.model.provider);
    if (found == settings_.providers.end()) {
      situation.unusable[candidate.model.provider] =
          "no provider '" + base::printable(candidate.model.provider, 40) + "' is configured";
    } else if (!found->second.problem.empty()) {
      situation.unusable[candidate.model.provider] = found->second.problem;
    }
  }
  const auto begin = Steady::now();
  Duration pause = kFirstPause;
  std::optional<Failure> last;
  std::set<std::string> doubted;
  Amount lost;  // by tries that failed
  const auto fail_with = [&](Error error, const std::string& reason) {
    run.row.spent = lost;
    run.trail.error = error.message;
    finish(run, CallState::failed, reason);
    return fail(std::move(error));
  };
  while (true) {
    const Timestamp now = tools_.clock.now();
    CHELA_CO_TRY(const Cooldowns cooldowns, tools_.store.cooldowns());
    situation.cooldowns = &cooldowns;
    situation.limited_until.clear();
    CHELA_CO_TRY(fill_limits(situation, run.prompt_tokens + run.ask.chat.max_output_tokens, now));
    const Choice choice = choose(situation, now);
    run.trail.skip(choice.skipped);
    if (!choice.next) {
      // Nobody is left: wait for one that may do better in a while, as long as that is allowed.
      Duration wait = Duration::max();
      const auto left = settings_.retry_time - since(begin);
      if (!situation.retried.empty() && !run.refused_by) {
        wait = std::max(pause, last && last->retry_after ? *last->retry_after : Duration(0));
        if (wait > left) wait = Duration::max();
        pause = std::min<Duration>(pause * 2, kLongestPause);
      } else if (situation.tried.empty() && choice.cool_at && *choice.cool_at - now <= left) {
        wait = *choice.cool_at - now;
      }
      if (choice.limit_at && *choice.limit_at - now <= settings_.queue_deadline - since(run.begin))
        wait = std::min<Duration>(wait, *choice.limit_at - now);
      if (wait == Duration::max()) {
        if (run.refused_by) {
          co_return fail_with(
              {ErrorCode::resource_exhausted,
               "the budget of " + describe(*run.refused_by) + " has no room for this call" +
                   (run.refused_by->is_default
                        ? " (nothing is configured: this is chela's default; "
                          "set models.budgets in host.yaml)"
                        : "")},
              "budget");
        }
        co_return fail_with(exhausted(run.trail, last),
                            last ? std::string(to_string(last->reason)) : "nobody_free");
      }
      asio::steady_timer timer(co_await asio::this_coro::executor);
      timer.expires_after(std::max(wait, Duration(1)));
      co_await timer.async_wait(asio::use_awaitable);
      for (const auto& at : situation.retried) situation.tried.erase(at);
      continue;
    }
    const Candidate candidate = situation.candidates[*choice.next];
    CHELA_CO_TRY(const bool has_room, set_aside(run, candidate));
    if (!has_room) {
      situation.tried.insert(candidate.at());
      run.trail.skip({{candidate.model.ref, candidate.key,
                       "the budget of " + describe(*run.refused_by) + " has no room for it"}});
      if (settings_.at_limit == AtLimit::refuse) {
        for (const auto& one : situation.candidates) situation.tried.insert(one.at());
        situation.retried.clear();
      } else {
        sort_by_price(situation.candidates);
      }
      continue;
    }
    const ProviderInfo& provider = settings_.providers.at(candidate.model.provider);
    if (!provider.keys.empty()) {
      const auto key = std::find(provider.keys.begin(), provider.keys.end(), candidate.key);
      turns_[provider.id] = static_cast<std::size_t>(key - provider.keys.begin()) + 1;
    }
    AttemptRequest request;
    request.provider = &provider;
    request.handle = &handle(provider.id);
    request.key = candidate.key;
    run.ask.chat.model = candidate.model.wire_id;
    const std::int64_t wanted_output = run.ask.chat.max_output_tokens;
    if (candidate.model.max_output_tokens > 0)
      run.ask.chat.max_output_tokens = std::min(wanted_output, candidate.model.max_output_tokens);
    request.request = to_json(run.ask.chat);
    run.ask.chat.max_output_tokens = wanted_output;
    request.on_event = run.ask.on_event;
    const auto began = Steady::now();
    run.was_sent = true;
    AttemptTools attempt_tools{tools_.http, tools_.keys, settings_};
    AttemptResult result = co_await attempt_chat(attempt_tools, std::move(request));
    run.was_sent = false;
    clean(result.failure);
    const Timestamp after = tools_.clock.now();
    take_limits(candidate.at(), result.limits, after);
    Step step{candidate.model.ref, candidate.key,  true, "", std::nullopt, 0,
              since(began),        choice.is_probe};
    if (!result.failure) {
      run.trail.steps.push_back(std::move(step));
      CHELA_CO_TRY(note_success(candidate));
      run.trail.chosen = candidate.model.ref;
      if (result.first_token)
        run.trail.first_token = since(run.begin) - since(began) + *result.first_token;
      run.row.usage = run.trail.usage =
          estimated(result.usage, run.prompt_tokens, result.content_bytes);
      run.trail.usd = cost_of(candidate.model, run.row.usage);
      run.row.is_priced = run.trail.usd.has_value();
      run.row.spent = lost + amount_of(candidate.model, run.row.usage);
      auto message = parse_chat_message(result.message, "reply");
      if (!message) co_return fail_with(message.error(), "garbage");
      finish(run, CallState::done, "");
      co_return Answer{run.row.id, candidate.model.ref, std::move(*message), result.stop,
                       run.trail};
    }
    const Failure& failure = *result.failure;
    last = failure;
    step.reason = failure.reason;
    step.why = failure.message;
    step.http_status = failure.http_status;
    run.trail.steps.push_back(std::move(step));
    lost = lost + cost_of_failure(candidate, result, run.prompt_tokens);
    run.row.usage = result.usage;
    const Policy policy = policy_of(failure);
    const std::string reason(to_string(failure.reason));
    if (failure.reason == Reason::unauthenticated && !candidate.key.empty() &&
        doubted.insert(candidate.key).second) {
      std::string reference = candidate.key;
      if (co_await has_fresh_key(std::move(reference), result.key_generation)) continue;
    }
    CHELA_CO_TRY(note_failure(candidate, failure, after));
    if (result.has_content) {
      co_return fail_with({code_of(failure.reason),
                           "the answer broke off; " + words_of(candidate.model.ref, failure)},
                          reason);
    }
    if (!policy.advances)
      co_return fail_with({code_of(failure.reason), words_of(candidate.model.ref, failure)},
                          reason);
    if (policy.needs_larger) {
      situation.larger_than =
          std::max({situation.larger_than, candidate.model.context_tokens, std::int64_t{1}});
    }
    mark_tried(situation, candidate, failure);
  }
}

}  // namespace chela::models
