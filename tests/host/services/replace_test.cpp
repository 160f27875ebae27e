// The write path: who wins, what is kept, and what a full or closed disk leaves behind.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "base/unique_fd.h"
#include "services/files.h"
#include "services/hash.h"
#include "support.h"

namespace chela::services {
namespace {

namespace fs = std::filesystem;

struct Way {
  const char* name;
  FilesSettings settings;
};
// As here, and as on file systems that lack one thing or the other.
const Way kWays[] = {
    {"all", {}},
    {"no openat2", {.use_openat2 = false}},
    {"no leases", {.use_leases = false, .quiet_before_swap = Duration(5)}},
    {"no exchange", {.use_exchange = false}},
    {"neither", {.use_leases = false, .use_exchange = false, .quiet_before_swap = Duration(5)}},
};

Result<std::string> replace(const Files& files, const Caller& caller, const std::string& path,
                            const std::string& base, const std::string& bytes) {
  return await(files.replace(caller, path, base, bytes, in(Duration(2000))));
}

int leftovers(const std::string& folder) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    count += name.starts_with(".chela-") || name.find("conflict") != std::string::npos;
  }
  return count;
}

TEST(Replace, SwapsTheContentAndGivesTheVersionThatReadGives) {
  for (const auto& way : kWays) {
    SCOPED_TRACE(way.name);
    const TempFolder folder;
    const auto path = folder.write("TASKS.md", "one\n");
    fs::permissions(path, fs::perms(0640));
    const Caller caller = caller_for(folder.path());
    const Files files(way.settings);
    auto version = read_now(files, caller, path)->version;
    for (const char* text : {"two\n", "", "three\n"}) {
      const auto done = replace(files, caller, path, version, text);
      ASSERT_TRUE(done) << done.error().message;
      EXPECT_EQ(content(path), text);
      EXPECT_EQ(read_now(files, caller, path)->version, *done);
      version = *done;
    }
    EXPECT_EQ(fs::status(path).permissions(), fs::perms(0640));
    EXPECT_EQ(leftovers(folder.path()), 0);
  }
}

TEST(Replace, CreatesOnlyWhatIsNotThere) {
  for (const auto& way : kWays) {
    SCOPED_TRACE(way.name);
    const TempFolder folder;
    const Caller caller = caller_for(folder.path());
    const Files files(way.settings);
    const auto done = replace(files, caller, folder.path("new.md"), "", "first");
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(read_now(files, caller, folder.path("new.md"))->version, *done);
    EXPECT_EQ(replace(files, caller, folder.path("new.md"), "", "second").error().code,
              ErrorCode::aborted);
    EXPECT_EQ(content(folder.path("new.md")), "first");
    EXPECT_EQ(leftovers(folder.path()), 0);
  }
}

TEST(Replace, YieldsToWhoeverChangedTheFile) {
  for (const auto& way : kWays) {
    SCOPED_TRACE(way.name);
    const TempFolder folder;
    const auto path = folder.write("TASKS.md", "one");
    const Caller caller = caller_for(folder.path());
    const Files files(way.settings);
    const auto version = read_now(files, caller, path)->version;
    folder.write("TASKS.md", "his");
    EXPECT_EQ(replace(files, caller, path, version, "ours").error().code, ErrorCode::aborted);
    EXPECT_EQ(content(path), "his");
    fs::remove(path);
    EXPECT_EQ(replace(files, caller, path, version, "ours").error().code, ErrorCode::aborted);
    EXPECT_FALSE(fs::exists(path));
    EXPECT_EQ(leftovers(folder.path()), 0);
  }
}

TEST(Replace, YieldsToWhoeverHoldsTheFileOpen) {
  const TempFolder folder;
  const auto path = folder.write("TASKS.md", "one");
  const Caller caller = caller_for(folder.path());
  const auto version = read_now(Files(), caller, path)->version;
  base::UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  const auto refused = replace(Files(), caller, path, version, "ours");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::aborted);
  EXPECT_NE(refused.error().message.find("being written by somebody"), std::string::npos)
      << refused.error().message;
  writer.reset();
  EXPECT_TRUE(replace(Files(), caller, path, version, "ours"));
}

// A writer that was on his way to the old file when it was swapped out: found by the look back.
TEST(Replace, PutsTheOldFileBackWhenSomebodyWritesToItLate) {
  for (const bool use_exchange : {true, false}) {
    SCOPED_TRACE(use_exchange);
    const TempFolder folder;
    const auto path = folder.write("TASKS.md", "one");
    const Caller caller = caller_for(folder.path());
    FilesSettings settings{
        .use_leases = false, .use_exchange = use_exchange, .settle = Duration(150)};
    settings.quiet_before_swap = Duration(0);
    const Files files(settings);
    const auto version = read_now(files, caller, path)->version;
    const base::UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    std::jthread editor([&] {
      while (content(path) != "ours") std::this_thread::yield();
      EXPECT_EQ(::pwrite(writer.get(), "his", 3, 0), 3);
    });
    const auto done = replace(files, caller, path, version, "ours");
    editor.join();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::aborted);
    EXPECT_EQ(content(path), "his");
    EXPECT_EQ(leftovers(folder.path()), 0);
  }
}

TEST(Replace, PutsTheOldFileBackWhenItsLeaseIsAskedFor) {
  const TempFolder folder;
  const auto path = folder.write("TASKS.md", "one");
  const Caller caller = caller_for(folder.path());
  const Files files(FilesSettings{.settle = Duration(150)});
  const auto version = read_now(files, caller, path)->version;
  const base::UniqueFd old(::open(path.c_str(), O_PATH | O_CLOEXEC));
  std::jthread editor([&] {
    while (content(path) != "ours") std::this_thread::yield();
    const std::string same_inode = "/proc/self/fd/" + std::to_string(old.get());
    const base::UniqueFd writer(
        ::open(same_inode.c_str(), O_WRONLY | O_CLOEXEC));  // waits for the lease
    EXPECT_EQ(::pwrite(writer.get(), "his", 3, 0), 3);
  });
  const auto done = replace(files, caller, path, version, "ours");
  editor.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::aborted);
  EXPECT_EQ(content(path), "his");
  EXPECT_EQ(leftovers(folder.path()), 0);
}

TEST(Replace, BringsBackAnEditThatAKillHadSwappedOut) {
  const TempFolder folder;
  const std::string base = "base", ours = "ours";
  const auto path = folder.write("TASKS.md", ours);
  const auto swap_name = [&](const std::string& tail) {
    return ".chela-swap-" + sha256("TASKS.md").substr(0, 8) + "-" + sha256(base).substr(0, 16) +
           "-" + sha256(ours).substr(0, 16) + "-" + tail;
  };
  const Caller caller = caller_for(folder.path());
  const Files files;
  const auto version = read_now(files, caller, path)->version;
  folder.write(swap_name("aaaaaa"), "his");
  folder.write(swap_name("bbbbbb"), base);
  folder.write(".chela-tmp-" + sha256("TASKS.md").substr(0, 8) + "-cccccc", "half a f");
  const auto first = replace(files, caller, path, version, "more");
  ASSERT_FALSE(first) << "the edit came back, so the base is an old one";
  EXPECT_EQ(first.error().code, ErrorCode::aborted);
  EXPECT_EQ(content(path), "his");
  EXPECT_EQ(leftovers(folder.path()), 0);

  folder.write(swap_name("dddddd"), "an edit of long ago");  // and the file has gone on since
  ASSERT_TRUE(replace(files, caller, path, read_now(files, caller, path)->version, "more"));
  EXPECT_EQ(content(path), "more");
  EXPECT_EQ(leftovers(folder.path()), 1) << "kept as TASKS.md.conflict-...";
}

TEST(Replace, WritesThroughALinkOnce) {
  const TempFolder folder, dropbox;
  const auto target = dropbox.write("TASKS.md", "one");
  fs::create_symlink(target, folder.path("TASKS.md"));
  Caller caller = caller_for(folder.path());
  for (const auto& way : kWays) {
    SCOPED_TRACE(way.name);
    const Files files(way.settings);
    caller.grant.read = caller.grant.write = {folder.path()};
    const auto refused = replace(files, caller, folder.path("TASKS.md"), "", "x");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("add \"" + target + "\" to allow.write"),
              std::string::npos)
        << refused.error().message;
    caller.grant.read = caller.grant.write = {folder.path(), target};
    const auto old = read_now(files, caller, folder.path("TASKS.md"));
    ASSERT_TRUE(old) << old.error().message;
    const auto done = replace(files, caller, folder.path("TASKS.md"), old->version, way.name);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(fs::is_symlink(folder.path("TASKS.md")));
    EXPECT_EQ(content(target), way.name);
  }
}

TEST(Replace, RefusesWhatIsNoPlainFileInTheGrant) {
  const TempFolder folder, outside;
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  fs::create_directory_symlink(outside.path(), folder.path("out"));
  fs::create_directory(folder.path("d"));
  Caller caller = caller_for(folder.path());
  const struct {
    const char* name;
    std::string path;
    ErrorCode code;
  } cases[] = {
      {"outside", outside.path("x"), ErrorCode::permission_denied},
      {"by a linked folder", folder.path("out/x"), ErrorCode::permission_denied},
      {"pipe", folder.path("pipe"), ErrorCode::failed_precondition},
      {"folder", folder.path("d"), ErrorCode::failed_precondition},
      {"no such folder", folder.path("none/x"), ErrorCode::not_found},
      {"dots", folder.path("../x"), ErrorCode::invalid_argument},
      {"process", "/proc/self/comm", ErrorCode::permission_denied},
      {"long name", folder.path(std::string(255, 'x')), ErrorCode::invalid_argument},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto done = replace(Files(), caller, c.path, "", "x");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, c.code) << done.error().message;
  }
  EXPECT_TRUE(fs::is_empty(outside.path()));
  EXPECT_EQ(replace(Files(), caller, folder.path("x"), "", std::string(max_file_bytes + 1, 'x'))
                .error()
                .code,
            ErrorCode::resource_exhausted);
  EXPECT_EQ(replace(Files(), caller, folder.path("x"), "v1:nonsense", "x").error().code,
            ErrorCode::invalid_argument);
}

TEST(Replace, LeavesOtherHardLinksWithTheOldContent) {
  const TempFolder folder;
  const auto path = folder.write("TASKS.md", "one");
  fs::create_hard_link(path, folder.path("backup"));
  const Caller caller = caller_for(folder.path());
  ASSERT_TRUE(replace(Files(), caller, path, read_now(Files(), caller, path)->version, "two"));
  EXPECT_EQ(content(path), "two");
  EXPECT_EQ(content(folder.path("backup")), "one");
}

TEST(Replace, WaitsForAnotherChela) {
  const TempFolder folder;
  const auto path = folder.write("TASKS.md", "one");
  const Caller caller = caller_for(folder.path());
  const auto version = read_now(Files(), caller, path)->version;
  base::UniqueFd lock(
      ::open(folder.path(".TASKS.md.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
  const auto late = await(Files().replace(caller, path, version, "two", in(Duration(30))));
  EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    lock.reset();
  });
  EXPECT_TRUE(replace(Files(), caller, path, version, "two"));
}

TEST(Replace, KeepsTheOwnerWhenRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const TempFolder folder;
  const auto path = folder.write("TASKS.md", "one");
  ASSERT_EQ(::chown(path.c_str(), 1234, 2345), 0);
  const Caller caller = caller_for(folder.path());
  ASSERT_TRUE(replace(Files(), caller, path, read_now(Files(), caller, path)->version, "two"));
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 1234u);
  EXPECT_EQ(info.st_gid, 2345u);
}

class Mounted {
 public:
  explicit Mounted(std::string path) : path_(std::move(path)) {
    is_mounted = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=256k") == 0;
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  ~Mounted() {
    if (is_mounted) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool set_read_only() const {
    return ::mount("", path_.c_str(), "", MS_REMOUNT | MS_RDONLY, "") == 0;
  }
  bool is_mounted = false;

 private:
  std::string path_;
};

TEST(Replace, KeepsTheOldFileOnAFullOrReadOnlyDisk) {
  const TempFolder folder;
  const Mounted disk(folder.path());
  if (!disk.is_mounted) GTEST_SKIP() << "needs the right to mount";
  const auto path = folder.write("TASKS.md", "one");
  const Caller caller = caller_for(folder.path());
  const auto version = read_now(Files(), caller, path)->version;
  const auto full = replace(Files(), caller, path, version, std::string(1 << 20, 'x'));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::resource_exhausted);
  EXPECT_NE(full.error().message.find("disk full"), std::string::npos) << full.error().message;
  EXPECT_EQ(content(path), "one");
  EXPECT_EQ(leftovers(folder.path()), 0);
  EXPECT_TRUE(replace(Files(), caller, path, version, "two"));

  ASSERT_TRUE(disk.set_read_only());
  const auto closed =
      replace(Files(), caller, path, read_now(Files(), caller, path)->version, "three");
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, ErrorCode::permission_denied);
  EXPECT_NE(closed.error().message.find("read-only file system"), std::string::npos)
      << closed.error().message;
}

}  // namespace
}  // namespace chela::services
