// One walk down one chain, shared by the files that make it.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/router_run.h"

namespace chela::models {

using boost::asio::awaitable;

// The time in which nineteen of twenty first tokens of a model came; nullopt where fewer than
// twenty are known.
std::optional<Duration> usual_first_token(std::vector<Duration> times);

// One walk down one chain. [loop-thread]
class Router::Walk {
 public:
  Walk(Router& router, Run& run, std::vector<Candidate> candidates);
  // Waits for its turn. Who need not wait sets money aside for its first candidate on the way in.
  awaitable<Result<void>> enter();
  awaitable<Result<Answer>> go();

 private:
  // A try that is over, with who made it.
  struct Tried {
    Candidate candidate;
    AttemptResult result;
    Steady::time_point began;
    Step step;
  };
  struct Race;

  // Who goes next.
  struct Turn {
    Choice choice;
    std::optional<Candidate> candidate;  // with money set aside; none: choose again
    bool is_others = false;              // somebody else probes just now
  };

  Result<Choice> look();
  Result<Admission> go_in(int cap);
  Result<Turn> take_turn();
  Result<Turn> pay_for(Choice choice);
  void lose(const Candidate& candidate, const AttemptResult& result);
  std::optional<Duration> wait_for(const Choice& choice);
  tl::unexpected<Error> nobody();
  tl::unexpected<Error> give_up(Error error, const std::string& reason);
  Result<bool> afford(const Candidate& candidate);
  AttemptRequest request_for(const Candidate& candidate);
  awaitable<Tried> attempt(Candidate candidate, bool is_probe);
  std::optional<Candidate> second_of(const Candidate& first);
  awaitable<std::vector<Tried>> attempt_hedged(Candidate first, Candidate second, Duration after);
  awaitable<void> run_in(std::shared_ptr<Race> race, std::size_t lane, Duration after);
  Result<Answer> answered(Tried tried);
  awaitable<Result<void>> failed(Tried tried);

  Router& router_;
  Run& run_;
  Situation situation_;
  Cooldowns cooldowns_;
  std::optional<Choice> first_;  // made on the way in
  Steady::time_point begin_;     // of the walk, behind the queue
  Duration pause_ = std::chrono::milliseconds(500);
  std::optional<Failure> last_;
  std::set<std::string> doubted_;  // keys that were read again
};

}  // namespace chela::models
