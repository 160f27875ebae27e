// The C++ side of the services: missing ones, short and long tables, texts that cannot travel.
#include <gtest/gtest.h>

#include "chela/testing/fake_host.h"

namespace chela {
namespace {

using testing::FakeHost;

struct Call : chela_call {
  explicit Call(const chela_host* of) : chela_call{} {
    struct_size = sizeof(chela_call);
    host = of;
    cancel_fd = -1;
  }
};

template <class T>
void expect_not_offered(const Result<T>& result, const std::string& id) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unimplemented);
  EXPECT_EQ(result.error().message, "this host does not offer " + id);
}

void expect_no_services(const Host& host) {
  expect_not_offered(host.state().get("k"), "chela.state/1");
  expect_not_offered(host.state().set("k", "v"), "chela.state/1");
  expect_not_offered(host.state().remove("k"), "chela.state/1");
  expect_not_offered(host.files().read("/f"), "chela.files/1");
  expect_not_offered(host.files().stat("/f"), "chela.files/1");
  expect_not_offered(host.files().list("/f"), "chela.files/1");
  expect_not_offered(host.files().disk_usage("/f"), "chela.files/1");
  expect_not_offered(host.files().replace("/f", "", ""), "chela.files/1");
  expect_not_offered(host.exec().run({.argv = {"git"}}), "chela.exec/1");
  expect_not_offered(host.board().list(), "chela.board/1");
  expect_not_offered(host.http().fetch({}), "chela.http/1");
  expect_not_offered(host.streams().open({}), "chela.stream/1");
  expect_not_offered(host.sign().sign("key", "text"), "chela.sign/1");
  host.log().error("goes nowhere");
  EXPECT_GT(host.clock().now(), Timestamp(std::chrono::seconds(1'600'000'000)))
      << "the system's clock";
  EXPECT_FALSE(host.is_cancelled());
}

TEST(Services, AnswerUnimplementedWhereTheHostHasNone) {
  FakeHost fake;
  fake.missing_services = {"chela.state/1", "chela.files/1",  "chela.exec/1",
                           "chela.board/1", "chela.log/1",    "chela.clock/1",
                           "chela.http/1",  "chela.stream/1", "chela.sign/1"};
  const Call call(&fake);
  expect_no_services(Host(&call, json::object()));
}

TEST(Services, AnswerUnimplementedWhereTheHostsTableIsTooShort) {
  FakeHost fake;
  fake.struct_size = offsetof(chela_host, service);
  const Call call(&fake);
  expect_no_services(Host(&call, json::object()));
}

TEST(Services, AnswerUnimplementedWithoutAnyHost) {
  const Call call(nullptr);
  expect_no_services(Host(&call, json::object()));
}

// A host that knew only read(), with rubbish behind the end of its table.
chela_status old_read(const chela_call*, chela_str, std::uint64_t, std::uint32_t,
                      const chela_sink* bytes, const chela_sink* info, const chela_sink*) {
  bytes->put(bytes, internal::str("old"));
  info->put(info, internal::str(R"({"version":"1","size":3,"modified_ms":5})"));
  return CHELA_OK;
}

const void* old_service(const chela_host*, chela_str) {
  static const chela_files_v1 table = [] {
    chela_files_v1 files{};
    files.struct_size = offsetof(chela_files_v1, stat);
    files.read = &old_read;
    files.stat = reinterpret_cast<decltype(files.stat)>(0x10);
    return files;
  }();
  return &table;
}

TEST(Services, UseTheFirstPartOfAnOlderTable) {
  const chela_host host{sizeof(chela_host), 1, 0, 0, &old_service};
  const Call call(&host);
  const Files files(&call);
  const auto read = files.read("/f");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->bytes, "old");
  EXPECT_EQ(read->modified, Timestamp(Duration(5)));
  EXPECT_FALSE(read->is_truncated);
  expect_not_offered(files.stat("/f"), "chela.files/1");
}

TEST(Services, UseTheKnownPartOfANewerHost) {
  struct NewerCall : Call {
    using Call::Call;
    std::uint64_t appended[4] = {};
  };
  FakeHost fake;
  fake.struct_size += 32;
  fake.put_file("/f", "text");
  NewerCall call(&fake);
  call.struct_size = sizeof(NewerCall);
  EXPECT_EQ(Files(&call).read("/f").value().bytes, "text");
}

TEST(Services, RefuseATextThatJsonCannotCarry) {
  FakeHost fake;
  fake.programs.push_back({.argv_contains = {}, .reply = {.exit_code = 0}, .error = {}});
  const Call call(&fake);
  const Exec exec(&call);
  for (const ExecRequest& request : {ExecRequest{.argv = {"cat", "caf\xE9"}},
                                     ExecRequest{.argv = {"cat"}, .env = {{"A", "\xFF"}}},
                                     ExecRequest{.argv = {"cat"}, .input = "\xFF"},
                                     ExecRequest{.argv = {"cat"}, .cwd = "/\xFF"}}) {
    const auto reply = exec.run(request);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(fake.exec_requests.empty());
  EXPECT_TRUE(exec.run({.argv = {"cat"}}));
}

TEST(Emit, HandsOutADocument) {
  FakeHost fake;
  Call call(&fake);
  call.emit = [](const chela_call* self, chela_str topic, chela_str document) {
    const_cast<FakeHost*>(static_cast<const FakeHost*>(self->host))
        ->events.emplace_back(internal::view(topic), internal::view(document));
    return static_cast<chela_status>(CHELA_OK);
  };
  const Host host(&call, json::object());
  ASSERT_TRUE(host.emit("stdout", json::object{{"text", "a\xff"}}));
  ASSERT_EQ(fake.events.size(), 1u);
  EXPECT_EQ(fake.events[0].first, "stdout");
  EXPECT_EQ(fake.events[0].second, "{\"text\":\"a\uFFFD\"}");
}

TEST(Emit, TellsThatNobodyListens) {
  FakeHost fake;
  Call call(&fake);
  EXPECT_EQ(Host(&call, json::object()).emit("stdout", 1).error().code, ErrorCode::unimplemented);
  call.emit = [](const chela_call*, chela_str, chela_str) {
    return static_cast<chela_status>(CHELA_CANCELLED);
  };
  EXPECT_EQ(Host(&call, json::object()).emit("stdout", 1).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace chela
