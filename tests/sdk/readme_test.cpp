// The examples of sdk/README.md are the files that tests/package builds.
#include <gtest/gtest.h>

#include "chela/testing/opened_plugin.h"

namespace chela {
namespace {

TEST(Readme, ShowsTheTestedExamples) {
  const std::string readme = testing::read_whole_file(CHELA_SOURCE_DIR "/sdk/README.md");
  ASSERT_FALSE(readme.empty());
  for (const char* file :
       {"disk_free.cpp", "plugin.json", "CMakeLists.txt", "disk_free_test.cpp",
        "fixtures/full/world.json", "fixtures/full/config.json", "fixtures/full/expected.json"}) {
    const std::string text =
        testing::read_whole_file(std::string(CHELA_SOURCE_DIR "/tests/package/disk_free/") + file);
    ASSERT_FALSE(text.empty()) << file;
    EXPECT_NE(readme.find(text), std::string::npos) << file << " stands otherwise in sdk/README.md";
  }
}

TEST(Readme, NamesEveryHeader) {
  const std::string readme = testing::read_whole_file(CHELA_SOURCE_DIR "/sdk/README.md");
  for (const char* header : {"check.h", "tasks.h", "host.h", "report.h", "config.h", "result.h",
                             "json.h", "duration.h", "utf8.h", "abi/entry.h", "testing/fixtures.h",
                             "testing/fake_host.h", "testing/opened_plugin.h"}) {
    EXPECT_NE(readme.find(std::string("`chela/") + header + "`"), std::string::npos) << header;
  }
}

}  // namespace
}  // namespace chela
