#include "model_family.h"

#include <gtest/gtest.h>

namespace provider_google {
namespace {

TEST(ModelFamily, KnowsHowEachModelIsToldToThink) {
  const struct {
    const char* model;
    ThinkingControl control;
    const char* off;
    const char* high;
    bool needs_signatures;
    bool takes_urls;
  } cases[] = {
      {"gemini-2.0-flash-lite", ThinkingControl::none, "", "", false, false},
      {"gemini-2.5-flash", ThinkingControl::budget, "0", "24576", false, true},
      {"gemini-2.5-flash-lite", ThinkingControl::budget, "0", "24576", false, true},
      {"gemini-2.5-pro", ThinkingControl::budget, "128", "32768", false, true},
      {"gemini-2.5-flash-image", ThinkingControl::none, "", "", false, true},
      {"gemini-2.5-flash-preview-tts", ThinkingControl::none, "", "", false, true},
      {"gemini-3-pro-preview", ThinkingControl::level, "LOW", "HIGH", true, true},
      {"gemini-3-flash-preview", ThinkingControl::level, "MINIMAL", "HIGH", true, true},
      {"gemini-3-pro-image-preview", ThinkingControl::none, "", "", true, true},
      {"gemini-3.1-pro-preview", ThinkingControl::level, "LOW", "HIGH", true, true},
      {"gemini-3.6-flash", ThinkingControl::level, "MINIMAL", "HIGH", true, true},
      {"gemini-flash-latest", ThinkingControl::level, "MINIMAL", "HIGH", true, true},
      {"gemma-3-27b-it", ThinkingControl::none, "", "", false, false},
      {"", ThinkingControl::none, "", "", false, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.model);
    const auto& family = family_of(c.model);
    EXPECT_EQ(family.control, c.control);
    EXPECT_EQ(thinking_for(family, "off"), c.off);
    EXPECT_EQ(thinking_for(family, "high"), c.high);
    EXPECT_EQ(thinking_for(family, ""), "");
    EXPECT_EQ(family.needs_call_signatures, c.needs_signatures);
    EXPECT_EQ(family.takes_file_urls, c.takes_urls);
  }
  EXPECT_EQ(thinking_for(family_of("gemini-3-pro-preview"), "medium"), "HIGH");
  EXPECT_EQ(thinking_for(family_of("gemini-3.1-pro-preview"), "medium"), "MEDIUM");
}

}  // namespace
}  // namespace provider_google
