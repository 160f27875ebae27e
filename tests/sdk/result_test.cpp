// Result and CHELA_TRY.
#include "chela/result.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

namespace chela {
namespace {

Result<int> parse(int number) {
  if (number < 0) return fail(ErrorCode::out_of_range, "below zero");
  return number;
}
Result<void> check(int number) {
  CHELA_TRY(parse(number));
  return {};
}
Result<std::unique_ptr<int>> boxed(int number) {
  CHELA_TRY(const int value, parse(number));
  return std::make_unique<int>(value);
}
Result<std::map<int, int>> pair_of(int key, int value) {
  return std::map<int, int>{{key, value}};
}

Result<int> sum(int a, int b) {
  CHELA_TRY(auto first, boxed(a));
  CHELA_TRY(const auto pairs, pair_of(*first, b));  // commas in the expression
  CHELA_TRY(check(b));
  int total = 0;
  CHELA_TRY(total, parse(*first + pairs.begin()->second));  // into something that is there already
  return total;
}

TEST(ChelaTry, BindsTheValueAndMovesIt) {
  EXPECT_EQ(sum(2, 3).value(), 5);
}

TEST(ChelaTry, ReturnsTheErrorOfTheFirstFailure) {
  for (const auto& [a, b] : std::vector<std::pair<int, int>>{{-1, 3}, {2, -3}}) {
    const auto failed = sum(a, b);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::out_of_range);
    EXPECT_EQ(failed.error().message, "below zero");
  }
}

TEST(ErrorCode, HasTheNumbersAndNamesOfGrpc) {
  const char* names[] = {"CANCELLED",
                         "UNKNOWN",
                         "INVALID_ARGUMENT",
                         "DEADLINE_EXCEEDED",
                         "NOT_FOUND",
                         "ALREADY_EXISTS",
                         "PERMISSION_DENIED",
                         "RESOURCE_EXHAUSTED",
                         "FAILED_PRECONDITION",
                         "ABORTED",
                         "OUT_OF_RANGE",
                         "UNIMPLEMENTED",
                         "INTERNAL",
                         "UNAVAILABLE",
                         "DATA_LOSS",
                         "UNAUTHENTICATED"};
  for (int i = 0; i < 16; ++i) EXPECT_STREQ(to_string(static_cast<ErrorCode>(i + 1)), names[i]);
  EXPECT_STREQ(to_string(static_cast<ErrorCode>(99)), "UNKNOWN");
}

}  // namespace
}  // namespace chela
