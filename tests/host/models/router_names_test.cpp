// The fault table's row "DNS that hangs": a chain whose first model is at a name that no name
// server answers for, in the router and in the built program.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "router_desk.h"
#include "support/chela_program.h"
#include "support/silent_names.h"

namespace chela::models {
namespace {

using test::SilentNames;

class RouterNames : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!names.is_there()) GTEST_SKIP() << names.why_not();
    names.hang_for(30);
    names.asked();
  }
  SilentNames& names = SilentNames::here();
};

TEST_F(RouterNames, OneThatHangsMovesOnAndIsLeftAloneAfterwards) {
  HttpStub second([](const HttpSeen&) { return stream("from the second"); });
  RouterDesk desk;
  desk.settings.first_token = 150ms;  // shorter than the connect deadline, so it counts for both
  desk.add_provider("one", "https://hanging.test/v1");
  desk.add_provider("two", second.url("/v1"));
  desk.chain("coordinator", {"one/m", "one/n", "two/m"});
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = desk.ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->ref, "two/m");
  ASSERT_EQ(answer->trail.steps.size(), 2u) << "another model of that host is not tried";
  EXPECT_EQ(answer->trail.steps[0].reason, Reason::unreachable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 8s) << "neither 10 s to connect nor the 30";
  EXPECT_GT(names.asked(), 0);

  desk.reopen();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(desk.ask());
  EXPECT_EQ(names.asked(), 0) << "no look-up, and so no thread, while it is cooled down";
}

TEST_F(RouterNames, CancellingTheCallIsNotHeldUp) {
  RouterDesk desk;
  desk.settings.first_token = 60s;
  desk.add_provider("one", "https://hanging.test/v1");
  desk.chain("coordinator", {"one/m"});
  asio::cancellation_signal signal;
  bool is_over = false;
  Ask ask = RouterDesk::question("hello");
  asio::co_spawn(
      desk.loop, desk.router->ask(std::move(ask)),
      asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, Result<Answer> answer) {
        is_over = true;
        EXPECT_FALSE(answer);
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
  EXPECT_LT(took, 500ms) << "the promise is 50 ms; ten times that is asserted";
}

TEST_F(RouterNames, TheProgramEndsWithItsAnswerWhileTheLookUpStillHangs) {
  HttpStub second([](const HttpSeen&) { return stream("from the second"); });
  test::Desk desk;
  desk.without_builtins();
  desk.env["TEST_KEY"] = "value-of-a-key";
  const auto enable = [&](const std::string& id, const std::string& url) {
    test::spill(desk.manifest("providers", id),
                "id: " + id + "\nplugin: provider.openai\nisolation: host\nallow:\n  http: [\"" +
                    url + "\"]\nsecrets:\n  api_key: env:TEST_KEY\nconfig:\n  base_url: \"" + url +
                    "\"\n");
  };
  enable("one", "https://hanging.test/v1");
  enable("two", second.url("/v1"));
  test::spill(desk.chela_home() / "manifests/host.yaml",
              "models:\n  roles: {coordinator: [one/m, two/m]}\n  first_token: 1s\n");
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = desk.chela({"ask", "hello"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "from the second\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s) << "the look-up takes 30 s";
  EXPECT_GT(names.asked(), 0);
}

}  // namespace
}  // namespace chela::models
