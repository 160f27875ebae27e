#include "app/loop_watch.h"

#include <signal.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <cstring>

namespace chela::app {
namespace {

// The loop's thread takes the signals; a thread that is started with all of them blocked gets none.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

[[noreturn]] void give_up() {
  const char* text =
      "chela: its loop is stuck and does not come round any more; it ends itself so that it can be "
      "started again\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text, std::strlen(text));
  std::abort();
}

}  // namespace

LoopWatch::LoopWatch(boost::asio::io_context& loop, LoopWatchSettings settings,
                     std::function<void(std::chrono::milliseconds)> blocked)
    : loop_(loop), settings_(settings), blocked_(std::move(blocked)) {
  const SignalsBlocked no_signals;
  thread_ = std::thread([this] { watch(); });
}

LoopWatch::~LoopWatch() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LoopWatch::turn(bool on) {
  {
    const std::lock_guard lock(mutex_);
    if (is_on_ == on) return;
    is_on_ = on;
  }
  changed_.notify_all();
}

void LoopWatch::ask() {
  const std::uint64_t question = ++asked_;
  boost::asio::post(loop_, [this, question] {
    answered_ = question;
    const int steps = unanswered_.exchange(0);
    if (steps >= settings_.blocked_steps) blocked_(settings_.step * steps);
  });
}

void LoopWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!is_over_) {
    changed_.wait(lock, [this] { return is_on_ || is_over_; });
    while (is_on_ && !is_over_) {
      if (answered_ == asked_) ask();
      changed_.wait_for(lock, settings_.step, [this] { return !is_on_ || is_over_; });
      if (answered_ == asked_ || !is_on_ || is_over_) continue;
      const int steps = ++unanswered_;
      if (settings_.abort_steps > 0 && steps >= settings_.abort_steps) give_up();
    }
  }
}

}  // namespace chela::app
