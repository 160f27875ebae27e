// The resolver: what is shared, kept, held back, doubted and given up.
#include "services/secrets.h"

#include <dirent.h>

#include "secrets_support.h"

namespace chela::services {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class SecretsTest : public ::testing::Test {
 protected:
  std::string read(const std::string& reference) {
    const auto outcome = asking_.answer(secrets_, reference);
    return outcome.ok() ? std::string(outcome.value->view()) : name_of(outcome.failure->cause);
  }
  bool retry_due() {
    std::optional<bool> done;
    boost::asio::co_spawn(asking_.loop, secrets_.retry_due(),
                          [&](const std::exception_ptr&, bool is_done) { done = is_done; });
    asking_.run();
    return done.value_or(false);
  }
  OpDesk desk_;
  HandClock clock_;
  Secrets secrets_{desk_.settings(), clock_};
  Asking asking_;
};

TEST_F(SecretsTest, EqualRequestsShareOneReading) {
  std::vector<Asking::One*> all;
  for (int i = 0; i < 20; ++i) all.push_back(&asking_.ask(secrets_, "op://V/slow/f"));
  asking_.run();
  EXPECT_EQ(desk_.runs(), 1u);
  ASSERT_EQ(desk_.told.size(), 1u);
  EXPECT_EQ(desk_.told[0], std::pair(std::string("op://V/slow/f"), std::string(kCanary)));
  for (const auto* one : all) {
    ASSERT_TRUE(one->outcome && one->outcome->ok());
    EXPECT_EQ(one->outcome->value->view(), kCanary);
    EXPECT_EQ(one->outcome->value.get(), all[0]->outcome->value.get());
  }
  EXPECT_EQ(read("op://V/slow/f"), kCanary);
  EXPECT_EQ(desk_.runs(), 1u) << "from memory";
}

TEST_F(SecretsTest, OneOpRunsAtATime) {
  std::vector<Asking::One*> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(&asking_.ask(secrets_, "op://V/slow" + std::to_string(i) + "/f"));
  asking_.run();
  EXPECT_EQ(desk_.runs(), 4u);
  EXPECT_FALSE(desk_.did_overlap());
  for (const auto* one : all) EXPECT_TRUE(one->outcome && one->outcome->ok());
}

TEST_F(SecretsTest, ALockedVaultIsAskedOnce) {
  desk_.set_mode("locked");
  std::vector<Asking::One*> all;
  for (int i = 0; i < 24; ++i)
    all.push_back(&asking_.ask(secrets_, "op://V/key" + std::to_string(i) + "/f"));
  asking_.run();
  EXPECT_EQ(desk_.runs(), 1u) << "24 prompts would be a storm";
  for (const auto* one : all) {
    ASSERT_TRUE(one->outcome && one->outcome->failure);
    EXPECT_EQ(one->outcome->failure->cause, SecretCause::locked);
    EXPECT_EQ(one->outcome->state(), SecretState::needs_human);
  }
  EXPECT_EQ(secrets_.waiting().size(), 24u);
  EXPECT_EQ(read("op://V/another/f"), "locked");
  EXPECT_EQ(desk_.runs(), 1u);
  EXPECT_EQ(secrets_.waiting().size(), 25u);
}

TEST_F(SecretsTest, TriesAgainAfterOneTwoFiveAndFifteenMinutes) {
  desk_.set_mode("signed-out");
  EXPECT_EQ(read("op://V/a/f"), "not_signed_in");
  std::size_t runs = 1;
  for (const auto wait : {minutes(1), minutes(2), minutes(5), minutes(15), minutes(15)}) {
    SCOPED_TRACE(wait.count());
    EXPECT_EQ(secrets_.next_retry(), clock_.time + wait);
    clock_.time += wait - seconds(1);
    EXPECT_EQ(read("op://V/a/f"), "not_signed_in");
    EXPECT_FALSE(retry_due());
    EXPECT_EQ(desk_.runs(), runs);
    clock_.time += seconds(1);
    EXPECT_FALSE(retry_due());
    EXPECT_EQ(desk_.runs(), ++runs);
  }
}

TEST_F(SecretsTest, ADismissedPromptComesBackOnlyAfterAQuarterOfAnHourOrAPerson) {
  desk_.set_mode("dismissed");
  EXPECT_EQ(read("op://V/a/f"), "dismissed");
  for (const auto later : {minutes(1), minutes(5), minutes(8)}) {
    clock_.time += later;
    EXPECT_EQ(read("op://V/a/f"), "dismissed");
    EXPECT_EQ(read("op://V/b/f"), "dismissed");
  }
  EXPECT_EQ(desk_.runs(), 1u);
  secrets_.retry_now();
  EXPECT_EQ(read("op://V/a/f"), "dismissed");
  EXPECT_EQ(desk_.runs(), 2u);
  clock_.time += minutes(15);
  EXPECT_EQ(read("op://V/b/f"), "dismissed");
  EXPECT_EQ(desk_.runs(), 3u);
}

TEST_F(SecretsTest, NobodyWaitsOnceOpAnswers) {
  desk_.set_mode("locked");
  EXPECT_EQ(read("op://V/a/f"), "locked");
  clock_.time += seconds(20);
  EXPECT_EQ(read("op://V/b/f"), "locked");
  const auto waiting = secrets_.waiting();
  ASSERT_EQ(waiting.size(), 2u);
  EXPECT_EQ(waiting[0].reference, "op://V/a/f");
  EXPECT_EQ(waiting[0].command, "op signin");
  EXPECT_EQ(waiting[0].since, clock_.time - seconds(20));
  EXPECT_EQ(waiting[1].since, clock_.time);
  EXPECT_FALSE(waiting[0].still_works);
  EXPECT_TRUE(unlock_task(waiting));

  desk_.forget_mode();
  secrets_.retry_now();
  EXPECT_TRUE(retry_due());
  EXPECT_TRUE(secrets_.waiting().empty());
  EXPECT_FALSE(secrets_.next_retry());
  EXPECT_EQ(read("op://V/b/f"), kCanary);
}

TEST_F(SecretsTest, AnItemThatIsNotThereShowsThatOpIsOpen) {
  desk_.set_mode("locked");
  EXPECT_EQ(read("op://V/a/f"), "locked");
  desk_.set_mode("no-item");
  secrets_.retry_now();
  EXPECT_EQ(read("op://V/b/f"), "not_found");
  EXPECT_TRUE(secrets_.waiting().empty());
  desk_.forget_mode();
  EXPECT_EQ(read("op://V/a/f"), kCanary);
  EXPECT_EQ(read("op://V/b/f"), "not_found") << "held back for a minute, alone";
  clock_.time += minutes(1);
  EXPECT_EQ(read("op://V/b/f"), kCanary);
}

TEST_F(SecretsTest, WaitsAsLongAsARateLimitAsks) {
  desk_.set_mode("too-many");
  EXPECT_EQ(read("op://V/a/f"), "too_many_requests");
  clock_.time += minutes(57);
  EXPECT_EQ(read("op://V/b/f"), "too_many_requests");
  EXPECT_EQ(desk_.runs(), 1u);
  EXPECT_TRUE(secrets_.waiting().empty()) << "no person can help";
  clock_.time += minutes(1);
  desk_.forget_mode();
  EXPECT_EQ(read("op://V/b/f"), kCanary);
}

TEST_F(SecretsTest, RefreshesAtHalfItsLifeWithoutAWait) {
  EXPECT_EQ(read("op://V/a/f"), kCanary);
  desk_.file("op-value", "second-value");
  clock_.time += hours(6) - seconds(1);
  EXPECT_EQ(read("op://V/a/f"), kCanary);
  EXPECT_EQ(desk_.runs(), 1u);
  clock_.time += seconds(1);
  EXPECT_EQ(read("op://V/a/f"), kCanary) << "the old one at once";
  EXPECT_EQ(desk_.runs(), 2u);
  EXPECT_EQ(read("op://V/a/f"), "second-value");
  EXPECT_EQ(desk_.runs(), 2u);
  ASSERT_EQ(desk_.told.size(), 2u);
  EXPECT_EQ(desk_.told[1].second, "second-value");
}

TEST_F(SecretsTest, KeepsTheLastGoodValueForThreeDays) {
  EXPECT_EQ(read("op://V/a/f"), kCanary);
  desk_.set_mode("locked");
  clock_.time += hours(13);
  const auto outcome = asking_.answer(secrets_, "op://V/a/f");
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome.is_stale);
  EXPECT_EQ(outcome.value->view(), kCanary);
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->cause, SecretCause::locked);
  ASSERT_EQ(secrets_.waiting().size(), 1u);
  EXPECT_TRUE(secrets_.waiting()[0].still_works);

  clock_.time += hours(72 - 13) - seconds(1);
  EXPECT_EQ(read("op://V/a/f"), kCanary);
  clock_.time += seconds(1);
  EXPECT_EQ(read("op://V/a/f"), "locked");
  EXPECT_FALSE(secrets_.waiting()[0].still_works);
}

TEST_F(SecretsTest, ARefusedValueIsReadAgainOnce) {
  const auto ref = ref_of("op://V/a/f");
  EXPECT_FALSE(secrets_.invalidate(ref, 1)) << "never read";
  const auto first = asking_.answer(secrets_, "op://V/a/f");
  EXPECT_TRUE(secrets_.invalidate(ref, first.generation));
  EXPECT_TRUE(secrets_.invalidate(ref, first.generation)) << "another request under way";
  const auto same = asking_.answer(secrets_, "op://V/a/f");
  EXPECT_EQ(desk_.runs(), 2u);
  EXPECT_EQ(same.generation, first.generation) << "the same bytes";
  EXPECT_FALSE(secrets_.invalidate(ref, same.generation)) << "it is the key that is bad";
  EXPECT_EQ(read("op://V/a/f"), kCanary);
  EXPECT_EQ(desk_.runs(), 2u);

  desk_.file("op-value", "rotated-value");
  clock_.time += hours(12);
  const auto next = asking_.answer(secrets_, "op://V/a/f");
  EXPECT_NE(next.generation, first.generation);
  EXPECT_TRUE(secrets_.invalidate(ref, first.generation)) << "an older one: take the newer";
  EXPECT_EQ(read("op://V/a/f"), "rotated-value");
  EXPECT_EQ(desk_.runs(), 3u) << "which is not doubted by that";
}

TEST_F(SecretsTest, ADoubtedValueThatCannotBeReadAgainStaysInUse) {
  const auto first = asking_.answer(secrets_, "op://V/a/f");
  desk_.set_mode("locked");
  EXPECT_TRUE(secrets_.invalidate(ref_of("op://V/a/f"), first.generation));
  const auto again = asking_.answer(secrets_, "op://V/a/f");
  EXPECT_TRUE(again.ok());
  EXPECT_TRUE(again.is_stale);
  EXPECT_EQ(again.generation, first.generation);
  EXPECT_FALSE(secrets_.invalidate(ref_of("op://V/a/f"), first.generation)) << "no loop";
}

TEST_F(SecretsTest, FilesAndVariablesCountAsTheyAreNow) {
  const auto file = "file:" + desk_.file("key", "one");
  desk_.env["KEY"] = "first";
  EXPECT_EQ(read(file), "one");
  EXPECT_EQ(read("env:KEY"), "first");
  desk_.file("key", "two");
  desk_.env["KEY"] = "second";
  EXPECT_EQ(read(file), "one") << "for a minute";
  clock_.time += minutes(1);
  EXPECT_EQ(read(file), "two");
  EXPECT_EQ(read("env:KEY"), "second");
  fs::remove(desk_.path("key"));
  desk_.env["KEY"] = "";
  clock_.time += minutes(1);
  EXPECT_EQ(read(file), "not_found");
  EXPECT_EQ(read("env:KEY"), "not_found");
  desk_.file("key", "three");
  EXPECT_EQ(read(file), "three") << "nothing holds it back";
  EXPECT_EQ(desk_.told.size(), 5u);
}

TEST_F(SecretsTest, CredentialsOfSystemd) {
  EXPECT_EQ(read("cred:key"), "not_found");
  desk_.file("creds/key", std::string(kCanary) + "\n", 0400);
  desk_.env["CREDENTIALS_DIRECTORY"] = desk_.path("creds");
  EXPECT_EQ(read("cred:key"), kCanary);
  EXPECT_EQ(read("cred:other"), "not_found");
}

TEST_F(SecretsTest, WhoIsCancelledLeavesTheOthersTheirAnswer) {
  auto& first = asking_.ask(secrets_, "op://V/slow/f");
  auto& second = asking_.ask(secrets_, "op://V/slow/f");
  asking_.loop.poll();
  first.stop.emit(boost::asio::cancellation_type::terminal);
  asking_.run();
  ASSERT_TRUE(first.outcome && second.outcome);
  EXPECT_EQ(first.outcome->state(), SecretState::cancelled);
  EXPECT_TRUE(second.outcome->ok());
  EXPECT_EQ(desk_.runs(), 1u);
}

TEST_F(SecretsTest, TheLastOneWhoIsCancelledTakesOpAlong) {
  auto& first = asking_.ask(secrets_, "op://V/hang-with-child/f");
  auto& second = asking_.ask(secrets_, "op://V/hang-with-child/f");
  auto& behind = asking_.ask(secrets_, "op://V/fine/f");
  desk_.run_until_noted(asking_.loop, 2);
  first.stop.emit(boost::asio::cancellation_type::terminal);
  second.stop.emit(boost::asio::cancellation_type::terminal);
  asking_.run();
  ASSERT_TRUE(first.outcome && second.outcome && behind.outcome);
  EXPECT_EQ(first.outcome->failure->cause, SecretCause::cancelled);
  EXPECT_EQ(second.outcome->failure->cause, SecretCause::cancelled);
  EXPECT_TRUE(behind.outcome->ok()) << "the door is free again";
  EXPECT_EQ(desk_.left_over(), 0u);
  EXPECT_TRUE(secrets_.waiting().empty());
  desk_.set_mode("fine");
  EXPECT_EQ(read("op://V/hang-with-child/f"), kCanary) << "a cancelled one holds nobody back";
}

TEST_F(SecretsTest, WhoIsCancelledAtTheDoorNeverStartsOp) {
  auto& first = asking_.ask(secrets_, "op://V/slow/f");
  auto& second = asking_.ask(secrets_, "op://V/slow2/f");
  asking_.loop.poll();
  second.stop.emit(boost::asio::cancellation_type::terminal);
  asking_.loop.poll();
  EXPECT_TRUE(second.outcome) << "it does not wait for the first";
  asking_.run();
  EXPECT_TRUE(first.outcome && first.outcome->ok());
  EXPECT_EQ(desk_.runs(), 1u);
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

TEST(SecretsEnd, TheirDestructionEndsOp) {
  OpDesk desk;
  const HandClock clock;
  Asking asking;
  auto secrets = std::make_unique<Secrets>(desk.settings(), clock);
  auto& one = asking.ask(*secrets, "op://V/hang/f");
  auto& queued = asking.ask(*secrets, "op://V/fine/f");
  desk.run_until_noted(asking.loop, 1);
  secrets.reset();
  asking.run();
  ASSERT_TRUE(one.outcome && queued.outcome);
  EXPECT_EQ(one.outcome->failure->cause, SecretCause::cancelled);
  EXPECT_EQ(queued.outcome->failure->cause, SecretCause::cancelled);
  EXPECT_EQ(desk.left_over(), 0u);
  EXPECT_EQ(desk.runs(), 1u);
}

TEST(SecretsEnd, TheEndOfTheLoopEndsOp) {
  OpDesk desk;
  const HandClock clock;
  Secrets secrets(desk.settings(), clock);
  const auto before = open_descriptors();
  {
    Asking asking;
    asking.ask(secrets, "op://V/hang-with-child/f");
    asking.ask(secrets, "op://V/fine/f");
    desk.run_until_noted(asking.loop, 2);
  }
  EXPECT_EQ(desk.left_over(), 0u);
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SecretsEnd, NoDescriptorIsLeft) {
  OpDesk desk;
  desk.timeout = Duration(100);
  const HandClock clock;
  Secrets secrets(desk.settings(), clock);
  Asking asking;
  asking.answer(secrets, "op://V/warm/f");
  const auto before = open_descriptors();
  for (const char* mode : {"fine", "no-item", "hang", "flood", "crash"}) {
    asking.answer(secrets, "op://V/" + std::string(mode) + "/f");
    secrets.retry_now();
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SecretValue, IsAHouseResult) {
  OpDesk desk;
  desk.env["KEY"] = kCanary;
  const HandClock clock;
  Secrets secrets(desk.settings(), clock);
  const auto good = await(value_of(secrets, ref_of("env:KEY")));
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ((*good)->view(), kCanary);
  const auto bad = await(value_of(secrets, ref_of("env:NONE")));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::not_found);
  EXPECT_EQ(bad.error().message,
            "cannot read env:NONE: NONE is not set; set it in chela's environment");
}

}  // namespace
}  // namespace chela::services
