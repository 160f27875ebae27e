#include "config/expand.h"

#include <gtest/gtest.h>

namespace chela::config {
namespace {

const Variables kVariables{
    {"workspace", "/w"}, {"home", "/home/me"}, {"config.path", "/data"}, {"tricky", "${home}"}};

TEST(Expand, PutsInKnownVariables) {
  const struct {
    const char* text;
    const char* expanded;
  } cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"${workspace}", "/w"},
      {"${workspace}/TASKS.md", "/w/TASKS.md"},
      {"a ${home} b ${workspace}", "a /home/me b /w"},
      {"${config.path}", "/data"},
      {"~", "/home/me"},
      {"~/x", "/home/me/x"},
      {"~other/x", "~other/x"},
      {"/a/~/b", "/a/~/b"},
      {"$", "$"},
      {"$HOME", "$HOME"},
      {"100$", "100$"},
      {"$$", "$$"},
      {"$${home}", "${home}"},
      {"$${", "${"},
      {"$$${home}", "$${home}"},
      {"${tricky}", "${home}"},
      {"}{", "}{"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto expanded = expand(c.text, kVariables);
    ASSERT_TRUE(expanded) << expanded.error().message;
    EXPECT_EQ(*expanded, c.expanded);
  }
}

TEST(Expand, NamesAnUnknownVariable) {
  const struct {
    const char* text;
    const char* says;
  } cases[] = {
      {"${workspac}", "unknown variable '${workspac}'; did you mean ${workspace}?"},
      {"${xyz}", "one of: config.path, home, tricky, workspace"},
      {"${}", "unknown variable '${}'"},
      {"${HOME}", "unknown variable '${HOME}'"},
      {"x ${home", "a placeholder is not closed; wanted ${name}; found ${home"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto expanded = expand(c.text, kVariables);
    ASSERT_FALSE(expanded);
    EXPECT_NE(expanded.error().message.find(c.says), std::string::npos) << expanded.error().message;
  }
  EXPECT_FALSE(expand("~/x", {}));
}

TEST(Expand, GoesThroughWholeDocuments) {
  const auto value =
      parse_json(
          R"({"path":"${workspace}/x","list":["~/a",{"deep":"${home}"}],"n":1,"${home}":true})")
          .value();
  const auto expanded = expand_strings(value, kVariables);
  ASSERT_TRUE(expanded) << expanded.error().message;
  EXPECT_EQ(json::serialize(*expanded),
            R"({"path":"/w/x","list":["/home/me/a",{"deep":"/home/me"}],"n":1,"${home}":true})");
  const auto bad = expand_strings(parse_json(R"({"a":["x","${nope}"]})").value(), kVariables);
  ASSERT_FALSE(bad);
  EXPECT_TRUE(bad.error().message.starts_with("/a/1: unknown variable")) << bad.error().message;
}

TEST(Expand, LetsNoSettingLeadAGrantElsewhere) {
  const auto variables = with_config(
      kVariables,
      parse_json(R"({"up":"../..","root":"/","relative":"x","n":5,"line":"/a\nb"})").value());
  EXPECT_EQ(expand_path("${workspace}/", variables).value(), "/w");
  EXPECT_EQ(expand_path("/", variables).value(), "/");
  EXPECT_EQ(expand_path("${config.root}", variables).value(), "/");
  for (const char* text :
       {"${workspace}/${config.up}", "${config.relative}", "relative", "", "/a/../b", "/..",
        "/a/./b", "/a//b", "//", "${config.line}", "${workspace}/..", "${config.n}"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(expand_path(text, variables));
  }
}

TEST(Expand, LetsAListSettingStandForItsPaths) {
  const auto config =
      parse_json(R"({"disks":["/","/home","${home}"],"path":"/data","none":[],"odd":[1,"/x"]})")
          .value();
  const auto all = with_config(kVariables, config);
  const auto paths = [&](std::vector<std::string> texts) {
    return expand_paths(texts, all, config);
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(paths({"${config.path}/x", "/a", "${config.none}"}).value(), (List{"/data/x", "/a"}));
  EXPECT_EQ(paths({"${config.odd}"}).value(), (List{"/x"}));
  EXPECT_FALSE(paths({"${config.disks}/x"}));
  EXPECT_FALSE(
      paths({"${config.disks}"}));  // its third entry was not expanded before, and is not now
  EXPECT_EQ(expand_paths({"${config.d}"}, {}, parse_json(R"({"d":["/","/home"]})").value()).value(),
            (List{"/", "/home"}));
}

TEST(Expand, LetsAMemberOfAListOfObjectsStandForItsPaths) {
  const auto config = parse_json(R"({"stamps":[{"path":"/a","max_age":"1h"},{"max_age":"1h"},
      {"path":7},"/x",{"path":"/b"}],"bad":[{"path":"../c"}],"none":[],"text":"/t"})")
                          .value();
  const auto paths = [&](const char* text) { return expand_paths({text}, kVariables, config); };
  using List = std::vector<std::string>;
  EXPECT_EQ(paths("${config.stamps.*.path}").value(), (List{"/a", "/b"}));
  EXPECT_EQ(paths("${config.none.*.path}").value(), List{});
  EXPECT_EQ(paths("${config.stamps.*.name}").value(), List{});
  for (const char* text : {"${config.bad.*.path}", "${config.text.*.path}", "${config.gone.*.path}",
                           "${config.stamps.*.path}/x", "x${config.stamps.*.path}"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(paths(text));
  }
}

}  // namespace
}  // namespace chela::config
