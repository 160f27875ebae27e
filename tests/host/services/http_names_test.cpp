// A look-up of a name that hangs: libcurl waits for it in a thread of its own, and nobody waits for
// that thread.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <filesystem>
#include <vector>

#include "http_support.h"
#include "support/silent_names.h"

namespace chela::services {
namespace {

using test::SilentNames;

HttpRequest ask_a_hanging_name(Duration connect) {
  HttpRequest request = get("https://hanging.test/v1");
  request.deadlines = {connect, 60s, 60s, 120s};
  return request;
}

std::ptrdiff_t threads() {
  using Entries = std::filesystem::directory_iterator;
  return std::distance(Entries("/proc/self/task"), Entries());
}

class HangingName : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!names.is_there()) GTEST_SKIP() << names.why_not();
    names.hang_for(30);  // whoever waited for the look-up would be late by that much
    names.asked();
  }
  // Long before the look-up ends; what is asserted is that nobody waited for it.
  void expect_not_waited_for() const {
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
    EXPECT_GT(names.asked(), 0) << "the name server was not asked";
  }

  SilentNames& names = SilentNames::here();
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
};

TEST_F(HangingName, IsCutOffByTheConnectDeadline) {
  HttpDesk desk;
  const auto reply = desk.fetch(ask_a_hanging_name(100ms));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, HttpFailure::connect_timeout) << reply.error().message;
  EXPECT_EQ(reply.error().code, ErrorCode::deadline_exceeded);
  EXPECT_NE(reply.error().message.find("no connection within 100ms"), std::string::npos)
      << reply.error().message;
  EXPECT_FALSE(reply.error().was_sent);
  expect_not_waited_for();
}

TEST_F(HangingName, HoldsUpNoOtherRequest) {
  const HttpStub server(always(HttpAnswer::whole(200, "here")));
  std::optional<HttpFailure> kind;
  HttpDesk desk;
  HttpRequest hanging = ask_a_hanging_name(60s);
  asio::co_spawn(desk.loop, desk.client.fetch(std::move(hanging)),
                 [&](std::exception_ptr, HttpResult<HttpReply> reply) {
                   if (!reply) kind = reply.error().kind;
                 });
  const auto reply = desk.fetch(get(server.url()));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "here");
  EXPECT_FALSE(kind) << "it still hangs";
  EXPECT_TRUE(HttpStub::eventually([&] { return names.asked() > 0; }));
}

TEST_F(HangingName, IsCancelledAtOnce) {
  HttpDesk desk;
  asio::cancellation_signal signal;
  std::optional<HttpFailure> kind;
  bool is_over = false;
  HttpRequest hanging = ask_a_hanging_name(60s);
  asio::co_spawn(desk.loop, desk.client.fetch(std::move(hanging)),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](std::exception_ptr error, HttpResult<HttpReply> reply) {
                       is_over = true;
                       if (!error && !reply) kind = reply.error().kind;
                     }));
  int asked = 0;
  while (asked == 0) {
    desk.loop.poll_one();
    asked = names.asked();
  }
  const auto cancelled_at = std::chrono::steady_clock::now();
  signal.emit(asio::cancellation_type::terminal);
  while (!is_over) desk.loop.run_one();
  const auto took = std::chrono::steady_clock::now() - cancelled_at;
  std::cout << "cancelled within "
            << std::chrono::duration_cast<std::chrono::microseconds>(took).count() << " us\n";
  // The promise is 50 ms; ten times that is asserted.
  EXPECT_LT(took, 500ms);
  EXPECT_EQ(kind, HttpFailure::cancelled);
}

TEST_F(HangingName, HoldsUpNoClientThatIsDestroyed) {
  auto desk = std::make_unique<HttpDesk>();
  HttpRequest hanging = ask_a_hanging_name(60s);
  asio::co_spawn(desk->loop, desk->client.fetch(std::move(hanging)), asio::detached);
  int asked = 0;
  while (asked == 0) {
    desk->loop.poll_one();
    asked = names.asked();
  }
  desk.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
}

TEST_F(HangingName, LeavesNoMoreThreadsThanRequestsAndNoneOnceTheResolverGivesUp) {
  constexpr int kRequests = 32;
  names.hang_for(1);
  HttpDesk desk;
  // Those of other tests end meanwhile: the number may fall, never rise.
  const auto before = threads();
  for (int round = 0; round < 3; ++round) {
    int over = 0;
    for (int i = 0; i < kRequests; ++i) {
      HttpRequest hanging = ask_a_hanging_name(50ms);
      asio::co_spawn(desk.loop, desk.client.fetch(std::move(hanging)),
                     [&](std::exception_ptr, HttpResult<HttpReply> reply) {
                       ++over;
                       ASSERT_FALSE(reply);
                       EXPECT_EQ(reply.error().kind, HttpFailure::connect_timeout);
                     });
    }
    while (over < kRequests) desk.loop.run_one();
    EXPECT_LE(threads(), before + kRequests);
    EXPECT_TRUE(HttpStub::eventually([&] { return threads() <= before; })) << threads();
  }
}

}  // namespace
}  // namespace chela::services
