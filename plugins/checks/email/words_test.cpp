#include <gtest/gtest.h>

#include "address.h"
#include "charset.h"
#include "content.h"
#include "domain.h"
#include "encoded_word.h"
#include "header.h"
#include "nasty_headers.h"
#include "transfer_encoding.h"

namespace check_email {
namespace {

TEST(EncodedWords, AreReadAsPeopleWouldSeeThem) {
  for (const auto& c : kNastySubjects) {
    SCOPED_TRACE(c.raw);
    EXPECT_EQ(decode_words(c.raw), c.text);
  }
}

TEST(EncodedWords, KnowTheCharsetsThatMailIsWrittenIn) {
  const struct {
    const char* word;
    const char* text;
  } cases[] = {
      {"=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"},
      {"=?shift_jis?B?k/qWe4zq?=", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"},
      {"=?gb2312?B?1tDOxA==?=", "\xE4\xB8\xAD\xE6\x96\x87"},
      {"=?big5?B?pKSk5Q==?=", "\xE4\xB8\xAD\xE6\x96\x87"},
      {"=?ks_c_5601-1987?B?x9GxuQ==?=", "\xED\x95\x9C\xEA\xB5\xAD"},
      {"=?koi8-r?B?8NLJ18XU?=", "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82"},
      {"=?windows-1251?Q?=CF=F0=E8?=", "\xD0\x9F\xD1\x80\xD0\xB8"},
      {"=?utf-7?Q?+AOk-?=", "\xC3\xA9"},
      {"=?iso-8859-1?Q?=93x=94?=", "\xE2\x80\x9Cx\xE2\x80\x9D"},  // it is Windows-1252 in truth
      {"=?utf-16?B?/v8A6Q==?=", "\xC3\xA9"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.word);
    EXPECT_EQ(decode_words(c.word), c.text);
  }
}

TEST(Charset, TakesNoNameThatIsMoreThanAName) {
  for (const char* name :
       {"utf-8//IGNORE", "latin1//TRANSLIT", "../../x", "", "x\ny", "nonsense-77"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(to_utf8("caf\xE9", name), "caf\xC3\xA9");
  }
}

TEST(Charset, EndsWithBytesThatAreNothing) {
  EXPECT_EQ(to_utf8("a\x81\xFF z", "shift_jis").front(), 'a');
  EXPECT_EQ(to_utf8("\xE4\xB8", "utf-8"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const char* name : {"iso-2022-jp", "gb18030", "utf-16", "utf-7", "big5-hkscs", "iso-2022-kr",
                           "euc-jp", "hz-gb-2312", "iso-2022-cn-ext", "utf-32", "tscii"}) {
    SCOPED_TRACE(name);
    EXPECT_LE(to_utf8(all + all, name).size(), 4000u);
  }
}

TEST(TransferEncoding, IsReadLeniently) {
  EXPECT_EQ(decode_base64("SGVs\r\nbG8h"), "Hello!");
  EXPECT_EQ(decode_base64("SGVsbG8"), "Hello");
  EXPECT_EQ(decode_base64("SGk=SGk="), "HiHi");
  EXPECT_EQ(decode_base64("%%%"), "");
  EXPECT_EQ(decode_quoted_printable("a=3Db=\r\nc=\nd=zz=4"), "a=bcd=zz=4");
  EXPECT_EQ(decode_q("a_b=5F=e"), "a b_=e");
}

TEST(Header, IsUnfolded) {
  const auto fields = parse_header(
      "Received: from a\r\n\tby b\r\nsubject:  one\r\n  two\r\nX Y: no field\r\n and its rest\r\n"
      "Subject: second\nbroken line\r\nEmpty:\r\n\r\nFrom: in the body\r\n");
  ASSERT_EQ(fields.size(), 4u);
  EXPECT_EQ(fields[0].value, "from a\tby b");
  EXPECT_EQ(find_first(fields, "subject"), "one  two");
  EXPECT_EQ(find_all(fields, "subject").size(), 2u);
  EXPECT_EQ(find_first(fields, "empty"), "");
  EXPECT_EQ(find_first(fields, "from"), "");
}

TEST(Header, HasItsLimits) {
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "X: y\r\n";
  EXPECT_EQ(parse_header(many).size(), 500u);
  const auto fields =
      parse_header("Subject: " + std::string(1u << 20, 'x') + "\r\nFrom: a@b.example\r\n");
  EXPECT_EQ(fields[0].value.size(), (64u << 10) - 1);
  EXPECT_EQ(fields[1].value, "a@b.example");
}

TEST(Addresses, AreFoundWhateverStandsAroundThem) {
  for (const auto& c : kNastyAddresses) {
    SCOPED_TRACE(c.raw);
    const auto list = parse_addresses(c.raw);
    std::string specs;
    for (const auto& address : list.addresses) specs += (specs.empty() ? "" : " ") + address.spec();
    EXPECT_EQ(specs, c.specs);
    EXPECT_EQ(list.is_sound, c.is_sound);
  }
}

TEST(Addresses, HaveNamesThatCountForNothing) {
  const auto list = parse_addresses(
      "\"boss@example.com\" <evil@evil.example>, =?utf-8?B?QW5hIMOc?= \"the \\\"1st\\\"\" "
      "<ana@example.org>, ben@example.org (Ben)");
  ASSERT_EQ(list.addresses.size(), 3u);
  EXPECT_EQ(list.addresses[0].name, "boss@example.com");
  EXPECT_EQ(list.addresses[0].spec(), "evil@evil.example");
  EXPECT_EQ(list.addresses[1].name, "Ana \xC3\x9C the \"1st\"");
  EXPECT_EQ(list.addresses[2].name, "Ben");
}

TEST(Addresses, EndSomewhere) {
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "a@example.org,";
  EXPECT_EQ(parse_addresses(many).addresses.size(), 200u);
  EXPECT_FALSE(parse_addresses(many).is_sound);
  EXPECT_FALSE(parse_addresses(std::string(60'000, '(') + "a@example.org").is_sound);
  EXPECT_FALSE(parse_addresses(std::string(60'000, '<')).is_sound);
}

TEST(Domains, AreComparedInOneForm) {
  const struct {
    const char* name;
    const char* ascii;
  } cases[] = {
      {"Example.ORG", "example.org"},
      {"example.org.", "example.org"},
      {"b\xC3\xBC"
       "cher.example",
       "xn--bcher-kva.example"},
      {"B\xC3\x9C"
       "CHER.example",
       "xn--bcher-kva.example"},
      {"\xE4\xBE\x8B\xE5\xAD\x90.example", "xn--fsqu00a.example"},
      {"\xD0\xBF\xD1\x80\xD0\xB8\xD0\xBC\xD0\xB5\xD1\x80.example", "xn--e1afmkfd.example"},
      {"\xD0\x9F\xD0\xA0\xD0\x98\xD0\x9C\xD0\x95\xD0\xA0\xE3\x80\x82"
       "example",
       "xn--e1afmkfd.example"},
      {"\xE3\x81\xAA\xE3\x81\x9C\xE3\x81\xBF\xE3\x82\x93\xE3\x81\xAA\xE6\x97\xA5\xE6\x9C\xAC\xE8"
       "\xAA\x9E"
       "\xE3\x82\x92\xE8\xA9\xB1\xE3\x81\x97\xE3\x81\xA6\xE3\x81\x8F\xE3\x82\x8C\xE3\x81\xAA\xE3"
       "\x81\x84"
       "\xE3\x81\xAE\xE3\x81\x8B",
       "xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa"},
      {"", ""},
      {".", ""},
      {"a..b", ""},
      {"a b", ""},
      {"[1.2.3.4]", ""},
      {"a@b", ""},
      {"\xFF.org", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(ascii_domain(c.name), c.ascii);
  }
  EXPECT_EQ(ascii_domain(std::string(64, 'a')), "");
  EXPECT_TRUE(is_below("news.example.org", "example.org"));
  EXPECT_FALSE(is_below("example.org", "org"));
  EXPECT_FALSE(is_below("badexample.org", "example.org"));
  EXPECT_FALSE(is_below("example.org", "example.org"));
}

TEST(Content, GivesTheFirstWordsOfPlainText) {
  const struct {
    const char* name;
    const char* header;
    const char* body;
    const char* words;
  } cases[] = {
      {"plain", "", "Hello\r\n", "Hello\r\n"},
      {"latin-1, quoted-printable",
       "Content-Type: text/plain; charset=\"ISO-8859-1\"\r\nContent-Transfer-Encoding: "
       "Quoted-Printable\r\n",
       "Gr=FC=DFe=\r\n!",
       "Gr\xC3\xBC\xC3\x9F"
       "e!"},
      {"base64, cut off",
       "content-type: TEXT/plain; charset=utf-8\r\ncontent-transfer-encoding: base64\r\n",
       "SGVsbG8g", "Hello "},
      {"html", "Content-Type: text/html\r\n", "<b>no</b>", ""},
      {"first plain part", "Content-Type: multipart/mixed; boundary=\"a;b\"\r\n",
       "preamble\r\n--a;b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n"
       "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
       "caf\xE9\r\n--c\r\nContent-Type: text/html\r\n\r\nno\r\n--c--\r\n--a;b--\r\n",
       "caf\xC3\xA9\r"},
      {"no part", "Content-Type: multipart/mixed; boundary=x\r\n", "--x--\r\n", ""},
      {"no boundary", "Content-Type: multipart/mixed\r\n", "--\r\n\r\nno\r\n", ""},
      {"not text", "Content-Type: application/pdf\r\n", "%PDF", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(body_words(parse_header(c.header), c.body), c.words);
  }
}

}  // namespace
}  // namespace check_email
