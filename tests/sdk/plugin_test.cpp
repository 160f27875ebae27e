// Real plugins through the C door: what the thunks of CHELA_CHECK and CHELA_TASKS make of good and
// bad behaviour.
#include <gtest/gtest.h>

#include "chela/testing/opened_plugin.h"

namespace chela {
namespace {

using testing::FakeHost;
using testing::OpenedPlugin;

Result<json::value> run_odd(FakeHost& host, const std::string& mode, json::value cursor = nullptr) {
  CHELA_TRY(auto plugin, OpenedPlugin::open(ODD_FILE, ODD_DIR, host, json::object{{"mode", mode}}));
  json::object request{{"schema", "chela.check.request/1"}, {"now_ms", 1}};
  if (!cursor.is_null()) request["cursor"] = cursor;
  return plugin->call("run", request);
}

TEST(CheckThunks, TurnWhatGoesWrongIntoAStatusWithWords) {
  const struct {
    const char* mode;
    ErrorCode code;
    const char* message;
  } cases[] = {
      {"throw", ErrorCode::internal, "exception: boom \xEF\xBF\xBD"},
      {"throw a number", ErrorCode::internal, "exception of unknown type"},
      {"throw in create", ErrorCode::internal, "exception: no such mode"},
      {"refuse config", ErrorCode::invalid_argument, "mode: wanted another one"},
      {"fail", ErrorCode::unavailable, "later \xEF\xBF\xBD("},
      {"usage", ErrorCode::permission_denied, "the manifest lacks usage: [/data]"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.mode);
    FakeHost host;
    host.file_errors["/data"] = {ErrorCode::permission_denied, "the manifest lacks usage: [/data]"};
    const auto report = run_odd(host, c.mode);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, c.code);
    EXPECT_EQ(report.error().message, c.message);
  }
}

TEST(CheckThunks, PassAMissingServiceOnAsUnimplemented) {
  FakeHost host;
  host.missing_services = {"chela.files/1"};
  const auto report = run_odd(host, "usage");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::unimplemented);
  EXPECT_EQ(report.error().message, "this host does not offer chela.files/1");
}

TEST(CheckThunks, LetNoByteThroughThatIsNotUtf8) {
  FakeHost host;
  const auto report = run_odd(host, "bytes");
  ASSERT_TRUE(report) << report.error().message;
  const std::string bad = "\xEF\xBF\xBD";
  const std::string key = get_string(find(*report, "findings")->at(0), "key");
  EXPECT_TRUE(key.starts_with("key" + bad + "#"))
      << key << ": bytes that are replaced still tell keys apart";
  EXPECT_EQ(json::serialize(*report),
            R"({"schema":"chela.check.report/1","status":"warn","summary":"title)" + bad +
                R"(","findings":[{"key":")" + key +
                R"(","class":"event","severity":"warn","title":"title)" + bad + R"(","detail":"d)" +
                bad + R"(","url":"u)" + bad + R"(","task":{"title":"t)" + bad +
                R"("}}],"metrics":[{"name":"m)" + bad + R"(","value":1E0,"unit":"u)" + bad +
                R"("}],"cursor":{"c":")" + bad + bad + R"("}})");
}

TEST(CheckThunks, WriteValidJsonWhereAMetricIsNoNumber) {
  FakeHost host;
  const auto report = run_odd(host, "no number");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(find(*report, "metrics")->as_array().size(), 1u);
}

TEST(CheckThunks, GiveTheCursorBack) {
  FakeHost host;
  EXPECT_EQ(get_int(run_odd(host, "cursor").value(), "cursor"), 1);
  EXPECT_EQ(get_int(run_odd(host, "cursor", 41).value(), "cursor"), 42);
  EXPECT_EQ(host.log_lines, (std::vector<std::string>{"info: ran", "info: ran"}));
}

TEST(CheckThunks, SeeThatTheCallIsCancelled) {
  FakeHost host;
  EXPECT_EQ(run_odd(host, "cancelled").error().code, ErrorCode::internal);
  host.is_cancelled = true;
  EXPECT_EQ(run_odd(host, "cancelled").error().code, ErrorCode::cancelled);
}

TEST(CheckThunks, SaySoWhereTheDocumentIsNoJson) {
  FakeHost host;
  void* library = dlopen(ODD_FILE, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  const auto* plugin = reinterpret_cast<chela_plugin_v1_fn>(dlsym(library, CHELA_PLUGIN_ENTRY))();
  const auto* ops = chela_component_at(plugin, 0)->ops;
  EXPECT_EQ(plugin->abi_minor_needed, 0u);

  // A call of an older host: it ends before fail(), so only the status arrives.
  chela_call call{};
  call.struct_size = offsetof(chela_call, cancelled);
  call.host = &host;
  call.fail = reinterpret_cast<decltype(call.fail)>(0x10);
  chela_instance* untouched = nullptr;
  EXPECT_EQ(ops->create(&host, &call, internal::str("{\"mode\""), &untouched),
            CHELA_INVALID_ARGUMENT);
  EXPECT_EQ(untouched, nullptr);

  ASSERT_EQ(ops->create(&host, &call, internal::str("{}"), &untouched), CHELA_OK);
  internal::StringSink reply;
  const auto run = internal::find_operation(CHELA_KIND_CHECK, ops, "run");
  EXPECT_EQ(run(untouched, &call, internal::str("["), &reply), CHELA_INVALID_ARGUMENT);
  EXPECT_EQ(reply.text, "") << "nothing comes out of a call that failed";
  EXPECT_EQ(run(untouched, &call, internal::str("{}"), &reply), CHELA_OK);
  EXPECT_NE(reply.text, "");
  ops->destroy(untouched);
}

TEST(OpenedPlugin, RefusesALibraryThatIsNotThatOfPluginJson) {
  FakeHost host;
  const auto plugin = OpenedPlugin::open(ODD_FILE, SHELF_DIR, host);
  ASSERT_FALSE(plugin);
  EXPECT_NE(plugin.error().message.find("plugin.json"), std::string::npos);
}

TEST(TasksThunks, CarryEveryOperation) {
  FakeHost host;
  auto shelf = OpenedPlugin::open(SHELF_FILE, SHELF_DIR, host).value();
  const auto ask = [&](const char* operation, const char* request) {
    return json::serialize(shelf->call(operation, parse_json(request).value()).value());
  };
  const std::string task = R"({"id":"k1","title":"Water","state":"queue","idempotency_key":"k1"})";
  const char* create = R"({"task":{"title":"Water"},"idempotency_key":"k1"})";
  EXPECT_EQ(ask("create", create), R"({"task":)" + task + R"(,"created":true})");
  EXPECT_EQ(ask("create", create), R"({"task":)" + task + R"(,"created":false})");
  EXPECT_EQ(ask("list", "{}"), R"({"tasks":[)" + task + "]}");
  EXPECT_EQ(ask("list", R"({"states":["done"]})"), R"({"tasks":[]})");
  EXPECT_EQ(ask("get", R"({"id":"k1"})"), R"({"task":)" + task + "}");
  EXPECT_NE(ask("update", R"({"id":"k1","set":{"state":"done"}})").find(R"("state":"done")"),
            std::string::npos);
  EXPECT_NE(ask("note", R"({"id":"k1","text":"n"})").find(R"("notes":["n"])"), std::string::npos);
  EXPECT_EQ(ask("remove", R"({"id":"k1"})"), "{}");
  EXPECT_EQ(ask("describe", "{}"),
            R"({"states":["queue","done"],"priorities":[],"keeps_ids":true})");
  const auto gone = shelf->call("get", json::object{{"id", "k1"}});
  EXPECT_EQ(gone.error().code, ErrorCode::not_found);
  EXPECT_EQ(gone.error().message, "no task 'k1'");
  EXPECT_EQ(shelf->call("run", json::object()).error().code, ErrorCode::unimplemented);
}

}  // namespace
}  // namespace chela
