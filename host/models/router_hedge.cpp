// Two tries at once, of which one will be the answer: where the first model is unusually slow.
#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "models/router_walk.h"

namespace chela::models {

namespace asio = boost::asio;

std::optional<Duration> usual_first_token(std::vector<Duration> times) {
  constexpr std::size_t kEnough = 20;
  if (times.size() < kEnough) return std::nullopt;
  std::sort(times.begin(), times.end());
  return times[times.size() * 95 / 100];
}

// Who may be asked beside `first` when that is slow: the next of another model, where hedging is
// on.
std::optional<Candidate> Router::Walk::second_of(const Candidate& first) {
  if (!router_.settings_.has_hedge) return std::nullopt;
  Situation later = situation_;
  for (const auto& one : later.candidates) {
    if (one.model.ref == first.model.ref) later.tried.insert(one.at());
  }
  const Choice choice = choose(later, router_.tools_.clock.now());
  if (!choice.next || choice.is_probe) return std::nullopt;
  return later.candidates[*choice.next];
}

// Two tries of which one will be the answer.
struct Router::Walk::Race {
  explicit Race(const asio::any_io_executor& executor) : bell(executor) {}
  std::array<std::optional<Candidate>, 2> candidates;
  std::array<std::optional<Tried>, 2> over;
  std::array<bool, 2> has_begun{};
  std::optional<std::size_t> speaker;  // whose content is heard
  asio::steady_timer bell;             // wakes the second
};

// One of the two: the first begins at once, the second `after` a while or when the first has
// failed. Comes back only where it is the answer, or nothing will come any more.
awaitable<void> Router::Walk::run_in(std::shared_ptr<Race> race, std::size_t lane, Duration after) {
  if (lane == 1) {
    race->bell.expires_after(after);
    static_cast<void>(co_await race->bell.async_wait(asio::as_tuple(asio::use_awaitable)));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return;  // the first was quick
  }
  race->has_begun[lane] = true;
  const Candidate candidate = *race->candidates[lane];
  const auto began = Steady::now();
  if (lane == 1) router_.note_second(run_, candidate);
  AttemptRequest request = request_for(candidate);
  request.may_speak = [race, lane] {
    if (!race->speaker) race->speaker = lane;
    return *race->speaker == lane;
  };
  AttemptTools tools{router_.tools_.http, router_.tools_.keys, router_.settings_,
                     router_.tools_.redact};
  AttemptResult result = co_await attempt_chat(tools, std::move(request));
  Step step{candidate.model.ref, candidate.key, true, "", std::nullopt, 0, since(began), false};
  const bool is_answer = !result.failure || result.has_content;
  race->over[lane].emplace(Tried{candidate, std::move(result), began, std::move(step)});
  const std::size_t other = 1 - lane;
  if (is_answer || race->over[other]) co_return;
  if (lane == 0) race->bell.cancel();
  asio::steady_timer forever(co_await asio::this_coro::executor, Steady::time_point::max());
  co_await forever.async_wait(asio::use_awaitable);
}

// The tries that came to an end, the answer last; one that was overtaken is told as such.
awaitable<std::vector<Router::Walk::Tried>> Router::Walk::attempt_hedged(Candidate first,
                                                                         Candidate second,
                                                                         Duration after) {
  using asio::experimental::awaitable_operators::operator||;
  const auto began = Steady::now();
  auto race = std::make_shared<Race>(co_await asio::this_coro::executor);
  race->candidates = {std::move(first), std::move(second)};
  run_.was_sent = true;
  co_await (run_in(race, 0, after) || run_in(race, 1, after));
  run_.was_sent = false;
  std::vector<Tried> tried;
  const auto is_answer = [](const Tried& one) {
    return !one.result.failure || one.result.has_content;
  };
  for (std::size_t lane = 0; lane < 2; ++lane) {
    if (race->over[lane]) {
      tried.push_back(std::move(*race->over[lane]));
    } else if (race->has_begun[lane]) {
      Tried overtaken{*race->candidates[lane], {}, began, {}};
      overtaken.step = {overtaken.candidate.model.ref,
                        overtaken.candidate.key,
                        true,
                        "",
                        std::nullopt,
                        0,
                        since(began),
                        false};
      overtaken.result.was_sent = true;
      overtaken.result.failure =
          Failure{Reason::cancelled, ProviderScope::request, {}, "the other one was quicker", 0};
      tried.push_back(std::move(overtaken));
    }
  }
  std::stable_partition(tried.begin(), tried.end(),
                        [&](const Tried& one) { return !is_answer(one); });
  co_return tried;
}

}  // namespace chela::models
