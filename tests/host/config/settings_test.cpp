#include "config/settings.h"

#include <gtest/gtest.h>

namespace chela::config {
namespace {

json::value schema() {
  return parse_json(R"({"type":"object","properties":{
    "path":{"type":"string"},
    "after":{"type":"string","format":"duration"},
    "count":{"type":"integer","minimum":1,"maximum":10},
    "share":{"type":"number"},
    "loud":{"type":"boolean"},
    "disks":{"type":"array","items":{"type":"string"},"maxItems":3},
    "ports":{"type":"array","items":{"type":"integer"}},
    "mixed":{"type":["integer","boolean","string","null"]},
    "any":{},
    "box":{"type":"object","properties":{"x":{"type":"integer"},"deep":{"type":"object","properties":{"y":{"type":"boolean"}}}}},
    "map":{"type":"object","additionalProperties":{"type":"integer"}}}})")
      .value();
}

TEST(Settings, AreReadByTheirType) {
  const struct {
    const char* key;
    const char* text;
    const char* json;
  } cases[] = {
      {"path", "/a", R"("/a")"},
      {"path", "12", R"("12")"},
      {"path", "true", R"("true")"},
      {"path", "", R"("")"},
      {"path", "a=b", R"("a=b")"},
      {"path", "null", R"("null")"},
      {"after", "4h", R"("4h")"},
      {"count", "5", "5"},
      {"count", "0x0A", "10"},
      {"share", "5", "5"},
      {"share", "0.5", "5E-1"},
      {"loud", "true", "true"},
      {"loud", "false", "false"},
      {"disks", "/,/home", R"(["/","/home"])"},
      {"disks", "/", R"(["/"])"},
      {"disks", "", "[]"},
      {"disks", R"(["/a,b"])", R"(["/a,b"])"},
      {"disks", "[/a, /b c]", R"(["/a","/b c"])"},
      {"disks", "[]", "[]"},
      {"ports", "80,443", "[80,443]"},
      {"ports", "[80]", "[80]"},
      {"mixed", "5", "5"},
      {"mixed", "true", "true"},
      {"mixed", "null", "null"},
      {"mixed", "x", R"("x")"},
      {"mixed", "1.5", R"("1.5")"},
      {"any", "5", "5"},
      {"any", "x,y", R"("x,y")"},
      {"any", "[1]", "[1]"},
      {"any", R"({"a":1})", R"({"a":1})"},
      {"box", R"({"x":1})", R"({"x":1})"},
      {"box", "{x: 1, deep: {y: true}}", R"({"x":1,"deep":{"y":true}})"},
      {"box.x", "7", "7"},
      {"box.deep.y", "true", "true"},
      {"map.foo", "3", "3"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.key) + "=" + c.text);
    const auto value = parse_setting(schema(), c.key, c.text);
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(json::serialize(*value), c.json);
  }
}

TEST(Settings, SayWhatIsWrong) {
  const struct {
    const char* key;
    const char* text;
    const char* says;
  } cases[] = {
      {"pth", "/a", "unknown setting 'pth'; did you mean 'path'?"},
      {"zzz", "/a", "unknown setting 'zzz'; wanted one of: path, after"},
      {"box.z", "1", "unknown setting 'z'; wanted one of: x, deep"},
      {"path.x", "1", "unknown setting 'x'; there are no settings here"},
      {"count", "five",
       "setting 'count': wrong type; wanted an integer; found the string \"five\""},
      {"count", "11", "setting 'count': too large; wanted at most 10; found 11"},
      {"count", "1.5", "wanted an integer"},
      {"loud", "yes", "wanted a boolean"},
      {"after", "soon", "setting 'after': not a duration"},
      {"ports", "80,x", "wanted a list"},
      {"disks", "a,b,c,d", "too many items; wanted at most 3; found 4"},
      {"box", "x=1", "wanted an object"},
      {"", "1", "unknown setting ''"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.key) + "=" + c.text);
    const auto value = parse_setting(schema(), c.key, c.text);
    ASSERT_FALSE(value) << json::serialize(*value);
    EXPECT_EQ(value.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(value.error().message.find(c.says), std::string::npos) << value.error().message;
  }
}

TEST(Settings, ArePutWhereTheyBelong) {
  json::object config{{"path", "/old"}, {"box", 5}};
  set_setting(config, "path", "/new");
  set_setting(config, "box.deep.y", true);
  set_setting(config, "box.x", 1);
  EXPECT_EQ(json::serialize(config), R"({"path":"/new","box":{"deep":{"y":true},"x":1}})");
}

}  // namespace
}  // namespace chela::config
