// Notices from a thread of its own that the loop does not come round, says for how long it did not,
// and ends a process whose loop never will again.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace chela::app {

struct LoopWatchSettings {
  std::chrono::milliseconds step{1000};  // how often it asks
  int blocked_steps = 2;                 // unanswered in a row: worth a line
  int abort_steps = 300;  // unanswered in a row: abort(); 0 = never, somebody else does
};

// While it is on, it posts a question to the loop once per step and counts the steps without an
// answer. What it counts are its own steps, not time: a process that was stopped (SIGSTOP, a
// debugger) or slept with its machine makes one step in that time, however long, and is not taken
// for stuck. While it is off, nothing wakes up.
class LoopWatch {
 public:
  // `blocked` is called in the loop once it has come round, with how long it had not.
  LoopWatch(boost::asio::io_context& loop, LoopWatchSettings settings,
            std::function<void(std::chrono::milliseconds)> blocked);
  ~LoopWatch();
  LoopWatch(const LoopWatch&) = delete;
  LoopWatch& operator=(const LoopWatch&) = delete;

  void turn_on() { turn(true); }
  void turn_off() { turn(false); }

 private:
  void turn(bool on);
  void watch();
  void ask();

  boost::asio::io_context& loop_;
  const LoopWatchSettings settings_;
  const std::function<void(std::chrono::milliseconds)> blocked_;  // called in the loop alone
  std::atomic<std::uint64_t> answered_{0};  // the last question that the loop has seen
  std::uint64_t asked_ = 0;                 // of the thread alone
  std::atomic<int> unanswered_{0};          // steps
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_on_ = false;    // guarded by mutex_
  bool is_over_ = false;  // guarded by mutex_
  std::thread thread_;    // last: it uses all of the above
};

}  // namespace chela::app
