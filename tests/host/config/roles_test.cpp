#include "config/roles.h"

#include <gtest/gtest.h>

namespace chela::config {
namespace {

struct Written {
  const char* id;
  std::string more = "";
  Kind kind = Kind::tasks;
};

std::vector<Instance> instances_of(const std::vector<Written>& written) {
  std::vector<Instance> instances;
  for (const auto& one : written) {
    const std::string text = std::string("id: ") + one.id +
                             "\nplugin: " + std::string(to_string(one.kind)) + ".x\n" + one.more;
    const auto document = parse_yaml(text, std::string(one.id) + ".yaml");
    const auto instance = parse_instance(*document, one.kind);
    EXPECT_TRUE(instance) << instance.error().message;
    if (instance) instances.push_back(*instance);
  }
  return instances;
}

TEST(TaskRoles, OneIsTheSourceAndTheOthersAreMirrors) {
  const std::string source = "role: source\n";
  const std::string mirror = "role: mirror\n";
  const struct {
    const char* name;
    std::vector<Written> written;
    const char* roles;  // id=role of what stays on
    const char* says;   // the problems; "" = none
  } cases[] = {
      {"nothing is on", {}, "", ""},
      {"one without a role", {{"a"}}, "a=source", ""},
      {"the first is the source, a second one dropped in mirrors it",
       {{"a"}, {"b"}, {"c"}},
       "a=source b=mirror c=mirror",
       ""},
      {"a declared source comes before the first", {{"a"}, {"b", source}}, "a=mirror b=source", ""},
      {"a declared mirror is passed over", {{"a", mirror}, {"b"}}, "a=mirror b=source", ""},
      {"checks have no role",
       {{"k", "every: 1h\n", Kind::check}, {"a", mirror + "every: 1m\n"}, {"b"}},
       "k= a=mirror b=source",
       ""},
      {"two sources",
       {{"a", source}, {"m"}, {"b", source}},
       "a=source m=mirror",
       "b.yaml:3:7: b is a second source of tasks; wanted one; found role: source in a.yaml, too"},
      {"mirrors of nothing",
       {{"a", mirror}, {"b", mirror}},
       "",
       "a.yaml:3:7: a is a mirror, and no task backend is the source; wanted another one that is "
       "on, or role: source here"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto instances = instances_of(c.written);
    const auto problems = resolve_roles(instances);
    std::string roles;
    for (const auto& one : instances) {
      roles += (roles.empty() ? "" : " ") + one.id + "=" +
               (!one.role                      ? ""
                : one.role == TaskRole::source ? "source"
                                               : "mirror");
    }
    EXPECT_EQ(roles, c.roles);
    std::string said;
    for (const auto& problem : problems) said += problem.id + "|" + problem.message + "\n";
    EXPECT_EQ(said.empty(), std::string(c.says).empty()) << said;
    EXPECT_NE(said.find(c.says), std::string::npos) << said;
  }
}

// Else the mirror would be the source until the slip is mended, and chela's tasks on the other side
// would count as removed.
TEST(TaskRoles, ABrokenManifestMakesNoMirrorTheSource) {
  const std::vector<Problem> broken{{"m/tasks/tasks-md.yaml", "tasks-md", "unknown key"}};
  auto instances = instances_of({{"phone"}});
  const auto problems = resolve_roles(instances, broken);
  EXPECT_TRUE(instances.empty());
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(
      problems[0].message.find("phone is the source of tasks or a mirror cannot be told while "
                               "m/tasks/tasks-md.yaml is broken"),
      std::string::npos)
      << problems[0].message;
  const struct {
    const char* name;
    std::vector<Written> written;
    std::vector<Problem> broken;
    bool is_builtin;
  } cases[] = {
      {"a broken check is another matter", {{"phone"}}, {{"m/checks/x.yaml", "x", ""}}, false},
      {"the source is declared", {{"phone", "role: source\n"}}, broken, false},
      {"the built-in one comes first anyhow",
       {{"tasks-md"}},
       {{"m/tasks/phone.yaml", "phone", ""}},
       true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto on = instances_of(c.written);
    on[0].is_builtin = c.is_builtin;
    EXPECT_TRUE(resolve_roles(on, c.broken).empty());
    EXPECT_NE(find_source(on), nullptr);
  }
}

TEST(TaskRoles, OnlyADeclaredMirrorHasACadence) {
  const auto parse = [](const std::string& text) {
    return parse_instance(*parse_yaml("id: a\nplugin: tasks.x\n" + text, "x.yaml"), Kind::tasks);
  };
  const auto mirror = parse("role: mirror\nevery: 90s\n");
  ASSERT_TRUE(mirror) << mirror.error().message;
  EXPECT_EQ(mirror->every, Duration(std::chrono::seconds(90)));
  for (const char* text : {"every: 1m\n", "role: source\nevery: 1m\n"}) {
    const auto refused = parse(text);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("only a mirror of the tasks is compared by the clock"),
              std::string::npos)
        << refused.error().message;
  }
}

}  // namespace
}  // namespace chela::config
