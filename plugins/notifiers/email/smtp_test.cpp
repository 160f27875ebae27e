// Replies of a mail server in pieces, and the dots of a mail.
#include "smtp.h"

#include <gtest/gtest.h>

namespace email {
namespace {

TEST(Smtp, ReadsRepliesOfSeveralLines) {
  std::string bytes = "250-first\r\n250-\r\n250 last\r\n354 go\r\n221";
  EXPECT_EQ(take_reply(bytes)->text, "first last");
  EXPECT_EQ(take_reply(bytes)->code, 354);
  EXPECT_EQ(take_reply(bytes)->code, 0) << "the rest is not complete";
  EXPECT_EQ(bytes, "221");
  bytes = "250\n";
  EXPECT_EQ(take_reply(bytes)->code, 250);
}

TEST(Smtp, RefusesWhatIsNoReply) {
  for (std::string bytes : {std::string("HTTP/1.1 400 Bad Request\r\n"), std::string("2500 x\r\n"),
                            std::string("650 x\r\n"), std::string("250-a\r\n550 b\r\n"),
                            std::string("\r\n"), std::string(20'000, '2')}) {
    SCOPED_TRACE(bytes.substr(0, 20));
    const auto reply = take_reply(bytes);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, chela::ErrorCode::data_loss);
  }
}

// "token': is" would look like a secret to the host.
TEST(Smtp, PutsNothingBehindAWordThatAnnouncesASecret) {
  std::string bytes = "wrong token\r\n";
  const auto reply = take_reply(bytes);
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().message.find("'wrong token'; is"), std::string::npos)
      << reply.error().message;
}

TEST(Smtp, StuffsDots) {
  EXPECT_EQ(stuff_dots(".\r\n..a\r\nb.\r\n"), "..\r\n...a\r\nb.\r\n.\r\n");
  EXPECT_EQ(stuff_dots("a"), "a\r\n.\r\n");
  EXPECT_EQ(stuff_dots(""), ".\r\n");
}

}  // namespace
}  // namespace email
