#include "config/yaml.h"

#include <gtest/gtest.h>

#include <chrono>

namespace chela::config {
namespace {

std::string repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Yaml, BecomesJson) {
  const struct {
    const char* name;
    const char* yaml;
    const char* json;
  } cases[] = {
      {"empty", "", "{}"},
      {"only a comment", "# nothing\n", "{}"},
      {"only a marker", "---\n", "{}"},
      {"marker and end", "---\n...\n", "{}"},
      {"null", "~\n", "{}"},
      {"flat", "a: 1\nb: two\n", R"({"a":1,"b":"two"})"},
      {"windows line ends", "a: 1\r\nb: two\r\n", R"({"a":1,"b":"two"})"},
      {"byte order mark",
       "\xEF\xBB\xBF"
       "a: 1\n",
       R"({"a":1})"},
      {"no value", "a:\nb: 1\n", R"({"a":null,"b":1})"},
      {"empty text", "a: \"\"\nb: ''\n", R"({"a":"","b":""})"},
      {"quoted stays text", "a: \"true\"\nb: '12'\nc: \"null\"\n",
       R"({"a":"true","b":"12","c":"null"})"},
      {"plain no, on and octal", "a: no\nb: on\nc: 0777\nd: 08:00\n",
       R"({"a":"no","b":"on","c":777,"d":"08:00"})"},
      {"numeric keys are names", "1: a\n2.5: b\ntrue: c\n", R"({"1":"a","2.5":"b","true":"c"})"},
      {"block list", "a:\n  - 1\n  - x\n", R"({"a":[1,"x"]})"},
      {"list without indent", "a:\n- 1\n- x\n", R"({"a":[1,"x"]})"},
      {"flow", "a: {from: \"08:00\", to: 22:00}\nb: [1, 2]\n",
       R"({"a":{"from":"08:00","to":"22:00"},"b":[1,2]})"},
      {"json is yaml", R"({"a": {"b": [1, true, null, "x"]}, "c": {}})",
       R"({"a":{"b":[1,true,null,"x"]},"c":{}})"},
      {"literal", "a: |\n  one\n  two\n", R"({"a":"one\ntwo\n"})"},
      {"folded", "a: >-\n  one\n  two\n", R"({"a":"one two"})"},
      {"literal that keeps its end", "a: |+\n  one\n\n", R"({"a":"one\n\n"})"},
      {"literal without line end", "a: |\n  one", R"({"a":"one"})"},
      {"literal and blanks", "a: |\n  one\n  ", R"({"a":"one\n"})"},
      {"end marker", "a: 1\n...\n", R"({"a":1})"},
      {"literal number is text", "a: |-\n  12\n", R"({"a":"12"})"},
      {"nested", "a:\n  b:\n    - c: 1\n      d: 2\n    - e\n",
       R"({"a":{"b":[{"c":1,"d":2},"e"]}})"},
      {"top list", "- 1\n- 2\n", "[1,2]"},
      {"top text", "hello\n", R"("hello")"},
      {"text tag", "a: !!str 12\nb: !!str true\n", R"({"a":"12","b":"true"})"},
      {"other core tags", "a: !!int 12\nb: !!float 1\nc: !!bool true\nd: !!seq [1]\ne: !!map {}\n",
       R"({"a":12,"b":1,"c":true,"d":[1],"e":{}})"},
      {"text with colon", "a: \"x: y\"\nb: http://host/path\n",
       R"({"a":"x: y","b":"http://host/path"})"},
      {"placeholder", "a: \"${workspace}\"\nb: ${home}/x\n",
       R"({"a":"${workspace}","b":"${home}/x"})"},
      {"escapes", "a: \"tab\\t\\u00e9\\n\"\n", "{\"a\":\"tab\\t\xC3\xA9\\n\"}"},
      {"umlauts", "gr\xC3\xBC\xC3\x9F: \xF0\x9F\x98\x80\n",
       "{\"gr\xC3\xBC\xC3\x9F\":\"\xF0\x9F\x98\x80\"}"},
      {"comment after value", "a: 1 # one\nb: x#y\n", R"({"a":1,"b":"x#y"})"},
      {"keys with slashes", "a/b: 1\nm~n: 2\n", R"({"a/b":1,"m~n":2})"},
      {"merge key is a name", "<<: 1\n", R"({"<<":1})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto document = parse_yaml(c.yaml, "x.yaml");
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(json::serialize(document->value), c.json);
  }
}

TEST(Yaml, IsRefusedWithFileLineAndColumn) {
  const struct {
    const char* name;
    std::string yaml;
    const char* place;
    const char* says;
  } cases[] = {
      {"anchor", "a: &x 1\n", "x.yaml:1:4", "anchors are not allowed"},
      {"anchor on a map", "a: &x\n  b: 1\n", "x.yaml:1:4", "found &x"},
      {"anchor on a key", "&k a: 1\n", "x.yaml:1:1", "anchors are not allowed"},
      {"anchor on nothing", "a: &x\n", "x.yaml:1:4", "anchors are not allowed"},
      {"alias to nowhere", "a: *x\n", "x.yaml:1:4", ""},
      {"self reference", "&x [*x]\n", "x.yaml:1:1", "anchors are not allowed"},
      {"own tag", "a: !include x\n", "x.yaml:1:4", "tag is not allowed"},
      {"own tag on a map", "a: !thing {b: 1}\n", "x.yaml:1:4", "tag is not allowed"},
      {"python tag", "a: !!python/object:os.system x\n", "x.yaml:1:4", "tag is not allowed"},
      {"binary", "a: !!binary aGk=\n", "x.yaml:1:4", "tag is not allowed"},
      {"timestamp", "a: !!timestamp 2026-01-01\n", "x.yaml:1:4", "tag is not allowed"},
      {"tag that does not fit", "a: !!int x\n", "x.yaml:1:4", "tag is not allowed"},
      {"tag of another shape", "a: !!seq {b: 1}\n", "x.yaml:1:4", "tag is not allowed"},
      {"tag hidden by a directive", "%TAG ! tag:evil.org:\n---\na: !x 1\n", "x.yaml:3:4",
       "tag is not allowed"},
      {"second document", "a: 1\n---\nb: 2\n", "x.yaml:2:", "second document"},
      {"key twice", "a: 1\nb: 2\na: 3\n", "x.yaml:3:1",
       "the key 'a' stands here a second time; wanted it once; found it in line 1"},
      {"key twice below", "m:\n  k: 1\n  k: 2\n", "x.yaml:3:3", "found it in line 2"},
      {"key twice in flow", "m: {k: 1, k: 2}\n", "x.yaml:1:11", "the key 'k'"},
      {"key twice with quotes", "k: 1\n\"k\": 2\n", "x.yaml:2:1", "the key 'k'"},
      {"missing key", ": 1\n", "x.yaml:1:1", "a key is missing"},
      {"null key", "~: 1\n", "x.yaml:1:1", "a key is missing"},
      {"list as key", "? [a]\n: 1\n", "x.yaml:1:3", "a key must be a name"},
      {"map as key", "{a: 1}: 1\n", "x.yaml:1:1", "a key must be a name"},
      {"infinite", "a: .inf\n", "x.yaml:1:4", "does not fit"},
      {"too large a number", "a: 99999999999999999999\n", "x.yaml:1:4", "at most 64 bits"},
      {"NUL", std::string("a: x\0y\n", 7), "x.yaml:1:5", "control character"},
      {"escape character", "ok: 1\na: \x1b[31m\n", "x.yaml:2:4", "control character"},
      {"delete", "a: \x7f\n", "x.yaml:1:4", "control character"},
      {"escaped NUL", "a: \"x\\0\"\n", "x.yaml:1:4", "control character"},
      {"escaped escape", "a: \"\\e[31m\"\n", "x.yaml:1:4", "control character"},
      {"escaped bell in a key", "\"\\a\": 1\n", "x.yaml:1:1", "control character"},
      {"not UTF-8", "a: \xff\n", "x.yaml:1:4", "not valid UTF-8"},
      {"overlong", "a: \xc0\xaf\n", "x.yaml:1:4", "not valid UTF-8"},
      {"surrogate", "a: \xed\xa0\x80\n", "x.yaml:1:4", "not valid UTF-8"},
      {"UTF-16",
       std::string("\xff\xfe"
                   "a\0:\0 \0"
                   "1\0",
                   10),
       "x.yaml:1:1", "not valid UTF-8"},
      {"column in characters", "\xC3\xBC\xC3\xBC: \xff\n", "x.yaml:1:5", "not valid UTF-8"},
      {"column after umlauts", "{\xC3\xBC\xC3\xBC: &x 1}\n", "x.yaml:1:6", "anchors"},
      {"tab as indent", "a:\n\tb: 1\n", "x.yaml:2:", "not valid YAML"},
      {"unclosed list", "a: [1, 2\n", "x.yaml:", "not valid YAML"},
      {"unclosed text", "a: \"x", "x.yaml:", "not valid YAML"},
      {"unclosed text and a line end", "a: \"x\n", "x.yaml:", "not valid YAML"},
      {"unclosed text and blank lines", "a: \"x\n\n  \n", "x.yaml:", "not valid YAML"},
      {"unclosed text and blanks", "a: \"x\n  ", "x.yaml:", "not valid YAML"},
      {"unclosed text with blanks", "a: \"x  ", "x.yaml:", "not valid YAML"},
      {"unclosed single quotes", "a: 'x\nb: 1\n", "x.yaml:", "not valid YAML"},
      {"unclosed text, windows", "a: 'x\r\n", "x.yaml:", "not valid YAML"},
      {"unclosed key", "\"a: 1\n", "x.yaml:", "not valid YAML"},
      {"two colons", "a: b: c\n", "x.yaml:1:5", "not valid YAML"},
      {"bad indent", "a:\n    b: 1\n  c: 2\n", "x.yaml:3:", "not valid YAML"},
      {"seventeen levels", repeat("[", 17) + repeat("]", 17), "x.yaml:1:17", "at most 16 levels"},
      {"hundred thousand levels", repeat("[", 100'000) + repeat("]", 100'000),
       "x.yaml:1:", "wanted"},
      {"hundred thousand open levels", repeat("[", 100'000), "x.yaml:1:", "wanted"},
      {"four hundred levels", repeat("[", 400) + repeat("]", 400), "x.yaml:1:17",
       "at most 16 levels"},
      {"four hundred maps", repeat("{a: ", 400) + repeat("}", 400), "x.yaml:1:65",
       "at most 16 levels"},
      {"deep maps", repeat("{a: ", 20'000), "x.yaml:1:", "wanted"},
      {"too many nodes", "a: [" + repeat("1,", 10'000) + "1]", "x.yaml:1:", "at most 10000"},
      {"too many bytes", "a: " + repeat("x", 256 * 1024), "x.yaml", "at most 262144 bytes"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto document = parse_yaml(c.yaml, "x.yaml");
    ASSERT_FALSE(document) << json::serialize(document->value);
    EXPECT_EQ(document.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(document.error().message.starts_with(c.place)) << document.error().message;
    EXPECT_NE(document.error().message.find(c.says), std::string::npos) << document.error().message;
    EXPECT_NE(document.error().message.find("wanted"), std::string::npos)
        << document.error().message;
    EXPECT_NE(document.error().message.find("found"), std::string::npos)
        << document.error().message;
    EXPECT_LT(document.error().message.size(), 400u);
  }
}

TEST(Yaml, StopsABillionLaughsAtItsFirstAnchor) {
  std::string bomb = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (char name = 'b'; name <= 'j'; ++name) {
    const std::string last(1, static_cast<char>(name - 1));
    bomb += std::string(1, name) + ": &" + name + " [" + repeat("*" + last + ", ", 8) + "*" + last +
            "]\n";
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto document = parse_yaml(bomb, "bomb.yaml");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().message,
            "bomb.yaml:1:4: anchors are not allowed; wanted the value without a name; found &a");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(Yaml, ReadsTheLargestAllowedFileQuickly) {
  std::string wide;
  for (int i = 0; i < 4'990; ++i)
    wide += "key-number-" + std::to_string(i) + ": value with some text in it\n";
  const auto begin = std::chrono::steady_clock::now();
  const auto document = parse_yaml(wide, "wide.yaml");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->value.get_object().size(), 4'990u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_TRUE(parse_yaml(repeat("[", 16) + repeat("]", 16), "deep.yaml"));
}

TEST(Yaml, RemembersWhereKeysAndValuesStand) {
  const auto document = parse_yaml(
      "# comment\n"
      "id: x\n"
      "allow:\n"
      "  exec: [git, \"rg\"]\n"
      "  read:\n"
      "    - /a\n"
      "a/b~c: {gr\xC3\xBC\xC3\x9F: 1, z: 2}\n"
      "empty:\n",
      "x.yaml");
  ASSERT_TRUE(document) << document.error().message;
  const struct {
    const char* pointer;
    Position key;
    Position value;
  } cases[] = {
      {"", {2, 1}, {2, 1}},
      {"/id", {2, 1}, {2, 5}},
      {"/allow", {3, 1}, {4, 3}},
      {"/allow/exec", {4, 3}, {4, 9}},
      {"/allow/exec/0", {4, 10}, {4, 10}},
      {"/allow/exec/1", {4, 15}, {4, 15}},
      {"/allow/read", {5, 3}, {6, 5}},
      {"/allow/read/0", {6, 7}, {6, 7}},
      {"/a~1b~0c", {7, 1}, {7, 8}},
      {"/a~1b~0c/z", {7, 18}, {7, 21}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.pointer);
    ASSERT_TRUE(document->places.contains(c.pointer));
    const auto place = document->places.at(c.pointer);
    EXPECT_EQ(where("x", place.key), where("x", c.key));
    EXPECT_EQ(where("x", place.value), where("x", c.value));
  }
  EXPECT_EQ(document->places.at("/empty").key, (Position{8, 1}));
  EXPECT_EQ(document->places.size(), 12u);
}

TEST(Yaml, FindsTheNearestPlaceAroundAPointer) {
  const Places places{{"", {{1, 1}, {1, 1}}}, {"/a", {{2, 1}, {2, 4}}}, {"/a/b", {{3, 3}, {3, 6}}}};
  EXPECT_EQ(find_place(places, "/a/b/c/d").value, (Position{3, 6}));
  EXPECT_EQ(find_place(places, "/a/x").value, (Position{2, 4}));
  EXPECT_EQ(find_place(places, "/nowhere").value, (Position{1, 1}));
  EXPECT_EQ(find_place({}, "/a").value, Position{});
  EXPECT_EQ(where("x.yaml", {}), "x.yaml");
  EXPECT_EQ(where("x.yaml", {3, 8}), "x.yaml:3:8");
}

}  // namespace
}  // namespace chela::config
