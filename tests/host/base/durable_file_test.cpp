// What a durable write promises: old or new, never torn, nothing left behind, and a message that
// says why.
#include "base/durable_file.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>

#include "host/base/durable_file_fixture.h"

namespace chela::base {
namespace {

using namespace std::chrono_literals;

// Runs `work` in a forked child, so that limits and identities end with it; returns what it
// returned.
std::string in_child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const std::string text = work();
    static_cast<void>(!::write(ends[1], text.data(), text.size()));
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 512> part{};
  for (ssize_t got = 0; (got = ::read(ends[0], part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0) << text;
  return text;
}

std::string outcome(const Result<void>& result) {
  return result ? "OK" : std::string(to_string(result.error().code)) + " " + result.error().message;
}

TEST_F(DurableFile, WritesANewFileWithExactlyTheModeAsked) {
  const mode_t before = ::umask(077);
  const auto written = write_durably(path_, "hello", 0644);
  ::umask(before);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(get(path_), "hello");
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0644u);
  EXPECT_EQ(names(), List{"state.json"});
}

TEST_F(DurableFile, ReplacesAFileWholly) {
  put(path_, std::string(5000, 'x'));
  ASSERT_TRUE(write_durably(path_, "short", 0600));
  EXPECT_EQ(get(path_), "short");
  ASSERT_TRUE(write_durably(path_, "", 0600));
  EXPECT_EQ(get(path_), "");
  const std::string large(3'000'000, 'y');
  ASSERT_TRUE(write_durably(path_, large, 0600));
  EXPECT_EQ(get(path_), large);
}

TEST_F(DurableFile, AcceptsAPathWithoutAFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  const auto written = write_durably("state.json", "here", 0600);
  fs::current_path(before);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(get(path_), "here");
}

TEST_F(DurableFile, ReplacesASymbolicLinkInsteadOfFollowingIt) {
  const std::string victim = folder_ + "/victim";
  put(victim, "untouched");
  fs::create_symlink(victim, path_);
  ASSERT_TRUE(write_durably(path_, "ours", 0600));
  EXPECT_EQ(get(victim), "untouched");
  EXPECT_FALSE(fs::is_symlink(path_));
  EXPECT_EQ(get(path_), "ours");
}

TEST_F(DurableFile, KeepsTheOwnerOfAFileThatRootReplaces) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  put(path_, "theirs");
  ASSERT_EQ(::chown(path_.c_str(), 12345, 23456), 0);
  ASSERT_TRUE(write_durably(path_, "new", 0600));
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 12345u);
  EXPECT_EQ(info.st_gid, 23456u);
}

TEST_F(DurableFile, SaysWhereAndWhyItCouldNotWrite) {
  fs::create_directory(folder_ + "/folder");
  put(folder_ + "/file", "x");
  const struct {
    const char* name;
    std::string path;
    const char* code;
    const char* part;
  } cases[] = {
      {"no such folder", folder_ + "/none/a.json", "NOT_FOUND", "create a temporary beside it"},
      {"a file as folder", folder_ + "/file/a.json", "NOT_FOUND", "Not a directory"},
      {"the target is a folder", folder_ + "/folder", "FAILED_PRECONDITION",
       "rename the temporary"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string said = outcome(write_durably(c.path, "bytes", 0600));
    EXPECT_TRUE(said.starts_with(c.code)) << said;
    EXPECT_NE(said.find(c.path), std::string::npos) << said;
    EXPECT_NE(said.find(c.part), std::string::npos) << said;
  }
  EXPECT_EQ(names(), (List{"file", "folder"}));
}

TEST_F(DurableFile, LeavesTheOldFileInAFolderThatMayNotBeWritten) {
  put(path_, "old");
  fs::permissions(path_, fs::perms::all);
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                               fs::perms::others_exec);
  const std::string said = in_child([&] {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0))
      return std::string("setuid");
    return outcome(write_durably(path_, "new", 0600));
  });
  EXPECT_TRUE(said.starts_with("PERMISSION_DENIED")) << said;
  EXPECT_NE(said.find(path_), std::string::npos) << said;
  EXPECT_EQ(get(path_), "old");
  EXPECT_EQ(names(), List{"state.json"});
}

TEST_F(DurableFile, LeavesTheOldFileWhenASizeLimitStopsTheWrite) {
  put(path_, "old");
  const std::string said = in_child([&] {
    const rlimit limit{8192, 8192};
    ::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return std::string("setrlimit");
    return outcome(write_durably(path_, std::string(20000, 'n'), 0600));
  });
  EXPECT_TRUE(said.starts_with("RESOURCE_EXHAUSTED")) << said;
  EXPECT_NE(said.find("write: larger than this process may write"), std::string::npos) << said;
  EXPECT_EQ(get(path_), "old");
  EXPECT_EQ(names(), List{"state.json"});
}

TEST_F(DurableFile, SaysThatTheDiskIsFullAndKeepsTheOldFile) {
  const std::string said = in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=64k") != 0) {
      return "skip";
    }
    put(path_, "old");
    const std::string first = outcome(write_durably(path_, std::string(200'000, 'n'), 0600));
    std::string listed;
    for (const auto& name : names()) listed += name + ",";
    const std::string second = outcome(write_durably(path_, "small", 0600));
    return first + "|" + listed + "|" + second + "|" + get(path_);
  });
  if (said == "skip") GTEST_SKIP() << "a small tmpfs needs root";
  EXPECT_EQ(said,
            "RESOURCE_EXHAUSTED cannot write " + path_ + ": write: disk full|state.json,|OK|small");
}

TEST_F(DurableFile, ReadsWhatIsThereUpToTheCap) {
  const struct {
    const char* name;
    std::size_t size, cap;
    bool fits;
  } cases[] = {{"empty", 0, 0, true},
               {"below", 9, 10, true},
               {"exactly", 10, 10, true},
               {"one too many", 11, 10, false},
               {"large", 300'000, 300'000, true}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string text(c.size, 'z');
    put(path_, text);
    const auto read = read_file(path_, c.cap);
    ASSERT_EQ(read.has_value(), c.fits);
    if (c.fits) {
      EXPECT_EQ(*read, text);
    } else {
      EXPECT_EQ(read.error().code, ErrorCode::resource_exhausted);
      EXPECT_NE(read.error().message.find("larger than 10 bytes"), std::string::npos);
    }
  }
}

TEST_F(DurableFile, ReadsFilesThatTellNoSize) {
  const auto status = read_file("/proc/self/status", 100'000);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_NE(status->find("Pid:"), std::string::npos);
  EXPECT_EQ(read_file("/proc/self/status", 10).error().code, ErrorCode::resource_exhausted);
}

TEST_F(DurableFile, RefusesToReadWhatIsNoFile) {
  const std::string pipe = folder_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const struct {
    const char* name;
    std::string path;
    ErrorCode code;
  } cases[] = {{"missing", folder_ + "/none", ErrorCode::not_found},
               {"folder", folder_, ErrorCode::failed_precondition},
               {"pipe, without waiting for its writer", pipe, ErrorCode::failed_precondition},
               {"device", "/dev/zero", ErrorCode::failed_precondition}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto read = read_file(c.path, 100);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, c.code);
    EXPECT_NE(read.error().message.find(c.path), std::string::npos);
  }
}

TEST_F(DurableFile, SweepsOnlyOldTemporaries) {
  const std::string old = folder_ + "/" + std::string(kTemporaryPrefix) + "old";
  const std::string young = folder_ + "/" + std::string(kTemporaryPrefix) + "young";
  for (const auto& path : {old, young, path_}) put(path, "x");
  fs::create_directory(folder_ + "/" + std::string(kTemporaryPrefix) + "folder");
  const auto moment = now();
  const auto long_ago = fs::file_time_type::clock::now() - 90s;
  fs::last_write_time(old, long_ago);
  fs::last_write_time(path_, long_ago);
  const auto swept = sweep_temporaries(folder_, moment);
  ASSERT_TRUE(swept) << swept.error().message;
  EXPECT_EQ(*swept, 1);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(fs::exists(path_));
  EXPECT_EQ(sweep_temporaries(folder_ + "/none", moment).error().code, ErrorCode::not_found);
}

TEST_F(DurableFile, SetsAsideUnderANewNameEachTime) {
  const auto moment = *parse_utc("2026-11-22T05:40:11Z");
  for (const char* wanted : {".corrupt-20261122T054011Z", ".corrupt-20261122T054011Z-2"}) {
    put(path_, wanted);
    const auto aside = set_aside(path_, moment);
    ASSERT_TRUE(aside) << aside.error().message;
    EXPECT_EQ(*aside, path_ + wanted);
    EXPECT_EQ(get(*aside), wanted);
    EXPECT_FALSE(fs::exists(path_));
  }
  EXPECT_EQ(set_aside(path_, moment).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace chela::base
