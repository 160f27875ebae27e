// What is in the plugin path: usable files, unusable ones with their reason, duplicates with both
// paths.
#include "plugin/registry.h"

#include <gtest/gtest.h>

#include "scratch.h"

namespace chela::plugin {
namespace {

TEST(Registry, ListsWhatIsThereAndWhy) {
  const Scratch scratch;
  scratch.write("one/check.system.so", real_bytes());
  scratch.write("one/check.broken.so", "not a library");
  scratch.write("one/readme.txt", "left alone");
  const auto registry = Registry::scan(
      {(scratch.folder / "one").string(), (scratch.folder / "missing").string()}, {});
  ASSERT_EQ(registry.files().size(), 2u);
  ASSERT_TRUE(registry.find("check.system").has_value());
  EXPECT_FALSE((*registry.find("check.system"))->is_bundled);
  EXPECT_NE(registry.find("check.broken").error().message.find("check.broken.so"),
            std::string::npos);
  const auto typo = registry.find("check.sytem");
  EXPECT_EQ(typo.error().code, ErrorCode::not_found);
  EXPECT_NE(typo.error().message.find("did you mean 'check.system'"), std::string::npos)
      << typo.error().message;
}

TEST(Registry, RefusesBothOfTwoFilesWithOneId) {
  const Scratch scratch;
  const auto first = scratch.write("one/check.system.so", real_bytes());
  const auto second = scratch.write("two/other.so", real_bytes());
  const auto registry =
      Registry::scan({(scratch.folder / "one").string(), (scratch.folder / "two").string()}, {});
  const auto found = registry.find("check.system");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::already_exists);
  EXPECT_NE(found.error().message.find(first), std::string::npos);
  EXPECT_NE(found.error().message.find(second), std::string::npos);
}

TEST(Registry, CountsAFolderOnceWhateverItIsCalled) {
  const Scratch scratch;
  scratch.write("one/check.system.so", real_bytes());
  std::filesystem::create_directory_symlink(scratch.folder / "one", scratch.folder / "again");
  const auto registry =
      Registry::scan({(scratch.folder / "one").string(), (scratch.folder / "again").string()}, {});
  EXPECT_TRUE(registry.find("check.system").has_value());
}

}  // namespace
}  // namespace chela::plugin
