#include <gtest/gtest.h>

#include <random>

#include "commands.h"
#include "imap_parse.h"

namespace check_email {
namespace {

using chela::ErrorCode;

// All responses of `bytes`, fed in pieces of the given sizes, the last of which repeats.
std::vector<Response> read_in(std::string_view bytes, const std::vector<std::size_t>& sizes,
                              const ReaderLimits& limits = {}) {
  ImapReader reader(limits);
  std::vector<Response> all;
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const auto size = std::min(sizes[std::min(i, sizes.size() - 1)], bytes.size());
    if (!reader.feed(bytes.substr(0, size))) return all;
    bytes.remove_prefix(size);
    while (auto response = reader.next()) all.push_back(std::move(*response));
  }
  return all;
}

std::vector<std::vector<std::string>> pieces_of(const std::vector<Response>& responses) {
  std::vector<std::vector<std::string>> all;
  for (const auto& response : responses) all.push_back(response.pieces);
  return all;
}

const std::string kForgedBody = "first\r\nc3 OK FETCH completed\r\n* 99 EXISTS\r\n)\r\n{5}\r\n";

const std::string kTranscript =
    "* OK [CAPABILITY IMAP4rev1] ready {3}\r\n"
    "* STATUS INBOX (MESSAGES 3 UNSEEN 2 UIDNEXT 4 UIDVALIDITY 17)\r\n"
    "c1 OK done\r\n"
    "* 3 EXISTS\r\n* OK [UIDVALIDITY 17] UIDs valid\r\n* OK [UIDNEXT 4] next\r\n"
    "c2 OK [READ-ONLY] done\r\n"
    "* SEARCH 2 3\r\n* 4 EXISTS\r\nc3 OK done\r\n"
    "* 2 FETCH (UID 2 FLAGS (\\Recent) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE "
    "4286 "
    "BODY[HEADER.FIELDS (FROM SUBJECT)] {" +
    std::to_string(kForgedBody.size()) + "}\r\n" + kForgedBody +
    ")\r\n* 1 EXPUNGE\r\n"
    "* 3 FETCH (BODY[TEXT]<0> \"quoted \\\"text\\\"\" UID 3 BODY[HEADER.FIELDS (FROM)] {0}\r\n)\r\n"
    "c4 OK done\r\n";

TEST(ImapReader, ReadsTheSameHoweverABytesAreCut) {
  const auto whole = pieces_of(read_in(kTranscript, {kTranscript.size()}));
  ASSERT_EQ(whole.size(), 14u);
  EXPECT_EQ(whole[10][1], kForgedBody);
  for (std::size_t cut = 1; cut < kTranscript.size(); ++cut) {
    SCOPED_TRACE(cut);
    ASSERT_EQ(pieces_of(read_in(kTranscript, {cut, kTranscript.size()})), whole);
  }
  EXPECT_EQ(pieces_of(read_in(kTranscript, {1})), whole);
  EXPECT_EQ(pieces_of(read_in(kTranscript, {7})), whole);
}

TEST(ImapReader, EndsNoResponseBeforeItsLiteralIsWhole) {
  ImapReader reader;
  ASSERT_TRUE(reader.feed("* 1 FETCH (BODY[TEXT] {21}\r\nc1 OK done\r\nc1 OK"));
  EXPECT_FALSE(reader.next());
  ASSERT_TRUE(reader.feed(" x\r\n)\r\n"));
  const auto response = reader.next();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->pieces[1], "c1 OK done\r\nc1 OK x\r\n");
  EXPECT_FALSE(reader.next());
}

TEST(ImapReader, KnowsWhichLinesHaveLiterals) {
  const struct {
    const char* name;
    std::string bytes;
    std::size_t responses;
  } cases[] = {
      {"a status line has none", "* OK see {5}\r\n* BYE\r\n", 2},
      {"nor a tagged one", "c1 NO {5}\r\n* BYE\r\n", 2},
      {"nor what is no number", "* X {5a}\r\n* X {}\r\n* X {-1}\r\n", 3},
      {"an answer has", "* X {5}\r\n12345\r\n", 1},
      {"also one of eight bits", "* X ~{3}\r\n1\n3\r\n", 1},
      {"bare line ends are taken", "* X\n* Y\n", 2},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(read_in(c.bytes, {c.bytes.size()}).size(), c.responses);
  }
}

TEST(ImapReader, RefusesWhatIsTooMuch) {
  ReaderLimits limits;
  limits.line_bytes = 100;
  limits.literal_bytes = 1000;
  limits.literals = 3;
  limits.total_bytes = 10'000;
  std::string many = "* X";
  for (int i = 0; i < 5; ++i) many += " {0}\r\n";
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"a line without end", std::string(101, 'x')},
      {"a line in pieces", "* X {1}\r\na" + std::string(100, 'x')},
      {"a large literal, before its first byte", "* X {1001}\r\n"},
      {"a number beyond numbers", "* X {99999999999999999999999999}\r\n"},
      {"many literals", many},
      {"all together", std::string(10'001, '\n')},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ImapReader reader(limits);
    const auto fed = reader.feed(c.bytes);
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code, ErrorCode::resource_exhausted);
    EXPECT_FALSE(reader.feed("* OK\r\n"));  // and it stays so
  }
}

TEST(ImapReader, NeverGivesMoreThanItGotWhateverComes) {
  std::mt19937 random(20261128);
  const std::vector<std::string> words{
      "* ", "c1 ",  "OK ", "FETCH (", "{3}\r\n", "{0}\r\n", "\r\n",        "\n",         "\"",
      "\\", "(",    ")",   "BODY[",   "]<0>",    "UID ",    "1 ",          "SEARCH",     "~{2}\r\n",
      "\0", "\xff", "NIL", "STATUS",  " ",       "FLAGS ",  "{99999}\r\n", "4294967296 "};
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    const auto count = random() % 30;
    for (unsigned i = 0; i < count; ++i) bytes += words[random() % words.size()];
    const std::size_t size = 1 + random() % 8;
    const auto all = read_in(bytes, {size});
    std::size_t given = 0;
    for (const auto& response : all) {
      ASSERT_EQ(response.pieces.size() % 2, 1u);
      for (const auto& piece : response.pieces) given += piece.size();
      static_cast<void>(parse_fetch(response));
      parse_search(response);
      parse_status(response);
      parse_status_line(response);
    }
    ASSERT_LE(given, bytes.size());
    ASSERT_EQ(pieces_of(all), pieces_of(read_in(bytes, {bytes.size() + 1}))) << bytes;
  }
}

Response response_of(const std::string& bytes) {
  const auto all = read_in(bytes + "\r\n", {bytes.size() + 2});
  EXPECT_EQ(all.size(), 1u) << bytes;
  return all.empty() ? Response{{""}} : all[0];
}

TEST(ImapParse, ReadsStatusLines) {
  const auto line = parse_status_line(response_of("c2 no [nonexistent] No such box"));
  ASSERT_TRUE(line);
  EXPECT_EQ(line->tag + "|" + line->word + "|" + line->code + "|" + line->text,
            "c2|NO|NONEXISTENT|No such box");
  EXPECT_TRUE(parse_status_line(response_of("* OK")));
  EXPECT_FALSE(parse_status_line(response_of("* 3 EXISTS")));
  EXPECT_FALSE(parse_status_line(response_of("")));
}

TEST(ImapParse, ReadsStatus) {
  for (const char* name : {"INBOX", "\"INBOX\"", "{5}\r\nINBOX", "\"In \\\"box\""}) {
    SCOPED_TRACE(name);
    const auto state =
        parse_status(response_of(std::string("* STATUS ") + name +
                                 " (messages 3 UIDNEXT 4 UNSEEN 2 UIDVALIDITY 17 SIZE 9)"));
    ASSERT_TRUE(state);
    EXPECT_EQ(state->messages, 3u);
    EXPECT_EQ(state->unseen, 2u);
    EXPECT_EQ(state->uid_next, 4u);
    EXPECT_EQ(state->uid_validity, 17u);
  }
  for (const char* bad :
       {"* STATUS", "* STATUS INBOX", "* STATUS INBOX (", "* STATUS INBOX (UIDNEXT)",
        "* STATUS INBOX (UIDNEXT x)", "* STATU INBOX (UIDNEXT 1)"}) {
    SCOPED_TRACE(bad);
    EXPECT_FALSE(parse_status(response_of(bad)));
  }
  EXPECT_EQ(parse_status(response_of("* STATUS INBOX (UIDVALIDITY 4294967296)"))->uid_validity, 0u);
}

TEST(ImapParse, ReadsSearch) {
  using Uids = std::vector<std::uint32_t>;
  EXPECT_EQ(parse_search(response_of("* SEARCH")), Uids{});
  EXPECT_EQ(parse_search(response_of("* SEARCH 3 4 4294967295")), (Uids{3, 4, 4294967295u}));
  EXPECT_EQ(parse_search(response_of("* SEARCH 3 (MODSEQ 9)")), Uids{3});
  EXPECT_FALSE(parse_search(response_of("* SEARCH 3 4294967296")));
  EXPECT_FALSE(parse_search(response_of("* SEARCH 3 x")));
  EXPECT_FALSE(parse_search(response_of("* SORT 3")));
}

TEST(ImapParse, ReadsFetchInAnyOrderAndForm) {
  const auto whole = parse_fetch(response_of(
      "* 12 FETCH (FLAGS (\\Seen $Junk) ENVELOPE (\"d\" {4}\r\n(\")x NIL ((\"A\" NIL \"a\" "
      "\"b\"))) "
      "BODY[HEADER.FIELDS (\"FROM\" Subject)] {4}\r\nab\r\n UID 9 MODSEQ (12) rfc822.size 77 "
      "BODY[TEXT]<0> NIL INTERNALDATE \" 7-Jul-1996 02:44:25 -0700\")"));
  ASSERT_TRUE(whole);
  ASSERT_TRUE(*whole);
  const Fetched& mail = **whole;
  EXPECT_EQ(mail.uid, 9u);
  EXPECT_EQ(mail.is_seen, true);
  EXPECT_EQ(mail.size_bytes, 77u);
  EXPECT_EQ(mail.header, "ab\r\n");
  EXPECT_EQ(mail.text, "");
  ASSERT_TRUE(mail.arrived);
  EXPECT_EQ(mail.arrived->time_since_epoch().count(), 836732665000);
  EXPECT_FALSE(*parse_fetch(response_of("* 12 EXISTS")));
  for (const char* bad :
       {"* 1 FETCH", "* 1 FETCH (", "* 1 FETCH (UID", "* 1 FETCH (UID x)",
        "* 1 FETCH (UID 4294967296)", "* 1 FETCH (FLAGS \\Seen)", "* 1 FETCH (BODY[TEXT)",
        "* 1 FETCH (BODY[TEXT] \"open)", "* 1 FETCH (X (((a))", "* 1 FETCH (UID 3 ])x"}) {
    SCOPED_TRACE(bad);
    const auto fetched = parse_fetch(response_of(bad));
    if (fetched) continue;  // what it can make of it is harmless
    EXPECT_EQ(fetched.error().code, ErrorCode::data_loss);
  }
  EXPECT_FALSE(parse_fetch(response_of("* 1 FETCH (X " + std::string(500, '('))));
}

TEST(ImapParse, ReadsInternalDates) {
  const struct {
    const char* text;
    std::int64_t ms;  // -1: none
  } cases[] = {{"17-Jul-1996 02:44:25 -0700", 837596665000},
               {"01-Jan-1970 00:00:00 +0000", 0},
               {" 1-Jan-1970 02:00:00 +0200", 0},
               {"1-JAN-1970 00:00:01 +0000", 1000},
               {"31-Feb-2020 00:00:00 +0000", -1},
               {"01-Jux-1970 00:00:00 +0000", -1},
               {"01-anf-1970 00:00:00 +0000", -1},
               {"01-Jan-1970 25:00:00 +0000", -1},
               {"01-Jan-1970 00:00:00 00000", -1},
               {"", -1},
               {"garbage", -1}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto time = parse_internal_date(c.text);
    EXPECT_EQ(time ? time->time_since_epoch().count() : -1, c.ms);
  }
}

TEST(Commands, AreWrittenAsTheProtocolWantsThem) {
  EXPECT_EQ(status_command(mailbox_name("INBOX")),
            "STATUS \"INBOX\" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)");
  EXPECT_EQ(search_from_command(8, Wanted::unread), "UID SEARCH UNSEEN UID 8:*");
  EXPECT_EQ(search_since_command(chela::Timestamp(std::chrono::hours(24 * 59)), Wanted::all),
            "UID SEARCH SINCE 1-Mar-1970");
  EXPECT_TRUE(fetch_command({9, 3, 4, 5, 7, 4}, Headers::whole).starts_with("UID FETCH 3:5,7,9 ("));
  EXPECT_EQ(
      fetch_names_command({7, 8}, Headers::bounded),
      "UID FETCH 7:8 (UID FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM TO "
      "SUBJECT)]<0.8192>)");
  EXPECT_EQ(fetch_text_command({4294967295u}),
            "UID FETCH 4294967295 (UID BODY.PEEK[TEXT]<0.2048>)");
}

TEST(Commands, WriteNamesOfMailboxes) {
  const struct {
    const char* utf8;
    const char* written;
  } cases[] = {{"INBOX", "\"INBOX\""},
               {"a \"b\" \\c", "\"a \\\"b\\\" \\\\c\""},
               {"Entw\xC3\xBCrfe", "\"Entw&APw-rfe\""},
               {"R&D", "\"R&-D\""},
               {"~peter/mail/\xE5\x8F\xB0\xE5\x8C\x97/\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
                "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""},
               {"\xF0\x9F\x93\xA7", "\"&2D3c5w-\""}};
  for (const auto& c : cases) EXPECT_EQ(mailbox_name(c.utf8), c.written);
}

}  // namespace
}  // namespace check_email
