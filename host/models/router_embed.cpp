// Embeddings, quotas and lists of models: requests to exactly one model or provider.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/ids.h"
#include "models/router_run.h"

namespace chela::models {
namespace {

using boost::asio::awaitable;

// Texts [from, to) of one request, within the service's limits. Half of the bytes bounds the
// tokens.
struct Batch {
  std::size_t from = 0;
  std::size_t to = 0;
  std::int64_t tokens = 0;
};

std::vector<Batch> batches_of(const std::vector<std::string>& texts, const EmbedTraits& traits) {
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto tokens = static_cast<std::int64_t>(texts[i].size() / 2 + 1);
    const bool is_full =
        batches.empty() || batches.back().to - batches.back().from >= traits.max_inputs ||
        (traits.max_tokens > 0 && batches.back().tokens + tokens > traits.max_tokens);
    if (is_full) batches.push_back({i, i, 0});
    batches.back().to = i + 1;
    batches.back().tokens += tokens;
  }
  return batches;
}

std::optional<EmbedTraits> embed_traits(const json::value& described) {
  const auto* embed = find(described, "embed");
  if (embed == nullptr || !embed->is_object()) return std::nullopt;
  return EmbedTraits{
      static_cast<std::size_t>(std::max<std::int64_t>(1, get_int(*embed, "max_inputs", 1))),
      get_int(*embed, "max_tokens")};
}

Error error_of(const std::string& who, const Failure& failure) {
  std::string text = who + ": " + std::string(to_string(failure.reason));
  if (failure.http_status >= 400) text += " (HTTP " + std::to_string(failure.http_status) + ")";
  return {code_of(failure.reason), text + ": " + failure.message};
}

void add(Usage& sum, const Usage& more) {
  sum.input_tokens += more.input_tokens;
  sum.output_tokens += more.output_tokens;
}

}  // namespace

// When there is room for its only candidate; where that is now, the try is noted.
Result<Timestamp> Router::take_room(const Run& run, Situation& situation, std::int64_t tokens,
                                    Timestamp now) {
  CHELA_TRY(auto batch, tools_.store.begin());
  CHELA_TRY(fill_limits(situation, tokens, now));
  const Candidate& candidate = situation.candidates.front();
  const Timestamp until = situation.limited_until[candidate.at()];
  if (now >= until) CHELA_TRY(note_try(run, candidate, tokens));
  CHELA_TRY(batch.commit());
  return until;
}

// Where the provider's caps or announced limits are reached: waits as long as for a turn in the
// queue.
awaitable<Result<void>> Router::wait_for_room(Run& run, Candidate candidate, std::int64_t tokens) {
  while (true) {
    const Timestamp now = tools_.clock.now();
    Situation situation;
    situation.candidates = {candidate};
    situation.id = run.row.id;
    CHELA_CO_TRY(const Timestamp until, take_room(run, situation, tokens, now));
    if (now >= until) co_return Result<void>();
    if (until - now > settings_.queue_deadline - since(run.begin)) {
      run.trail.error = "the limit of " + candidate.model.provider + " is reached for " +
                        describe_duration(until - now) + " more";
      run.row.spent = run.lost;
      finish(run, CallState::failed, "over_limit");
      co_return fail(ErrorCode::resource_exhausted, run.trail.error);
    }
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    timer.expires_after(until - now);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

// A failure of one batch fails all: half of the vectors are of no use. Transient ones are tried
// again within retry_time, with the next key where there is one.
awaitable<Result<EmbedAnswer>> Router::embed(EmbedAsk ask) {
  if (ask.texts.empty()) co_return fail(ErrorCode::invalid_argument, "there is no text to embed");
  for (std::size_t i = 0; i < ask.texts.size(); ++i) {
    if (ask.texts[i].empty())
      co_return fail(ErrorCode::invalid_argument,
                     "text " + std::to_string(i + 1) + " is empty, which no service embeds");
  }
  CHELA_CO_TRY(const Chain chain, find_chain(settings_.routes, "", ask.model));
  const Chain alone{{chain.refs.front()}, chain.why};
  CHELA_CO_TRY(const auto candidates, candidates_of(alone));
  const Model& model = candidates.front().model;
  const auto provider = settings_.providers.find(model.provider);
  if (provider == settings_.providers.end())
    co_return fail(ErrorCode::not_found, "no provider '" + model.provider + "' is configured");
  if (!provider->second.problem.empty())
    co_return fail(ErrorCode::failed_precondition, provider->second.problem);
  auto described = co_await handle(model.provider).describe();
  if (!described) co_return fail(error_of(model.provider, described.error()));
  const auto traits = embed_traits(*described);
  if (!traits) co_return fail(ErrorCode::unimplemented, model.provider + " offers no embeddings");

  CallRow row;
  row.id = base::random_id(8);
  row.at = tools_.clock.now();
  row.day = tools_.day_of(row.at);
  row.role = "embeddings";
  row.asked = chain.why;
  Run run(*this, row);
  run.trail.id = row.id;
  run.trail.role = row.role;
  run.trail.asked = chain.why;
  run.trail.chain = alone.refs;
  for (const auto& text : ask.texts)
    run.prompt_tokens += static_cast<std::int64_t>(text.size() / 2 + 1);
  CallRow entry = row;
  CHELA_CO_TRY(Admission admission, tools_.store.enter(entry, settings_.max_concurrent));
  CHELA_CO_TRY(co_await queue_.wait(std::move(entry), std::move(admission),
                                    settings_.max_concurrent, settings_.queue_deadline, {}));
  run.is_active = true;
  run.trail.queued = since(run.begin);
  run.ask.chat.max_output_tokens = 0;
  const auto fail_with = [&](Error error, const std::string& reason) {
    run.row.spent = amount_of(model, run.row.usage);
    run.trail.error = error.message;
    finish(run, CallState::failed, reason);
    return fail(std::move(error));
  };
  CHELA_CO_TRY(const bool has_room, set_aside(run, candidates.front()));
  if (!has_room)
    co_return fail_with({ErrorCode::resource_exhausted,
                         "the budget of " + describe(*run.refused_by) + " has no room for this"},
                        "budget");
  EmbedAnswer answer{row.id, model.ref, 0, {}, {}};
  std::size_t key = 0;
  const auto until = Steady::now() + settings_.retry_time;
  Duration pause = std::chrono::milliseconds(500);
  for (const Batch& batch : batches_of(ask.texts, *traits)) {
    while (true) {
      const Candidate& candidate = candidates[key % candidates.size()];
      CHELA_CO_TRY(co_await wait_for_room(run, candidate, batch.tokens));
      json::object request{{"model", model.wire_id}};
      request["texts"] = json::array(ask.texts.begin() + static_cast<std::ptrdiff_t>(batch.from),
                                     ask.texts.begin() + static_cast<std::ptrdiff_t>(batch.to));
      if (ask.dimensions > 0) request["dimensions"] = ask.dimensions;
      AttemptRequest attempt{
          &provider->second, &handle(model.provider), candidate.key, std::move(request), {}};
      const auto began = Steady::now();
      run.was_sent = true;
      AttemptTools attempt_tools{tools_.http, tools_.keys, settings_, tools_.redact};
      PlainReply reply = co_await attempt_plain(attempt_tools, std::move(attempt), "embed_encode");
      run.was_sent = false;
      const std::size_t count = batch.to - batch.from;
      std::optional<Failure> failure = reply.failure;
      if (!failure) {
        auto vectors =
            co_await handle(model.provider)
                .embed_decode(reply.status, std::move(reply.headers), std::move(reply.body), count);
        if (!vectors) {
          failure = vectors.error();
        } else if (answer.dimensions != 0 && vectors->dimensions != answer.dimensions) {
          failure = Failure{Reason::garbage,
                            ProviderScope::provider,
                            {},
                            "vectors of another length than before",
                            0};
        } else {
          answer.dimensions = vectors->dimensions;
          answer.values.insert(answer.values.end(), vectors->values.begin(), vectors->values.end());
          add(run.row.usage, vectors->usage);
          run.lost = amount_of(model, run.row.usage);  // where nobody waits for the next batch
        }
      }
      clean(failure);
      run.trail.steps.push_back({model.ref, candidate.key, true, failure ? failure->message : "",
                                 failure ? std::optional(failure->reason) : std::nullopt,
                                 failure ? failure->http_status : 0, since(began), false});
      if (!failure) break;
      const Policy policy = policy_of(*failure);
      CHELA_CO_TRY(note_failure(candidate, *failure, tools_.clock.now()));
      const bool has_key = policy.rotates_key && ++key < candidates.size();
      const Duration wait = std::max(pause, failure->retry_after.value_or(Duration(0)));
      const bool may_wait = policy.is_transient && Steady::now() + wait < until;
      if (!has_key && !may_wait)
        co_return fail_with(error_of(model.ref, *failure), std::string(to_string(failure->reason)));
      if (has_key) continue;
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
      timer.expires_after(wait);
      co_await timer.async_wait(boost::asio::use_awaitable);
      pause = std::min<Duration>(pause * 2, std::chrono::seconds(8));
    }
  }
  if (run.row.usage.input_tokens == 0) run.row.usage.input_tokens = run.prompt_tokens;
  run.trail.usage = run.row.usage;
  run.trail.usd = cost_of(model, run.row.usage);
  run.trail.chosen = model.ref;
  run.row.is_priced = run.trail.usd.has_value();
  run.row.spent = amount_of(model, run.row.usage);
  finish(run, CallState::done, "");
  answer.trail = run.trail;
  co_return answer;
}

awaitable<Result<json::value>> Router::quota(std::string provider, std::string key) {
  const auto found = settings_.providers.find(provider);
  if (found == settings_.providers.end())
    co_return fail(ErrorCode::not_found, "no provider '" + provider + "' is configured");
  AttemptRequest attempt{&found->second, &handle(provider), std::move(key), json::object(), {}};
  AttemptTools attempt_tools{tools_.http, tools_.keys, settings_, tools_.redact};
  PlainReply reply = co_await attempt_plain(attempt_tools, std::move(attempt), "quota_encode");
  clean(reply.failure);
  if (reply.failure) co_return fail(error_of(provider, *reply.failure));
  auto value = co_await handle(provider).decode("quota_decode", reply.status,
                                                std::move(reply.headers), std::move(reply.body));
  if (!value) co_return fail(error_of(provider, value.error()));
  co_return std::move(*value);
}

awaitable<Result<std::vector<std::string>>> Router::offered_models(std::string provider) {
  const auto found = settings_.providers.find(provider);
  if (found == settings_.providers.end())
    co_return fail(ErrorCode::not_found, "no provider '" + provider + "' is configured");
  const auto& keys = found->second.keys;
  AttemptRequest attempt{
      &found->second, &handle(provider), keys.empty() ? "" : keys.front(), json::object(), {}};
  AttemptTools attempt_tools{tools_.http, tools_.keys, settings_, tools_.redact};
  PlainReply reply = co_await attempt_plain(attempt_tools, std::move(attempt), "models_encode");
  clean(reply.failure);
  if (reply.failure) co_return fail(error_of(provider, *reply.failure));
  auto value = co_await handle(provider).decode("models_decode", reply.status,
                                                std::move(reply.headers), std::move(reply.body));
  if (!value) co_return fail(error_of(provider, value.error()));
  std::vector<std::string> ids;
  const auto* list = find(*value, "models");
  if (list != nullptr && list->is_array()) {
    for (const auto& one : list->get_array()) ids.push_back(get_string(one, "id"));
  }
  co_return ids;
}

}  // namespace chela::models
