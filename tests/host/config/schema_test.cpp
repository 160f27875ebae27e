#include "config/schema.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "config/formats.h"

namespace chela::config {
namespace {

json::value parsed(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text << ": " << (value ? "" : value.error().message);
  return value.value_or(json::value());
}

std::string all_of(const Violations& violations) {
  std::string text;
  for (const auto& violation : violations)
    text += violation.pointer + " | " + describe(violation) + "\n";
  return text;
}

TEST(Schema, AcceptsWhatFitsAndFillsInDefaults) {
  const struct {
    const char* name;
    const char* schema;
    const char* value;
    const char* applied;
  } cases[] = {
      {"empty object", R"({"type":"object"})", "{}", "{}"},
      {"no type", R"({})", "5", "5"},
      {"default", R"({"type":"object","properties":{"a":{"type":"integer","default":7}}})", "{}",
       R"({"a":7})"},
      {"default does not replace",
       R"({"type":"object","properties":{"a":{"type":"integer","default":7}}})", R"({"a":1})",
       R"({"a":1})"},
      {"null is not absent",
       R"({"type":"object","properties":{"a":{"type":["integer","null"],"default":7}}})",
       R"({"a":null})", R"({"a":null})"},
      {"object without default stays away",
       R"({"type":"object","properties":{"o":{"type":"object","properties":{"a":{"default":1}}}}})",
       "{}", "{}"},
      {"object with default is filled",
       R"({"type":"object","properties":{"o":{"type":"object","default":{},"properties":{"a":{"default":1}}}}})",
       "{}", R"({"o":{"a":1}})"},
      {"defaults inside lists",
       R"({"type":"array","items":{"type":"object","properties":{"a":{"default":1}}}})",
       R"([{},{"a":2}])", R"([{"a":1},{"a":2}])"},
      {"key order is kept", R"({"type":"object","properties":{"a":{},"b":{"default":0},"c":{}}})",
       R"({"c":1,"a":2})", R"({"c":1,"a":2,"b":0})"},
      {"additional true", R"({"type":"object","additionalProperties":true})", R"({"x":[1]})",
       R"({"x":[1]})"},
      {"additional schema", R"({"type":"object","additionalProperties":{"type":"string"}})",
       R"({"x":"y"})", R"({"x":"y"})"},
      {"integer", R"({"type":"integer"})", "12", "12"},
      {"large integer", R"({"type":"integer"})", "18446744073709551615", "18446744073709551615"},
      {"whole double is an integer", R"({"type":"integer"})", "10.0", "10"},
      {"number keeps its double", R"({"type":"number"})", "10.5", "1.05E1"},
      {"integer is a number", R"({"type":"number"})", "10", "10"},
      {"bounds are inside", R"({"type":"integer","minimum":1,"maximum":3})", "3", "3"},
      {"characters, not bytes", R"({"type":"string","maxLength":2})", "\"\xC3\xBC\xC3\xBC\"",
       "\"\xC3\xBC\xC3\xBC\""},
      {"enum of mixed types", R"({"type":["integer","string"],"enum":[1,"all"]})", "1", "1"},
      {"const", R"({"const":"x"})", R"("x")", R"("x")"},
      {"items count", R"({"type":"array","minItems":1,"maxItems":2})", "[1,2]", "[1,2]"},
      {"duration", R"({"type":"string","format":"duration"})", R"("1h30m")", R"("1h30m")"},
      {"secret", R"({"type":"string","format":"secret-ref"})", R"("op://v/i/f")",
       R"("op://v/i/f")"},
      {"notes are ignored",
       R"({"title":"t","description":"d","examples":[1],"deprecated":true,"$comment":"c"})", "1",
       "1"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto schema = parsed(c.schema);
    const auto fine = check_schema(schema);
    ASSERT_TRUE(fine) << fine.error().message;
    const auto applied = apply_schema(schema, parsed(c.value));
    ASSERT_TRUE(applied) << all_of(applied.error());
    EXPECT_EQ(json::serialize(*applied), c.applied);
  }
}

TEST(Schema, SaysWhatWasWantedAndFound) {
  const struct {
    const char* name;
    const char* schema;
    const char* value;
    const char* pointer;
    const char* says;
  } cases[] = {
      {"string", R"({"type":"string"})", "5", "",
       "wrong type; wanted a string (put it in quotes); found 5"},
      {"boolean for string", R"({"type":"string"})", "true", "",
       "wanted a string (put it in quotes); found true"},
      {"integer", R"({"type":"integer"})", R"("5")", "",
       "wanted an integer; found the string \"5\""},
      {"fraction", R"({"type":"integer"})", "1.5", "", "wanted an integer; found 1.5"},
      {"beyond a double's integers", R"({"type":"integer"})", "1e300", "", "wanted an integer"},
      {"boolean", R"({"type":"boolean"})", R"("yes")", "",
       "wanted a boolean; found the string \"yes\""},
      {"null", R"({"type":"string"})", "null", "", "wanted a string; found null"},
      {"list", R"({"type":"array"})", R"("git")", "",
       "wanted a list, [like, this]; found the string \"git\""},
      {"object", R"({"type":"object"})", "[1,2]", "",
       "wanted an object; found a list with 2 items"},
      {"several", R"({"type":["integer","null"]})", R"({"a":1})", "",
       "wanted an integer or null; found an object with 1 keys"},
      {"inside",
       R"({"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}}}})",
       R"({"a":[1,"x"]})", "/a/1", "'a.1': wrong type"},
      {"escaped pointer", R"({"type":"object","properties":{"a/b":{"type":"integer"}}})",
       R"({"a/b":"x"})", "/a~1b", "wrong type"},
      {"missing", R"({"type":"object","required":["a"],"properties":{"a":{"type":"string"}}})",
       "{}", "", "the key 'a' is missing; wanted a string; found nothing"},
      {"missing with default",
       R"({"type":"object","required":["a"],"properties":{"a":{"type":"string","default":"x"}}})",
       "{}", "", "the key 'a' is missing"},
      {"missing duration",
       R"({"type":"object","required":["a"],"properties":{"a":{"type":"string","format":"duration"}}})",
       "{}", "", "wanted a duration like 30m"},
      {"unknown with guess", R"({"type":"object","properties":{"every":{},"window":{}}})",
       R"({"evry":1})", "/evry", "unknown key 'evry'; did you mean 'every'?"},
      {"unknown without guess", R"({"type":"object","properties":{"every":{},"window":{}}})",
       R"({"colour":1})", "/colour", "unknown key 'colour'; wanted one of: every, window"},
      {"unknown where none is known", R"({"type":"object"})", R"({"x":1})", "/x",
       "wanted no keys here"},
      {"additional schema", R"({"type":"object","additionalProperties":{"type":"string"}})",
       R"({"x":1})", "/x", "wanted a string"},
      {"enum", R"({"enum":["overdue","absolute"]})", R"("overdu")", "",
       "wanted overdue | absolute (did you mean 'overdue'?); found the string \"overdu\""},
      {"enum of mixed types", R"({"type":["integer","string"],"enum":[1,"all"]})", "2", "",
       "not one of the choices; wanted 1 | all; found 2"},
      {"const", R"({"const":"read"})", R"("write")", "",
       "wanted \"read\"; found the string \"write\""},
      {"too small", R"({"type":"integer","minimum":1})", "0", "",
       "too small; wanted at least 1; found 0"},
      {"too large", R"({"type":"number","maximum":99.5})", "100", "",
       "too large; wanted at most 9.95E1; found 100"},
      {"too short", R"({"type":"string","minLength":2})", R"("x")", "",
       "too few characters; wanted at least 2; found 1"},
      {"too long", R"({"type":"string","maxLength":2})", R"("xyz")", "",
       "too many characters; wanted at most 2; found 3"},
      {"too few items", R"({"type":"array","minItems":1})", "[]", "",
       "too few items; wanted at least 1; found 0"},
      {"too many items", R"({"type":"array","maxItems":1})", "[1,2]", "",
       "too many items; wanted at most 1; found 2"},
      {"duration", R"({"type":"string","format":"duration"})", R"("soon")", "",
       "not a duration; wanted a duration like 30m"},
      {"bare number for a duration", R"({"type":"string","format":"duration"})", "30", "",
       "wanted a duration like 30m, 4h, 1h30m or 2d; found 30"},
      {"secret literal is not shown", R"({"type":"string","format":"secret-ref"})",
       R"("hunter2-hunter2")", "", "found a text of 15 bytes"},
      {"control characters are not shown", R"({"type":"integer"})", "\"\\u001b[31m\"", "",
       "\\u001b[31m"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto schema = parsed(c.schema);
    const auto fine = check_schema(schema);
    ASSERT_TRUE(fine) << fine.error().message;
    const auto applied = apply_schema(schema, parsed(c.value));
    ASSERT_FALSE(applied) << json::serialize(*applied);
    ASSERT_EQ(applied.error().size(), 1u) << all_of(applied.error());
    EXPECT_EQ(applied.error()[0].pointer, c.pointer);
    EXPECT_NE(describe(applied.error()[0]).find(c.says), std::string::npos)
        << describe(applied.error()[0]);
    EXPECT_EQ(describe(applied.error()[0]).find("hunter2"), std::string::npos);
  }
}

TEST(Schema, RefusesWhatIsNotInTheSubset) {
  const struct {
    const char* name;
    const char* schema;
    const char* says;
  } cases[] = {
      {"not an object", "true", "wanted a schema"},
      {"pattern", R"({"type":"string","pattern":"^a+$"})", "unknown keyword 'pattern'"},
      {"typing slip", R"({"type":"object","propertys":{}})", "did you mean 'properties'?"},
      {"reference", R"({"$ref":"#/x"})", "unknown keyword '$ref'"},
      {"combination", R"({"anyOf":[{}]})", "unknown keyword 'anyOf'"},
      {"condition", R"({"if":{}})", "unknown keyword 'if'"},
      {"unknown type", R"({"type":"text"})", "schema at '/type'"},
      {"empty types", R"({"type":[]})", "schema at '/type'"},
      {"unknown format", R"({"type":"string","format":"email"})",
       "wanted duration, uri, path, timezone or secret-ref; found \"email\""},
      {"deep unknown keyword", R"({"type":"object","properties":{"a":{"items":{"x":1}}}})",
       "schema at '/properties/a/items': unknown keyword 'x'"},
      {"keyword of another type", R"({"type":"string","minimum":1})",
       "'minimum' belongs to type number"},
      {"length of a number", R"({"type":"integer","maxLength":1})",
       "'maxLength' belongs to type string"},
      {"items of an object", R"({"type":"object","items":{}})", "'items' belongs to type array"},
      {"crossed bounds", R"({"type":"integer","minimum":5,"maximum":1})", "no value can fit"},
      {"crossed lengths", R"({"type":"string","minLength":5,"maxLength":1})", "no value can fit"},
      {"negative length", R"({"type":"string","minLength":-1})", "a whole number from 0"},
      {"empty enum", R"({"enum":[]})", "at least one value"},
      {"required but unknown", R"({"type":"object","required":["a"]})",
       "'a' is required but not described"},
      {"required is no list", R"({"type":"object","required":"a"})", "a list of strings"},
      {"default breaks type", R"({"type":"integer","default":"x"})",
       "the default breaks its own schema"},
      {"default breaks enum", R"({"enum":["a"],"default":"b"})",
       "the default breaks its own schema"},
      {"default breaks format", R"({"type":"string","format":"duration","default":"30"})",
       "the default breaks its own schema"},
      {"deep default", R"({"type":"object","properties":{"a":{"type":"integer","default":0.5}}})",
       "schema at '/properties/a/default'"},
      {"properties hold no schema", R"({"type":"object","properties":{"a":1}})", "wanted a schema"},
      {"description is no text", R"({"description":1})", "wanted string"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto checked = check_schema(parsed(c.schema));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(checked.error().message.find(c.says), std::string::npos) << checked.error().message;
  }
}

TEST(Schema, BoundsItsOwnDepthAndThatOfValues) {
  json::value schema = json::object();
  json::value value = 1;
  for (int i = 0; i < 15; ++i) schema = {{"type", "array"}, {"items", schema}};
  EXPECT_TRUE(check_schema(schema));
  for (int i = 0; i < 5000; ++i) schema = {{"type", "array"}, {"items", std::move(schema)}};
  const auto checked = check_schema(schema);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("at most 16 levels"), std::string::npos)
      << checked.error().message;
  for (int i = 0; i < 5000; ++i) value = json::array{std::move(value)};
  const auto applied = apply_schema(schema, value);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error()[0].what, "nested too deeply");
}

TEST(Schema, TellsEverythingAtOnceButNotWithoutEnd) {
  const auto schema = parsed(R"({"type":"array","items":{"type":"integer"}})");
  json::array list;
  for (int i = 0; i < 500; ++i) list.emplace_back("x");
  const auto applied = apply_schema(schema, list);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().size(), 20u);
}

TEST(Schema, PutsFileLineAndColumnBeforeEachViolation) {
  const auto document = parse_yaml("config:\n  path: 5\n  evry: 4h\n", "git.yaml");
  ASSERT_TRUE(document);
  const auto schema = parsed(
      R"({"type":"object","required":["disk"],"properties":{"path":{"type":"string"},"every":{},"disk":{"type":"string"}}})");
  const auto applied = apply_schema(schema, document->value.at("config"));
  ASSERT_FALSE(applied);
  EXPECT_EQ(describe(applied.error(), *document, "/config"),
            "git.yaml:2:9: 'path': wrong type; wanted a string (put it in quotes); found 5\n"
            "git.yaml:3:3: unknown key 'evry'; did you mean 'every'?\n"
            "git.yaml:2:3: the key 'disk' is missing; wanted a string; found nothing");
}

TEST(Formats, AreChecked) {
  const struct {
    const char* format;
    const char* text;
    bool holds;
  } cases[] = {
      {"duration", "30m", true},
      {"duration", "1h30m", true},
      {"duration", "0s", true},
      {"duration", "", false},
      {"duration", "30", false},
      {"duration", "PT30M", false},
      {"duration", "-5m", false},
      {"duration", "5 m", false},
      {"uri", "https://host", true},
      {"uri", "https://host:8443/p?q=1", true},
      {"uri", "mailto:a@b", true},
      {"uri", "imaps://mail.example.org", true},
      {"uri", "urn:x:y", true},
      {"uri", "host/path", false},
      {"uri", "https://", false},
      {"uri", "https:///path", false},
      {"uri", "https://:80", false},
      {"uri", "http:x", false},
      {"uri", "://x", false},
      {"uri", "1a://x", false},
      {"uri", "http://a b", false},
      {"uri", "", false},
      {"uri", "x:", false},
      {"path", "/", true},
      {"path", "/a/b", true},
      {"path", "~/a", true},
      {"path", "~", true},
      {"path", "${workspace}/x", true},
      {"path", "a/b", false},
      {"path", "./a", false},
      {"path", "", false},
      {"path", "~other/x", false},
      {"path", "/a\nb", false},
      {"timezone", "local", true},
      {"timezone", "UTC", true},
      {"timezone", "Europe/Berlin", true},
      {"timezone", "", false},
      {"timezone", "Europe/../Europe/Berlin", false},
      {"timezone", "/etc/localtime", false},
      {"timezone", "+01:00", false},
      {"timezone", "Europe Berlin", false},
      {"secret-ref", "op://vault/item/field", true},
      {"secret-ref", "env:NAME", true},
      {"secret-ref", "file:/run/secret", true},
      {"secret-ref", "cred:name", true},
      {"secret-ref", "exec:vault#id", true},
      {"secret-ref", "env:", false},
      {"secret-ref", "hunter2", false},
      {"secret-ref", "file:relative", false},
      {"secret-ref", "", false},
      {"email", "a@b", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.format) + " " + c.text);
    EXPECT_EQ(has_format(c.format, c.text), c.holds);
  }
}

TEST(Formats, AskTheSystemsZoneTable) {
  if (!std::filesystem::is_directory("/usr/share/zoneinfo/Europe"))
    GTEST_SKIP() << "no zone table on this machine";
  EXPECT_FALSE(is_timezone("Europe/Belin"));
  EXPECT_FALSE(is_timezone("Europe"));
  EXPECT_FALSE(is_timezone("zone.tab"));
  EXPECT_FALSE(is_timezone("tzdata.zi"));
}

}  // namespace
}  // namespace chela::config
