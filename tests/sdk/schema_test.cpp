// The schemas of sdk/schema against themselves and against what the wrapper, the fakes and the
// plugins really write.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "chela/report.h"
#include "chela/testing/opened_plugin.h"
#include "config/schema.h"

namespace chela {
namespace {

namespace fs = std::filesystem;

json::value read_json(const fs::path& file) {
  const auto parsed = parse_json(testing::read_whole_file(file.string()));
  EXPECT_TRUE(parsed.has_value()) << file << ": " << (parsed ? "" : parsed.error().message);
  return parsed.value_or(json::object());
}

json::value schema(const std::string& name) {
  return read_json(CHELA_SOURCE_DIR "/sdk/schema/" + name + ".schema.json");
}

void expect_valid(const std::string& name, const json::value& document) {
  const auto checked = config::apply_schema(schema(name), document);
  if (checked) return;
  for (const auto& violation : checked.error()) {
    ADD_FAILURE() << name << ": " << config::describe(violation) << "\nin "
                  << json::serialize(document);
  }
}

void expect_refused(const std::string& name, const char* document) {
  EXPECT_FALSE(config::apply_schema(schema(name), parse_json(document).value()))
      << name << " takes " << document;
}

// Documents that cross the door; manifests are written by people and tested with host/config.
std::vector<std::string> door_schemas() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(CHELA_SOURCE_DIR "/sdk/schema")) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(".schema.json") || name.starts_with("chela.manifest.")) continue;
    names.push_back(name.substr(0, name.size() - std::string_view(".schema.json").size()));
  }
  return names;
}

void expect_described(const json::value& part, const std::string& where) {
  EXPECT_FALSE(get_string(part, "description").empty()) << where << " has no description";
  const auto* properties = find(part, "properties");
  if (properties == nullptr) return;
  for (const auto& [name, property] : properties->as_object())
    expect_described(property, where + "." + std::string(name));
}

TEST(Schemas, KeepToTheSubsetAndDescribeEverything) {
  const auto names = door_schemas();
  EXPECT_EQ(names.size(), 46u)
      << "a new document: add its file to this count, and a test of who writes it";
  for (const auto& name : names) {
    SCOPED_TRACE(name);
    const auto document = schema(name);
    const auto kept = config::check_schema(document);
    EXPECT_TRUE(kept.has_value()) << (kept ? "" : kept.error().message);
    EXPECT_FALSE(get_string(document, "title").empty());
    expect_described(document, name);
  }
}

TEST(Schemas, AcceptTheirOwnExamples) {
  for (const auto& name : door_schemas()) {
    const auto document = schema(name);
    const auto* examples = find(document, "examples");
    ASSERT_TRUE(examples != nullptr && examples->is_array() && !examples->get_array().empty())
        << name;
    for (const auto& example : examples->get_array()) expect_valid(name, example);
  }
}

TEST(Schemas, RefuseWhatIsWrong) {
  expect_refused("chela.check.report", R"({"schema":"chela.check.report/1","status":"bad"})");
  expect_refused("chela.check.report", R"({"schema":"chela.check.report/2","status":"ok"})");
  expect_refused("chela.check.report",
                 R"({"schema":"chela.check.report/1","status":"ok","findings":[{"key":"k"}]})");
  expect_refused("chela.check.request", R"({"schema":"chela.check.request/1"})");
  expect_refused("chela.plugin", R"({"id":"check.x","version":"1.0.0","kinds":[]})");
  expect_refused(
      "chela.plugin",
      R"({"id":"check.x","version":"1.0.0","kinds":["chela.check/1"],"needs":{"socket":["*"]}})");
  expect_refused(
      "chela.plugin",
      R"({"id":"provider.x","version":"1.0.0","kinds":["chela.provider/1"],"needs":{"secrets":[
        {"name":"key","description":"d","refuse":[{"prefix":"sk-oat"}]}]}})");
  expect_refused("chela.tasks.task", R"({"id":"1","title":"t","state":"open"})");
  expect_refused("chela.exec.request", R"({"argv":[]})");
}

TEST(Schemas, FitTheReportsOfTheWrapper) {
  Report report = Report::crit(
      condition("k", "t").crit().detail("d").url("https://x.example").needs_human().task("do"));
  report.add(event("mail:1", "words of others").untrusted());
  report.add(event("e", "t").info());
  report.metric("free", 2.5, "percent");
  report.set_cursor(json::object{{"a", 1}});
  for (const auto& document :
       {report.to_json(), Report::ok().to_json(), Report::unknown("cannot tell").to_json(),
        Report::warn(condition("k", "t")).to_json()}) {
    expect_valid("chela.check.report", document);
  }
}

// Asks a C table of FakeHost and checks the document that comes out.
struct Raw {
  testing::FakeHost fake;
  chela_call call{};
  Raw() {
    call.struct_size = sizeof(chela_call);
    call.host = &fake;
  }
  template <class Table>
  const Table& table(std::string_view id) {
    return *static_cast<const Table*>(fake.service(&fake, internal::str(id)));
  }
  void expect(const std::string& name, chela_status status, const internal::StringSink& info) {
    ASSERT_EQ(status, CHELA_OK) << name;
    expect_valid(name, parse_json(info.text).value());
  }
};

TEST(Schemas, FitTheAnswersOfFakeHost) {
  Raw raw;
  raw.fake.put_file("/d/f", "text");
  raw.fake.disks["/d"] = {.total_bytes = 10,
                          .free_bytes = 5,
                          .available_bytes = 4,
                          .total_inodes = 3,
                          .free_inodes = 2};
  const auto& files = raw.table<chela_files_v1>(CHELA_SERVICE_FILES);
  {
    internal::StringSink bytes, info;
    raw.expect("chela.files.read.reply",
               files.read(&raw.call, internal::str("/d/f"), 2, 0, &bytes, &info, nullptr), info);
  }
  const struct {
    const char* name;
    decltype(chela_files_v1::stat) function;
    const char* path;
  } cases[] = {{"chela.files.stat.reply", files.stat, "/d/f"},
               {"chela.files.stat.reply", files.stat, "/d"},
               {"chela.files.list.reply", files.list, "/d"},
               {"chela.files.disk_usage.reply", files.disk_usage, "/d"}};
  for (const auto& c : cases) {
    internal::StringSink info;
    raw.expect(c.name, c.function(&raw.call, internal::str(c.path), &info, nullptr), info);
  }
  internal::StringSink info;
  raw.expect("chela.files.replace.reply",
             files.replace(&raw.call, internal::str("/d/g"), internal::str(""), internal::str("x"),
                           &info, nullptr),
             info);
}

TEST(Schemas, FitExecAndBoardAsTheWrapperAsksThem) {
  Raw raw;
  raw.fake.programs.push_back({.argv_contains = {"ok"}, .reply = {.exit_code = 3}});
  raw.fake.programs.push_back({.argv_contains = {}, .reply = {.signal = 9, .timed_out = true}});
  const Host host(&raw.call, json::object());
  ASSERT_TRUE(host.exec().run({.argv = {"ok"}, .cwd = "/", .env = {{"A", "b"}}, .input = "in"}));
  ASSERT_TRUE(host.exec().run({.argv = {"late"}}));
  ASSERT_EQ(raw.fake.exec_requests.size(), 2u);
  for (const auto& request : raw.fake.exec_requests) expect_valid("chela.exec.request", request);
  for (const char* argv : {R"({"argv":["ok"]})", R"({"argv":["late"]})"}) {
    internal::StringSink out, err, info;
    raw.expect("chela.exec.reply",
               raw.table<chela_exec_v1>(CHELA_SERVICE_EXEC)
                   .run(&raw.call, internal::str(argv), &out, &err, &info, nullptr),
               info);
  }
  raw.fake.board = parse_json(R"({"tasks":[{"id":"1","title":"t","state":"queue"}]})").value();
  internal::StringSink tasks;
  raw.expect("chela.board.reply",
             raw.table<chela_board_v1>(CHELA_SERVICE_BOARD)
                 .list(&raw.call, internal::str("{}"), &tasks, nullptr),
             tasks);
}

TEST(Schemas, FitTheNetworkAsTheWrapperAsksForIt) {
  Raw raw;
  raw.fake.http.push_back(
      {.reply = {.status = 204, .headers = {{"a", "b"}}, .certificate_expires = raw.fake.now}});
  raw.fake.stream_server = testing::scripted_server("hello\r\n", {{"BYE", "bye\r\n"}});
  raw.fake.signer = [](const std::string&, const std::string&, const std::string&) {
    return Result<Signature>(Signature{"c2ln", "ed25519"});
  };
  const Host host(&raw.call, json::object());
  FetchRequest request;
  request.url = "https://x.example/a";
  request.method = "POST";
  request.headers = {{"accept", "text/plain"}};
  request.body = "b";
  request.wants_certificate = true;
  const auto reply = host.http().fetch(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 204);
  EXPECT_EQ(reply->header("a"), "b");
  EXPECT_EQ(reply->certificate_expires, raw.fake.now);
  auto asked = raw.fake.http_requests.at(0);
  asked.as_object().erase("body");
  expect_valid("chela.http.request", asked);
  internal::StringSink info, body;
  raw.expect("chela.http.reply",
             raw.table<chela_http_v1>(CHELA_SERVICE_HTTP)
                 .fetch(&raw.call, internal::str(json::serialize(asked)), internal::str(""), &info,
                        &body, nullptr),
             info);

  auto stream = host.streams().open({.url = "imaps://x.example:993", .user = "ana"});
  ASSERT_TRUE(stream) << stream.error().message;
  expect_valid("chela.stream.open.request", raw.fake.stream_requests.at(0));
  EXPECT_EQ(stream->read(Duration(1)).value(), "hello\r\n");
  ASSERT_TRUE(stream->write("BYE\r\n"));
  EXPECT_EQ(stream->read(Duration(1), 3).value(), "bye");
  EXPECT_EQ(stream->read(Duration(1)).value(), "\r\n");
  EXPECT_EQ(stream->read(Duration(1)).error().code, ErrorCode::deadline_exceeded);
  stream->close();
  EXPECT_EQ(raw.fake.open_streams, 0u);

  const auto signature = host.sign().sign("private_key", "text");
  ASSERT_TRUE(signature);
  EXPECT_EQ(signature->base64, "c2ln");
  EXPECT_EQ(raw.fake.signed_texts, std::vector<std::string>{"text"});
}

TEST(Schemas, FitATaskBackend) {
  testing::FakeHost fake;
  auto shelf = testing::OpenedPlugin::open(SHELF_FILE, SHELF_DIR, fake).value();
  const struct {
    const char* operation;
    const char* request;
  } calls[] = {
      {"describe", "{}"},
      {"create", R"({"task":{"title":"Water","priority":"low"},"idempotency_key":"k1"})"},
      {"list", R"({"states":["queue"]})"},
      {"get", R"({"id":"k1"})"},
      {"note", R"({"id":"k1","text":"n"})"},
      {"update",
       R"({"id":"k1","set":{"state":"done","priority":"high","needs":"human","title":"x"},"note":"n"})"},
      {"remove", R"({"id":"k1"})"}};
  for (const auto& c : calls) {
    const std::string name = std::string("chela.tasks.") + c.operation;
    const auto request = parse_json(c.request).value();
    expect_valid(name + ".request", request);
    const auto reply = shelf->call(c.operation, request);
    ASSERT_TRUE(reply) << c.operation << ": " << reply.error().message;
    expect_valid(name + ".reply", *reply);
  }
}

TEST(Schemas, FitEveryPluginJsonOfThisTree) {
  std::set<std::string> ids;
  for (const char* folder : {"/plugins", "/tests/sdk/plugins", "/tests/package", "/sdk/template"}) {
    for (const auto& entry :
         fs::recursive_directory_iterator(std::string(CHELA_SOURCE_DIR) + folder)) {
      if (entry.path().filename() != "plugin.json") continue;
      SCOPED_TRACE(entry.path());
      const auto document = read_json(entry.path());
      expect_valid("chela.plugin", document);
      EXPECT_TRUE(ids.insert(get_string(document, "id")).second) << "another plugin has this id";
      const auto* settings = find(document, "config");
      if (settings == nullptr) continue;
      const auto kept = config::check_schema(*settings);
      EXPECT_TRUE(kept.has_value()) << (kept ? "" : kept.error().message);
      expect_described(
          json::object{{"description", "-"}, {"properties", *find(*settings, "properties")}},
          "config");
    }
  }
  EXPECT_GE(ids.size(), 5u);
}

}  // namespace
}  // namespace chela
