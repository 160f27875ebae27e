// What counts as UTF-8, and what becomes of the rest.
#include "chela/utf8.h"

#include <gtest/gtest.h>

namespace chela {
namespace {

TEST(Utf8, ReplacesWhatIsNotText) {
  const struct {
    const char* name;
    std::string text;
    std::string clean;
  } cases[] = {
      {"nothing", "", ""},
      {"plain", "a\tb", "a\tb"},
      {"two, three, four bytes", "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\xA6\x9E",
       "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\xA6\x9E"},
      {"highest", "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
      {"a NUL is text", std::string("a\0b", 3), std::string("a\0b", 3)},
      {"lone continuation", "a\x80z", "a\xEF\xBF\xBDz"},
      {"cut off", "a\xE2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"cut off before a letter", "\xC3z", "\xEF\xBF\xBDz"},
      {"overlong slash", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"overlong, three bytes", "\xE0\x80\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"too high", "\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"latin-1", "caf\xE9", "caf\xEF\xBF\xBD"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(replace_invalid_utf8(c.text), c.clean);
    EXPECT_EQ(is_utf8(c.text), c.text == c.clean);
    EXPECT_TRUE(is_utf8(c.clean));
    // Wherever it stands in a longer text: ASCII is passed over in pieces of 8 bytes.
    for (std::size_t before = 0; before < 18; ++before) {
      const std::string text = std::string(before, 'x') + c.text + "more than eight";
      EXPECT_EQ(replace_invalid_utf8(text), std::string(before, 'x') + c.clean + "more than eight");
      EXPECT_EQ(is_utf8(text), c.text == c.clean);
    }
  }
}

}  // namespace
}  // namespace chela
