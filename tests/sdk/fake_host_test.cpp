// FakeHost keeps the promises of the services that plugin tests rely on.
#include "chela/testing/fake_host.h"

#include <gtest/gtest.h>

namespace chela {
namespace {

class FakeHostTest : public ::testing::Test {
 protected:
  FakeHostTest() {
    call_.struct_size = sizeof(chela_call);
    call_.host = &fake_;
    call_.cancel_fd = -1;
  }
  testing::FakeHost fake_;
  chela_call call_{};
  Host host_{&call_, json::object()};
};

TEST_F(FakeHostTest, ReadsAndCutsFiles) {
  fake_.now = Timestamp(Duration(1000));
  fake_.put_file("/a/b.txt", "hello");
  const auto whole = host_.files().read("/a/b.txt").value();
  EXPECT_EQ(whole.bytes, "hello");
  EXPECT_EQ(whole.size, 5u);
  EXPECT_EQ(whole.modified, fake_.now);
  EXPECT_FALSE(whole.is_truncated);
  const auto head = host_.files().read("/a/b.txt", {.max_bytes = 2}).value();
  EXPECT_EQ(head.bytes, "he");
  EXPECT_EQ(head.size, 5u);
  EXPECT_TRUE(head.is_truncated);
  EXPECT_EQ(host_.files().read("/a/c.txt").error().code, ErrorCode::not_found);
}

TEST_F(FakeHostTest, ListsADirectorySortedAndOnce) {
  for (const char* path : {"/a/b/1", "/a/b/2", "/a/b-x", "/a/z", "/q"}) fake_.put_file(path, "");
  EXPECT_EQ(host_.files().list("/a").value(), (std::vector<std::string>{"b", "b-x", "z"}));
  EXPECT_EQ(host_.files().list("/a/").value(), (std::vector<std::string>{"b", "b-x", "z"}));
  EXPECT_EQ(host_.files().list("/").value(), (std::vector<std::string>{"a", "q"}));
  EXPECT_EQ(host_.files().list("/none").error().code, ErrorCode::not_found);
  EXPECT_EQ(host_.files().stat("/a/b").value().type, "directory");
  EXPECT_EQ(host_.files().stat("/a/z").value().type, "file");
}

TEST_F(FakeHostTest, RefusesToReplaceWhatSomebodyElseChanged) {
  fake_.put_file("/f", "one");
  const auto base = host_.files().read("/f").value().version;
  fake_.before_replace = [](testing::FakeHost& host) { host.put_file("/f", "theirs"); };
  EXPECT_EQ(host_.files().replace("/f", base, "mine").error().code, ErrorCode::aborted);
  EXPECT_EQ(fake_.files.at("/f").bytes, "theirs");

  fake_.before_replace = nullptr;
  const auto again = host_.files().read("/f").value().version;
  const auto version = host_.files().replace("/f", again, "mine").value();
  EXPECT_EQ(version, host_.files().read("/f").value().version);
  EXPECT_EQ(fake_.files.at("/f").bytes, "mine");
  EXPECT_EQ(host_.files().replace("/f", "", "new").error().code, ErrorCode::aborted)
      << "it is there already";
  EXPECT_TRUE(host_.files().replace("/g", "", "new"));
}

TEST_F(FakeHostTest, ShowsTheErrorsAndDisksOfItsWorld) {
  fake_.disks["/data"] = {.total_bytes = 200,
                          .free_bytes = 80,
                          .available_bytes = 50,
                          .total_inodes = 10,
                          .free_inodes = 1};
  fake_.file_errors["/secret"] = {ErrorCode::permission_denied,
                                  "the manifest lacks read: [/secret]"};
  const auto disk = host_.files().disk_usage("/data").value();
  EXPECT_EQ(disk.free_percent(), 25.0);
  EXPECT_EQ(disk.free_inodes_percent(), 10.0);
  for (const auto& error :
       {host_.files().read("/secret").error(), host_.files().stat("/secret").error(),
        host_.files().replace("/secret", "", "").error()}) {
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_EQ(error.message, "the manifest lacks read: [/secret]");
  }
}

TEST_F(FakeHostTest, RunsTheFirstProgramThatMatches) {
  fake_.programs.push_back({.argv_contains = {"status"},
                            .reply = {.exit_code = 1, .out = "M a\n", .err = "warn"},
                            .error = {}});
  fake_.programs.push_back(
      {.argv_contains = {}, .reply = {.signal = 9, .timed_out = true}, .error = {}});
  const auto status =
      host_.exec()
          .run({.argv = {"git", "status"}, .cwd = "/repo", .env = {{"LC_ALL", "C"}}})
          .value();
  EXPECT_EQ(status.exit_code, 1);
  EXPECT_EQ(status.out, "M a\n");
  EXPECT_EQ(status.err, "warn");
  const auto killed = host_.exec().run({.argv = {"git", "log"}}).value();
  EXPECT_EQ(killed.exit_code, -1);
  EXPECT_EQ(killed.signal, 9);
  EXPECT_TRUE(killed.timed_out);
  ASSERT_EQ(fake_.exec_requests.size(), 2u);
  EXPECT_EQ(
      json::serialize(fake_.exec_requests[0]),
      R"({"argv":["git","status"],"env":{"LC_ALL":"C"},"timeout_ms":10000,"max_output_bytes":1048576,"cwd":"/repo"})");
}

TEST_F(FakeHostTest, KeepsStateWithinItsLimits) {
  EXPECT_EQ(host_.state().get("k").error().code, ErrorCode::not_found);
  EXPECT_TRUE(host_.state().set("k", std::string("v\0v", 3)));
  EXPECT_EQ(host_.state().get("k").value(), std::string("v\0v", 3));
  EXPECT_TRUE(host_.state().remove("k"));
  EXPECT_TRUE(host_.state().remove("k"));
  EXPECT_EQ(host_.state().set("", "v").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(host_.state().set("k", std::string(64 * 1024 + 1, 'x')).error().code,
            ErrorCode::resource_exhausted);
}

TEST_F(FakeHostTest, ListsTheBoardByState) {
  fake_.board =
      parse_json(R"({"tasks":[{"id":"1","state":"queue"},{"id":"2","state":"done"}]})").value();
  EXPECT_EQ(host_.board().list().value().size(), 2u);
  const auto done = host_.board().list({"done", "blocked"}).value();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(get_string(done[0], "id"), "2");
  fake_.board_error = Error{ErrorCode::permission_denied, "the manifest lacks board: read"};
  EXPECT_EQ(host_.board().list().error().message, "the manifest lacks board: read");
}

TEST_F(FakeHostTest, RemembersLogLinesAndShowsItsTime) {
  host_.log().debug("a");
  host_.log().info("b");
  host_.log().warn("c");
  host_.log().error("d");
  EXPECT_EQ(fake_.log_lines,
            (std::vector<std::string>{"debug: a", "info: b", "warn: c", "error: d"}));
  EXPECT_EQ(host_.clock().now(), fake_.now);
}

TEST_F(FakeHostTest, AsksTheHandlerBeforeItsAnswers) {
  fake_.http.push_back({});
  fake_.http_handler = [](const json::value& request, const std::string& body) {
    FetchReply reply;
    reply.status = 201;
    reply.body = get_string(request, "url") + " " + body;
    return Result<FetchReply>(reply);
  };
  FetchRequest request;
  request.url = "https://example.org/";
  request.body = "text";
  EXPECT_EQ(host_.http().fetch(request)->body, "https://example.org/ text");
  request.max_body_bytes = 3;
  EXPECT_EQ(host_.http().fetch(request).error().code, ErrorCode::resource_exhausted);
  fake_.http_handler = [](const json::value&, const std::string&) {
    return Result<FetchReply>(fail(ErrorCode::unavailable, "nobody there"));
  };
  EXPECT_EQ(host_.http().fetch(request).error().message, "nobody there");
  EXPECT_EQ(fake_.http_requests.size(), 3u);
}

}  // namespace
}  // namespace chela
