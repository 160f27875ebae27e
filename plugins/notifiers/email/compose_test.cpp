// A message as a mail: ASCII throughout, short lines, nothing of a message among the headers.
#include "compose.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "address.h"
#include "encode.h"

namespace email {
namespace {

using std::string_literals::operator""s;

chela::Message message() {
  chela::Message made;
  made.id = "0d3k8s2m5xqa";
  made.severity = "crit";
  made.title = "crit: Gr\u00fc\u00dfe\r\nBcc: eve@example.com";
  made.made = chela::Timestamp(std::chrono::seconds(1'790'000'000));
  made.lines.push_back(
      {.severity = "crit", .text = "[crit] disk: \u00e9\u20ac = 5 %\r\n.\r\nQUIT"});
  return made;
}

std::vector<std::string> lines_of(const std::string& mail) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < mail.size();) {
    const auto end = mail.find("\r\n", begin);
    if (end == std::string::npos) break;
    lines.push_back(mail.substr(begin, end - begin));
    begin = end + 2;
  }
  return lines;
}

TEST(Compose, WritesAsciiInShortLines) {
  const auto mail =
      compose({"chela@example.org", "Ch\u00e9la", {"ana@example.org"}}, message(), {});
  EXPECT_TRUE(mail.ends_with("\r\n"));
  for (const auto& line : lines_of(mail)) {
    EXPECT_LE(line.size(), 78u) << line;
    EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c < 0x7f; }))
        << line;
  }
}

TEST(Compose, LetsNoWordsBecomeAHeader) {
  const auto mail = compose({"chela@example.org", "chela", {"ana@example.org"}}, message(), {});
  const auto head = mail.substr(0, mail.find("\r\n\r\n"));
  EXPECT_EQ(head.find("Bcc"), std::string::npos) << head;
  EXPECT_NE(head.find("Message-ID: <chela.0d3k8s2m5xqa@example.org>"), std::string::npos);
  EXPECT_NE(head.find("Date: Mon, 21 Sep 2026 14:13:20 +0000"), std::string::npos);
  EXPECT_NE(head.find("Auto-Submitted: auto-generated"), std::string::npos);
}

TEST(Compose, GivesTheSameMailForTheSameMessage) {
  const Envelope envelope{"chela@example.org", "chela", {"ana@example.org", "bo@example.org"}};
  EXPECT_EQ(compose(envelope, message(), chela::Timestamp(chela::Duration(1))),
            compose(envelope, message(), chela::Timestamp(chela::Duration(2))));
}

TEST(HeaderText, EncodesWhatIsNotPlain) {
  EXPECT_EQ(header_text("warn: a plain one", 9), "warn: a plain one");
  EXPECT_EQ(header_text("\u00e9", 0), "=?UTF-8?B?w6k=?=");
  EXPECT_EQ(header_text("=?x?=", 0), "=?UTF-8?B?PT94Pz0=?=");
  EXPECT_EQ(header_text("\xff", 0), "=?UTF-8?B?77+9?=");
  EXPECT_EQ(header_text("", 0), "");
  const auto folded = header_text(std::string(100, 'a'), 9);
  for (const auto& line : lines_of(folded + "\r\n")) EXPECT_LE(line.size(), 75u);
}

TEST(QuotedPrintable, KeepsToItsRules) {
  const struct {
    const char* name;
    std::string text, wanted;
  } cases[] = {{"plain", "a b\n", "a b\r\n"},
               {"equals and bytes", "=\u00e9\n", "=3D=C3=A9\r\n"},
               {"blank at the end", "a \nb\t", "a=20\r\nb=09\r\n"},
               {"a long line", std::string(76, 'x'), std::string(75, 'x') + "=\r\nx\r\n"},
               {"nothing", "", ""},
               {"a NUL", "\0"s, "=00\r\n"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(quoted_printable(c.text), c.wanted);
  }
}

TEST(Address, IsOneThatNeedsNoThought) {
  for (const char* good : {"ana@example.org", "a.b+c@mail.example.org", "root@localhost"})
    EXPECT_TRUE(is_address(good)) << good;
  for (const char* bad :
       {"", "ana", "@example.org", "ana@", "Ana <ana@example.org>", "a b@example.org",
        "ana@example.org>\r\nRCPT TO:<eve@example.com", "\u00e9@example.org", "a..b@example.org",
        "ana@-example.org", "\"a\"@example.org"})
    EXPECT_FALSE(is_address(bad)) << bad;
}

}  // namespace
}  // namespace email
