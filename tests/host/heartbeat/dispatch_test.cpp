// The outbox is paid in order, what fails waits, and nothing is paid twice without need.
#include "heartbeat/dispatch.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>
#include <optional>

#include "heartbeat/silence.h"
#include "tasks/outbox.h"

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

  void owe(OutboxKind kind, const std::string& task, const std::string& payload,
           const std::string& target = "") {
    tasks::TickRecord record;
    tasks::OutboxRow row;
    row.kind = kind;
    row.task_id = task;
    row.target = target;
    row.payload = payload;
    row.created_at = kNow;
    record.outbox.push_back(std::move(row));
    ASSERT_TRUE(ledger_->load().has_value());
    ASSERT_TRUE(ledger_->commit(record).has_value());
  }

  // A message of one line to the phone.
  void owe_line(const std::string& text) {
    owe(OutboxKind::say, "",
        R"({"message_id":"abcdefgh","lines":[{"severity":"warn","text":")" + text + "\"}]}",
        "phone");
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
    Outlets outlets{backend, say, notify_, not_before_, &busy_, {}};
    asio::io_context io;
    std::optional<DispatchOutcome> outcome;
    asio::co_spawn(
        io, dispatch(*ledger_, outlets, now),
        [&](const std::exception_ptr&, DispatchOutcome value) { outcome = std::move(value); });
    io.run();
    return *outcome;
  }

  std::filesystem::path folder_;
  std::optional<tasks::Ledger> ledger_;
  std::vector<std::string> calls_;
  std::vector<std::string> said_;
  std::optional<Error> error_;
  Notify notify_;
  std::function<Timestamp(const tasks::OutboxRow&, Timestamp)> not_before_;
  std::set<std::string> busy_;
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

// Notifiers of the test's own: what they got, and what they say.
struct Notifiers {
  std::vector<std::string> got;  // "phone abcdefgh one|two"
  std::map<std::string, Error> errors;
  std::string failing_text{};
  Timestamp not_before{};  // what a failing one asks for
  Notify function() {
    return [this](std::string target, json::value message) -> asio::awaitable<Told> {
      std::string texts;
      for (const auto& line : find(message, "lines")->as_array())
        texts += (texts.empty() ? "" : "|") + get_string(line, "text");
      got.push_back(target + " " + get_string(message, "message_id") + " " + texts);
      Told told;
      if (errors.contains(target)) told.sent = fail(errors[target]);
      if (texts == failing_text) told.sent = fail(ErrorCode::unavailable, "it does not like that");
      if (!told.sent) told.not_before = not_before;
      co_return told;
    };
  }
};

constexpr const char* kMessage =
    R"({"message_id":"abcdefgh","lines":[{"severity":"warn","text":"one"}]})";

TEST_F(DispatchTest, HandsMessagesToTheirNotifiersAndOneThatFailsHoldsUpNobody) {
  Notifiers notifiers;
  notifiers.errors["phone"] = Error{ErrorCode::unavailable, "phone: no answer"};
  notify_ = notifiers.function();
  owe(OutboxKind::say, "", kMessage, "phone");
  owe(OutboxKind::say, "", kMessage, "phone");
  owe(OutboxKind::say, "", kMessage, "mail");
  owe(OutboxKind::say, "", kMessage);
  const auto outcome = run(kNow);
  EXPECT_EQ(notifiers.got, (std::vector<std::string>{"mail abcdefgh one", "phone abcdefgh one"}))
      << "after a failure the next message of that notifier waits";
  EXPECT_EQ(said_, std::vector<std::string>{"one"});
  EXPECT_EQ(outcome.done, 2);
  EXPECT_EQ(outcome.waiting, 2);
  EXPECT_EQ(outcome.problems, std::vector<std::string>{"phone: no answer"});
  const auto rows = ledger_->outbox().value();
  EXPECT_EQ(rows.at(0).attempts, 1) << "counted once";
  EXPECT_EQ(rows.at(0).not_before, kNow + std::chrono::seconds(30));
  EXPECT_EQ(rows.at(0).last_error, "phone: no answer");
  EXPECT_EQ(rows.at(1).attempts, 0);

  notifiers.errors.clear();
  EXPECT_EQ(run(kNow + std::chrono::minutes(1)).done, 2);
  EXPECT_EQ(notifiers.got.back(), "phone abcdefgh one");
}

TEST_F(DispatchTest, KeepsTheOrderOfOneNotifierHoweverLongItIsAway) {
  Notifiers notifiers;
  notifiers.errors["phone"] = Error{ErrorCode::unavailable, "phone: no answer"};
  notify_ = notifiers.function();
  owe_line("began");
  run(kNow);
  owe_line("over");
  EXPECT_EQ(run(kNow + std::chrono::seconds(5)).waiting, 2);
  EXPECT_EQ(notifiers.got.size(), 1u) << "it is left alone";
  EXPECT_EQ(ledger_->outbox()->at(1).not_before, kNow + std::chrono::seconds(30));
  EXPECT_EQ(ledger_->outbox()->at(1).attempts, 0);
  auto now = kNow;
  for (int i = 0; i < 200; ++i) run(now += std::chrono::minutes(3));
  EXPECT_LT(notifiers.got.size(), 60u) << "an hour between tries in the end";
  owe_line("began again");
  run(now);
  notifiers.errors.clear();
  notifiers.got.clear();
  for (int i = 0; i < 30; ++i) run(now += std::chrono::minutes(3));
  EXPECT_EQ(notifiers.got, (std::vector<std::string>{"phone abcdefgh began", "phone abcdefgh over",
                                                     "phone abcdefgh began again"}));
  owe_line("news");
  run(now);
  EXPECT_EQ(notifiers.got.back(), "phone abcdefgh news") << "at once";
}

TEST_F(DispatchTest, LeavesAServiceAloneAsLongAsItAsks) {
  using namespace std::chrono_literals;
  const struct {
    const char* name;
    std::chrono::seconds asked;
    std::chrono::seconds left_alone;
  } cases[] = {{"longer than the next try", 300s, 300s},
               {"shorter", 3s, 30s},
               {"longer than anybody waits", 240h, 1h}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Notifiers notifiers;
    notifiers.errors["phone"] = Error{ErrorCode::resource_exhausted, "phone: too many"};
    notifiers.not_before = kNow + c.asked;
    notify_ = notifiers.function();
    owe_line("one");
    owe_line("two");
    run(kNow);
    owe_line("three");
    notifiers.errors.clear();
    for (auto at = kNow; at < kNow + c.left_alone; at += 1s) run(at);
    EXPECT_EQ(notifiers.got.size(), 1u);
    EXPECT_EQ(run(kNow + c.left_alone).waiting, 0);
    EXPECT_EQ(notifiers.got,
              (std::vector<std::string>{"phone abcdefgh one", "phone abcdefgh one",
                                        "phone abcdefgh two", "phone abcdefgh three"}));
  }
}

TEST_F(DispatchTest, TriesNothingElseAtAServiceThatAsksToWait) {
  using namespace std::chrono_literals;
  Notifiers notifiers;
  notifiers.failing_text = "poison";
  notify_ = notifiers.function();
  owe(OutboxKind::say, "",
      R"({"message_id":"ijklmnop","lines":[{"severity":"crit","text":"poison"}]})", "phone");
  run(kNow);
  owe_line("one");
  run(kNow + 31s);
  ASSERT_EQ(notifiers.got.back(), "phone abcdefgh one") << "the first is its own trouble";
  const Timestamp now = kNow + 10min;
  notifiers.not_before = now + 20min;
  notifiers.got.clear();
  run(now);
  owe_line("two");
  run(now + 1min);
  EXPECT_EQ(notifiers.got, std::vector<std::string>{"phone ijklmnop poison"});
  run(now + 20min);
  EXPECT_EQ(notifiers.got.back(), "phone abcdefgh two");
}

TEST_F(DispatchTest, LetsAMessageThatFailsAgainAndAgainHoldUpNothingNew) {
  Notifiers notifiers;
  notifiers.failing_text = "poison";
  notify_ = notifiers.function();
  owe(OutboxKind::say, "",
      R"({"message_id":"ijklmnop","lines":[{"severity":"crit","text":"poison"}]})", "mail");
  run(kNow);
  owe(OutboxKind::say, "", kMessage, "mail");
  run(kNow + std::chrono::seconds(10));
  EXPECT_EQ(notifiers.got.size(), 1u) << "who knows whether it is the message or the notifier";
  run(kNow + std::chrono::seconds(31));
  EXPECT_EQ(notifiers.got.back(), "mail abcdefgh one");
  owe(OutboxKind::say, "", kMessage, "mail");
  run(kNow + std::chrono::seconds(32));
  EXPECT_EQ(notifiers.got.size(), 4u) << "at once";
  EXPECT_EQ(run(kNow + std::chrono::hours(1)).waiting, 1) << "and is kept";
}

TEST_F(DispatchTest, TriesAtOnceWhereANotifierIsKnownToBeBack) {
  Notifiers notifiers;
  notifiers.errors["phone"] = Error{ErrorCode::unauthenticated, "phone: who are you?"};
  notify_ = notifiers.function();
  owe(OutboxKind::say, "", kMessage, "phone");
  owe(OutboxKind::say, "", kMessage, "phone");
  run(kNow);
  owe(OutboxKind::say, "", kMessage, "phone");
  const auto gathering = ledger_->outbox()->at(2).id;
  ASSERT_TRUE(ledger_->outbox_put_off(gathering, "", kNow + std::chrono::minutes(10)));
  notifiers.errors.clear();
  EXPECT_EQ(run(kNow + std::chrono::seconds(1)).waiting, 3);
  EXPECT_TRUE(try_again(*ledger_, "phone", kNow + std::chrono::seconds(2)));
  EXPECT_EQ(run(kNow + std::chrono::seconds(2)).waiting, 1) << "what is gathered is not done yet";
}

TEST_F(DispatchTest, SaysInOrderWheneverANotifierComesBack) {
  for (const int back :
       {1, 5, 20, 29, 31, 45, 50, 61, 75, 89, 91, 100, 200, 301, 1000, 1900, 3000}) {
    SCOPED_TRACE(back);
    Notifiers notifiers;
    notifiers.errors["phone"] = Error{ErrorCode::unavailable, "phone: no answer"};
    notify_ = notifiers.function();
    for (int second = 0; second <= back + 3700; ++second) {
      for (const auto& [at, text] : {std::pair(0, "began"), std::pair(10, "over"),
                                     std::pair(70, "began again"), std::pair(1000, "over again")}) {
        if (at == second) owe_line(text);
      }
      if (second == back) {
        notifiers.errors.clear();
        notifiers.got.clear();
      }
      // As a daemon does: where something is due.
      const auto due =
          tasks::next_sendable(*ledger_->outbox(), kNow + std::chrono::seconds(second));
      if (due && *due <= kNow + std::chrono::seconds(second))
        run(kNow + std::chrono::seconds(second));
    }
    EXPECT_EQ(notifiers.got, (std::vector<std::string>{
                                 "phone abcdefgh began", "phone abcdefgh over",
                                 "phone abcdefgh began again", "phone abcdefgh over again"}));
    EXPECT_TRUE(ledger_->outbox()->empty());
  }
}

TEST_F(DispatchTest, LetsOneMessageThatIsNeverTakenDelayNoOther) {
  Notifiers notifiers;
  notifiers.failing_text = "poison";
  notify_ = notifiers.function();
  owe(OutboxKind::say, "",
      R"({"message_id":"ijklmnop","lines":[{"severity":"crit","text":"poison"}]})", "mail");
  for (int minute = 0; minute < 1000; ++minute) {
    const Timestamp now = kNow + std::chrono::minutes(minute);
    if (minute % 97 == 96) {
      notifiers.got.clear();
      owe(OutboxKind::say, "", kMessage, "mail");
      run(now);
      ASSERT_EQ(std::count(notifiers.got.begin(), notifiers.got.end(), "mail abcdefgh one"), 1)
          << "at once, in minute " << minute;
    }
    run(now);
  }
  EXPECT_EQ(ledger_->outbox()->size(), 1u) << "it is kept";
}

TEST_F(DispatchTest, WaitsBehindTheFirstFailureOfARow) {
  Notifiers notifiers;
  notifiers.failing_text = "began";
  notify_ = notifiers.function();
  owe_line("before");
  owe_line("began");
  owe_line("else");
  run(kNow);
  notifiers.failing_text.clear();
  owe_line("over");
  run(kNow + std::chrono::seconds(5));
  EXPECT_EQ(notifiers.got.size(), 2u);
  run(kNow + std::chrono::seconds(30));
  EXPECT_EQ(notifiers.got,
            (std::vector<std::string>{"phone abcdefgh before", "phone abcdefgh began",
                                      "phone abcdefgh began", "phone abcdefgh else",
                                      "phone abcdefgh over"}));
}

TEST_F(DispatchTest, LeavesNoNotifierAloneForATimeOfAnotherClock) {
  Notifiers notifiers;
  notifiers.errors["phone"] = Error{ErrorCode::unavailable, "phone: no answer"};
  notify_ = notifiers.function();
  owe(OutboxKind::say, "", kMessage, "phone");
  run(kNow);
  notifiers.errors.clear();
  owe(OutboxKind::say, "", R"({"message_id":"b","lines":[{"severity":"crit","text":"new"}]})",
      "phone");
  auto rows = *ledger_->outbox();
  ASSERT_TRUE(ledger_->outbox_put_off(rows.at(1).id, "", kNow - std::chrono::hours(2)));
  EXPECT_EQ(run(kNow - std::chrono::hours(2)).waiting, 0);
  EXPECT_EQ(notifiers.got.back(), "phone b new") << "behind the older one";
}

TEST_F(DispatchTest, SaysWhatANotifierNeverTakesOrThatIsGoneInPlainLines) {
  Notifiers notifiers;
  notifiers.errors["gone"] = Error{ErrorCode::not_found, "no such notifier"};
  notifiers.errors["picky"] = Error{ErrorCode::invalid_argument, "too long"};
  notify_ = notifiers.function();
  owe(OutboxKind::say, "", kMessage, "gone");
  owe(OutboxKind::say, "", kMessage, "picky");
  owe(OutboxKind::say, "", kMessage, "picky");
  auto outcome = run(kNow);
  EXPECT_EQ(outcome.waiting, 2) << "it may come of a setting";
  EXPECT_EQ(notifiers.got.size(), 3u) << "one that is refused holds up no other";
  EXPECT_EQ(said_, std::vector<std::string>{"one"});
  EXPECT_EQ(outcome.problems, std::vector<std::string>{"too long"});
  for (int hours = 1; hours < 6; ++hours) run(kNow + std::chrono::hours(hours));
  EXPECT_EQ(said_.size(), 1u);
  EXPECT_EQ(run(kNow + std::chrono::hours(7)).waiting, 0) << "the seventh time";
  EXPECT_EQ(said_, (std::vector<std::string>{"one", "one", "one"}));
}

TEST_F(DispatchTest, WaitsForQuietHoursAndForWhoIsBeingSentTo) {
  Notifiers notifiers;
  notify_ = notifiers.function();
  owe(OutboxKind::say, "", kMessage, "phone");
  owe(OutboxKind::say, "", kMessage, "mail");
  const Timestamp morning = kNow + std::chrono::hours(8);
  not_before_ = [&](const tasks::OutboxRow& row, Timestamp at) {
    return row.target == "phone" ? std::max(at, morning) : at;
  };
  busy_ = {"mail"};
  EXPECT_EQ(run(kNow).waiting, 2);
  EXPECT_TRUE(notifiers.got.empty());
  EXPECT_EQ(ledger_->outbox()->at(0).not_before, morning);
  EXPECT_EQ(ledger_->outbox()->at(0).attempts, 0) << "nobody tried";
  EXPECT_EQ(busy_, std::set<std::string>{"mail"});

  busy_.clear();
  notifiers.errors["mail"] = Error{ErrorCode::unavailable, "mail: down"};
  not_before_ = [&](const tasks::OutboxRow&, Timestamp at) {
    return at > kNow ? std::max(at, morning) : at;
  };
  run(kNow);
  EXPECT_EQ(ledger_->outbox()->at(1).not_before, morning) << "the next try, too";
  EXPECT_TRUE(busy_.empty());
}

TEST_F(DispatchTest, LetsNothingJoinAMessageThatIsBeingSent) {
  owe(OutboxKind::say, "", kMessage, "phone");
  const auto row = ledger_->outbox()->at(0);
  tasks::OutboxJoin joined;
  joined.id = row.id;
  joined.expected = row.payload;
  joined.payload = R"({"message_id":"abcdefgh","lines":[{"text":"one"},{"text":"two"}]})";
  joined.alone = row;
  joined.alone.payload = R"({"message_id":"ijklmnop","lines":[{"text":"two"}]})";
  tasks::TickRecord record;
  record.joined = {joined};
  ASSERT_TRUE(ledger_->load());
  ASSERT_TRUE(ledger_->commit(record));
  ASSERT_EQ(ledger_->outbox()->size(), 1u);
  EXPECT_EQ(ledger_->outbox()->at(0).payload, joined.payload);

  joined.expected = joined.payload;
  record.joined = {joined};
  ASSERT_TRUE(ledger_->outbox_begin(row.id)->has_value());
  ASSERT_TRUE(ledger_->commit(record));
  ASSERT_EQ(ledger_->outbox()->size(), 2u) << "begun: the lines make a message of their own";
  EXPECT_EQ(ledger_->outbox()->at(1).payload, joined.alone.payload);
  EXPECT_FALSE(ledger_->outbox_begin(99)->has_value());
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
