#include "config/json5.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "chela/utf8.h"

namespace chela::config {
namespace {

TEST(Json5, BecomesJson) {
  const struct {
    const char* name;
    std::string json5;
    const char* json;
  } cases[] = {
      {"object", "{}", "{}"},
      {"blanks around", " \t\v\f\r\n{ } \n", "{}"},
      {"odd blanks",
       "\xEF\xBB\xBF\xC2\xA0\xE2\x80\xA8\xE2\x80\xA9\xE3\x80\x80\xE2\x80\x83[1]\xE1\x9A\x80",
       "[1]"},
      {"line comment", "// one\n{a: 1} // two", R"({"a":1})"},
      {"line comment at the end", "1//", "1"},
      {"block comment", "/* a\n * b **/{/**/a/**/:/**/1/**/}/*x*/", R"({"a":1})"},
      {"comment ends at a line separator",
       "// x\xE2\x80\xA8"
       "1",
       "1"},
      {"trailing commas", "{a: [1, 2,], b: 3,}", R"({"a":[1,2],"b":3})"},
      {"unquoted keys", "{a: 1, _b: 2, $c: 3, d9: 4, \xC3\xBC: 5, null: 6, true: 7, Infinity: 8}",
       "{\"a\":1,\"_b\":2,\"$c\":3,\"d9\":4,\"\xC3\xBC\":5,\"null\":6,\"true\":7,\"Infinity\":8}"},
      {"escaped key", R"({\u0061b: 1, a\u00fc: 2})", "{\"ab\":1,\"a\xC3\xBC\":2}"},
      {"quoted keys", R"({'a b': 1, "c": 2, '': 3})", R"({"a b":1,"c":2,"":3})"},
      {"last of equal keys", "{a: 1, b: 2, a: 3}", R"({"a":3,"b":2})"},
      {"single quotes", R"('it"s')", R"("it\"s")"},
      {"double quotes", R"("it's")", R"("it's")"},
      {"escapes", R"('\b\f\n\r\t\v\'\"\\\/\a\%')", R"("\b\f\n\r\t\u000b'\"\\/a%")"},
      {"escaped NUL", R"('\0')", R"("\u0000")"},
      {"hex escape", R"('\x41\xe9')", "\"A\xC3\xA9\""},
      {"unicode escape", R"('\u20AC')", "\"\xE2\x82\xAC\""},
      {"surrogate pair", R"('\uD83D\uDE00')", "\"\xF0\x9F\x98\x80\""},
      {"first and last pair", R"('\uD800\uDC00\uDBFF\uDFFF')",
       "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""},
      {"escaped letter of two bytes", "'\\\xC3\xBC'", "\"\xC3\xBC\""},
      {"line continuation",
       "'a\\\nb\\\r\nc\\\rd\\\xE2\x80\xA8"
       "e'",
       R"("abcde")"},
      {"line separator inside a text",
       "'a\xE2\x80\xA8"
       "b'",
       "\"a\xE2\x80\xA8"
       "b\""},
      {"words", "[true, false, null]", "[true,false,null]"},
      {"integers", "[0, -0, +7, -7, 12]", "[0,0,7,-7,12]"},
      {"limits", "[9223372036854775807, -9223372036854775808, 18446744073709551615]",
       "[9223372036854775807,-9223372036854775808,18446744073709551615]"},
      {"beyond 64 bits", "[18446744073709551616, -9223372036854775809]",
       "[1.8446744073709552E19,-9.223372036854775808E18]"},
      {"hex", "[0x1F, 0XaB, -0x10, +0x0, 0x1e3, 0xdecaf]", "[31,171,-16,0,483,912559]"},
      {"fractions", "[.5, -.5, +.5, 5., 0.25, 5.e1]", "[5E-1,-5E-1,5E-1,5E0,2.5E-1,5E1]"},
      {"exponents", "[1e3, 1E+3, 1.5e-3]", "[1E3,1E3,1.5E-3]"},
      {"no blanks", "{a:{b:[{c:1},[]]}}", R"({"a":{"b":[{"c":1},[]]}})"},
      {"slashes in texts", "{url: 'http://x//y', c: '/* no */'}",
       R"({"url":"http://x//y","c":"/* no */"})"},
      {"plain json", R"({"a":[1,2.5,"x",true,null,{"b":"\u0041\/"}]})",
       R"({"a":[1,2.5E0,"x",true,null,{"b":"A/"}]})"},
      {"thirty-two levels", std::string(32, '[') + std::string(32, ']'),
       "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto value = parse_json5(c.json5, "x.json");
    ASSERT_TRUE(value) << value.error().message;
    if (std::string(c.name) == "beyond 64 bits") {
      EXPECT_TRUE(value->at(0).is_double() && value->at(1).is_double());
      EXPECT_DOUBLE_EQ(value->at(0).get_double(), 18446744073709551616.0);
      EXPECT_DOUBLE_EQ(value->at(1).get_double(), -9223372036854775809.0);
      continue;
    }
    EXPECT_EQ(json::serialize(*value), c.json);
  }
}

TEST(Json5, IsRefusedWithFileLineAndColumn) {
  const struct {
    const char* name;
    std::string json5;
    const char* message;  // its start
  } cases[] = {
      {"empty", "", "x.json:1:1: a value is missing; wanted a value; found the end of the file"},
      {"only a comment", "// x\n", "x.json:2:1: a value is missing"},
      {"two values", "1 2",
       "x.json:1:3: something stands after the value; wanted the end of the file; found 2"},
      {"open object", "{a: 1",
       "x.json:1:6: an object goes on; wanted ',' or '}'; found the end of the file"},
      {"open list", "[1\n", "x.json:2:1: a list goes on; wanted ',' or ']'"},
      {"missing comma", "{a: 1\n b: 2}",
       "x.json:2:2: an object goes on; wanted ',' or '}'; found b: 2}"},
      {"missing colon", "{a 1}", "x.json:1:4: a key has no value; wanted ':'; found 1}"},
      {"missing value", "{a: }", "x.json:1:5: a value is missing; wanted a value; found }"},
      {"lone comma", "{,}", "x.json:1:2: a key is missing"},
      {"two commas", "[1,,2]", "x.json:1:4: a value is missing"},
      {"leading comma", "[,1]", "x.json:1:2: a value is missing"},
      {"number as a key", "{1: 2}",
       "x.json:1:2: a key is missing; wanted a name, a text in quotes or '}'; found 1: 2}"},
      {"dash in a key", "{a-b: 2}", "x.json:1:3: a key has no value"},
      {"unknown word", "{a: yes}",
       "x.json:1:5: an unknown word; wanted true, false, null or a text in quotes; found yes"},
      {"undefined", "undefined", "x.json:1:1: an unknown word"},
      {"capital word", "True", "x.json:1:1: an unknown word"},
      {"infinity", "{\n a: Infinity}",
       "x.json:2:5: a number that JSON cannot hold; wanted a finite number; found Infinity"},
      {"minus infinity", "-Infinity", "x.json:1:1: a number that JSON cannot hold"},
      {"not a number", "NaN", "x.json:1:1: a number that JSON cannot hold"},
      {"too large", "1e999", "x.json:1:1: the number does not fit"},
      {"hex too large", "0x10000000000000000", "x.json:1:1: the number does not fit"},
      {"leading zero", "012", "x.json:1:1: not a number"},
      {"empty hex", "0x", "x.json:1:1: not a number"},
      {"bad hex", "0xfg", "x.json:1:1: not a number"},
      {"hex fraction", "0x1.5", "x.json:1:1: not a number"},
      {"letters behind", "12abc", "x.json:1:1: not a number"},
      {"two points", "1.2.3", "x.json:1:1: not a number"},
      {"lone point", ".", "x.json:1:1: not a number"},
      {"lone sign", "-", "x.json:1:1: not a number"},
      {"two signs", "--1", "x.json:1:1: not a number"},
      {"open exponent", "1e", "x.json:1:1: not a number"},
      {"sign after hex", "0x1E-3", "x.json:1:5: something stands after the value"},
      {"open text", "'abc", "x.json:1:1: a text does not end; wanted '; found the end of the file"},
      {"line end in a text", "{a: \"abc\n\"}",
       "x.json:1:5: a text does not end; wanted \"; found the end of the line"},
      {"open escape", "'\\", "x.json:1:3: an escape is cut short"},
      {"short hex escape", R"('\x4')",
       "x.json:1:5: an escape is cut short; wanted 2 hex digits; found '"},
      {"short unicode escape", R"('\u12g4')",
       "x.json:1:6: an escape is cut short; wanted 4 hex digits"},
      {"octal escape", R"('\101')", "x.json:1:3: an octal escape"},
      {"octal after zero", R"('\01')", "x.json:1:3: an octal escape"},
      {"lone high half", R"('\uD83D')", "x.json:1:4: half of a surrogate pair"},
      {"lone low half", R"('\uDE00')", "x.json:1:4: half of a surrogate pair"},
      {"two high halves", R"('\uD83D\uD83D')", "x.json:1:4: half of a surrogate pair"},
      {"hex escape in a key", R"({\x41: 1})", "x.json:1:3: an escape in a name; wanted \\uXXXX"},
      {"open comment", "{} /* x", "x.json:1:4: a comment does not end; wanted */"},
      {"hash comment", "# x\n{}", "x.json:1:1: a value is missing"},
      {"lone slash", "{a: 1} /", "x.json:1:8: something stands after the value"},
      {"thirty-three levels", std::string(33, '['),
       "x.json:1:33: nested too deeply; wanted at most 32 levels; found more"},
      {"a million levels", std::string(1'000'000, '['), "x.json:1:33: nested too deeply"},
      {"deep objects",
       [] {
         std::string s;
         for (int i = 0; i < 50'000; ++i) s += "{a:";
         return s;
       }(),
       "x.json:1:97: nested too deeply"},
      {"too long", std::string(1024 * 1024 + 1, ' '),
       "x.json: the file is too large; wanted at most 1048576 bytes"},
      {"not UTF-8", "'\xff'", "x.json: not a text"},
      {"NUL", std::string("{}\0", 3), "x.json: not a text"},
      {"column in characters", "{'\xC3\xBC\xC3\xBC': x}", "x.json:1:8: an unknown word"},
      {"old line ends", "{\ra: x}", "x.json:2:4: an unknown word"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto value = parse_json5(c.json5, "x.json");
    ASSERT_FALSE(value) << json::serialize(*value);
    EXPECT_EQ(value.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(value.error().message.starts_with(c.message)) << value.error().message;
    EXPECT_LT(value.error().message.size(), 200u);
  }
}

TEST(Json5, CutAnywhereIsRefusedAndNeverCrashes) {
  const std::string whole =
      "{a: ['x\\u00e9\\\n', 0x1F, -1.5e-3,], /* c */ \"b\": {c: null}, // d\n e: true}";
  ASSERT_TRUE(parse_json5(whole, "x"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_json5(whole.substr(0, length), "x")) << length;
  }
}

TEST(Json5, CutsWhatItFoundBetweenCharacters) {
  const std::string word = std::string(39, 'z') + "\xE2\x82\xAC";
  for (const std::string& text : {"1" + word, "[" + word + "]"}) {
    const auto value = parse_json5(text, "o.json");
    ASSERT_FALSE(value.has_value());
    EXPECT_TRUE(is_utf8(value.error().message)) << value.error().message;
  }
}

TEST(Json5, AgreesWithJsonOnARealConfiguration) {
  std::ostringstream text;
  text << std::ifstream(std::filesystem::path(CHELA_SOURCE_DIR) /
                        "../shared/data/sanitized-config.json")
              .rdbuf();
  if (text.str().empty()) GTEST_SKIP() << "the runbook's sample configuration is not here";
  const auto json5 = parse_json5(text.str(), "sanitized-config.json");
  const auto plain = parse_json(text.str());
  ASSERT_TRUE(json5) << json5.error().message;
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(*json5, *plain);
}

}  // namespace
}  // namespace chela::config
