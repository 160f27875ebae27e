// The outbox is paid in order, what fails waits, and nothing is paid twice without need.
#include "heartbeat/dispatch.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <optional>

namespace chela::heartbeat {
namespace {

namespace asio = boost::asio;
using tasks::OutboxKind;

const Timestamp kNow = Timestamp(std::chrono::hours(500'000));

class DispatchTest : public ::testing::Test {
 protected:
  DispatchTest() {
    std::string pattern = std::string(CHELA_BINARY_DIR) + "/tests/dispatch.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    auto ledger = tasks::Ledger::open(folder_ / "ledger.db");
    EXPECT_TRUE(ledger.has_value());
    ledger_.emplace(std::move(*ledger));
  }
  ~DispatchTest() override {
    ledger_.reset();
    std::filesystem::remove_all(folder_);
  }

  void owe(OutboxKind kind, const std::string& task, const std::string& payload) {
    tasks::TickRecord record;
    tasks::OutboxRow row;
    row.kind = kind;
    row.task_id = task;
    row.payload = payload;
    row.created_at = kNow;
    record.outbox.push_back(std::move(row));
    ASSERT_TRUE(ledger_->load().has_value());
    ASSERT_TRUE(ledger_->commit(record).has_value());
  }

  DispatchOutcome run(Timestamp now) {
    const TaskBackend backend = [this](
                                    std::string, std::string op,
                                    json::value request) -> asio::awaitable<Result<json::value>> {
      calls_.push_back(op + " " + json::serialize(request));
      if (error_) co_return fail(*error_);
      co_return json::value(json::object());
    };
    const Say say = [this](const std::string& line) {
      said_.push_back(line);
      return is_listening_;
    };
    asio::io_context io;
    std::optional<DispatchOutcome> outcome;
    asio::co_spawn(
        io, dispatch(*ledger_, backend, say, now),
        [&](const std::exception_ptr&, DispatchOutcome value) { outcome = std::move(value); });
    io.run();
    return *outcome;
  }

  std::filesystem::path folder_;
  std::optional<tasks::Ledger> ledger_;
  std::vector<std::string> calls_;
  std::vector<std::string> said_;
  std::optional<Error> error_;
  bool is_listening_ = true;
};

TEST_F(DispatchTest, PaysRowsOfOneTaskInOrderWithinOneTick) {
  owe(OutboxKind::create_task, "k3f9q2",
      R"({"id":"k3f9q2","title":"disk","priority":"high","needs_human":true,"notes":"n","keys":[]})");
  owe(OutboxKind::update_task, "k3f9q2",
      R"({"id":"k3f9q2","notes":["recovered","twice"],"close":true})");
  owe(OutboxKind::say, "", R"({"message_id":"m","lines":[{"text":"one"},{"text":"two"}]})");
  const auto outcome = run(kNow);
  EXPECT_EQ(outcome.done, 3);
  EXPECT_EQ(outcome.waiting, 0);
  ASSERT_EQ(calls_.size(), 2u);
  EXPECT_EQ(
      calls_[0],
      R"(create {"task":{"priority":"high","needs":"human","title":"disk","state":"queue","notes":"n"},)"
      R"("idempotency_key":"k3f9q2"})");
  EXPECT_EQ(calls_[1],
            R"(update {"id":"k3f9q2","set":{"state":"done"},"note":"recovered; twice"})");
  EXPECT_EQ(said_, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(ledger_->outbox()->empty());
}

TEST_F(DispatchTest, KeepsWhatFailsAndTriesItLater) {
  owe(OutboxKind::create_task, "a", R"({"id":"a","title":"t"})");
  owe(OutboxKind::update_task, "a", R"({"id":"a","notes":[],"close":true})");
  error_ = Error{ErrorCode::unavailable, "TASKS.md: disk full"};
  auto outcome = run(kNow);
  EXPECT_EQ(outcome.done, 0);
  EXPECT_EQ(outcome.waiting, 2);
  EXPECT_EQ(outcome.problems, std::vector<std::string>{"TASKS.md: disk full"});
  EXPECT_EQ(calls_.size(), 1u);  // the update waits for its create
  EXPECT_EQ(ledger_->outbox()->front().last_error, "TASKS.md: disk full");

  outcome = run(kNow + std::chrono::seconds(1));
  EXPECT_EQ(calls_.size(), 1u);  // too early
  error_.reset();
  outcome = run(kNow + std::chrono::hours(1));
  EXPECT_EQ(outcome.done, 2);
  EXPECT_EQ(calls_.size(), 3u);
}

TEST_F(DispatchTest, ForgetsUpdatesOfTasksThatAPersonRemoved) {
  tasks::TickRecord record;
  tasks::OutboxRow row;
  row.kind = OutboxKind::update_task;
  row.target = "tasks-md";
  row.task_id = "a";
  row.payload = R"({"id":"a","notes":[],"close":true})";
  record.outbox = {row};
  ASSERT_TRUE(ledger_->load().has_value());
  ASSERT_TRUE(ledger_->commit(record).has_value());
  error_ = Error{ErrorCode::not_found, "no task a"};
  EXPECT_EQ(run(kNow).waiting, 0);
  EXPECT_TRUE(ledger_->outbox()->empty());
}

TEST_F(DispatchTest, KeepsALineThatNobodyTook) {
  owe(OutboxKind::say, "", R"({"message_id":"m","lines":[{"text":"one"}]})");
  is_listening_ = false;
  EXPECT_EQ(run(kNow).waiting, 1);
  is_listening_ = true;
  EXPECT_EQ(run(kNow + std::chrono::hours(1)).done, 1);
}

}  // namespace
}  // namespace chela::heartbeat
