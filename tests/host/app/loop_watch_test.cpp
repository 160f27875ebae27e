// A loop that does not come round is noticed, one that never will is ended, and a process that was
// merely stopped is neither.
#include "app/loop_watch.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace chela::app {
namespace {

using std::chrono::milliseconds;

LoopWatchSettings settings(int abort_steps, milliseconds step = milliseconds(10)) {
  LoopWatchSettings settings;
  settings.step = step;
  settings.abort_steps = abort_steps;
  return settings;
}

// Runs `body` in a process of its own and returns how that ended.
int status_of(const std::function<void(pid_t)>& meanwhile, const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    _exit(body());
  }
  meanwhile(child);
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(LoopWatch, SaysForHowLongTheLoopDidNotComeRound) {
  boost::asio::io_context loop(1);
  milliseconds blocked{0};
  int times = 0;
  LoopWatch watch(loop, settings(0), [&](milliseconds time) {
    blocked = time;
    ++times;
    loop.stop();
  });
  watch.turn_on();
  const auto work = boost::asio::make_work_guard(loop);
  boost::asio::post(loop, [] { std::this_thread::sleep_for(milliseconds(200)); });
  loop.run();
  EXPECT_EQ(times, 1);
  EXPECT_GE(blocked, milliseconds(20));
}

TEST(LoopWatch, IsSilentWhileTheLoopComesRoundAndWhileItIsOff) {
  boost::asio::io_context loop(1);
  int times = 0;
  // Long steps: what a busy machine takes from this process must not look like a blocked loop.
  LoopWatch watch(loop, settings(5, milliseconds(60)), [&](milliseconds) { ++times; });
  const auto work = boost::asio::make_work_guard(loop);
  std::this_thread::sleep_for(milliseconds(600));  // nobody runs the loop, and it is off
  watch.turn_on();
  loop.run_for(milliseconds(600));
  watch.turn_off();
  std::this_thread::sleep_for(milliseconds(600));
  loop.restart();
  loop.run_for(milliseconds(50));
  EXPECT_EQ(times, 0);
}

TEST(LoopWatch, EndsAProcessWhoseLoopIsStuck) {
  const int status = status_of([](pid_t) {},
                               [] {
                                 boost::asio::io_context loop(1);
                                 LoopWatch watch(loop, settings(5), [](milliseconds) {});
                                 watch.turn_on();
                                 boost::asio::post(loop, [] {
                                   while (true) pause();
                                 });
                                 loop.run();
                                 return 0;
                               });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGABRT);
}

TEST(LoopWatch, TakesAStoppedProcessForNeitherBlockedNorStuck) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const auto stop_and_go_on = [&](pid_t child) {
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    for (int i = 0; i < 3; ++i) {
      kill(child, SIGSTOP);
      std::this_thread::sleep_for(milliseconds(600));  // twenty steps; five would end it
      kill(child, SIGCONT);
      std::this_thread::sleep_for(milliseconds(90));
    }
    kill(child, SIGUSR1);
  };
  const int status = status_of(stop_and_go_on, [&] {
    static std::atomic<bool> is_over{false};
    signal(SIGUSR1, [](int) { is_over = true; });
    boost::asio::io_context loop(1);
    int times = 0;
    LoopWatch watch(loop, settings(5, milliseconds(30)), [&](milliseconds) { ++times; });
    watch.turn_on();
    if (write(ready[1], "", 1) != 1) return 3;
    const auto work = boost::asio::make_work_guard(loop);
    while (!is_over) {
      loop.restart();
      loop.run_for(milliseconds(5));
    }
    return times;
  });
  close(ready[0]);
  close(ready[1]);
  EXPECT_TRUE(WIFEXITED(status)) << "it was ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "it was said to be blocked";
}

}  // namespace
}  // namespace chela::app
