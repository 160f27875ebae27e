#include "services/redact_encodings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace chela::services {
namespace {

bool holds(const std::vector<std::string>& all, const std::string& text) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

TEST(RedactEncodings, KnowTheFormsThatProgramsWrite) {
  const auto all = encodings_of("pä/ss \"w\"+<1>'", 6);
  const struct {
    const char* name;
    std::string text;
  } cases[] = {
      {"raw", "pä/ss \"w\"+<1>'"},
      {"JSON", R"(pä/ss \"w\"+<1>')"},
      {"JSON in JSON", R"(pä/ss \\\"w\\\"+<1>')"},
      {"JSON with escaped slashes", R"(pä\/ss \"w\"+<1>')"},
      {"JSON in ASCII", R"(p\u00e4/ss \"w\"+\u003c1\u003e')"},
      {"JSON in ASCII, capitals", R"(p\u00E4/ss \"w\"+\u003C1\u003E')"},
      {"percent", "p%C3%A4%2Fss%20%22w%22%2B%3C1%3E%27"},
      {"percent, small", "p%c3%a4%2fss%20%22w%22%2b%3c1%3e%27"},
      {"encodeURIComponent", "p%C3%A4%2Fss%20%22w%22%2B%3C1%3E'"},
      {"form", "p%C3%A4%2Fss+%22w%22%2B%3C1%3E%27"},
      {"HTML", "pä/ss &quot;w&quot;+&lt;1&gt;&#39;"},
      {"hex", "70c3a42f7373202277222b3c313e27"},
      {"hex, capitals", "70C3A42F7373202277222B3C313E27"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_TRUE(holds(all, c.text)) << c.text;
  }
}

TEST(RedactEncodings, KnowBase64AtEveryAlignment) {
  // base64 of the value after 0, 1 and 2 other bytes, and before any: what is common to all.
  const auto all = encodings_of(
      "secret?"
      "?>",
      6);
  for (const char* core : {"c2VjcmV0Pz8+", "NlY3JldD8/P", "zZWNyZXQ/Pz", "c2VjcmV0Pz8-",
                           "NlY3JldD8_P", "zZWNyZXQ_Pz"}) {
    EXPECT_TRUE(holds(all, core)) << core;
  }
}

TEST(RedactEncodings, KnowTheLinesOfASecretButNotItsFrame) {
  const auto all = encodings_of(
      "-----BEGIN PRIVATE "
      "KEY-----\r\nMIIEvQIBADANBgkq\r\nshort\r\n-----END PRIVATE KEY-----",
      8);
  EXPECT_TRUE(holds(all, "MIIEvQIBADANBgkq"));
  EXPECT_FALSE(holds(all, "short"));
  EXPECT_FALSE(holds(all,
                     "-----BEGIN PRIVATE "
                     "KEY-----"));
}

}  // namespace
}  // namespace chela::services
