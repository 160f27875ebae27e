#include "heartbeat/run_checks.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iterator>

namespace chela::heartbeat {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

void RunsOfTick::add(RunsOfTick later) {
  const auto append = [](auto& to, auto& from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
  };
  append(ended, later.ended);
  append(not_started, later.not_started);
  append(going_on, later.going_on);
  append(dropped, later.dropped);
}

std::set<std::string> RunsOfTick::without_result() const {
  std::set<std::string> checks;
  for (const auto* list : {&not_started, &going_on, &dropped})
    checks.insert(list->begin(), list->end());
  return checks;
}

std::size_t CheckRuns::count(State state) const {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [&](const auto& entry) { return entry.second->state == state; }));
}

bool CheckRuns::has_free_turn() const {
  return count(State::running) + count(State::waiting) < limits_.at_once;
}

bool CheckRuns::has_results() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry.second->state == State::ended && entry.second->tick == 0;
  });
}

bool CheckRuns::is_plugin_under_way(const std::string& plugin) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& entry) { return entry.second->job.plugin == plugin; });
}

std::vector<CheckRuns::EntryPtr> CheckRuns::in_order(
    const std::function<bool(const Entry&)>& wanted) const {
  std::vector<EntryPtr> found;
  for (const auto& [check, entry] : entries_) {
    if (wanted(*entry)) found.push_back(entry);
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a->order < b->order; });
  return found;
}

std::vector<std::string> CheckRuns::under_way() const {
  std::vector<std::string> checks;
  for (const auto& entry : in_order([](const Entry&) { return true; }))
    checks.push_back(entry->job.check);
  return checks;
}

// A dropped run's frame still comes here; its entry is out of the list by then.
awaitable<void> CheckRuns::go(CheckRuns& runs, EntryPtr entry, RunCheck run_check) {
  const auto executor = co_await asio::this_coro::executor;
  entry->result = co_await run_check(entry->job.check, entry->job.before, entry->now);
  entry->turn.reset();
  if (entry->is_dropped) co_return;
  entry->state = State::ended;
  runs.start_waiting(executor);
  runs.call_back();
}

void CheckRuns::start(const asio::any_io_executor& executor, const EntryPtr& entry) {
  entry->state = State::running;
  entry->turn.emplace(executor);
  arm_turn(entry);
  asio::co_spawn(executor, go(*this, entry, std::move(entry->run_check)), asio::detached);
}

void CheckRuns::start_waiting(const asio::any_io_executor& executor) {
  if (is_in_a_hurry_) return;
  for (const auto& entry : in_order([](const Entry& e) { return e.state == State::waiting; })) {
    if (count(State::running) >= limits_.at_once) return;
    // A run that ends without a wait comes by here itself, and starts those that follow.
    if (entry->state == State::waiting) start(executor, entry);
  }
}

void CheckRuns::arm_turn(const EntryPtr& entry) {
  entry->turn->expires_after(limits_.turn);
  entry->turn->async_wait([this, entry](const boost::system::error_code& error) {
    if (!error && !entry->is_dropped && entry->state == State::running) end_turn(entry);
  });
}

void CheckRuns::end_turn(const EntryPtr& entry) {
  const auto executor = entry->turn->get_executor();
  if (count(State::beside) >= limits_.beside) {  // too many of them: it keeps its place
    arm_turn(entry);
    return;
  }
  entry->state = State::beside;
  start_waiting(executor);
  call_back();
}

void CheckRuns::call_back() {
  for (auto* timer : waiting_ticks_) timer->cancel();
  if (on_change_) on_change_();
}

void CheckRuns::hurry() {
  is_in_a_hurry_ = true;
  call_back();
}

void CheckRuns::drop_all() {
  for (auto& [check, entry] : entries_) {
    entry->is_dropped = true;
    entry->run_check = {};
    if (entry->tick != 0) dropped_[entry->tick].push_back(check);
  }
  entries_.clear();
  is_in_a_hurry_ = true;
  call_back();
  on_change_ = {};
}

// Whether a tick still has to wait: for a turn of one of its jobs, or for a result.
bool CheckRuns::is_waiting_for(std::uint64_t tick, Patience patience, bool is_over) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& item) {
    const Entry& entry = *item.second;
    if (entry.tick != tick || entry.state == State::ended) return false;
    if (is_in_a_hurry_) return false;
    if (entry.state == State::waiting) return !is_over;
    if (patience == Patience::end) return true;
    if (is_over) return false;
    return patience == Patience::tick || entry.state == State::running;
  });
}

RunsOfTick CheckRuns::collect(std::uint64_t tick) {
  RunsOfTick out;
  for (const auto& entry :
       in_order([&](const Entry& e) { return e.tick == tick || e.tick == 0; })) {
    if (entry->state == State::ended) {
      entry->state = State::folding;
      out.ended.push_back(std::move(*entry->result));
      entry->result.reset();
    } else if (entry->tick == tick && entry->state == State::waiting) {
      out.not_started.push_back(entry->job.check);
      entries_.erase(entry->job.check);
    } else if (entry->tick == tick) {
      out.going_on.push_back(entry->job.check);
      entry->tick = 0;
    }
  }
  if (const auto dropped = dropped_.find(tick); dropped != dropped_.end()) {
    out.dropped = std::move(dropped->second);
    dropped_.erase(dropped);
  }
  return out;
}

awaitable<RunsOfTick> CheckRuns::run(std::vector<Job> jobs, RunCheck run_check, Timestamp now,
                                     Patience patience, steady_clock::time_point deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const std::uint64_t tick = ++last_tick_;
  std::set<std::string> mine;
  for (auto& job : jobs) {
    mine.insert(job.check);
    auto& entry = entries_[job.check];
    if (entry == nullptr) {
      entry = std::make_shared<Entry>();
      entry->job = std::move(job);
      entry->now = now;
      entry->order = ++last_order_;
      entry->run_check = run_check;
    }
    if (entry->state != State::folding) entry->tick = tick;
  }
  start_waiting(executor);
  asio::steady_timer change(executor);
  const auto place = waiting_ticks_.insert(waiting_ticks_.end(), &change);
  // The frame may also be destroyed while it waits.
  const std::unique_ptr<asio::steady_timer, std::function<void(asio::steady_timer*)>> guard(
      &change, [this, place](asio::steady_timer*) { waiting_ticks_.erase(place); });
  while (true) {
    const bool is_over = steady_clock::now() >= deadline;
    if (!is_waiting_for(tick, patience, is_over)) break;
    change.expires_at(is_over ? asio::steady_timer::time_point::max() : deadline);
    co_await change.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  auto out = collect(tick);
  for (const auto& result : out.ended) mine.erase(result.run.check);
  for (const auto& check : out.without_result()) mine.erase(check);
  // What is left was joined by a tick after this one, or is being folded by one before it.
  out.going_on.insert(out.going_on.end(), mine.begin(), mine.end());
  co_return out;
}

void CheckRuns::recorded(const std::vector<std::string>& checks) {
  for (const auto& check : checks) {
    const auto entry = entries_.find(check);
    if (entry != entries_.end() && entry->second->state == State::folding) entries_.erase(entry);
  }
  if (!checks.empty() && on_change_) on_change_();
}

}  // namespace chela::heartbeat
