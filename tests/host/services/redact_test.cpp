#include "services/redact.h"

#include <gtest/gtest.h>

namespace chela::services {
namespace {

TEST(Redactor, TakesOutWhatLooksLikeASecret) {
  // Put together at run time, so that no scanner takes the test for a leak.
  const std::string key = "sk-" + std::string("abcdefghij0123456789");
  const std::string github = "ghp_" + std::string(36, 'a');
  const std::string amazon = "AKIA" + std::string("ABCDEFGHIJKLMNOP");
  const struct {
    const char* name;
    std::string text;
    std::string clean;
  } cases[] = {
      {"bare key", "key " + key + " end", "key [redacted] end"},
      {"git host", "url https://x:" + github + "@github.com",
       "url https://x:[redacted]@github.com"},
      {"cloud", amazon, "[redacted]"},
      {"bearer", "got Bearer abc.def-ghi, 401", "got Bearer [redacted], 401"},
      {"header", "Authorization: Basic dXNlcjpwYXNz\nHost: x",
       "Authorization: [redacted]\nHost: x"},
      {"header in JSON", R"({"authorization":"Token abc","x":1})",
       R"({"authorization":"[redacted]","x":1})"},
      {"query", "GET /?password=hunter2&x=1", "GET /?password=[redacted]&x=1"},
      {"JSON", R"({"api_key": "abc", "n": 1})", R"({"api_key": "[redacted]", "n": 1})"},
      {"escaped JSON", R"(text="{\"token\":\"abc\"}")", R"(text="{\"token\":\"[redacted]\"}")"},
      {"prefixed name", "DB_PASSWORD=hunter2", "DB_PASSWORD=[redacted]"},
      {"counting words stay", "tokens=120 max_tokens=5 id=task-abcdefghijklmnopqrstu",
       "tokens=120 max_tokens=5 id=task-abcdefghijklmnopqrstu"},
      {"short shapes stay", "sk-learn AKIA", "sk-learn AKIA"},
      {"prose stays", "the password was wrong, token expired",
       "the password was wrong, token expired"},
      {"nothing after it", "password=", "password="},
  };
  const Redactor redactor;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(redactor.redact(c.text), c.clean);
  }
}

TEST(Redactor, TakesOutRegisteredValuesLongestFirst) {
  Redactor redactor;
  redactor.add("secret-value");
  redactor.add("secret-value-longer");
  redactor.add("tiny");
  EXPECT_EQ(redactor.redact("a secret-value-longer b secret-value c tiny"),
            "a [redacted] b [redacted] c tiny");
}

TEST(Redactor, IsLinearInHostileText) {
  const Redactor redactor;
  std::string text;
  while (text.size() < (1u << 20)) text += "sk-password token authorization: ";
  const auto clean = redactor.redact(text);
  EXPECT_FALSE(clean.empty());
}

}  // namespace
}  // namespace chela::services
