// Runs checks side by side: each once at a time, a few at once, and nobody waits for one that
// hangs.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "heartbeat/alerts.h"
#include "tasks/records.h"

namespace chela::heartbeat {

// How far a run came.
enum class Reach {
  plugin,   // its code ran, or died while it was started
  refused,  // the host did not start it: it is not approved, its settings are wrong
  machine,  // the machine could not start a worker: no processes, no memory, no program
};

// One run as it came out, and what the plugin did wrong in it.
struct RunResult {
  CheckRun run;
  std::optional<std::string> fault;
  Reach reach = Reach::plugin;
};

// Runs one check with a chela.check.request/1's members taken from `before`; never fails: a failure
// is a CheckRun. It ends by the check's own deadline. Kept until the run has ended.
using RunCheck = std::function<boost::asio::awaitable<RunResult>(
    std::string check, tasks::CheckRow before, Timestamp now)>;

struct RunLimits {
  std::size_t at_once = 4;                  // runs that have their turn
  Duration turn = std::chrono::seconds(2);  // then a run goes on beside, and the next one starts
  std::size_t beside = 28;                  // more than these keep their turn until they end
  Duration tick = std::chrono::minutes(5);  // from then on a tick starts nothing more
};

// How long a tick waits for its runs once they were started.
enum class Patience {
  turn,  // until each has had its turn; what goes on is folded by the tick in which it comes back
  tick,  // until the tick's deadline: somebody waits for the answer
  end,   // until they have ended: the process ends with its tick
};

struct Job {
  std::string check;
  std::string plugin;
  tasks::CheckRow before;
};

// What a tick has to fold, and what it left to others.
struct RunsOfTick {
  std::vector<RunResult> ended;          // in the order in which they were chosen, whoever chose
  std::vector<std::string> not_started;  // the tick's deadline came first; they are due still
  std::vector<std::string> going_on;     // a later tick folds them
  std::vector<std::string> dropped;      // by drop_all()

  void add(RunsOfTick later);
  std::set<std::string> without_result() const;  // of what was chosen
};

// Every run that is under way, and the results that no tick has folded yet. A check is under way
// from the moment it was chosen until its result is recorded, so it cannot be chosen twice; the
// lease ends with the run, whose own deadline bounds it. Outlives its runs. [loop-thread]
class CheckRuns {
 public:
  // `on_change` is told whenever there may be more to start or to fold.
  explicit CheckRuns(RunLimits limits = {}, std::function<void()> on_change = {})
      : limits_(limits), on_change_(std::move(on_change)) {}
  CheckRuns(const CheckRuns&) = delete;
  CheckRuns& operator=(const CheckRuns&) = delete;

  // Signs all jobs up before it waits for the first time, runs them and waits with `patience`. A
  // job whose check is under way joins that run. The results are `ended` for this tick alone; they
  // stay leased until recorded().
  boost::asio::awaitable<RunsOfTick> run(std::vector<Job> jobs, RunCheck run_check, Timestamp now,
                                         Patience patience,
                                         std::chrono::steady_clock::time_point deadline);
  // Of a tick that begins now.
  std::chrono::steady_clock::time_point deadline() const {
    return std::chrono::steady_clock::now() + limits_.tick;
  }
  // The results that run() gave for these checks were recorded, or could not be: they may run
  // again.
  void recorded(const std::vector<std::string>& checks);

  bool is_under_way(const std::string& check) const { return entries_.contains(check); }
  bool is_plugin_under_way(const std::string& plugin) const;
  bool has_free_turn() const;
  bool has_results() const;  // that no tick waits for
  std::vector<std::string> under_way() const;

  // Ticks stop waiting: what has ended is folded, the rest goes on beside, nothing more is started.
  void hurry();
  // Nothing of what is under way counts; who waits is called back, and then nobody any more. The
  // workers are the caller's, who starts no more.
  void drop_all();

 private:
  enum class State { waiting, running, beside, ended, folding };
  struct Entry {
    Job job;
    Timestamp now;            // of the tick that chose it
    std::uint64_t order = 0;  // of choosing
    std::uint64_t tick = 0;   // who waits for it; 0 = nobody
    State state = State::waiting;
    bool is_dropped = false;
    RunCheck run_check;  // while it waits
    std::optional<boost::asio::steady_timer> turn;
    std::optional<RunResult> result;
  };
  // Shared by the list, the run's frame and its timer: each may be the last.
  using EntryPtr = std::shared_ptr<Entry>;

  static boost::asio::awaitable<void> go(CheckRuns& runs, EntryPtr entry, RunCheck run_check);
  void start(const boost::asio::any_io_executor& executor, const EntryPtr& entry);
  void start_waiting(const boost::asio::any_io_executor& executor);
  void arm_turn(const EntryPtr& entry);
  void end_turn(const EntryPtr& entry);
  std::vector<EntryPtr> in_order(const std::function<bool(const Entry&)>& wanted) const;
  std::size_t count(State state) const;
  bool is_waiting_for(std::uint64_t tick, Patience patience, bool is_over) const;
  RunsOfTick collect(std::uint64_t tick);
  void call_back();

  RunLimits limits_;
  std::function<void()> on_change_;
  std::map<std::string, EntryPtr> entries_;                    // by check
  std::map<std::uint64_t, std::vector<std::string>> dropped_;  // by the tick that waited
  std::list<boost::asio::steady_timer*> waiting_ticks_;
  std::uint64_t last_order_ = 0;
  std::uint64_t last_tick_ = 0;
  bool is_in_a_hurry_ = false;
};

}  // namespace chela::heartbeat
