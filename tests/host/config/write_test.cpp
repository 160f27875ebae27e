#include "config/write.h"

#include <gtest/gtest.h>

namespace chela::config {
namespace {

Instance sample() {
  Instance instance;
  instance.id = "workspace-git";
  instance.plugin = "check.git";
  instance.every = std::chrono::hours(24);
  return instance;
}

Result<Instance> read_back(const std::string& text, Kind kind) {
  CHELA_TRY(const auto document, parse_yaml(text, "written.yaml"));
  return parse_instance(document, kind);
}

TEST(WriteInstance, ReadsLikeAPersonsFile) {
  auto instance = sample();
  instance.window = Window{std::chrono::hours(8), std::chrono::hours(22), "local"};
  instance.allow.exec = {"git"};
  instance.allow.read = {"${workspace}"};
  instance.config = parse_json(R"({"path":"${workspace}","uncommitted_after":"4h"})").value();
  EXPECT_EQ(write_instance(instance),
            "# check.git: runs git; reads ${workspace}\n"
            "id: workspace-git\n"
            "plugin: check.git\n"
            "enabled: true\n"
            "every: 1d\n"
            "window:\n"
            "  from: \"08:00\"\n"
            "  to: \"22:00\"\n"
            "  timezone: local\n"
            "allow:\n"
            "  exec: [git]\n"
            "  read: [\"${workspace}\"]\n"
            "config:\n"
            "  path: \"${workspace}\"\n"
            "  uncommitted_after: 4h\n");
}

TEST(WriteInstance, WritesListsAndNumbersAsAPersonWould) {
  auto instance = sample();
  instance.config =
      parse_json(
          R"({"latitude":52.5,"small":0.1,"whole":10.0,"rules":[{"from":"a","list":["b"]},{}]})")
          .value();
  const auto text = write_instance(instance);
  EXPECT_NE(text.find("config:\n"
                      "  latitude: 52.5\n"
                      "  small: 0.1\n"
                      "  whole: 10.0\n"
                      "  rules:\n"
                      "    - from: a\n"
                      "      list: [b]\n"
                      "    - {}\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(one_line(instance.config),
            "{latitude: 52.5, small: 0.1, whole: 10.0, rules: [{from: a, list: [b]}, {}]}");
}

TEST(WriteInstance, IsReadBackEqual) {
  std::vector<Instance> instances{sample()};
  auto& full = instances.emplace_back(sample());
  full.is_enabled = false;
  full.window = Window{std::chrono::minutes(1439), std::chrono::hours(24), "UTC"};
  full.priority = -100;
  full.isolation = Isolation::host;
  full.deadline = std::chrono::milliseconds(90'500);
  full.sha256 = "1234567890" + std::string(54, '0');
  full.allow = {{"git", "g++"}, {"/a b", "~/x", "${config.path}"}, {"/#x"}, {"/"}, true};
  auto& off = instances.emplace_back();
  off.id = "123";  // a number, if it were not quoted
  off.is_enabled = false;
  auto& tasks = instances.emplace_back();
  tasks.id = "no";
  tasks.plugin = "tasks.markdown";
  tasks.kind = Kind::tasks;
  tasks.role = TaskRole::mirror;
  tasks.every = std::chrono::minutes(2);
  for (const auto& instance : instances) {
    const auto text = write_instance(instance);
    SCOPED_TRACE(text);
    const auto back = read_back(text, instance.kind);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(back->has_same_settings(instance));
  }
  EXPECT_FALSE(instances[0].has_same_settings(instances[1]));
}

TEST(WriteInstance, KeepsEveryKindOfSetting) {
  for (
      const char* config : {
          R"({})",
          R"({"a":null,"b":true,"c":false,"d":0,"e":-5,"f":18446744073709551615,"g":1.5,"h":1e300,"i":10.0})",
          R"({"a":"","b":" ","c":"true","d":"null","e":"~","f":"12","g":"0x1F","h":"1e3",".i":".inf","no":"off"})",
          R"({"a":"x: y","b":"x #y","c":"- x","d":"? x","e":"[x","f":"{x","g":"*x","h":"&x","i":"!x","j":"|","k":">","l":"%x","m":"@x","n":"`x"})",
          R"({"a":"line one\nline two\n","b":"tab\tquote\" back\\slash","c":"trailing ","d":"'single'","e":"a,b"})",
          "{\"a\":\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80\",\"\xC3\xBC\":1,\"a b\":2,\"a: "
          "b\":3,\"\":4,\"#\":5,\"12\":6,\"a/b~c\":7}",
          R"({"a":[],"b":{},"c":[[]],"d":[{}],"e":[[1,[2,{"x":[3]}]],{"y":{"z":[]}}],"f":[1,"a",null,true,1.5]})",
          R"({"a":"08:00","b":"2026-11-22","c":"1_000","d":"=","e":"<<","f":"---","g":"...","h":"y","i":"N"})",
          "{\"a\":\"\xE2\x80\xA8\xC2\x85\xEF\xBB\xBF\"}",
      }) {
    SCOPED_TRACE(config);
    auto instance = sample();
    instance.config = parse_json(config).value();
    const auto text = write_instance(instance);
    SCOPED_TRACE(text);
    const auto back = read_back(text, Kind::check);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->config, instance.config) << json::serialize(back->config);
    EXPECT_TRUE(back->has_same_settings(instance));
  }
}

TEST(WriteInstance, KeepsItsCommentToOneLine) {
  auto instance = sample();
  instance.allow.read = {"/a\nenabled: false"};
  const auto text = write_instance(instance);
  EXPECT_EQ(text.find("\nenabled: false"), std::string::npos) << text;
}

}  // namespace
}  // namespace chela::config
