// Secrets in files: which files are believed, and what is said of the others.
#include "services/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "support.h"

namespace chela::services {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCanary = "canary-7f3a9c2e51d08b64";
constexpr uid_t kMe = 1000, kRoot = 0, kOther = 1001;

std::vector<uid_t> owners() {
  return {::geteuid()};
}

// Under HOME of this test: /tmp may be written by everybody, and no secret in it is believed.
struct Folder : TempFolder {
  Folder() : TempFolder(fs::path(std::getenv("HOME"))) {}
  std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const auto written = write(name, text);
    ::chmod(written.c_str(), mode);
    return written;
  }
};

TEST(SecretFile, TableOfOwnersAndModes) {
  const struct {
    const char* name;
    FileUse use;
    mode_t mode;
    uid_t owner;
    std::uint64_t size;
    const char* says;  // "" = may be used
  } cases[] = {
      {"mine", FileUse::secret, S_IFREG | 0600, kMe, 51, ""},
      {"read-only", FileUse::secret, S_IFREG | 0400, kMe, 51, ""},
      {"root's", FileUse::secret, S_IFREG | 0600, kRoot, 51, ""},
      {"another's", FileUse::secret, S_IFREG | 0600, kOther, 51, "user 1001"},
      {"read by all", FileUse::secret, S_IFREG | 0644, kMe, 51, "mode 0644, wanted 0600"},
      {"read by the group", FileUse::secret, S_IFREG | 0640, kMe, 51, "mode 0640"},
      {"executed by all", FileUse::secret, S_IFREG | 0601, kMe, 51, "mode 0601"},
      {"a folder", FileUse::secret, S_IFDIR | 0700, kMe, 51, "folder"},
      {"a link", FileUse::secret, S_IFLNK | 0777, kMe, 51, "symbolic link"},
      {"a pipe", FileUse::secret, S_IFIFO | 0600, kMe, 0, "no regular file"},
      {"a device", FileUse::secret, S_IFCHR | 0600, kRoot, 0, "no regular file"},
      {"as large as it may be", FileUse::secret, S_IFREG | 0600, kMe, 65536, ""},
      {"too large", FileUse::secret, S_IFREG | 0600, kMe, 65537, "at most 64 KiB"},
      {"a credential", FileUse::credential, S_IFREG | 0440, kRoot, 51, ""},
      {"a credential for all", FileUse::credential, S_IFREG | 0444, kRoot, 51, "mode 0444"},
      {"a program", FileUse::program, S_IFREG | 0755, kRoot, 9'000'000, ""},
      {"a set-group-id program", FileUse::program, S_IFREG | 02755, kRoot, 9'000'000, ""},
      {"a program for the group", FileUse::program, S_IFREG | 0775, kMe, 9, "others may write"},
      {"a program for all", FileUse::program, S_IFREG | 0757, kMe, 9, "others may write"},
      {"another's program", FileUse::program, S_IFREG | 0755, kOther, 9, "user 1001"},
      {"no program", FileUse::program, S_IFREG | 0644, kMe, 9, "not executable"},
      {"a linked program", FileUse::program, S_IFLNK | 0777, kMe, 9, "symbolic link"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto why = refusal_of({"/f", c.mode, c.owner, c.size}, c.use, {kMe});
    if (*c.says == '\0') {
      EXPECT_FALSE(why) << *why;
      continue;
    }
    ASSERT_TRUE(why);
    EXPECT_NE(why->find(c.says), std::string::npos) << *why;
  }
}

TEST(SecretFile, TableOfFoldersAbove) {
  const struct {
    const char* name;
    FileUse use;
    mode_t mode;
    uid_t owner;
    bool is_good;
  } cases[] = {
      {"mine", FileUse::secret, S_IFDIR | 0700, kMe, true},
      {"root's, for all to see", FileUse::secret, S_IFDIR | 0755, kRoot, true},
      {"another's", FileUse::secret, S_IFDIR | 0755, kOther, false},
      {"the group writes", FileUse::secret, S_IFDIR | 0775, kMe, false},
      {"all write", FileUse::secret, S_IFDIR | 0777, kMe, false},
      {"all write, sticky", FileUse::secret, S_IFDIR | 01777, kRoot, false},
      {"all write, sticky, above a program", FileUse::program, S_IFDIR | 01777, kRoot, true},
      {"all write, above a program", FileUse::program, S_IFDIR | 0777, kRoot, false},
      {"no folder", FileUse::secret, S_IFREG | 0600, kMe, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(!folder_refusal_of({"/d", c.mode, c.owner, 0}, c.use, {kMe}).has_value(), c.is_good);
  }
}

TEST(SecretFile, ReadsAndDropsLineEnds) {
  const Folder folder;
  const struct {
    const char* name;
    std::string text;
    std::string value;
  } cases[] = {
      {"bare", "key", "key"},
      {"a line", "key\n", "key"},
      {"a line of Windows", "key\r\n", "key"},
      {"several", "key\n\n", "key"},
      {"blanks stay", " key ", " key "},
      {"lines inside stay", "-----BEGIN\nx\n-----END\n", "-----BEGIN\nx\n-----END"},
      {"as large as it may be", std::string(65536, 'k'), std::string(65536, 'k')},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto read = read_secret_file(folder.file("key", c.text), "", FileUse::secret, owners());
    ASSERT_FALSE(read.failure) << read.failure->message;
    EXPECT_EQ(read.value.view(), c.value);
    ASSERT_EQ(read.steps.size(), 2u);
    EXPECT_NE(read.steps[0].how.find("mode 0600"), std::string::npos) << read.steps[0].how;
  }
}

TEST(SecretFile, TableOfWhatIsRefused) {
  const Folder folder;
  const auto real = folder.file("real", kCanary);
  fs::create_symlink(real, folder.path("link"));
  fs::create_directory(folder.path("open"));
  folder.file("open/key", kCanary);
  ::chmod(folder.path("open").c_str(), 0777);
  ::mkfifo(folder.path("pipe").c_str(), 0600);
  const struct {
    const char* name;
    std::string path;
    SecretCause cause;
    const char* says;
  } cases[] = {
      {"for all to read", folder.file("loose", kCanary, 0644), SecretCause::unsafe_file,
       "mode 0644, wanted 0600"},
      {"a link", folder.path("link"), SecretCause::unsafe_file, "symbolic link"},
      {"in a folder that all may write", folder.path("open/key"), SecretCause::unsafe_file,
       "mode 0777: others may write"},
      {"a folder", folder.path("open"), SecretCause::unsafe_file, "it is a folder"},
      {"a pipe, without waiting for a writer", folder.path("pipe"), SecretCause::unsafe_file,
       "no regular file"},
      {"absent", folder.path("none"), SecretCause::not_found, "there is no"},
      {"behind a file", real + "/x", SecretCause::not_found, "there is no"},
      {"empty", folder.file("empty", ""), SecretCause::empty, "empty"},
      {"only a line end", folder.file("line", "\n"), SecretCause::empty, "empty"},
      {"too large", folder.file("large", std::string(65537, 'k')), SecretCause::unsafe_file,
       "at most 64 KiB"},
      {"binary", folder.file("binary", std::string("\x7f\0\xff", 3)), SecretCause::not_text,
       "no text"},
      {"for ever", "/dev/zero", SecretCause::unsafe_file, "no regular file"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto read = read_secret_file(c.path, "", FileUse::secret, owners());
    ASSERT_TRUE(read.failure);
    EXPECT_EQ(read.failure->cause, c.cause) << read.failure->message;
    EXPECT_NE(read.failure->message.find(c.says), std::string::npos) << read.failure->message;
    EXPECT_FALSE(read.failure->remedy.empty());
    ASSERT_FALSE(read.steps.empty());
    EXPECT_FALSE(read.steps.back().is_ok);
    EXPECT_EQ(read.failure->message.find(kCanary), std::string::npos);
  }
}

TEST(SecretFile, FollowsOnlyLinksToFoldersOfItsOwner) {
  const Folder folder;
  fs::create_directories(folder.path("generation-1"));
  folder.file("generation-1/key", kCanary);
  fs::create_directory_symlink("generation-1", folder.path("current"));
  fs::create_directory_symlink("../" + fs::path(folder.path()).filename().string() + "/current",
                               folder.path("twice"));
  fs::create_directory_symlink("loop", folder.path("loop"));
  for (const char* name : {"current/key", "twice/key"}) {
    const auto read = read_secret_file(folder.path(name), "", FileUse::secret, owners());
    ASSERT_FALSE(read.failure) << name << ": " << read.failure->message;
    EXPECT_EQ(read.value.view(), kCanary);
  }
  const auto loop = read_secret_file(folder.path("loop/key"), "", FileUse::secret, owners());
  ASSERT_TRUE(loop.failure);

  if (::geteuid() != 0) GTEST_SKIP() << "a link of another user needs root";
  fs::create_directory_symlink("generation-1", folder.path("theirs"));
  ASSERT_EQ(::lchown(folder.path("theirs").c_str(), 4711, 4711), 0);
  const auto theirs = read_secret_file(folder.path("theirs/key"), "", FileUse::secret, owners());
  ASSERT_TRUE(theirs.failure);
  EXPECT_NE(theirs.failure->message.find("user 4711"), std::string::npos);
}

TEST(SecretFile, TakesAFolderOfOnesOwnBelowAStickyOneButNoFileInIt) {
  const Folder folder;
  fs::create_directories(folder.path("shared/own"));
  folder.file("shared/own/key", kCanary);
  folder.file("shared/key", kCanary);
  const auto says = [&](const char* name) {
    const auto read = read_secret_file(folder.path(name), "", FileUse::secret, owners());
    return read.failure ? read.failure->message : "";
  };
  ASSERT_EQ(::chmod(folder.path("shared").c_str(), 01777), 0);
  EXPECT_EQ(says("shared/own/key"), "");
  EXPECT_NE(says("shared/key").find("mode 1777: others may write"), std::string::npos);
  ASSERT_EQ(::chmod(folder.path("shared").c_str(), 0777), 0);
  EXPECT_NE(says("shared/own/key").find("mode 0777: others may write"), std::string::npos);
  ASSERT_EQ(::chmod(folder.path("shared").c_str(), 01777), 0);
  ASSERT_EQ(::chmod(folder.path("shared/own").c_str(), 0777), 0);
  EXPECT_NE(says("shared/own/key").find("mode 0777: others may write"), std::string::npos);
}

TEST(SecretFile, BelievesNoForeignOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "a file of another user needs root";
  const Folder folder;
  const auto key = folder.file("key", kCanary);
  ASSERT_EQ(::chown(key.c_str(), 4711, 4711), 0);
  const auto read = read_secret_file(key, "", FileUse::secret, owners());
  ASSERT_TRUE(read.failure);
  EXPECT_NE(read.failure->message.find("user 4711"), std::string::npos) << read.failure->message;
  EXPECT_FALSE(read_secret_file(key, "", FileUse::secret, {0, 4711}).failure) << "under sudo";
}

TEST(SecretFile, TableOfPointers) {
  const Folder folder;
  const std::string text =
      R"({"providers":{"openai":{"apiKey":"canary-7f3a9c2e51d08b64"},"list":["a","b"]},
          "a/b":{"~":"odd"},"number":5,"escaped":"a\u00e9\"b"})";
  const auto file = folder.file("keys.json", text);
  const struct {
    const char* name;
    const char* pointer;
    const char* value;  // "" = refused
    SecretCause cause;
  } cases[] = {
      {"a member", "/providers/openai/apiKey", kCanary, SecretCause::none},
      {"of a list", "/providers/list/1", "b", SecretCause::none},
      {"odd names", "/a~1b/~0", "odd", SecretCause::none},
      {"escapes", "/escaped", "a\xc3\xa9\"b", SecretCause::none},
      {"absent", "/providers/google", "", SecretCause::not_found},
      {"beyond a list", "/providers/list/2", "", SecretCause::not_found},
      {"a number", "/number", "", SecretCause::bad_json},
      {"an object", "/providers", "", SecretCause::bad_json},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto read = read_secret_file(file, c.pointer, FileUse::secret, owners());
    if (*c.value != '\0') {
      ASSERT_FALSE(read.failure) << read.failure->message;
      EXPECT_EQ(read.value.view(), c.value);
      continue;
    }
    ASSERT_TRUE(read.failure);
    EXPECT_EQ(read.failure->cause, c.cause);
    for (const auto& step : read.steps) EXPECT_EQ(step.how.find("canary"), std::string::npos);
  }
}

TEST(SecretFile, OddDocumentsAreErrors) {
  const struct {
    const char* name;
    std::string text;
  } cases[] = {
      {"no JSON", "key"},
      {"half", R"({"a":"x)"},
      {"more", R"({"a":"x"} y)"},
      {"deep", std::string(30000, '[')},
      {"empty", ""},
      {"many", "[" + std::string(30000, '1') + "]x"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto read = secret_at(SecretString::copy_of(c.text), "/a");
    ASSERT_TRUE(read.failure);
    EXPECT_EQ(read.failure->cause, SecretCause::bad_json) << read.failure->message;
  }
  std::string wide = "[0";
  for (int i = 0; i < 30000; ++i) wide += ",0";
  const auto read = secret_at(SecretString::copy_of(wide + ",\"x\"]"), "/30001");
  ASSERT_FALSE(read.failure) << read.failure->message;
  EXPECT_EQ(read.value.view(), "x");
}

}  // namespace
}  // namespace chela::services
