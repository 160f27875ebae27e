// However text is cut, the same bytes come out; and whatever comes in, no known value comes out.
#include "services/redact_stream.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "services/redact.h"
#include "services/redact_encodings.h"

namespace chela::services {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

std::string letters(Random& random, std::size_t count, std::string_view alphabet) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += alphabet[below(random, alphabet.size())];
  return text;
}

std::string in_pieces(const Redactor& redactor, std::string_view text,
                      const std::function<std::size_t()>& next_size,
                      Reader reader = Reader::person) {
  RedactStream stream(redactor.rules(), reader);
  std::string out;
  while (!text.empty()) {
    const auto piece = text.substr(0, next_size());
    out += stream.put(piece);
    text.remove_prefix(piece.size());
  }
  return out + stream.finish();
}

TEST(RedactStream, GivesTheSameHoweverValuesAreCut) {
  // Two letters make secrets that overlap, touch and hold each other all the time.
  Random random(1);
  for (int round = 0; round < 2'000; ++round) {
    Redactor redactor;
    ASSERT_TRUE(redactor.configure({RedactLevel::off, {}}));
    const std::string_view alphabet = round % 2 == 0 ? "ab" : "abcdefg%2]";
    std::vector<std::string> secrets;
    for (std::size_t i = 0, count = 1 + below(random, 4); i < count; ++i) {
      secrets.push_back(letters(random, 6 + below(random, 8), alphabet));
      ASSERT_TRUE(redactor.add(i % 2 == 0 ? "" : "n" + std::to_string(i), secrets.back(),
                               ShortSecret::allowed));
    }
    for (int cuts = 0; cuts < 10; ++cuts) {
      std::string text;
      while (text.size() < 80) {
        text += below(random, 3) == 0 ? secrets[below(random, secrets.size())]
                                      : letters(random, below(random, 6), alphabet);
      }
      const auto whole = redactor.redact(text);
      const auto cut = in_pieces(redactor, text, [&] { return 1 + below(random, 12); });
      ASSERT_EQ(cut, whole) << text;
      ASSERT_EQ(in_pieces(redactor, text, [] { return 1u; }), whole) << text;
      for (const auto& secret : secrets) ASSERT_EQ(whole.find(secret), std::string::npos) << text;
    }
  }
}

TEST(RedactStream, GivesTheSameHoweverPatternsAreCut) {
  Random random(2);
  Redactor redactor;
  ASSERT_TRUE(redactor.add("db", "correct-horse-battery"));
  ASSERT_TRUE(redactor.configure({RedactLevel::all, {"own[0-9]+"}}));
  const std::vector<std::string> pieces{"password=hunter2 ",
                                        "\n",
                                        "-----BEGIN PRIVATE "
                                        "KEY-----\n",
                                        "-----END PRIVATE KEY-----\n",
                                        "correct-horse-battery",
                                        "correct-horse-",
                                        "sk-ant-",
                                        std::string(30, 'k'),
                                        " ",
                                        "\"",
                                        "own12",
                                        R"("token":")",
                                        "Authorization: Bearer ",
                                        "https://u:",
                                        "@host",
                                        "a@b.example",
                                        "ghp_",
                                        std::string(300, 'x'),
                                        std::string(2000, 'y'),
                                        "4111 1111 1111 1111",
                                        "\\",
                                        "Cookie: a=1; "};
  for (int round = 0; round < 500; ++round) {
    std::string text;
    const auto size = round % 10 == 0 ? 40'000u : 2'000u;
    while (text.size() < size) text += pieces[below(random, pieces.size())];
    const auto reader = round % 3 == 0 ? Reader::model : Reader::person;
    const auto whole = redactor.rules()->redact(text, reader);
    for (const std::size_t longest : {40u, 5'000u, 20'000u}) {
      const auto next = [&] { return 1 + below(random, longest); };
      ASSERT_EQ(in_pieces(redactor, text, next, reader), whole) << text;
    }
    ASSERT_EQ(whole.find("correct-horse-battery"), std::string::npos);
  }
}

TEST(RedactStream, FindsShapesAcrossTheEdgesOfItsWindows) {
  const Redactor redactor;
  const std::string key = "sk-ant-" + std::string(90, 'k');
  for (std::size_t before = 6'900; before < 8'300; before += 7) {
    const auto text = std::string(before, '.') + " " + key + " " + std::string(9'000, '.');
    ASSERT_EQ(redactor.redact(text),
              std::string(before, '.') + " [redacted:anthropic] " + std::string(9'000, '.'));
    const auto named = std::string(before, '.') + " password=hunter2 " + std::string(9'000, '.');
    ASSERT_EQ(redactor.redact(named),
              std::string(before, '.') + " password=[redacted] " + std::string(9'000, '.'));
  }
}

TEST(RedactStream, TakesSecretsThatAreLongerThanAWindow) {
  const Redactor redactor;
  const std::string body(300'000, 'A');
  const auto pem =
      "a\n-----BEGIN PRIVATE "
      "KEY-----\n" +
      std::string(20'000, 'A') + "\n-----END PRIVATE KEY-----\nb";
  const struct {
    const char* name;
    std::string text;
    std::string clean;
  } cases[] = {
      {"JSON value", R"({"password":")" + body + R"(","n":1})",
       R"({"password":"[redacted]","n":1})"},
      {"JSON value with blanks", R"({"token":"a b)" + body + R"( c","n":1})",
       R"({"token":"[redacted]","n":1})"},
      {"bare value", "TOKEN=" + body + " next", "TOKEN=[redacted] next"},
      {"shape", "sk-ant-" + body + " next", "[redacted:anthropic] next"},
      {"header", "Authorization: Bearer x" + body + "\nHost: y",
       "Authorization: [redacted]\nHost: y"},
      {"key on one line", pem,
       "a\n-----BEGIN PRIVATE KEY-----[redacted:private-key]-----END PRIVATE KEY-----\nb"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(redactor.redact(c.text), c.clean);
    EXPECT_EQ(in_pieces(redactor, c.text, [] { return 1000u; }), c.clean);
  }
}

TEST(RedactStream, HoldsBackNoMoreThanItMust) {
  Redactor redactor;
  ASSERT_TRUE(redactor.add("x", "correct-horse-battery"));
  RedactStream stream(redactor.rules());
  EXPECT_EQ(stream.put("first line\nsecond"), "first line\n");
  EXPECT_EQ(stream.put(" line\ncorrect-ho"), "second line\n");
  EXPECT_EQ(stream.put("use\n"), "correct-house\n");
  EXPECT_GE(stream.put(std::string(100'000, 'z')).size(), 100'000u - 8 * 1024);
  stream.finish();
  EXPECT_EQ(stream.put("again\ncorrect-ho"), "again\n");
  EXPECT_EQ(stream.finish(), "correct-ho");
  EXPECT_EQ(stream.put("rse-battery\n"), "rse-battery\n") << "a new text begins after finish()";
}

TEST(RedactStream, LetsAKeyWithoutAnEndHideSixtyFourKilobytesOnly) {
  const Redactor redactor;
  std::string text =
      "-----BEGIN PRIVATE "
      "KEY-----\n";
  while (text.size() < 200'000) text += std::string(63, 'A') + "\n";
  text += "the end\n";
  const auto clean = redactor.redact(text);
  EXPECT_TRUE(clean.starts_with("-----BEGIN PRIVATE KEY-----[redacted:private-key]"));
  EXPECT_TRUE(clean.ends_with("the end\n"));
  EXPECT_GT(clean.size(), 200'000u - 66 * 1024);
}

TEST(RedactStream, IsLinearInHostileText) {
  // A backtracking engine overflows its stack or never comes back; here each takes milliseconds.
  const auto repeated = [](std::string_view piece, std::size_t size) {
    std::string text;
    while (text.size() < size) text += piece;
    return text;
  };
  Redactor redactor;
  ASSERT_TRUE(redactor.add("x", repeated("ab", 2'000) + "c"));
  ASSERT_TRUE(redactor.configure({RedactLevel::all, {"(a+)+$", "(x*)*y"}}));
  const struct {
    const char* name;
    std::string text;
  } cases[] = {
      {"PEM block",
       "-----BEGIN PRIVATE "
       "KEY-----\n" +
           repeated("QUJD", 200'000)},
      {"heads of PEM blocks", repeated("-----BEGIN PRIVATE "
                                       "KEY-----",
                                       200'000)},
      {"JSON value", R"({"password":")" + std::string(300'000, 'x')},
      {"letters", std::string(60'000, 'A')},
      {"nested repetition", std::string(60'000, 'a') + "!"},
      {"every keyword", repeated("sk-password token authorization: ", 1u << 20)},
      {"beginnings of tokens", repeated("-eyJ", 400'000)},
      {"keywords without anything between", repeated("key", 400'000)},
      {"quotes", repeated("\"token\":\"\\", 400'000)},
      {"almost a known value", repeated("ab", 400'000)},
      {"addresses", repeated("a@b.c-", 400'000)},
      {"digits", std::string(400'000, '4')},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto clean = redactor.redact(c.text);
    EXPECT_EQ(in_pieces(redactor, c.text, [] { return 4096u; }), clean);
  }
  // It looks as far as the window goes after each match.
  ASSERT_TRUE(redactor.configure({RedactLevel::tools, {"q(.*z)?"}}));
  EXPECT_EQ(redactor.redact(std::string(20'000, 'q')).find('q'), std::string::npos);
}

TEST(RedactStream, HelpsNoSecretIntoBeingByAMark) {
  const std::string other = "other-value!";
  const struct {
    const char* name;
    std::string secret;
    std::string text;
  } cases[] = {
      {"begins with a mark's end", "]tail-of-it", other + "tail-of-it"},
      {"ends with a mark's front", "front-of-it[", "front-of-it" + other},
      {"ends with more of it", "front-of-it[redact", "front-of-it" + other},
      {"holds a mark", "a[redacted:x]b", "a" + other + "b"},
      {"stands in a mark", "redacted", other + " and redacted"},
      {"stands in the plain mark", "redacted]", "password=hunter2 " + other},
      {"is a mark", "[redacted:x]", other},
      {"stands in a name", "x-name-of-it", "x-name-of-it"},
      {"grows out of a pattern's mark", "]tail-of-it",
       "sk-ant-" + std::string(20, 'k') + ",tail-of-it"},
      {"in the next style, too", "<redacted:x", "front" + other},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Redactor redactor;
    ASSERT_TRUE(redactor.add("x", other));
    ASSERT_TRUE(redactor.add("x-name-of-it", c.secret));
    const auto clean = redactor.redact(c.text);
    EXPECT_EQ(clean.find(c.secret), std::string::npos) << clean;
    EXPECT_EQ(clean.find(other), std::string::npos) << clean;
    EXPECT_EQ(in_pieces(redactor, c.text, [] { return 3u; }), clean);
  }
}

TEST(RedactStream, LetsNoEncodingOfASecretOut) {
  Random random(3);
  const std::string any =
      "abcXYZ019 \"\\/'<>&%+=?@:;,.{}[]()|~`!#$^*_-\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91";
  for (int round = 0; round < 300; ++round) {
    std::string secret;
    while (secret.size() < 8 + below(random, 30)) secret += letters(random, 1, any);
    if (round % 5 == 0) secret += "\nanother line of the same secret\r\nshort";
    Redactor redactor;
    ASSERT_TRUE(redactor.configure({RedactLevel::off, {}}));
    ASSERT_TRUE(redactor.add("canary", secret));
    const auto known = encodings_of(secret, 8);
    std::string text;
    for (const auto& encoded : known) text += "before " + encoded + " after\n";
    const auto clean = redactor.redact(text);
    for (const auto& encoded : known) EXPECT_EQ(clean.find(encoded), std::string::npos) << encoded;
  }
}

}  // namespace
}  // namespace chela::services
