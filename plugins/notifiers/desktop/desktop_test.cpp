// notify.desktop against a host that plays gdbus: the fixture folders, and the quoting of words.
#include <chela/testing/fixtures.h>

#include "call.h"

TEST(DesktopFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_notifier_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 9);
}

TEST(Gvariant, QuotesWordsSoThatTheyStayWords) {
  const struct {
    const char *text, *wanted;
  } cases[] = {{"it's", R"('it\'s')"},
               {R"(a\'b)", R"('a\\\'b')"},
               {"two\nlines\x07", R"('two\nlines ')"},
               {"@u 5", "'@u 5'"},
               {"", "''"}};
  for (const auto& c : cases) EXPECT_EQ(desktop::gvariant_string(c.text), c.wanted);
}

TEST(Gvariant, ReadsTheNumberOnly) {
  EXPECT_EQ(desktop::notification_number("(uint32 7,)\n"), 7);
  for (const char* text : {"", "()", "(uint32 x,)", "7"})
    EXPECT_EQ(desktop::notification_number(text), 0) << text;
}
