// The plugin through its door: documents, races with other writers, files that vanish or shrink.
#include <gtest/gtest.h>

#include "chela/testing/opened_plugin.h"

namespace chela::testing {
namespace {

const std::string kPath = "/home/ada/workspace/TASKS.md";

class MarkdownPlugin : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                     json::object{{"path", kPath}});
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    plugin = std::move(*opened);
  }

  json::value ask(std::string_view operation, const char* request) {
    const auto reply = try_ask(operation, request);
    EXPECT_TRUE(reply.has_value()) << operation << ": " << (reply ? "" : reply.error().message);
    return reply.value_or(json::object());
  }
  Result<json::value> try_ask(std::string_view operation, const char* request) {
    return plugin->call(operation, *parse_json(request));
  }
  ErrorCode error_of(std::string_view operation, const char* request) {
    const auto reply = try_ask(operation, request);
    return reply ? ErrorCode::unknown : reply.error().code;
  }
  const std::string& bytes() { return host.files[kPath].bytes; }

  FakeHost host;
  std::unique_ptr<OpenedPlugin> plugin;
};

TEST_F(MarkdownPlugin, CreatesListsChangesAndRemoves) {
  EXPECT_TRUE(ask("list", "{}").at("tasks").as_array().empty());
  EXPECT_FALSE(host.files.contains(kPath)) << "reading creates nothing";

  const char* create =
      R"({"task":{"title":"Rotate keys","priority":"medium"},"idempotency_key":"k3f9q2"})";
  EXPECT_TRUE(get_bool(ask("create", create), "created"));
  const std::string first = bytes();
  EXPECT_FALSE(get_bool(ask("create", create), "created"));
  EXPECT_EQ(bytes(), first);

  const json::value task = ask("get", R"({"id":"k3f9q2"})").at("task");
  EXPECT_EQ(
      json::serialize(task),
      R"({"id":"k3f9q2","title":"Rotate keys","state":"queue","priority":"medium","needs":"","notes":"",)"
      R"("created":"2026-09-21","updated":"","completion":"","owner":""})");

  const json::value blocked = ask(
      "update",
      R"({"id":"k3f9q2","set":{"state":"blocked","needs":"human","priority":"high"},"note":"05:52 stuck"})");
  EXPECT_EQ(get_string(blocked.at("task"), "state"), "blocked");
  EXPECT_EQ(get_string(blocked.at("task"), "notes"), "05:52 stuck");
  EXPECT_EQ(get_string(blocked.at("task"), "updated"), "2026-09-21T14:13:20Z");
  EXPECT_EQ(host.files[kPath].revision, 3u) << "state and note are one write";

  ask("note", R"({"id":"k3f9q2","text":"05:53 still"})");
  ask("note", R"({"id":"k3f9q2","text":"05:53 still"})");
  EXPECT_EQ(get_string(ask("get", R"({"id":"k3f9q2"})").at("task"), "notes"),
            "05:52 stuck\n05:53 still");
  EXPECT_EQ(ask("list", R"({"states":["queue","done"]})").at("tasks").as_array().size(), 0u);
  EXPECT_EQ(ask("list", R"({"states":["blocked"]})").at("tasks").as_array().size(), 1u);
  ask("remove", R"({"id":"k3f9q2"})");
  EXPECT_EQ(bytes(), "# Tasks\n\n## Queue\n\n## In Progress\n\n## Blocked\n\n## Done\n");
}

TEST_F(MarkdownPlugin, MakesAnIdWhereTheCallerHasNoKey) {
  const auto a = get_string(ask("create", R"({"task":{"title":"same"}})").at("task"), "id");
  const auto b = get_string(ask("create", R"({"task":{"title":"same"}})").at("task"), "id");
  EXPECT_EQ(a.size(), 6u);
  EXPECT_NE(a, b);
}

TEST_F(MarkdownPlugin, AppliesTheOperationAgainOnWhatSomebodyElseWrote) {
  host.put_file(kPath, "## Queue\n- [ ] a [id:: a1]\n\n## Done\n");
  int saves = 0;
  host.before_replace = [&](FakeHost& world) {
    if (saves >= 5) return;
    ++saves;
    world.put_file(kPath, "- [ ] human " + std::to_string(saves) + "\n" + world.files[kPath].bytes);
  };
  ask("update", R"({"id":"a1","set":{"state":"done"}})");
  EXPECT_EQ(saves, 5);
  for (int i = 1; i <= 5; ++i)
    EXPECT_NE(bytes().find("human " + std::to_string(i)), std::string::npos);
  EXPECT_EQ(get_string(ask("get", R"({"id":"a1"})").at("task"), "state"), "done");
}

TEST_F(MarkdownPlugin, GivesUpAfterTwentyTriesAndLeavesTheFileAlone) {
  host.put_file(kPath, "## Queue\n- [ ] a [id:: a1]\n");
  int saves = 0;
  host.before_replace = [&](FakeHost& world) {
    ++saves;
    world.put_file(kPath, world.files[kPath].bytes);
  };
  EXPECT_EQ(error_of("update", R"({"id":"a1","set":{"priority":"low"}})"), ErrorCode::aborted);
  EXPECT_EQ(saves, 20);
  EXPECT_EQ(bytes(), "## Queue\n- [ ] a [id:: a1]\n");
}

TEST_F(MarkdownPlugin, SeesThatAHumanRemovedTheTaskMeanwhile) {
  host.put_file(kPath, "## Queue\n- [ ] a [id:: a1]\n- [ ] b\n");
  host.before_replace = [&](FakeHost& world) { world.put_file(kPath, "## Queue\n- [ ] b\n"); };
  const auto reply = try_ask("update", R"({"id":"a1","set":{"state":"done"}})");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::not_found);
  EXPECT_NE(reply.error().message.find("a1"), std::string::npos);
  EXPECT_EQ(bytes(), "## Queue\n- [ ] b\n");
}

TEST_F(MarkdownPlugin, CreatesAnewWhereTheFileVanished) {
  host.put_file(kPath, "## Queue\n- [ ] a [id:: a1]\n");
  ask("list", "{}");
  host.files.erase(kPath);
  EXPECT_EQ(error_of("get", R"({"id":"a1"})"), ErrorCode::not_found);
  EXPECT_TRUE(
      get_bool(ask("create", R"({"task":{"title":"t"},"idempotency_key":"t1"})"), "created"));
  EXPECT_TRUE(bytes().starts_with("# Tasks\n\n## Queue\n- [ ] t [id:: t1]"));
}

TEST_F(MarkdownPlugin, LooksTwiceAtAFileThatShrank) {
  const std::string whole = "## Queue\n- [ ] a [id:: a1]\n- [ ] b [id:: b1]\n";
  host.put_file(kPath, whole);
  ask("list", "{}");
  EXPECT_TRUE(host.log_lines.empty());
  host.put_file(kPath, "");
  EXPECT_TRUE(ask("list", "{}").at("tasks").as_array().empty()) << "believed at the second look";
  ASSERT_EQ(host.log_lines.size(), 1u);
  EXPECT_NE(host.log_lines[0].find("tasks.second_look size=0"), std::string::npos)
      << host.log_lines[0];
  ask("list", "{}");
  EXPECT_EQ(host.log_lines.size(), 1u) << "what was believed is the new measure";
}

TEST_F(MarkdownPlugin, EditsALineThatHasNoIdYet) {
  host.put_file(kPath, "## Queue\n- [ ] by hand \xff\n");
  const auto tasks = ask("list", "{}").at("tasks").as_array();
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(get_string(tasks[0], "title"), "by hand \xEF\xBF\xBD");
  const std::string id = get_string(tasks[0], "id");
  ask("note", ("{\"id\":\"" + id + "\",\"text\":\"seen\"}").c_str());
  EXPECT_EQ(bytes(), "## Queue\n- [ ] by hand \xff [id:: " + id +
                         "] [updated:: 2026-09-21T14:13:20Z]\n  seen\n");
}

TEST_F(MarkdownPlugin, RefusesBadRequestsWithoutTouchingTheFile) {
  host.put_file(kPath, "## Queue\n- [ ] a [id:: a1]\n");
  const struct {
    const char* name;
    const char* operation;
    const char* request;
    ErrorCode code;
  } cases[] = {
      {"unknown id", "get", R"({"id":"zz"})", ErrorCode::not_found},
      {"no id", "update", R"({"set":{}})", ErrorCode::invalid_argument},
      {"id is a number", "remove", R"({"id":7})", ErrorCode::invalid_argument},
      {"unknown state", "update", R"({"id":"a1","set":{"state":"later"}})",
       ErrorCode::invalid_argument},
      {"unknown member", "update", R"({"id":"a1","set":{"color":"red"}})",
       ErrorCode::invalid_argument},
      {"set is a list", "update", R"({"id":"a1","set":[]})", ErrorCode::invalid_argument},
      {"unknown priority", "update", R"({"id":"a1","set":{"priority":"5"}})",
       ErrorCode::invalid_argument},
      {"states is text", "list", R"({"states":"queue"})", ErrorCode::invalid_argument},
      {"no task", "create", R"({"idempotency_key":"k"})", ErrorCode::invalid_argument},
      {"no title", "create", R"({"task":{},"idempotency_key":"k"})", ErrorCode::invalid_argument},
      {"key with a bracket", "create", R"({"task":{"title":"t"},"idempotency_key":"a]"})",
       ErrorCode::invalid_argument},
      {"empty note", "note", R"({"id":"a1","text":""})", ErrorCode::invalid_argument},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(error_of(c.operation, c.request), c.code);
  }
  EXPECT_EQ(bytes(), "## Queue\n- [ ] a [id:: a1]\n");
}

TEST_F(MarkdownPlugin, PassesOnWhatTheHostRefuses) {
  host.put_file(kPath, "## Queue\n- [ ] a [id:: a1]\n");
  host.file_errors[kPath] = Error{ErrorCode::permission_denied, "allow.read lacks " + kPath};
  const auto reply = try_ask("list", "{}");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::permission_denied);
  EXPECT_EQ(reply.error().message, "allow.read lacks " + kPath);
  host.file_errors.clear();
  host.is_cancelled = true;
  EXPECT_EQ(error_of("remove", R"({"id":"a1"})"), ErrorCode::cancelled);
  host.is_cancelled = false;
  host.missing_services = {"chela.files/1"};
  EXPECT_EQ(error_of("list", "{}"), ErrorCode::unimplemented);
}

TEST_F(MarkdownPlugin, SaysWhatItKeeps) {
  EXPECT_EQ(json::serialize(ask("describe", "{}")),
            R"({"states":["queue","in_progress","blocked","done","cancelled"],)"
            R"("priorities":["none","low","medium","high"],"keeps_ids":true})");
}

TEST(MarkdownPluginConfig, RefusesARelativePath) {
  FakeHost host;
  auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                   json::object{{"path", "TASKS.md"}});
  ASSERT_TRUE(plugin.has_value());
  const auto reply = (*plugin)->call("list", json::object());
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace chela::testing
