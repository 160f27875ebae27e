// The reader of Nagios output, on what real plugins print and on what none should.
#include "nagios_output.h"

#include <gtest/gtest.h>

#include <random>

#include "range.h"

namespace check_exec {
namespace {

// "text / long text / label=value[unit]w:warn c:crit m:min M:max ... !unreadable"
std::string show(std::string_view out) {
  const auto read = parse_nagios_output(out);
  std::string text = read.text + " / " + read.long_text + " /";
  for (const auto& perf : read.perf) {
    char value[64];
    std::snprintf(value, sizeof value, "%g", perf.value);
    text += " " + perf.label + "=" + value + "[" + perf.unit + "]";
    if (!perf.warn.empty()) text += "w:" + perf.warn;
    if (!perf.crit.empty()) text += "c:" + perf.crit;
    if (perf.min) text += "m";
    if (perf.max) text += "M";
  }
  if (read.unreadable > 0) text += " !" + std::to_string(read.unreadable);
  return text;
}

TEST(NagiosOutput, Table) {
  const struct {
    const char* name;
    const char* out;
    const char* shown;
  } cases[] = {
      {"nothing", "", " /  /"},
      {"text only", "OK: fine\n", "OK: fine /  /"},
      {"check_load",
       "LOAD OK - total load average: 6.79, 6.47, 4.68|load1=6.790;50.000;90.000;0; "
       "load5=6.470;40.000;80.000;0; load15=4.680;30.000;70.000;0; \n",
       "LOAD OK - total load average: 6.79, 6.47, 4.68 /  / load1=6.79[]w:50.000c:90.000m "
       "load5=6.47[]w:40.000c:80.000m load15=4.68[]w:30.000c:70.000m"},
      {"check_disk",
       "DISK OK - free space: / 79419MiB (81% inode=97%);| "
       "/=19466813440B;243497277849;257024904396;0;270552530944\n",
       "DISK OK - free space: / 79419MiB (81% inode=97%); /  / "
       "/=1.94668e+10[B]w:243497277849c:257024904396mM"},
      {"check_file_age",
       "FILE_AGE OK: x is 4770 seconds old and 3 bytes | age=4770s;9;9 size=3B;0;0;0",
       "FILE_AGE OK: x is 4770 seconds old and 3 bytes /  / age=4770[s]w:9c:9 size=3[B]w:0c:0m"},
      {"long text and more data",
       "DISK OK | /=2643MB;5948;5958;0;5968\n/ 15272 MB (77%);\n/boot 68 MB (69%); | "
       "/boot=68MB;88;93;0;98\n"
       "/home=69357MB;253404;253409;0;253414\n",
       "DISK OK / / 15272 MB (77%);\n/boot 68 MB (69%); / /=2643[MB]w:5948c:5958mM "
       "/boot=68[MB]w:88c:93mM /home=69357[MB]w:253404c:253409mM"},
      {"quoted labels", "OK | 'C:\\ used'=5GB 'it''s'=1 'a=b'=2\n",
       "OK /  / C:\\ used=5[GB] it's=1[] a=b=2[]"},
      {"unknown values are left out", "OK | a=U b=1 c=U;1;2\n", "OK /  / b=1[]"},
      {"a comma for a point", "OK | a=1,5s\n", "OK /  / a=1.5[s]"},
      {"negative, exponents, plus", "OK | a=-3 b=1e3 c=+7\n", "OK /  / a=-3[] b=1000[] c=7[]"},
      {"ranges", "OK | a=1;@10:20;~:5\n", "OK /  / a=1[]w:@10:20c:~:5"},
      {"line ends of another system", "OK | a=1\r\nmore\r\n", "OK / more / a=1[]"},
      {"a bar and nothing behind", "OK |\n", "OK /  /"},
      {"pieces that are none", "OK | nonsense a=1 =2 b= c=x d=2\n", "OK /  / a=1[] d=2[] !4"},
      {"a quote that never ends", "OK | 'a=1 b=2\n", "OK /  / b=2[] !1"},
      {"a quote without a value", "OK | 'a' b=2\n", "OK /  / b=2[] !1"},
      {"too large for a number", "OK | a=1e999 b=2\n", "OK /  / b=2[] !1"},
      {"bytes", "\xff\xfe | \xff=1\n", "\xff\xfe /  / \xff=1[]"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(show(c.out), c.shown);
  }
}

TEST(NagiosOutput, KeepsAtMostFiveHundredValues) {
  std::string out = "OK |";
  for (int i = 0; i < 2000; ++i) out += " v" + std::to_string(i) + "=1";
  EXPECT_EQ(parse_nagios_output(out).perf.size(), kMaxPerf);
}

TEST(NagiosOutput, EndsOnAnyBytes) {
  std::mt19937 random(3);
  constexpr std::string_view kSigns = "|'=;: \n\r\t,.@~+-U0123456789ab%\xff";
  for (int round = 0; round < 20000; ++round) {
    std::string out;
    for (auto left = random() % 60; left > 0; --left) out += kSigns[random() % kSigns.size()];
    const auto read = parse_nagios_output(out);
    EXPECT_EQ(read.text.find('\n'), std::string::npos);
  }
}

TEST(Range, Table) {
  const struct {
    const char* text;
    double value;
    bool is_fine;
  } cases[] = {
      {"10", 10, true},     {"10", 10.1, false},   {"10", -1, false},   {"10:", 9, false},
      {"10:", 1e9, true},   {"~:10", -5, true},    {"~:10", 11, false}, {"10:20", 15, true},
      {"10:20", 21, false}, {"@10:20", 15, false}, {"@10:20", 9, true}, {"@10:20", 20, false},
      {"-5:-1", -3, true},  {":10", 5, true},      {"0.5", 0.4, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.text) + " with " + std::to_string(c.value));
    const auto range = parse_range(c.text);
    ASSERT_TRUE(range) << range.error().message;
    EXPECT_EQ(is_fine(*range, c.value), c.is_fine);
  }
  for (const char* text : {"", "@", "x", "10:5", "10:x", "1:2:3", "~", "nan", "inf:"})
    EXPECT_FALSE(parse_range(text)) << text;
}

}  // namespace
}  // namespace check_exec
