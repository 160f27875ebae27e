// Who may have written a plugin's file, and the copy that nobody can change.
#include "plugin/library_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "services/hash.h"

namespace chela::plugin {
namespace {

TEST(LibraryFile, AcceptsOnlyWhatItsOwnerAloneCanWrite) {
  const Scratch scratch;
  const auto path = scratch.write("folder/check.x.so", "x");
  const auto folder = (scratch.folder / "folder").string();
  EXPECT_TRUE(check_owner_and_mode(path, current_self()).has_value());

  const struct {
    const char* name;
    std::string what;
    mode_t mode;
    bool ok;
  } cases[] = {
      {"group may write the file", path, 0664, false},
      {"others may write the file", path, 0646, false},
      {"set-uid", path, 04755, false},
      {"plain again", path, 0755, true},
      {"others may write the folder", folder, 0777, false},
      {"a sticky folder of its own", folder, 01777, false},
      {"a folder of one's own", folder, 0755, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_EQ(chmod(c.what.c_str(), c.mode), 0);
    const auto result = check_owner_and_mode(path, current_self());
    EXPECT_EQ(result.has_value(), c.ok) << (result ? "" : result.error().message);
    if (!result) {
      EXPECT_NE(result.error().message.find(scratch.folder.string()), std::string::npos);
    }
    if (!c.ok) {
      ASSERT_EQ(chmod(c.what.c_str(), 0755), 0);
    }
  }
  // Above the plugin's folder a sticky one does no harm.
  ASSERT_EQ(chmod(scratch.folder.c_str(), 01777), 0);
  EXPECT_TRUE(check_owner_and_mode(path, current_self()).has_value());
}

TEST(LibraryFile, RefusesAnotherOwnersFile) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give a file away";
  const Scratch scratch;
  const auto path = scratch.write("check.x.so", "x");
  ASSERT_EQ(chown(path.c_str(), 4242, 4242), 0);
  const auto result = check_owner_and_mode(path, {0, 0});
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().message.find("belongs to user 4242"), std::string::npos);
  EXPECT_TRUE(
      check_owner_and_mode(path, {0, 4242}).has_value());  // sudo: the caller counts as self
}

TEST(LibraryFile, RefusesLinks) {
  const Scratch scratch;
  const auto path = scratch.write("check.x.so", "x");
  const auto link = (scratch.folder / "link.so").string();
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  EXPECT_FALSE(check_owner_and_mode(link, current_self()).has_value());
  EXPECT_FALSE(seal_library(link).has_value());
}

TEST(LibraryFile, SealsACopyThatStaysAsItWasHashed) {
  const Scratch scratch;
  const auto path = scratch.write("check.x.so", real_bytes());
  const auto library = seal_library(path);
  ASSERT_TRUE(library.has_value()) << library.error().message;
  EXPECT_EQ(library->sha256, services::sha256(real_bytes()));
  scratch.write("check.x.so", "replaced");
  EXPECT_EQ(services::sha256_of_fd(library->fd.get()).value(), library->sha256);
  EXPECT_LT(pwrite(library->fd.get(), "x", 1, 0), 0);
  EXPECT_NE(ftruncate(library->fd.get(), 0), 0);
}

}  // namespace
}  // namespace chela::plugin
