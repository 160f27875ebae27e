// What is refused before a line of a plugin's code runs: broken and foreign files, wrong settings,
// missing permissions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>

#include "bad_plugins/bad_desk.h"

namespace chela::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

void replace_in(const fs::path& file, const std::string& from, const std::string& to) {
  std::string bytes = slurp(file);
  const auto at = bytes.find(from);
  ASSERT_NE(at, std::string::npos) << from << " is not in " << file;
  ASSERT_EQ(from.size(), to.size());
  bytes.replace(at, from.size(), to);
  spill(file, bytes);
}

struct BrokenFile {
  const char* name;
  std::function<void(const fs::path&)> damage;
  const char* words;
  std::string manifest;
};

const BrokenFile kBrokenFiles[] = {
    {"not an ELF file",
     [](const fs::path& file) {
       spill(file, "#!/bin/sh\necho I am a plugin\n" + std::string(5000, '#'));
     },
     "not an ELF library", ""},
    {"an empty file", [](const fs::path& file) { spill(file, ""); }, "not an ELF library", ""},
    {"truncated behind its headers", [](const fs::path& file) { fs::resize_file(file, 2000); },
     "truncated", ""},
    {"truncated in its middle", [](const fs::path& file) { fs::resize_file(file, 9000); },
     "truncated", ""},
    {"no note",
     [](const fs::path& file) {
       replace_in(file, std::string("chela\0\0\0{", 9), std::string("shell\0\0\0{", 9));
     },
     "no 'chela' note", ""},
    {"a note that is no JSON",
     [](const fs::path& file) {
       replace_in(file, std::string("chela\0\0\0{", 9), std::string("chela\0\0\0!", 9));
     },
     "its note is .*JSON", ""},
    {"another ABI major",
     [](const fs::path& file) { replace_in(file, "\"major\" : 1", "\"major\" : 7"); },
     "built for chela ABI 7", ""},
    {"a newer minor",
     [](const fs::path& file) { replace_in(file, "\"minor_needed\" : 0", "\"minor_needed\" : 9"); },
     "needs chela ABI 1.9", ""},
    {"no entry symbol",
     [](const fs::path& file) { replace_in(file, "chela_plugin_v1", "chela_plugin_v9"); },
     "does not export chela_plugin_v1", ""},
    {"a mode that lets others write",
     [](const fs::path& file) { fs::permissions(file, fs::perms::all); },
     "can be written by others", ""},
    {"a set-uid file", [](const fs::path& file) { ::chmod(file.c_str(), 04755); }, "set-uid", ""},
    {"a folder that others may write",
     [](const fs::path& file) { fs::permissions(file.parent_path(), fs::perms::all); },
     "can be written by others", ""},
    {"another sha256", [](const fs::path&) {}, "the sha256 in the manifest is not that of",
     "sha256: " + std::string(64, 'a') + "\n"},
    {"another owner",
     [](const fs::path& file) { EXPECT_EQ(::chown(file.c_str(), 12345, 12345), 0); },
     "belongs to user 12345", ""},
};

TEST(BadPlugin, WithABrokenFileIsRefusedInBothIsolationModes) {
  for (const char* isolation : {"process", "host"}) {
    for (const auto& broken : kBrokenFiles) {
      SCOPED_TRACE(std::string(broken.name) + ", isolation " + isolation);
      if (geteuid() != 0 && std::string(broken.name) == "another owner") {
        std::printf("skipped, because only root can give files away: another owner\n");
        continue;
      }
      Victim victim;
      BadDesk desk;
      // Bundled-like: in another folder, so that a folder's mode concerns the bad one alone.
      const fs::path good_folder = desk.root() / "more-plugins";
      fs::create_directories(good_folder);
      fs::copy_file(fs::path(CHELA_BAD_PLUGINS) / "check.good.so", good_folder / "check.good.so");
      desk.env["CHELA_PLUGIN_PATH"] = good_folder.string();
      desk.enable("good", "check.good");
      broken.damage(desk.install("check.bad_file"));
      desk.enable("bad", "check.bad_file",
                  "isolation: " + std::string(isolation) + "\n" + broken.manifest);
      const Ticked ticked = desk.tick({"--all"});
      expect_one_line(ticked, "check.bad_file", broken.words);
      EXPECT_THAT(ticked.problems.empty() ? "" : ticked.problems.front(),
                  ::testing::StartsWith("bad ("));
      expect_nothing_got_out(desk, ticked, victim);
      expect_good_goes_on(desk, ticked);
    }
  }
}

TEST(BadPlugin, WhoseFileIsUndamagedRunsInBothIsolationModes) {
  for (const char* isolation : {"process", "host"}) {
    SCOPED_TRACE(isolation);
    BadDesk desk;
    desk.install("check.bad_file");
    desk.enable("bad", "check.bad_file", "isolation: " + std::string(isolation) + "\n");
    EXPECT_EQ(desk.tick({"--all"}).outcome.exit_code, 0);
  }
}

TEST(BadPlugin, ThatIsThereTwiceIsRefusedWithBothPaths) {
  BadDesk desk;
  desk.install("check.good");
  desk.enable("good", "check.good");
  const fs::path one = desk.install("check.bad_file");
  const fs::path two = desk.install("check.bad_file", "a-copy");
  desk.enable("bad", "check.bad_file");
  const Ticked ticked = desk.tick({"--all"});
  expect_one_line(ticked, "check.bad_file", "more than once: .*remove all but one");
  EXPECT_THAT(ticked.problems.at(0), HasSubstr(one.string()));
  EXPECT_THAT(ticked.problems.at(0), HasSubstr(two.string()));
  expect_good_goes_on(desk, ticked);
}

TEST(BadPlugin, WithAnUnknownSettingIsRefusedWithFileLineAndColumn) {
  BadDesk desk;
  desk.install("check.good");
  desk.enable("good", "check.good");
  desk.install("check.bad_file");
  desk.enable("bad", "check.bad_file", "config:\n  colour: red\n");
  const Ticked ticked = desk.tick({"--all"});
  EXPECT_EQ(ticked.outcome.exit_code, 1);
  ASSERT_THAT(ticked.problems, SizeIs(1));
  EXPECT_THAT(ticked.problems.at(0), HasSubstr("checks/bad.yaml:6:3"));
  EXPECT_THAT(ticked.problems.at(0), HasSubstr("colour"));
  EXPECT_THAT(ticked.problems.at(0), HasSubstr("check.bad_file"));
  expect_good_goes_on(desk, ticked);
}

TEST(BadPlugin, ThatWantsMoreThanItsManifestAllowsIsRefusedWithTheLineToAdd) {
  BadDesk desk;
  desk.install("check.good");
  desk.enable("good", "check.good");
  desk.install("check.bad_needs");
  desk.enable("bad", "check.bad_needs");
  const Ticked ticked = desk.tick({"--all"});
  EXPECT_EQ(ticked.outcome.exit_code, 1);
  ASSERT_THAT(ticked.problems, SizeIs(1));
  EXPECT_THAT(ticked.problems.at(0), HasSubstr("check.bad_needs"));
  EXPECT_THAT(ticked.problems.at(0), HasSubstr("add under 'allow':  exec: [git]  and  read: ["));
  EXPECT_THAT(ticked.problems.at(0), HasSubstr("bad.yaml"));
  expect_good_goes_on(desk, ticked);
  desk.enable("bad", "check.bad_needs", "allow:\n  exec: [git]\n  read: [\"${workspace}\"]\n");
  EXPECT_EQ(desk.tick({"--check", "bad"}).outcome.exit_code, 0);
}

}  // namespace
}  // namespace chela::test
