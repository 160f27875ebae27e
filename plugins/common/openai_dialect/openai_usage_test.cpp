#include "openai_usage.h"

#include <gtest/gtest.h>

namespace chela::openai {
namespace {

TEST(OpenAiUsage, ReadsMoneyDigitByDigit) {
  const struct {
    const char* name;
    const char* text;
    const char* cost;
  } cases[] = {
      {"plain", R"({"usage":{"cost":0.00007159}})", "0.00007159"},
      {"more digits than a double holds", R"({"usage":{"cost":0.12345678901234567890123}})",
       "0.12345678901234567890123"},
      {"an exponent", R"({"usage":{"cost":7.159e-05}})", "0.00007159"},
      {"a capital one that grows", R"({"usage":{"cost":1.5E+2}})", "150"},
      {"zero", R"({"usage":{"cost":0}})", "0"},
      {"zeros behind", R"({"usage":{"cost":0.500}})", "0.5"},
      {"behind members that look alike",
       R"({"a":"\"cost\":9","b":{"usage":{"cost":8}},"c":[{"cost":7},"}"],"usage" : {"x":null,"d":{"cost":6}, "cost" : 0.25 }})",
       "0.25"},
      {"null", R"({"usage":{"cost":null}})", ""},
      {"a string", R"({"usage":{"cost":"1"}})", ""},
      {"negative", R"({"usage":{"cost":-1}})", ""},
      {"absent", R"({"usage":{"tokens":1}})", ""},
      {"no usage", R"({"id":"c"})", ""},
      {"beyond all", R"({"usage":{"cost":1e99}})", ""},
      {"empty objects", R"({"usage":{}})", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(decimal_at(c.text, {"usage", "cost"}), c.cost);
  }
}

}  // namespace
}  // namespace chela::openai
