// Reading, looking and listing: what is opened, what never is, and when a file counts as at rest.
#include "services/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "base/unique_fd.h"
#include "support.h"

namespace chela::services {
namespace {

namespace fs = std::filesystem;

// Both ways to walk obey the same rules.
const FilesSettings kWays[] = {{.use_openat2 = true}, {.use_openat2 = false}};
const char* name_of(const FilesSettings& way) {
  return way.use_openat2 ? "openat2" : "part by part";
}

TEST(FilesRead, GivesBytesSizeTimeAndVersion) {
  const TempFolder folder;
  const auto path = folder.write("notes/a.md", "hello\n");
  const Caller caller = caller_for(folder.path());
  for (const auto& way : kWays) {
    SCOPED_TRACE(name_of(way));
    const auto file = read_now(Files(way), caller, path);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->bytes, "hello\n");
    EXPECT_EQ(file->size, 6u);
    EXPECT_FALSE(file->is_truncated);
    EXPECT_NE(
        file->version.find("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"),
        std::string::npos);
    EXPECT_LT(base::now() - file->modified, std::chrono::minutes(1));
  }
}

TEST(FilesRead, CutsAtTheCapAndThenGivesNoBase) {
  const TempFolder folder;
  const auto path = folder.write("big", "");
  fs::resize_file(path, 100u << 20);
  const Caller caller = caller_for(folder.path());
  const Files files;
  const auto file = read_now(files, caller, path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->bytes.size(), max_file_bytes);
  EXPECT_EQ(file->size, 100u << 20);
  EXPECT_TRUE(file->is_truncated);
  const auto done = await(files.replace(caller, path, file->version, "short", in(Duration(1000))));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::failed_precondition);

  const auto small = folder.write("small", "12345");
  EXPECT_FALSE(read_now(files, caller, small, 5)->is_truncated);
  EXPECT_TRUE(read_now(files, caller, small, 4)->is_truncated);
  EXPECT_EQ(read_now(files, caller, small, 4)->bytes, "1234");
}

TEST(FilesRead, RefusesWhatIsNoPlainFileInTheGrant) {
  const TempFolder folder, outside;
  const auto inside = folder.write("ws/a.md", "mine");
  const auto secret = outside.write("secret", "s");
  ASSERT_EQ(::mkfifo(folder.path("ws/pipe").c_str(), 0600), 0);
  fs::create_symlink(secret, folder.path("ws/leak"));
  fs::create_symlink("../../../../../../../../etc/passwd", folder.path("ws/up"));
  fs::create_directory_symlink(outside.path(), folder.path("ws/out"));
  fs::create_symlink("/proc/self/environ", folder.path("ws/environ"));
  fs::create_symlink("loop", folder.path("ws/loop"));
  const Caller caller = caller_for(folder.path("ws"));
  const struct {
    const char* name;
    std::string path;
    ErrorCode code;
    std::string says;
  } cases[] = {
      {"not granted", secret, ErrorCode::permission_denied, "add \"" + secret + "\" to allow.read"},
      {"neighbour", folder.path("wsx"), ErrorCode::permission_denied, "allow.read"},
      {"dots", folder.path("ws/../ws/a.md"), ErrorCode::invalid_argument, "'..'"},
      {"NUL", inside + std::string(1, '\0'), ErrorCode::invalid_argument, "NUL"},
      {"pipe", folder.path("ws/pipe"), ErrorCode::failed_precondition, "not a regular file"},
      {"folder", folder.path("ws"), ErrorCode::failed_precondition, "not a regular file"},
      {"missing", folder.path("ws/none"), ErrorCode::not_found, "there is no such file"},
      {"below a file", inside + "/x", ErrorCode::not_found, "there is no such file"},
      {"link out", folder.path("ws/leak"), ErrorCode::permission_denied, "add \"" + secret + "\""},
      {"relative link out", folder.path("ws/up"), ErrorCode::permission_denied, "/etc/passwd"},
      {"by a linked folder", folder.path("ws/out/secret"), ErrorCode::permission_denied, secret},
      {"link into a process", folder.path("ws/environ"), ErrorCode::permission_denied,
       "never allowed"},
      {"link to itself", folder.path("ws/loop"), ErrorCode::failed_precondition,
       "too many symbolic links"},
      {"own environment", "/proc/self/environ", ErrorCode::permission_denied, "never allowed"},
      {"of process 1", "/proc/1/environ", ErrorCode::permission_denied, "never allowed"},
  };
  for (const auto& way : kWays) {
    SCOPED_TRACE(name_of(way));
    for (const auto& c : cases) {
      SCOPED_TRACE(c.name);
      const auto file = read_now(Files(way), caller, c.path);
      ASSERT_FALSE(file);
      EXPECT_EQ(file.error().code, c.code) << file.error().message;
      EXPECT_NE(file.error().message.find(c.says), std::string::npos) << file.error().message;
    }
  }
}

TEST(FilesRead, NeverShowsTheInsideOfAProcessEvenWithEverythingGranted) {
  Caller caller;
  caller.instance = "greedy";
  caller.grant.read = {"/", "/proc", "/proc/self", "/dev"};
  const auto own = "/proc/" + std::to_string(::getpid());
  for (const auto& way : kWays) {
    SCOPED_TRACE(name_of(way));
    const Files files(way);
    for (const auto& path : {std::string("/proc/self/environ"), own + "/environ",
                             std::string("/proc/thread-self/maps"), std::string("/proc/net/tcp"),
                             std::string("/proc/mounts")}) {
      SCOPED_TRACE(path);
      const auto file = read_now(files, caller, path);
      ASSERT_FALSE(file);
      EXPECT_EQ(file.error().code, ErrorCode::permission_denied) << file.error().message;
    }
    EXPECT_FALSE(files.list(caller, "/proc/self"));
    EXPECT_FALSE(files.stat(caller, own + "/fd/0"));
    EXPECT_EQ(read_now(files, caller, "/dev/zero").error().code, ErrorCode::failed_precondition);
    const auto memory = read_now(files, caller, "/proc/meminfo");
    ASSERT_TRUE(memory) << memory.error().message;
    EXPECT_TRUE(memory->bytes.starts_with("MemTotal:"));
  }
}

TEST(FilesRead, FollowsLinksThatStayInsideTheGrant) {
  const TempFolder folder, dropbox;
  const auto real = folder.write("real/a.md", "text");
  const auto shared = dropbox.write("TASKS.md", "shared");
  fs::create_symlink("real/a.md", folder.path("relative"));
  fs::create_symlink(real, folder.path("absolute"));
  fs::create_directory_symlink(folder.path("real"), folder.path("folder"));
  fs::create_symlink(shared, folder.path("TASKS.md"));
  Caller caller = caller_for(folder.path());
  for (const auto& way : kWays) {
    SCOPED_TRACE(name_of(way));
    const Files files(way);
    for (const char* name : {"relative", "absolute", "folder/a.md"}) {
      SCOPED_TRACE(name);
      const auto file = read_now(files, caller, folder.path(name));
      ASSERT_TRUE(file) << file.error().message;
      EXPECT_EQ(file->bytes, "text");
    }
  }
  // The usual case of a task list that lives in a shared folder: the link is granted, its target
  // has to be, too.
  Caller linked = caller_for(folder.path("TASKS.md"));
  const auto refused = read_now(Files(), linked, folder.path("TASKS.md"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("add \"" + shared + "\" to allow.read"), std::string::npos)
      << refused.error().message;
  linked.grant.read.push_back(shared);
  EXPECT_EQ(read_now(Files(), linked, folder.path("TASKS.md"))->bytes, "shared");
}

TEST(FilesRead, GrantedFileMeansThatNameOnly) {
  const TempFolder folder;
  const auto path = folder.write("a.md", "a");
  const auto other = folder.write("b.md", "b");
  const Caller caller = caller_for(path);
  EXPECT_TRUE(read_now(Files(), caller, path));
  EXPECT_EQ(read_now(Files(), caller, other).error().code, ErrorCode::permission_denied);
  EXPECT_EQ(Files().list(caller, folder.path()).error().code, ErrorCode::permission_denied);
}

TEST(FilesRead, WaitsUntilNobodyWrites) {
  const TempFolder folder;
  const auto path = folder.write("a.md", "old");
  const Caller caller = caller_for(folder.path());
  const Files files;
  base::UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  const auto busy = await(files.read(caller, path, 0, Duration(5), in(Duration(60))));
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, ErrorCode::deadline_exceeded);
  EXPECT_NE(busy.error().message.find("open for writing"), std::string::npos)
      << busy.error().message;

  std::jthread editor([&] {
    for (int i = 0; i < 10; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      EXPECT_EQ(::pwrite(writer.get(), "new", 3, 0), 3);
    }
    writer.reset();
  });
  const auto file = await(files.read(caller, path, 0, Duration(5), in(Duration(5000))));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->bytes, "new");
}

TEST(FilesRead, LooksTwiceAtAnEmptyOrMissingFile) {
  const TempFolder folder;
  const auto path = folder.write("a.md", "");
  const Caller caller = caller_for(folder.path());
  const Files files;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(await(files.read(caller, path, 0, Duration(30), in(Duration(2000))))->bytes, "");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(30));

  fs::rename(path, path + "~");  // an editor between two renames
  std::jthread editor([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    folder.write("new", "saved");
    fs::rename(folder.path("new"), path);
  });
  const auto file = await(files.read(caller, path, 0, Duration(40), in(Duration(2000))));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->bytes, "saved");
  const auto none =
      await(files.read(caller, folder.path("none"), 0, Duration(10), in(Duration(2000))));
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
}

TEST(FilesStat, TellsTheKindOfEntry) {
  const TempFolder folder, outside;
  folder.write("a.md", "12345");
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  fs::create_symlink("a.md", folder.path("inside"));
  fs::create_symlink(outside.path(), folder.path("outside"));
  fs::create_symlink("nowhere", folder.path("dangling"));
  const Caller caller = caller_for(folder.path());
  const struct {
    const char* name;
    const char* type;
  } cases[] = {
      {"a.md", "file"},   {"", "directory"},      {"pipe", "other"},
      {"inside", "file"}, {"outside", "symlink"}, {"dangling", "symlink"},
  };
  for (const auto& way : kWays) {
    SCOPED_TRACE(name_of(way));
    for (const auto& c : cases) {
      SCOPED_TRACE(c.name);
      const auto info = Files(way).stat(caller, folder.path(c.name));
      ASSERT_TRUE(info) << info.error().message;
      EXPECT_STREQ(to_string(info->type), c.type);
    }
    EXPECT_EQ(Files(way).stat(caller, folder.path("a.md"))->size, 5u);
    EXPECT_EQ(Files(way).stat(caller, folder.path("none")).error().code, ErrorCode::not_found);
  }
}

TEST(FilesList, SortsNamesAndStopsAtTheCap) {
  const TempFolder folder;
  folder.write("d/b", "");
  folder.write("d/a", "");
  fs::create_directory(folder.path("d/c"));
  fs::create_symlink("a", folder.path("d/l"));
  const Caller caller = caller_for(folder.path());
  const auto list = Files().list(caller, folder.path("d"));
  ASSERT_TRUE(list);
  std::string text;
  for (const auto& entry : list->entries) text += entry.name + ":" + to_string(entry.type) + " ";
  EXPECT_EQ(text, "a:file b:file c:directory l:symlink ");
  EXPECT_EQ(Files().list(caller, folder.path("d/a")).error().code, ErrorCode::failed_precondition);
  EXPECT_EQ(Files().list(caller, folder.path("d/x")).error().code, ErrorCode::not_found);

  for (std::size_t i = 0; i <= max_list_entries; ++i) {
    base::UniqueFd(
        ::open(folder.path(std::to_string(i)).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  }
  const auto many = Files().list(caller, folder.path());
  ASSERT_TRUE(many);
  EXPECT_EQ(many->entries.size(), max_list_entries);
  EXPECT_TRUE(many->is_truncated);
}

TEST(FilesDiskUsage, NeedsUsageOrRead) {
  const TempFolder folder;
  Caller caller;
  caller.instance = "disk";
  EXPECT_EQ(Files().disk_usage(caller, folder.path()).error().code, ErrorCode::permission_denied);
  caller.grant.usage = {"/"};
  const auto usage = Files().disk_usage(caller, folder.path());
  ASSERT_TRUE(usage) << usage.error().message;
  EXPECT_GT(usage->total_bytes, 0u);
  EXPECT_LE(usage->available_bytes, usage->total_bytes);
  EXPECT_EQ(read_now(Files(), caller, "/etc/hostname").error().code, ErrorCode::permission_denied);
}

TEST(Files, LeaveNoDescriptorOpen) {
  const TempFolder folder;
  const auto path = folder.write("a.md", "x");
  fs::create_symlink("/etc/passwd", folder.path("leak"));
  const Caller caller = caller_for(folder.path());
  const auto count = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = count();
  for (const auto& way : kWays) {
    const Files files(way);
    for (int i = 0; i < 20; ++i) {
      const auto file = read_now(files, caller, path);
      EXPECT_TRUE(
          await(files.replace(caller, path, file->version, std::to_string(i), in(Duration(1000)))));
      EXPECT_FALSE(await(files.replace(caller, path, file->version, "x", in(Duration(1000)))));
      EXPECT_FALSE(read_now(files, caller, folder.path("leak")));
      EXPECT_TRUE(files.list(caller, folder.path()));
      EXPECT_TRUE(files.disk_usage(caller, folder.path()));
    }
  }
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace chela::services
