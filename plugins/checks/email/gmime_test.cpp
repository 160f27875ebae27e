// GMime as a second opinion on encoded words and addresses. A test only: nothing of it is linked
// into the plugin.
#include <gtest/gtest.h>

#include "nasty_headers.h"
#include "support/real_peers.h"

#ifdef CHELA_HAS_GMIME

#include <gmime/gmime.h>

#include <string>

namespace check_email {
namespace {

class GMime : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    g_mime_init();
    const char* charsets[] = {"utf-8", "windows-1252", nullptr};
    GMimeParserOptions* options = g_mime_parser_options_get_default();
    g_mime_parser_options_set_fallback_charsets(options, charsets);
  }
};

TEST_F(GMime, ReadsTheNastySubjectsAsWeDo) {
  for (const auto& c : kNastySubjects) {
    if (c.oracle == Oracle::differs) continue;
    SCOPED_TRACE(c.raw);
    char* text = g_mime_utils_header_decode_text(nullptr, c.raw);
    EXPECT_STREQ(text, c.text);
    g_free(text);
  }
}

void append_specs(InternetAddressList* list, std::string& specs) {
  for (int i = 0; i < internet_address_list_length(list); ++i) {
    InternetAddress* one = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(one)) {
      append_specs(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)), specs);
      continue;
    }
    const char* spec = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(one));
    if (spec == nullptr || std::string(spec).find('@') == std::string::npos) continue;
    specs += (specs.empty() ? "" : " ") + std::string(spec);
  }
}

TEST_F(GMime, FindsTheSameAddresses) {
  for (const auto& c : kNastyAddresses) {
    if (c.oracle == Oracle::differs) continue;
    SCOPED_TRACE(c.raw);
    std::string specs;
    InternetAddressList* list = internet_address_list_parse(nullptr, c.raw);
    if (list != nullptr) {
      append_specs(list, specs);
      g_object_unref(list);
    }
    // Domains compare in lower case with us.
    const auto at = specs.find("@Example.ORG");
    if (at != std::string::npos) specs.replace(at, 12, "@example.org");
    if (specs.starts_with('@')) specs.clear();
    EXPECT_EQ(specs, c.specs);
  }
}

}  // namespace
}  // namespace check_email

#else

TEST(GMime, IsMissing) {
  CHELA_WANT_PEER(false,
                  "libgmime-3.0-dev is not installed: encoded words and addresses had no second "
                  "opinion");
}

#endif
