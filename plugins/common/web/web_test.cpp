// Which addresses are asked, and what is said of the others.
#include "web.h"

#include <gtest/gtest.h>

namespace web {
namespace {

TEST(HostOf, TakesAddressesOfTheWeb) {
  const struct {
    const char* url;
    const char* host;
  } cases[] = {{"https://example.org", "example.org"},
               {"http://example.org:8080/a?b#c", "example.org:8080"},
               {"https://[::1]:80/", "[::1]:80"},
               {"https://example.org?to=a@b", "example.org"}};
  for (const auto& c : cases) {
    const auto host = host_of(c.url);
    ASSERT_TRUE(host) << c.url;
    EXPECT_EQ(*host, c.host);
  }
}

TEST(HostOf, RefusesOthersAndRepeatsNoPassword) {
  for (const char* url :
       {"", "example.org", "ftp://ann:Geheim1@example.org/", "https:///ann:Geheim1@x", "https://",
        "https://ann:Geheim1@example.org/", "ann:Geheim1@example.org", "https://{{secret:a}}/",
        "ann:Geheim1@x://example.org", "https://ann:Geheim1@ex\xc3\xa4mple.org/"}) {
    const auto host = host_of(url);
    ASSERT_FALSE(host) << url;
    EXPECT_EQ(host.error().code, chela::ErrorCode::invalid_argument);
    EXPECT_TRUE(host.error().message.starts_with("url: wanted ")) << host.error().message;
    EXPECT_EQ(host.error().message.find("Geheim1"), std::string::npos) << host.error().message;
  }
}

}  // namespace
}  // namespace web
