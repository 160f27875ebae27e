#include "config/scalar.h"

#include <gtest/gtest.h>

namespace chela::config {
namespace {

TEST(PlainScalar, FollowsTheCoreSchemaOfYaml12) {
  const struct {
    const char* text;
    const char* json;
  } cases[] = {
      {"", "null"},
      {"~", "null"},
      {"null", "null"},
      {"Null", "null"},
      {"NULL", "null"},
      {"nULL", R"("nULL")"},
      {"nil", R"("nil")"},
      {"none", R"("none")"},
      {"true", "true"},
      {"True", "true"},
      {"TRUE", "true"},
      {"false", "false"},
      {"False", "false"},
      {"FALSE", "false"},
      {"tRUE", R"("tRUE")"},
      {"yes", R"("yes")"},
      {"Yes", R"("Yes")"},
      {"no", R"("no")"},
      {"NO", R"("NO")"},
      {"on", R"("on")"},
      {"off", R"("off")"},
      {"y", R"("y")"},
      {"n", R"("n")"},
      {"0", "0"},
      {"-0", "0"},
      {"+0", "0"},
      {"7", "7"},
      {"+7", "7"},
      {"-7", "-7"},
      {"0777", "777"},
      {"-0777", "-777"},
      {"00", "0"},
      {"08", "8"},
      {"0o17", "15"},
      {"0o8", R"("0o8")"},
      {"0O17", R"("0O17")"},
      {"-0o17", R"("-0o17")"},
      {"0x1F", "31"},
      {"0xff", "255"},
      {"0xFFFFFFFFFFFFFFFF", "18446744073709551615"},
      {"0xfg", R"("0xfg")"},
      {"0x", R"("0x")"},
      {"0o", R"("0o")"},
      {"0b11", R"("0b11")"},
      {"0X1F", R"("0X1F")"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775808", "9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
      {"1_000", R"("1_000")"},
      {"1,000", R"("1,000")"},
      {"1 000", R"("1 000")"},
      {"12a", R"("12a")"},
      {"-", R"("-")"},
      {"+", R"("+")"},
      {"--1", R"("--1")"},
      {"+-1", R"("+-1")"},
      {"- 1", R"("- 1")"},
      {"1.5", "1.5E0"},
      {"-1.5", "-1.5E0"},
      {"+1.5", "1.5E0"},
      {".5", "5E-1"},
      {"-.5", "-5E-1"},
      {"1.", "1E0"},
      {"1e3", "1E3"},
      {"1E3", "1E3"},
      {"1e+3", "1E3"},
      {"1.5e-3", "1.5E-3"},
      {"01.5", "1.5E0"},
      {"1e", R"("1e")"},
      {"1e+", R"("1e+")"},
      {".", R"(".")"},
      {"-.", R"("-.")"},
      {"..", R"("..")"},
      {"1.2.3", R"("1.2.3")"},
      {"1.5e3x", R"("1.5e3x")"},
      {"e3", R"("e3")"},
      {".e3", R"(".e3")"},
      {"inf", R"("inf")"},
      {"nan", R"("nan")"},
      {"infinity", R"("infinity")"},
      {"+.nan", R"("+.nan")"},
      {"1e-400", ""},
      {"08:00", R"("08:00")"},
      {"22:30:15", R"("22:30:15")"},
      {"190:20:30", R"("190:20:30")"},
      {"2026-11-22", R"("2026-11-22")"},
      {"4h", R"("4h")"},
      {"24h", R"("24h")"},
      {"1h30m", R"("1h30m")"},
      {"10%", R"("10%")"},
      {"/", R"("/")"},
      {"<<", R"("<<")"},
      {"=", R"("=")"},
      {"0x1p3", R"("0x1p3")"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto value = read_plain_scalar(c.text);
    if (*c.json == '\0') {
      EXPECT_FALSE(value) << json::serialize(*value);
      continue;
    }
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(json::serialize(*value), c.json);
  }
}

TEST(PlainScalar, RefusesNumbersThatJsonCannotHold) {
  for (const char* text : {".inf", "-.inf", "+.Inf", ".INF", ".nan", ".NaN", ".NAN", "1e400",
                           "-1e400", "18446744073709551616", "-9223372036854775809",
                           "0x10000000000000000", "0o7777777777777777777777777"}) {
    SCOPED_TRACE(text);
    const auto value = read_plain_scalar(text);
    ASSERT_FALSE(value) << json::serialize(*value);
    EXPECT_EQ(value.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(value.error().message.find(text), std::string::npos);
  }
}

}  // namespace
}  // namespace chela::config
