#include "services/redact.h"

#include <gtest/gtest.h>

#include <thread>

#include "services/redact_stream.h"

namespace chela::services {
namespace {

std::string error_of(const Result<void>& result) {
  return result ? "" : result.error().message;
}

TEST(Redactor, TakesOutRegisteredValuesByTheirNames) {
  Redactor redactor;
  ASSERT_TRUE(redactor.add("", "secret-value"));
  ASSERT_TRUE(redactor.add("openai", "secret-value-longer"));
  ASSERT_TRUE(redactor.add("a name: [x]", "third-value\n"));
  EXPECT_EQ(redactor.redact("a secret-value-longer b secret-value c third-value d"),
            "a [redacted:openai] b [redacted] c [redacted:a_name___x_] d");
}

TEST(Redactor, NamesNothingInAMarkThatIsASecretItself) {
  Redactor redactor;
  const std::string text = "ghp_0123456789abcdefghij0123456789abcdef AKIAIOSFODNN7EXAMPLE github";
  EXPECT_EQ(redactor.redact(text), "[redacted:github] [redacted:aws] github");
  ASSERT_TRUE(redactor.add("github", "github", ShortSecret::allowed));
  EXPECT_EQ(redactor.redact(text), "[redacted] [redacted:aws] [redacted]");
}

TEST(Redactor, RefusesValuesThatAreTooShortOrTooLong) {
  Redactor redactor;
  EXPECT_EQ(error_of(redactor.add("tiny", "1234567")),
            "secret 'tiny': wanted at least 8 bytes, found 7");
  EXPECT_EQ(error_of(redactor.add("tiny", "12345", ShortSecret::allowed)),
            "secret 'tiny': wanted at least 6 bytes, found 5");
  EXPECT_EQ(error_of(redactor.add("huge", std::string(20'000, 'x'))),
            "secret 'huge': wanted at most 16384 bytes, found 20000");
  EXPECT_TRUE(redactor.add("pin", "123456", ShortSecret::allowed));
  EXPECT_EQ(redactor.redact("12345 1234567"), "12345 [redacted:pin]7");
}

TEST(Redactor, KnowsValuesThatComeLater) {
  Redactor redactor;
  const auto before = redactor.rules();
  EXPECT_EQ(redactor.redact("later-value"), "later-value");
  ASSERT_TRUE(redactor.add("x", "later-value"));
  EXPECT_EQ(redactor.redact("later-value"), "[redacted:x]");
  EXPECT_EQ(before->redact("later-value"), "later-value") << "a snapshot stays as it was";
}

TEST(Redactor, HonoursTheLevel) {
  const std::string text = "password=hunter2 a@b.example op://v/i/f known-value";
  const struct {
    const char* level;
    std::string clean;
  } cases[] = {
      {"off", "password=hunter2 a@b.example op://v/i/f [redacted:k]"},
      {"tools", "password=[redacted] a@b.example op://v/i/f [redacted:k]"},
      {"all", "password=[redacted] [redacted:email] [redacted:reference] [redacted:k]"},
  };
  Redactor redactor;
  ASSERT_TRUE(redactor.add("k", "known-value"));
  for (const auto& c : cases) {
    SCOPED_TRACE(c.level);
    const auto level = redact_level(c.level, "here");
    ASSERT_TRUE(level);
    ASSERT_TRUE(redactor.configure({*level, {}}));
    EXPECT_EQ(redactor.redact(text), c.clean);
  }
  EXPECT_EQ(redact_level("on", "openclaw.json: logging.redactSensitive").error().message,
            "openclaw.json: logging.redactSensitive: wanted off, tools or all, found 'on'");
}

TEST(Redactor, TakesOutNumbersOfCardsAndAccountsAtLevelAll) {
  Redactor redactor;
  ASSERT_TRUE(redactor.configure({RedactLevel::all, {}}));
  EXPECT_EQ(redactor.redact("card 4111 1111 1111 1111, no card 4111 1111 1111 1112"),
            "card [redacted:card], no card 4111 1111 1111 1112");
  EXPECT_EQ(redactor.redact("to GB82 WEST 1234 5698 7654 32, no GB83 WEST 1234 5698 7654 32"),
            "to [redacted:iban], no GB83 WEST 1234 5698 7654 32");
}

TEST(Redactor, TakesOutWhatThePersonsOwnPatternsFind) {
  const struct {
    const char* name;
    std::string pattern;
    std::string text;
    std::string clean;
  } cases[] = {
      {"raw, any case", R"(foobar\d+)", "a FooBar12 b", "a [redacted] b"},
      {"its last group", R"(user=(\w+) id=(\d+))", "user=a id=12 x", "user=a id=[redacted] x"},
      {"a group that took no part", R"(x(\d+)|y(z+))", "x12 yzz", "x[redacted] y[redacted]"},
      {"delimited, exact case", "/Foo[0-9]/", "foo1 Foo1", "foo1 [redacted]"},
      {"delimited, any case", "/foo[0-9]/gi", "foo1 Foo1", "[redacted] [redacted]"},
      {"a path is no delimited pattern", "/srv/x", "at /srv/x now", "at [redacted] now"},
      {"start of line only", "^abc", "abc abc\nabc", "[redacted] abc\n[redacted]"},
      {"end of line", "abc$", "abc abc\nabc", "abc [redacted]\n[redacted]"},
      {"may match nothing", "(q+)?r", "r qqr", "[redacted] [redacted]r"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Redactor redactor;
    ASSERT_TRUE(redactor.configure({RedactLevel::tools, {c.pattern}}));
    EXPECT_EQ(redactor.redact(c.text), c.clean);
    EXPECT_EQ(redactor.redact(c.text, Reader::model), c.clean);
  }
}

TEST(Redactor, RefusesPatternsThatCannotBeUsed) {
  const struct {
    const char* name;
    std::vector<std::string> patterns;
    std::string error;
  } cases[] = {
      {"look-ahead",
       {"ok", "a(?=b)"},
       "here[1]: wanted a regular expression of RE2 (no look-around, no back-references), found "
       "'a(?=b)': invalid perl operator: (?="},
      {"back-reference",
       {R"((a)\1)"},
       "here[0]: wanted a regular expression of RE2 (no look-around, no back-references), found "
       R"('(a)\1': invalid escape sequence: \1)"},
      {"everything",
       {"x*"},
       "here[0]: wanted a pattern that needs at least one byte, found 'x*', which is in every "
       "line"},
      {"empty",
       {""},
       "here[0]: wanted a pattern that needs at least one byte, found '', which is in every line"},
      {"long",
       {std::string(2000, 'a')},
       "here[0]: wanted a pattern of at most 1024 bytes, found 2000 bytes"},
      {"many", std::vector<std::string>(200, "ab"), "here: wanted at most 128 patterns, found 200"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Redactor redactor;
    ASSERT_TRUE(redactor.configure({RedactLevel::tools, {"first"}}));
    EXPECT_EQ(error_of(redactor.configure({RedactLevel::all, c.patterns}, "here")), c.error);
    EXPECT_EQ(redactor.redact("first a@b.example"), "[redacted] a@b.example") << "nothing changed";
  }
}

TEST(Redactor, UsesManyPatternsOfThePersonAtOnce) {
  std::vector<std::string> patterns;
  for (int i = 100; i < 200; ++i) patterns.push_back("/own" + std::to_string(i) + "x/");
  Redactor redactor;
  ASSERT_TRUE(redactor.configure({RedactLevel::tools, patterns}));
  EXPECT_EQ(redactor.redact("own99x own100x own150x own199x own200x"),
            "own99x [redacted] [redacted] [redacted] own200x");
}

TEST(Redactor, CompilesNothingForALineWithoutTheWordsOfAPattern) {
  const auto before = compiled_patterns();
  Redactor redactor;
  ASSERT_TRUE(redactor.add("x", "some-known-value"));
  for (const char* line :
       {"tick.done checks=3 findings=0 ms=8 tokens=0",
        "check.done id=workspace-git findings=2 ms=381 https://x.example/a", "some-known-value"}) {
    redactor.redact(line);
  }
  EXPECT_EQ(compiled_patterns(), before);
  redactor.redact("password=hunter2");
  EXPECT_LE(compiled_patterns(), before + 1);
}

TEST(Redactor, ServesThreadsWhileValuesAreAdded) {
  Redactor redactor;
  ASSERT_TRUE(redactor.add("first", "the-first-value"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&redactor] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(redactor.redact("token=abc the-first-value"),
                  "token=[redacted] [redacted:first]");
        RedactStream stream(redactor.rules());
        auto text = stream.put("the-fir");
        text += stream.put("st-value");
        EXPECT_EQ(text + stream.finish(), "[redacted:first]");
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(redactor.add("more", "another-value-" + std::to_string(i)));
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(redactor.redact("another-value-19"), "[redacted:more]");
}

TEST(Redactor, LeavesDataAloneButForKnownValues) {
  Redactor redactor;
  EXPECT_EQ(redactor.rules()->redact_values("token=abcdef123456"), "token=abcdef123456");
  ASSERT_TRUE(redactor.add("k", "canary-value"));
  EXPECT_EQ(redactor.rules()->redact_values("token=abcdef123456&x=canary-value"),
            "token=abcdef123456&x=[redacted:k]");
}

}  // namespace
}  // namespace chela::services
