#include "porcelain.h"

#include <gtest/gtest.h>

#include "judge.h"

namespace check_git {
namespace {

using namespace std::string_literals;
using chela::ErrorCode;

const std::string kOid(40, 'a');
const std::string kHead = "# branch.oid " + kOid + "\0# branch.head main\0"s;
const std::string kModes = " N... 100644 100644 100644 " + kOid + " " + kOid + " ";

TEST(ParseStatus, ReadsEveryKindOfRecord) {
  const auto status = parse_status(
      kHead +
          "# branch.upstream origin/main\0# branch.ab +2 -13\0# stash 3\0# from.the.future x y\0"s +
          "1 .M" + kModes + "a b\0"s + "2 R. N... 100644 100644 100644 " + kOid + " " + kOid +
          " R100 new name\0old\nname\0"s + "u UU N... 100644 100644 100644 100644 " + kOid + " " +
          kOid + " " + kOid + " both\0"s + "1 .M S.M. 160000 160000 160000 " + kOid + " " + kOid +
          " sub\0"s + "? dir/\0! ignored\0"s,
      false);
  ASSERT_TRUE(status.has_value()) << status.error().message;
  EXPECT_EQ(status->branch, "main");
  EXPECT_EQ(status->oid, kOid);
  EXPECT_EQ(status->ahead, 2);
  EXPECT_EQ(status->behind, 13);
  EXPECT_EQ(status->stashes, 3);
  EXPECT_FALSE(status->is_upstream_gone);
  ASSERT_EQ(status->changes.size(), 5u);
  EXPECT_EQ(status->changes[0].path, "a b");
  EXPECT_EQ(status->changes[1].path, "new name");
  EXPECT_EQ(status->changes[1].old_path, "old\nname");
  EXPECT_EQ(status->changes[2].record, 'u');
  EXPECT_TRUE(status->changes[3].is_submodule);
  EXPECT_EQ(status->changes[4].path, "dir/");
}

TEST(ParseStatus, RefusesWhatIsNotItsFormat) {
  const struct {
    const char* name;
    std::string output;
  } cases[] = {
      {"empty", ""},
      {"another program", "hello world"},
      {"no first lines", "1 .M" + kModes + "a\0"s},
      {"no NUL at the end", kHead + "? a"},
      {"unknown record", kHead + "x .M a\0"s},
      {"too few fields", kHead + "1 .M N... 100644 a\0"s},
      {"no path", kHead + "1 .M" + kModes + "\0"s},
      {"a rename without its old name", kHead + "2 R. N... 1 1 1 1 1 R1 b\0"s},
      {"a number that is none", kHead + "# stash many\0"s},
      {"ahead and behind unknown", kHead + "# branch.ab +? -?\0"s},
      {"an object name that is none", "# branch.oid 1234\0# branch.head main\0"s},
      {"bytes", kHead + "\xff\xfe\0"s},
      {"an empty record", kHead + "\0"s},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto status = parse_status(c.output, false);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::data_loss);
  }
}

TEST(ParseStatus, KeepsWhatStandsBeforeACut) {
  const std::string whole =
      kHead + "1 .M" + kModes + "a\0"s + "2 R. N... 1 1 1 1 1 R1 b\0old\0? c\0"s;
  std::size_t most = 0;
  for (std::size_t cut = kHead.size(); cut <= whole.size(); ++cut) {
    SCOPED_TRACE(cut);
    const auto status = parse_status(whole.substr(0, cut), true);
    ASSERT_TRUE(status.has_value()) << status.error().message;
    EXPECT_FALSE(status->is_complete);
    EXPECT_GE(status->changes.size(), most);
    most = status->changes.size();
    for (const auto& change : status->changes) EXPECT_FALSE(change.path.empty());
  }
  EXPECT_EQ(most, 3u);
}

TEST(ParseStatus, AddsConflictsThatWereCutOff) {
  auto status = parse_status(kHead + "? new\0"s, true);
  ASSERT_TRUE(status.has_value());
  add_unmerged("100644 " + kOid + " 1\tsome path\0"s + "100644 " + kOid + " 2\tsome path\0"s,
               *status);
  ASSERT_EQ(status->changes.size(), 2u);
  EXPECT_EQ(status->changes[0].record, 'u');
  EXPECT_EQ(status->changes[0].path, "some path");
}

TEST(ParseBranches, ReadsTheirRelationToTheUpstream) {
  const std::string start = "refs/heads/x/y\0"s + kOid + "\0refs/remotes/o/x\0"s;
  const struct {
    const char* name;
    std::string track;
    int ahead, behind;
    bool is_gone, is_readable;
  } cases[] = {
      {"level", "", 0, 0, false, true},          {"ahead", "ahead 3", 3, 0, false, true},
      {"behind", "behind 4", 0, 4, false, true}, {"both", "ahead 3, behind 4", 3, 4, false, true},
      {"gone", "gone", 0, 0, true, true},        {"unknown", "sideways 3", 0, 0, false, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto branches = parse_branches(start + c.track + "\n");
    ASSERT_EQ(branches.has_value(), c.is_readable);
    if (!c.is_readable) continue;
    ASSERT_EQ(branches->size(), 1u);
    EXPECT_EQ(branches->front().name, "x/y");
    EXPECT_EQ(branches->front().ahead, c.ahead);
    EXPECT_EQ(branches->front().behind, c.behind);
    EXPECT_EQ(branches->front().is_upstream_gone, c.is_gone);
  }
}

TEST(ParseCommits, RefusesDatesAndNamesThatAreNone) {
  for (const std::string& line :
       {"x " + kOid, "-1 " + kOid, "99999999999999999 " + kOid, "1700000000 abc"s, "\xff"s}) {
    SCOPED_TRACE(line);
    EXPECT_FALSE(parse_commits(line + "\n").has_value());
  }
  EXPECT_TRUE(parse_commits("").value().empty());
}

TEST(ParsePlace, TellsTopFoldersBareOnesAndPartsApart) {
  const struct {
    const char* name;
    const char* output;
    bool is_readable, is_bare, is_top;
    const char* common;
  } cases[] = {
      {"top", "false\ntrue\n\n/w/.git\n.git\n", true, false, true, "/w/.git"},
      {"part", "false\ntrue\n../\n/w/.git\n../.git\n", true, false, false, "/w/../.git"},
      {"linked", "false\ntrue\n\n/m/.git/worktrees/w\n/m/.git\n", true, false, true, "/m/.git"},
      {"bare", "true\nfalse\n/w\n.\n", true, true, false, ""},
      {"inside .git", "false\nfalse\n\n/w/.git\n.\n", true, false, false, ""},
      {"empty", "", false, false, false, ""},
      {"another program", "hello\n", false, false, false, ""},
      {"a line break in the path", "false\ntrue\n\n/w\nx/.git\n.git\n", false, false, false, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto place = parse_place(c.output, "/w");
    ASSERT_EQ(place.has_value(), c.is_readable);
    if (!place) continue;
    EXPECT_EQ(place->is_bare, c.is_bare);
    EXPECT_EQ(place->is_top, c.is_top);
    EXPECT_EQ(place->common_dir, c.common);
  }
}

TEST(ShareOf, CountsWhatATipReachesOnce) {
  const auto at = [](int day) { return Timestamp(std::chrono::days(day)); };
  // d merges b and c, which both stand on a; e is another branch's.
  const std::vector<Commit> commits{{at(4), "d", {"b", "c"}},
                                    {at(3), "c", {"a"}},
                                    {at(2), "b", {"a"}},
                                    {at(1), "a", {"outside"}},
                                    {at(0), "e", {}}};
  const Share share = share_of("d", commits);
  EXPECT_EQ(share.count, 4);
  EXPECT_EQ(share.oldest, at(1));
  EXPECT_EQ(share.newest, at(4));
  EXPECT_EQ(share_of("outside", commits).count, 0);
}

}  // namespace
}  // namespace check_git
