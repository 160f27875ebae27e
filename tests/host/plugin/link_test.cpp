// The worker's link: frames of many threads arrive whole.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <thread>
#include <vector>

#include "worker/host_link.h"

namespace chela::worker {
namespace {

TEST(HostLink, KeepsFramesOfManyThreadsWhole) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  constexpr int kThreads = 6;
  constexpr int kFrames = 300;
  HostLink sender(fds[0]);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&sender, t] {
      const std::string tail(static_cast<std::size_t>(500 + t), static_cast<char>('a' + t));
      for (int i = 0; i < kFrames; ++i) {
        ASSERT_TRUE(sender.send(static_cast<std::uint64_t>(t), {{"type", "log"}, {"n", i}}, tail));
      }
    });
  }
  HostLink receiver(fds[1]);
  std::map<std::uint64_t, int> next;
  for (int i = 0; i < kThreads * kFrames; ++i) {
    const auto frame = receiver.receive();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(get_int(frame->head, "n"), next[frame->id]++);  // in the order of their own thread
    EXPECT_EQ(frame->tail, std::string(500 + frame->id, static_cast<char>('a' + frame->id)));
  }
  for (auto& thread : threads) thread.join();
  close(fds[0]);
  EXPECT_EQ(receiver.receive().error().code, ErrorCode::unavailable);
  close(fds[1]);
}

}  // namespace
}  // namespace chela::worker
