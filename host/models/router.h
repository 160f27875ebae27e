// Sends a request down its chain until somebody answers: queue, caps, budgets, cooldowns, keys, and
// a record of all of it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/attempt.h"
#include "models/queue.h"
#include "models/settings.h"
#include "models/trail.h"
#include "services/clock.h"
#include "services/log.h"

namespace chela::models {

struct Ask {
  std::string role;   // "" = coordinator
  std::string model;  // an alias or a ref: then only this one is asked
  ChatRequest chat;   // its `model` is filled in for each candidate
  Lane lane = Lane::agents;
  OnEvent on_event{};                  // pieces of the answer, as they come
  std::function<void(int)> on_wait{};  // its place in the queue
  bool may_ignore_cooldowns = false;   // somebody wants to know now
};

struct Answer {
  std::string id;  // of the request, for `chela model explain`
  std::string ref;
  ChatMessage message;
  std::string stop;  // "end", "max_tokens", "tool_calls", ..
  Trail trail;
};

struct EmbedAsk {
  std::string model;  // a ref or an alias; never another one instead: that would be another space
  std::vector<std::string> texts;
  std::int64_t dimensions = 0;
};
struct EmbedAnswer {
  std::string id;
  std::string ref;
  std::size_t dimensions = 0;
  std::vector<float> values;  // texts x dimensions
  Trail trail;
};

// A budget that is nearly or quite used up, said once a period.
struct BudgetNotice {
  BudgetRule rule;
  int percent = 0;     // 80 or more; 100: a call was refused
  std::string period;  // "2026-11-27" or "2026-11"
};

struct RouterTools {
  services::HttpClient& http;
  KeySource& keys;
  ProviderStarter& starter;
  Store& store;
  const services::Clock& clock;
  services::Log& log;
  boost::asio::any_io_executor loop;
  std::function<std::string(Timestamp)> day_of;  // the local day, "2026-11-27"
  std::function<double()> jitter;                // 0 to 1
  // What a service or a plugin says goes through it before anybody keeps or shows it: some repeat
  // the key that they refuse.
  std::function<std::string(std::string_view)> redact;
  std::function<void(const BudgetNotice&)> on_budget{};
};

// [loop-thread]
class Router {
 public:
  Router(RouterTools tools, const Settings& settings);
  ~Router();

  // Fails with the last candidate's reason where nobody answers; the message names all of them. An
  // answer is never the text of an error. Once a piece has reached on_event nobody else takes over.
  boost::asio::awaitable<Result<Answer>> ask(Ask ask);
  boost::asio::awaitable<Result<EmbedAnswer>> embed(EmbedAsk ask);

  // What is left of the plan of each key of a provider; nothing counts towards budgets.
  boost::asio::awaitable<Result<json::value>> quota(std::string provider, std::string key);
  // The models that a provider offers its first key.
  boost::asio::awaitable<Result<std::vector<std::string>>> offered_models(std::string provider);

  ProviderHandle& handle(const std::string& provider);
  const Settings& settings() const { return settings_; }
  // Does what is put off until an answer is out of the way: settles calls, writes to the log. It
  // happens by itself while the loop runs, and at the end of this object.
  void catch_up();
  // Ends the plugins; the next call starts them anew.
  void end_providers();

 private:
  struct Run;
  class Walk;
  Result<std::vector<Candidate>> candidates_of(const Chain& chain);
  void take_limits(const CooldownKey& at, const std::vector<RateLimit>& limits, Timestamp now);
  Result<void> fill_limits(Situation& situation, std::int64_t tokens, Timestamp now);
  Result<void> note_failure(const Candidate& candidate, const Failure& failure, Timestamp now);
  Result<void> note_success(const Run& run, const Candidate& candidate);
  std::vector<BudgetRule> rules_for(const Run& run, const Candidate& candidate) const;
  // Each try counts towards the caps of its provider, where it has some; at first as what it may
  // take, later as what it took.
  Result<void> note_try(const Run& run, const Candidate& candidate, std::int64_t tokens);
  void note_second(const Run& run, const Candidate& candidate);
  void settle_try(const Run& run, const Candidate& candidate, std::int64_t tokens);
  Result<void> settle(Run& run);
  Result<void> settle_now(Run& run);
  void settle_soon(const Run& run);
  void flush_later(Duration after);
  void flush();
  // Behind the answer: at the loop's next turn, at the latest when this object ends.
  void do_later(std::function<void()> work);
  void do_now();
  void tell_unrecorded(const std::string& what, const Error& error);
  Result<void> tell_budgets(const Run& run);
  Result<void> tell_budget(const Run& run, const BudgetRule& rule, int percent);
  Aside aside_of(const Run& run, const Candidate& candidate, const Amount& amount) const;
  Amount most_of(const Run& run, const Candidate& candidate) const;  // that a call may take
  Result<bool> set_aside(Run& run, const Candidate& candidate, const Amount& amount);
  Result<bool> set_aside(Run& run, const Candidate& candidate);
  // The same for two at once, of which one will be the answer; the first one's share stays set
  // aside where there is no room for both.
  Result<bool> set_aside_both(Run& run, const Candidate& first, const Candidate& second);
  Result<Timestamp> take_room(const Run& run, Situation& situation, std::int64_t tokens,
                              Timestamp now);
  boost::asio::awaitable<Result<void>> wait_for_room(Run& run, Candidate candidate,
                                                     std::int64_t tokens);
  void clean(std::optional<Failure>& failure) const;
  boost::asio::awaitable<bool> has_fresh_key(std::string reference, std::uint64_t used);
  void finish(Run& run, CallState state, const std::string& reason);
  boost::asio::awaitable<Result<Answer>> walk(Run& run, std::vector<Candidate> candidates);

  RouterTools tools_;
  const Settings& settings_;
  Queue queue_;
  std::map<std::string, std::unique_ptr<ProviderHandle>> handles_;
  boost::asio::steady_timer flush_timer_;
  bool will_flush_ = false;
  std::vector<std::function<void()>> put_off_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // false behind the router's end
  std::uint64_t cooldowns_noted_ = 0;                           // by this router, so far
  std::map<std::string, std::size_t> turns_;                    // by provider: which key is next
  // Announced by headers: (provider, key, model) -> name of the limit -> until when and what is
  // left.
  struct Announced {
    AnnouncedLimit limit;
    bool is_scarce = false;  // then the store has it, too
  };
  std::map<CooldownKey, std::map<std::string, Announced>> announced_;
};

}  // namespace chela::models
