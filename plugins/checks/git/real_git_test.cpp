// check.git against the real git: every shape of repository that it promises to understand.
#include <gtest/gtest.h>

#include "real_host.h"

namespace check_git::test {
namespace {

using namespace std::chrono_literals;
using Keys = std::vector<std::string>;

class RealGit : public ::testing::Test {
 protected:
  // One run over `folder`, as if it were `later` from now; host_ keeps what was asked.
  json::value run(const std::string& folder, chela::Duration later = 0h,
                  json::value cursor = nullptr, json::object config = {}) {
    host_.now =
        std::chrono::time_point_cast<chela::Duration>(std::chrono::system_clock::now()) + later;
    config["path"] = folder;
    auto plugin =
        chela::testing::OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host_, config);
    EXPECT_TRUE(plugin.has_value());
    const auto report = (*plugin)->call("run", json::object{{"cursor", cursor}});
    EXPECT_TRUE(report.has_value()) << report.error().message;
    if (!report) return {};
    last_ = *report;
    return last_;
  }
  Keys keys(const std::string& folder, chela::Duration later) {
    Keys found;
    const json::value report = run(folder, later);
    for (const auto& finding : report.at("findings").as_array())
      found.push_back(chela::get_string(finding, "key"));
    return found;
  }
  std::string text(std::size_t finding, const char* member) {
    return chela::get_string(last_.at("findings").as_array().at(finding), member);
  }
  std::string summary() { return chela::get_string(last_, "summary"); }

  GitFolder git_;
  RealHost host_;
  json::value last_;
};

TEST_F(RealGit, HasNothingToSayAboutACleanRepository) {
  const auto folder = git_.make("clean");
  EXPECT_EQ(keys(folder, 24h * 365), Keys{});
  EXPECT_EQ(summary(), "main: clean");
  EXPECT_LE(host_.programs_run, 3);
}

TEST_F(RealGit, ReportsChangesOnlyOnceTheyAreOld) {
  const auto folder = git_.make("dirty");
  git_.write(folder + "/a.txt", "two\n");
  git_.write(folder + "/new file.txt", "x");
  git_.write(folder + "/dir/inner.txt", "x");
  EXPECT_EQ(keys(folder, 3h), Keys{});
  EXPECT_EQ(keys(folder, 5h), Keys{"uncommitted"});
  EXPECT_EQ(text(0, "title"), "uncommitted changes in dirty: 3 files");
  EXPECT_NE(text(0, "detail").find("\n.M a.txt\n?? dir/\n?? new file.txt"), std::string::npos)
      << text(0, "detail");
}

TEST_F(RealGit, LooksIntoUntrackedFolders) {
  const auto folder = git_.make("inner");
  git_.write(folder + "/dir/inner.txt", "x");
  const auto old = std::filesystem::file_time_type::clock::now() - 48h;
  std::filesystem::last_write_time(folder + "/dir", old);
  EXPECT_EQ(keys(folder, 0h), Keys{});  // inner.txt is fresh
  std::filesystem::last_write_time(folder + "/dir/inner.txt", old);
  std::filesystem::last_write_time(folder + "/dir", old);
  EXPECT_EQ(keys(folder, 0h), Keys{"uncommitted"});
}

TEST_F(RealGit, CountsADeletedFileFromWhenItWasFirstSeen) {
  const auto folder = git_.make("deleted");
  std::filesystem::remove(folder + "/a.txt");
  const json::value first = run(folder, 100h);
  EXPECT_TRUE(first.at("findings").as_array().empty());
  const json::value second = run(folder, 105h, first.at("cursor"));
  ASSERT_EQ(second.at("findings").as_array().size(), 1u);
  EXPECT_EQ(text(0, "key"), "uncommitted");
}

TEST_F(RealGit, ShowsARenamedFileWithBothNames) {
  const auto folder = git_.make("renamed");
  git_.git(folder, {"mv", "a.txt", "b c.txt"});
  const json::value first = run(folder, 100h);
  EXPECT_TRUE(first.at("findings").as_array().empty());  // a renamed file keeps its old time
  run(folder, 105h, first.at("cursor"));
  EXPECT_NE(text(0, "detail").find("\nR. b c.txt (was a.txt)"), std::string::npos)
      << text(0, "detail");
}

TEST_F(RealGit, TakesNamesWithSpacesLineBreaksAndBytesThatAreNoText) {
  const auto folder = git_.make("names");
  git_.write(folder + "/sp ace", "x");
  git_.write(folder + "/line\nbreak", "x");
  git_.write(folder + "/\xff\xfe.bin", "x");
  const json::value first = run(folder, 0h);
  const json::value second = run(folder, 9h, first.at("cursor"));
  ASSERT_EQ(second.at("findings").as_array().size(), 1u);
  EXPECT_NE(text(0, "detail").find("line\\nbreak"), std::string::npos) << text(0, "detail");
  EXPECT_NE(text(0, "detail").find("\xEF\xBF\xBD\xEF\xBF\xBD.bin"), std::string::npos)
      << text(0, "detail");
}

TEST_F(RealGit, UnderstandsAnUnbornBranch) {
  const auto folder = git_.path("unborn");
  std::filesystem::create_directories(folder);
  git_.git(folder, {"init", "-q"});
  EXPECT_EQ(keys(folder, 99h), Keys{});
  EXPECT_EQ(summary(), "main (no commit yet): clean");
  git_.write(folder + "/first.txt", "x");
  EXPECT_EQ(keys(folder, 99h), Keys{"uncommitted"});
  git_.git(folder, {"remote", "add", "origin", git_.path("nowhere")});
  EXPECT_EQ(keys(folder, 99h), Keys{"uncommitted"});
}

TEST_F(RealGit, UnderstandsSha256) {
  const auto folder = git_.make("sha256", {"--object-format=sha256"});
  git_.write(folder + "/a.txt", "two\n");
  git_.git(folder, {"stash", "-q"});
  git_.write(folder + "/a.txt", "three\n");
  EXPECT_EQ(keys(folder, 24h * 20), (Keys{"uncommitted", "stash"}));
}

TEST_F(RealGit, ReportsCommitsOfADetachedHeadThatNothingElseKeeps) {
  const auto folder = git_.make("detached");
  git_.git(folder, {"checkout", "-q", "--detach"});
  EXPECT_EQ(keys(folder, 99h), Keys{});  // only standing somewhere is no trouble
  git_.commit(folder, "a.txt", "two\n");
  EXPECT_EQ(keys(folder, 30min), Keys{});
  EXPECT_EQ(keys(folder, 2h), Keys{"detached"});
  EXPECT_EQ(text(0, "title"), "1 commit on no branch in detached: HEAD is detached");
  git_.git(folder, {"tag", "kept"});
  EXPECT_EQ(keys(folder, 99h), Keys{});
}

// Leaves `other` and `main` with different lines in a.txt; main is checked out.
void make_conflicting(const GitFolder& git, const std::string& folder) {
  git.git(folder, {"checkout", "-q", "-b", "other"});
  git.commit(folder, "a.txt", "theirs\n");
  git.git(folder, {"checkout", "-q", "main"});
  git.commit(folder, "a.txt", "ours\n");
}

TEST_F(RealGit, ReportsEveryUnfinishedOperation) {
  const struct {
    std::string command, name;
  } cases[] = {{"merge", "merge"}, {"rebase", "rebase"}, {"cherry-pick", "cherry-pick"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.command);
    const auto folder = git_.make(c.command);
    make_conflicting(git_, folder);
    git_.git(folder, {c.command, "other"}, 1);
    EXPECT_EQ(keys(folder, 30min), Keys{});
    EXPECT_EQ(keys(folder, 2h), Keys{"conflict"});
    EXPECT_EQ(text(0, "title"),
              "conflict in 1 file in " + c.command + ", " + c.name + " not ended");
    EXPECT_NE(text(0, "detail").find("\nUU a.txt"), std::string::npos) << text(0, "detail");
    git_.write(folder + "/a.txt", "settled\n");
    git_.git(folder, {"add", "a.txt"});
    EXPECT_EQ(keys(folder, 2h), Keys{"in-progress:" + c.name});
  }
}

TEST_F(RealGit, ReportsARevertAndABisectThatWereLeft) {
  const auto folder = git_.make("left");
  git_.commit(folder, "a.txt", "two\n");
  git_.commit(folder, "a.txt", "three\n");
  git_.git(folder, {"revert", "--no-edit", "HEAD~1"}, 1);
  EXPECT_EQ(keys(folder, 2h), Keys{"conflict"});
  git_.git(folder, {"revert", "--abort"});
  EXPECT_EQ(keys(folder, 2h), Keys{});
  git_.git(folder, {"bisect", "start", "HEAD", "HEAD~2"});
  EXPECT_EQ(keys(folder, 2h), Keys{"in-progress:bisect"});
}

TEST_F(RealGit, ReportsAConflictOutsideOfAnyOperation) {
  const auto folder = git_.make("pop");
  git_.write(folder + "/a.txt", "stashed\n");
  git_.git(folder, {"stash", "-q"});
  git_.commit(folder, "a.txt", "committed\n");
  git_.git(folder, {"stash", "pop"}, 1);
  EXPECT_EQ(keys(folder, 2h), Keys{"conflict"});
  EXPECT_EQ(text(0, "title"), "conflict in 1 file in pop");
}

TEST_F(RealGit, ReportsAForgottenStashAndALeftoverLock) {
  const auto folder = git_.make("stash");
  git_.write(folder + "/a.txt", "two\n");
  git_.git(folder, {"stash", "-q"});
  git_.write(folder + "/.git/index.lock", "");
  EXPECT_EQ(keys(folder, 5min), Keys{});
  EXPECT_EQ(keys(folder, 24h), Keys{"index-lock"});
  EXPECT_EQ(keys(folder, 24h * 15), (Keys{"index-lock", "stash"}));
  EXPECT_EQ(text(1, "severity"), "info");
}

TEST_F(RealGit, TellsUnpushedDivergedAndUnsharedBranchesApart) {
  const auto folder = git_.make_with_remote("shared");
  EXPECT_EQ(keys(folder, 999h), Keys{});
  git_.commit(folder, "a.txt", "two\n");
  EXPECT_EQ(keys(folder, 23h), Keys{});
  EXPECT_EQ(keys(folder, 25h), Keys{"unpushed:main"});
  EXPECT_NE(text(0, "detail").find("nothing was ever fetched"), std::string::npos)
      << text(0, "detail");

  const auto clone = git_.path("clone");
  git_.git(git_.path("."), {"clone", "-q", git_.path("shared.git"), clone});
  git_.commit(clone, "b.txt", "theirs\n");
  git_.git(clone, {"push", "-q"});
  git_.git(folder, {"fetch", "-q"});
  EXPECT_EQ(keys(folder, 25h), Keys{"diverged:main"});
  EXPECT_EQ(text(0, "title"), "main in shared has diverged from its upstream: 1 ahead, 1 behind");
  EXPECT_NE(text(0, "detail").find("as of the last fetch, 1 day"), std::string::npos)
      << text(0, "detail");

  git_.git(folder, {"reset", "-q", "--hard", "origin/main~1"});
  EXPECT_EQ(keys(folder, 999h), Keys{});
  EXPECT_NE(summary().find("nothing unpushed, 1 behind, as of the last fetch"), std::string::npos)
      << summary();

  git_.git(folder, {"checkout", "-q", "-b", "idea"});
  EXPECT_EQ(keys(folder, 999h), Keys{});  // its commits are all on the remote
  git_.commit(folder, "c.txt", "mine\n");
  EXPECT_EQ(keys(folder, 25h), Keys{"no-upstream:idea"});
  git_.git(folder, {"checkout", "-q", "main"});
  EXPECT_EQ(keys(folder, 25h), Keys{"unpushed:idea"});
}

TEST_F(RealGit, SaysSoftlyThatAnUpstreamIsGone) {
  const auto folder = git_.make_with_remote("gone");
  git_.git(folder, {"checkout", "-q", "-b", "topic"});
  git_.commit(folder, "t.txt", "x\n");
  git_.git(folder, {"push", "-q", "-u", "origin", "topic"});
  git_.git(folder, {"push", "-q", "origin", "--delete", "topic"});
  EXPECT_EQ(keys(folder, 99h), Keys{"unpushed:topic"});
  EXPECT_EQ(text(0, "severity"), "info");
  EXPECT_EQ(chela::get_string(last_, "status"), "ok");
}

TEST_F(RealGit, LeavesARepositoryWithoutRemoteAlone) {
  const auto folder = git_.make("local");
  git_.commit(folder, "a.txt", "two\n");
  git_.git(folder, {"checkout", "-q", "-b", "idea"});
  EXPECT_EQ(keys(folder, 24h * 365), Keys{});
}

TEST_F(RealGit, UnderstandsLinkedWorktreesAndSubmodules) {
  const auto folder = git_.make("main");
  const auto linked = git_.path("linked");
  git_.git(folder, {"worktree", "add", "-q", linked});
  git_.write(linked + "/a.txt", "two\n");
  EXPECT_EQ(keys(linked, 5h), Keys{"uncommitted"});
  EXPECT_EQ(keys(folder, 5h), Keys{});

  const auto part = git_.make("part");
  git_.git(folder, {"submodule", "add", "-q", part, "part"});
  git_.git(folder, {"commit", "-qm", "add part"});
  EXPECT_EQ(keys(folder, 5h), Keys{});
  EXPECT_EQ(keys(folder + "/part", 5h), Keys{});
  git_.write(folder + "/part/a.txt", "two\n");
  const json::value first = run(folder, 5h);
  const json::value second = run(folder, 10h, first.at("cursor"));
  ASSERT_EQ(second.at("findings").as_array().size(), 1u);
  EXPECT_NE(text(0, "detail").find("\n.M part"), std::string::npos) << text(0, "detail");
}

TEST_F(RealGit, RunsNoProgramThatTheRepositoryNames) {
  const auto folder = git_.make("trap");
  const auto part = git_.make("part");
  git_.git(folder, {"submodule", "add", "-q", part, "part"});
  git_.git(folder, {"commit", "-qm", "add part"});
  const auto witness = git_.path("witness");
  git_.write(git_.path("hook"), "#!/bin/sh\ntouch " + witness + "\n");
  std::filesystem::permissions(git_.path("hook"), std::filesystem::perms::owner_all);
  for (const auto& where : {folder, folder + "/part"}) {
    for (const char* key :
         {"core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "gpg.program",
          "core.askPass", "diff.external", "core.alternateRefsCommand"}) {
      git_.git(where, {"config", key, git_.path("hook")});
    }
    git_.git(where, {"config", "log.showSignature", "true"});
  }
  for (const char* hook :
       {"post-index-change", "fsmonitor-watchman", "post-checkout", "reference-transaction"}) {
    std::filesystem::copy_file(git_.path("hook"), folder + "/.git/hooks/" + hook,
                               std::filesystem::copy_options::overwrite_existing);
  }
  git_.write(folder + "/a.txt", "two\n");
  EXPECT_EQ(keys(folder, 5h), Keys{"uncommitted"});
  EXPECT_FALSE(std::filesystem::exists(witness));
  // The trap is a real one: git as people call it falls into it.
  git_.git(folder, {"status"});
  EXPECT_TRUE(std::filesystem::exists(witness));
}

TEST_F(RealGit, LooksAtTheConfiguredFolderOfAnotherOwnerAndAtNoOther) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  const auto folder = git_.make("theirs");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    ASSERT_EQ(lchown(entry.path().c_str(), 65534, 65534), 0);
  }
  ASSERT_EQ(lchown(folder.c_str(), 65534, 65534), 0);
  git_.git(folder, {"status"}, 128);  // git as people call it refuses
  EXPECT_EQ(keys(folder, 5h), Keys{});
  EXPECT_EQ(summary(), "main: clean");
}

TEST_F(RealGit, WritesNothingIntoTheRepository) {
  const auto folder = git_.make_with_remote("untouched");
  git_.write(folder + "/a.txt",
             "one\n");  // the same content with another time: git would refresh its index
  const auto before = std::filesystem::last_write_time(folder + "/.git/index");
  keys(folder, 5h);
  EXPECT_EQ(std::filesystem::last_write_time(folder + "/.git/index"), before);
  EXPECT_EQ(git_.git(folder, {"status", "--porcelain"}), "");
}

TEST_F(RealGit, LooksAtNoMoreThanTwoHundredOfManyChangedFiles) {
  const auto folder = git_.make("many");
  for (int i = 0; i < 1000; ++i) git_.write(folder + "/file" + std::to_string(i), "x");
  EXPECT_EQ(keys(folder, 5h), Keys{"uncommitted"});
  EXPECT_EQ(text(0, "title"), "uncommitted changes in many: 1000 files");
  EXPECT_NE(text(0, "detail").find("\nand 990 others"), std::string::npos) << text(0, "detail");
  EXPECT_LE(host_.stats, 210);
}

TEST_F(RealGit, DoesNotTakeAFolderOfALargerRepositoryForOne) {
  const auto folder = git_.make("large");
  git_.write(folder + "/part/x.txt", "x");
  EXPECT_EQ(keys(folder + "/part", 5h), Keys{});
  EXPECT_EQ(summary(),
            "no git repository at " + folder + "/part: it is not the top of a working tree");
}

TEST_F(RealGit, TellsWhenTheRepositoryIsGone) {
  const auto folder = git_.make("vanishing");
  const json::value first = run(folder);
  std::filesystem::remove_all(folder + "/.git");
  run(folder, 1h, first.at("cursor"));
  EXPECT_EQ(text(0, "key"), "repository-gone");
  std::filesystem::remove_all(folder);
  run(folder, 1h, last_.at("cursor"));
  EXPECT_EQ(text(0, "key"), "repository-gone");
}

TEST_F(RealGit, CannotTellAboutABareRepository) {
  const auto folder = git_.path("bare");
  std::filesystem::create_directories(folder);
  git_.git(folder, {"init", "-q", "--bare"});
  EXPECT_EQ(chela::get_string(run(folder), "status"), "unknown");
}

}  // namespace
}  // namespace check_git::test
