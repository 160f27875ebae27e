// Words of others on one harmless line.
#include <gtest/gtest.h>

#include "chela/untrusted.h"

namespace chela {
namespace {

TEST(UntrustedText, IsOneLineWithoutWhatIsNotSeen) {
  const struct {
    const char* name;
    std::string text;
    std::string shown;
  } cases[] = {
      {"plain", "Invoice 12", "Invoice 12"},
      {"accents and other scripts", "Grüße, 你好, 🎉", "Grüße, 你好, 🎉"},
      {"line ends and tabs", "a\r\n\tb", "a b"},
      {"terminal escape", "a\x1b[31mred", "a [31mred"},
      {"override of direction", "gpj.\u202eexe", "gpj. exe"},
      {"marks of direction", "a\u200fb\u2066c\u061cd", "a b c d"},
      {"no-break and zero-width blanks", "\ufeffpay\u200b\u00a0now ", "pay now"},
      {"tags that hide letters", "a\U000e0041\U000e0042b", "a b"},
      {"C1 controls", "a\u009b31mb", "a 31mb"},
      {"bytes that are no UTF-8", "a\xff", "a\ufffd"},
      {"a link", "see https://x.example/a", "see https: //x.example/a"},
      {"nothing", "\u200b \n", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(untrusted_text(c.text), c.shown);
  }
}

TEST(UntrustedText, IsCutBetweenCharacters) {
  EXPECT_EQ(untrusted_text("abcdef", 6), "abcdef");
  EXPECT_EQ(untrusted_text("abcdefg", 6), "abc...");
  EXPECT_EQ(untrusted_text("aéééé", 7), "aé...");
  EXPECT_EQ(untrusted_text("éééé", 2), "...");
  EXPECT_LE(untrusted_text(std::string(1500, 'x')).size(), 200u);
}

}  // namespace
}  // namespace chela
