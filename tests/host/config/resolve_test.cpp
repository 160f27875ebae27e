#include "config/resolve.h"

#include <gtest/gtest.h>

#include "config/schema.h"

namespace chela::config {
namespace {

const Variables kVariables{{"workspace", "/w"}, {"home", "/home/me"}};

json::value schema() {
  return parse_json(R"({"type":"object","properties":{
    "path":{"type":"string","format":"path","default":"${workspace}"},
    "name":{"type":"string","maxLength":7,"default":"x"},
    "after":{"type":"string","format":"duration","default":"4h"}}})")
      .value();
}

Result<Resolved> resolve(const std::string& yaml) {
  CHELA_TRY(const auto document,
            parse_yaml("id: x\nplugin: check.x\nevery: 1h\n" + yaml, "x.yaml"));
  CHELA_TRY(const auto instance, parse_instance(document, Kind::check));
  return resolve_instance(instance, schema(), kVariables);
}

TEST(Resolve, FillsDefaultsThenPlaceholdersThenTheGrant) {
  const auto resolved =
      resolve("allow: {read: [\"${config.path}/sub\", \"${workspace}\"], exec: [git]}\n");
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(json::serialize(resolved->config), R"({"path":"/w","name":"x","after":"4h"})");
  EXPECT_EQ(resolved->allow.read, (std::vector<std::string>{"/w/sub", "/w"}));
  EXPECT_EQ(resolved->allow.exec, (std::vector<ExecGrant>{"git"}));
}

TEST(Resolve, TakesWhatThePersonWroteBeforeTheDefault) {
  const auto resolved = resolve("allow: {write: [\"${config.path}\"]}\nconfig: {path: ~/src/}\n");
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(get_string(resolved->config, "path"), "/home/me/src/");
  EXPECT_EQ(resolved->allow.write, (std::vector<std::string>{"/home/me/src"}));
}

TEST(Resolve, GrantsEveryPathOfAListSetting) {
  const auto document = parse_yaml(
      "id: x\nplugin: check.x\nevery: 1h\nallow: {usage: [\"${config.disks}\"]}\n", "x.yaml");
  const auto instance = parse_instance(document.value(), Kind::check);
  const auto disks = parse_json(
      R"({"type":"object","properties":{"disks":{"type":"array","items":{"type":"string","format":"path"},"default":["/","${workspace}"]}}})");
  const auto resolved = resolve_instance(instance.value(), disks.value(), kVariables);
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(resolved->allow.usage, (std::vector<std::string>{"/", "/w"}));
}

TEST(Resolve, SaysWhereItWentWrong) {
  const struct {
    const char* name;
    const char* yaml;
    const char* says;
  } cases[] = {
      {"unknown setting", "config:\n  pth: /x\n",
       "x.yaml:5:3: unknown key 'pth'; did you mean 'path'?"},
      {"wrong setting", "config:\n  after: soon\n", "x.yaml:5:10: 'after': not a duration"},
      {"unknown variable", "config:\n  path: ${workspce}\n",
       "x.yaml:5:3: /path: unknown variable '${workspce}'; did you mean ${workspace}?"},
      {"too long once expanded", "config:\n  name: \"${home}\"\n",
       "x.yaml:5:9: 'name': too many characters; wanted at most 7; found 8"},
      {"grant leads out", "allow: {read: [\"${workspace}/../x\"]}\n",
       "x.yaml:4:8: allow.read: not a path for a grant"},
      {"grant by an absent setting", "allow: {read: [\"${config.pth}\"]}\n",
       "did you mean ${config.path}?"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto resolved = resolve(c.yaml);
    ASSERT_FALSE(resolved);
    EXPECT_NE(resolved.error().message.find(c.says), std::string::npos) << resolved.error().message;
  }
}

}  // namespace
}  // namespace chela::config
