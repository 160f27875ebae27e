// When a secret is read again, how long nobody tries, and the one task for all that wait.
#include "services/secret_cache.h"

#include <gtest/gtest.h>

namespace chela::services {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kThen{hours(24) * 20000};

SecretFailure failure_of(SecretCause cause, bool may_have_prompted = false) {
  SecretFailure failure;
  failure.cause = cause;
  failure.message = "1Password is locked";
  failure.may_have_prompted = may_have_prompted;
  return failure;
}

TEST(SecretCache, TableOfMoves) {
  const struct {
    const char* name;
    SecretSource source;
    bool has_value;
    Duration age;
    bool is_doubted;
    bool is_held_back;
    CacheMove move;
  } cases[] = {
      {"never read", SecretSource::op, false, hours(0), false, false, CacheMove::read},
      {"never read, held back", SecretSource::op, false, hours(0), false, true, CacheMove::refuse},
      {"fresh", SecretSource::op, true, hours(1), false, false, CacheMove::use},
      {"just before its half", SecretSource::op, true, hours(6) - seconds(1), false, false,
       CacheMove::use},
      {"at its half", SecretSource::op, true, hours(6), false, false, CacheMove::use_and_refresh},
      {"past its half, held back", SecretSource::op, true, hours(7), false, true, CacheMove::use},
      {"at its end", SecretSource::op, true, hours(12), false, false, CacheMove::read},
      {"past its end, held back", SecretSource::op, true, hours(13), false, true,
       CacheMove::use_stale},
      {"too stale, held back", SecretSource::op, true, hours(72), false, true, CacheMove::refuse},
      {"too stale", SecretSource::op, true, hours(100), false, false, CacheMove::read},
      {"doubted", SecretSource::op, true, hours(1), true, false, CacheMove::read},
      {"doubted, held back", SecretSource::op, true, hours(1), true, true, CacheMove::use_stale},
      {"a clock set back", SecretSource::op, true, hours(-5), false, false,
       CacheMove::use_and_refresh},
      {"a program's", SecretSource::exec, true, hours(7), false, false, CacheMove::use_and_refresh},
      {"a file's, at once again", SecretSource::file, true, seconds(30), false, false,
       CacheMove::use},
      {"a file's", SecretSource::file, true, minutes(1), false, false, CacheMove::read},
      {"a variable's", SecretSource::env, true, hours(1), false, false, CacheMove::read},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const CacheEntry entry{c.has_value, kThen, c.is_doubted, c.is_held_back};
    EXPECT_EQ(decide(entry, times_of(c.source, {}), kThen + c.age), c.move);
  }
}

TEST(SecretCache, LocalValuesAreNotKeptOnceTheyAreGone) {
  const CacheEntry entry{true, kThen, false, false};
  EXPECT_FALSE(is_usable_stale(entry, times_of(SecretSource::file, {}), kThen + minutes(2)));
  EXPECT_TRUE(is_usable_stale(entry, times_of(SecretSource::op, {}), kThen + hours(71)));
}

TEST(SecretCache, TableOfPatience) {
  const struct {
    const char* name;
    SecretFailure failure;
    std::vector<Duration> waits;
  } cases[] = {
      {"locked",
       failure_of(SecretCause::locked),
       {minutes(1), minutes(2), minutes(5), minutes(15), minutes(15)}},
      {"signed out", failure_of(SecretCause::not_signed_in), {minutes(1), minutes(2), minutes(5)}},
      {"dismissed",
       failure_of(SecretCause::dismissed, true),
       {minutes(15), minutes(15), minutes(15)}},
      {"a hang that may be a prompt",
       failure_of(SecretCause::hangs, true),
       {minutes(15), minutes(15)}},
      {"a hang",
       failure_of(SecretCause::hangs),
       {seconds(10), seconds(30), minutes(1), minutes(5), minutes(5)}},
      {"not installed", failure_of(SecretCause::not_installed), {seconds(10), seconds(30)}},
      {"not found", failure_of(SecretCause::not_found), {minutes(1), minutes(1)}},
      {"too many", failure_of(SecretCause::too_many_requests), {minutes(15), minutes(15)}},
      {"cancelled", failure_of(SecretCause::cancelled), {Duration(0)}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Patience patience;
    auto now = kThen;
    for (const auto wait : c.waits) {
      patience = after_failure(patience, c.failure, now);
      EXPECT_EQ(wait_after(patience), wait);
      EXPECT_EQ(next_try(patience), now + wait);
      EXPECT_EQ(is_held_back(patience, now + wait - Duration(1)), wait > Duration(0));
      EXPECT_FALSE(is_held_back(patience, now + wait));
      now += wait;
    }
  }
}

TEST(SecretCache, WaitsAsLongAsItIsAsked) {
  auto failure = failure_of(SecretCause::too_many_requests);
  failure.retry_after = minutes(58);
  EXPECT_EQ(wait_after(after_failure({}, failure, kThen)), Duration(minutes(58)));
}

TEST(SecretCache, ADismissalAmongOtherFailuresWaitsItsQuarter) {
  auto patience = after_failure({}, failure_of(SecretCause::locked), kThen);
  patience = after_failure(patience, failure_of(SecretCause::dismissed, true), kThen);
  EXPECT_EQ(wait_after(patience), Duration(minutes(15)));
  patience = after_failure(patience, failure_of(SecretCause::locked), kThen);
  EXPECT_EQ(wait_after(patience), Duration(minutes(5))) << "the third in a row";
  patience = after_failure(patience, failure_of(SecretCause::crashed), kThen);
  EXPECT_EQ(wait_after(patience), Duration(seconds(10))) << "another kind begins anew";
}

TEST(SecretCache, AClockThatIsSetBackHoldsNobodyBack) {
  const auto patience = after_failure({}, failure_of(SecretCause::locked), kThen);
  EXPECT_FALSE(is_held_back(patience, kThen - hours(24 * 365)));
  EXPECT_FALSE(is_held_back({}, kThen));
}

TEST(SecretCache, TableOfWhatConcernsAllOfOp) {
  for (const auto cause :
       {SecretCause::locked, SecretCause::not_signed_in, SecretCause::no_account,
        SecretCause::app_unreachable, SecretCause::too_many_requests, SecretCause::not_installed,
        SecretCause::bad_token, SecretCause::no_network}) {
    EXPECT_TRUE(concerns_all_of_op(failure_of(cause))) << name_of(cause);
  }
  for (const auto cause : {SecretCause::not_found, SecretCause::empty, SecretCause::not_text,
                           SecretCause::crashed, SecretCause::failed}) {
    EXPECT_FALSE(concerns_all_of_op(failure_of(cause))) << name_of(cause);
  }
  EXPECT_TRUE(concerns_all_of_op(failure_of(SecretCause::hangs, true)));
  EXPECT_FALSE(concerns_all_of_op(failure_of(SecretCause::hangs)));
}

TEST(UnlockTask, NamesCommandAndReferences) {
  const WaitingSecret one{"op://V/B/f", SecretCause::locked, "1Password is locked",
                          kThen,        "op signin",         false};
  const WaitingSecret two{
      "op://V/Bob's/f", SecretCause::dismissed, "dismissed", kThen - hours(1), "op signin", true};
  EXPECT_FALSE(unlock_task({}));
  const auto task = unlock_task({one, two});
  ASSERT_TRUE(task);
  EXPECT_EQ(task->key, "unlock-1password");
  EXPECT_EQ(task->title, "Unlock 1Password: 2 secrets wait for you");
  EXPECT_EQ(task->detail,
            "dismissed.\n"
            "Run: op signin\n"
            "Then: chela secret test 'op://V/Bob'\\''s/f'\n"
            "- op://V/B/f, since 2024-10-04T00:00:00Z\n"
            "- op://V/Bob's/f, since 2024-10-03T23:00:00Z (the value read before still works)\n");
  EXPECT_EQ(unlock_task({two, one})->detail, task->detail) << "the order does not matter";
  EXPECT_EQ(unlock_task({one})->title, "Unlock 1Password: 1 secret waits for you");
}

}  // namespace
}  // namespace chela::services
