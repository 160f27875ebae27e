// What git prints, as plain values: pure parsers of its machine-readable output, for git 2.31 and
// newer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chela/duration.h"
#include "chela/result.h"

namespace check_git {

using chela::Result;
using chela::Timestamp;

// One changed path. Names are bytes as git keeps them, not necessarily UTF-8.
struct Change {
  char record = '1';     // '1' changed, '2' renamed or copied, 'u' unmerged, '?' untracked
  std::string state;     // the two letters of git: "M.", ".D", "UU"; "??" for untracked
  std::string path;      // below the top of the working tree; ends in '/' for an untracked folder
  std::string old_path;  // of a '2'
  bool is_submodule = false;

  bool is_deleted() const { return state[1] == 'D' || (state[0] == 'D' && state[1] == '.'); }
};

struct Status {
  std::string oid;       // of HEAD; empty on an unborn branch
  std::string branch;    // short name; empty where HEAD is detached
  std::string upstream;  // "origin/main"; empty where none is set
  int ahead = 0;         // commits, against the upstream as last fetched
  int behind = 0;
  bool is_upstream_gone = false;  // an upstream is set but does not exist
  int stashes = 0;
  std::vector<Change> changes;
  bool is_complete = true;  // false: the output was cut off, there are more changes

  bool is_detached() const { return branch.empty(); }
};

// Reads `status --porcelain=v2 --branch --show-stash -z`. Where the output was cut off, the records
// before the cut are kept. data_loss where it is not that format.
Result<Status> parse_status(std::string_view output, bool is_truncated);

// Adds the paths of `ls-files --unmerged -z` to the front of `status.changes`, unless they are
// there already.
void add_unmerged(std::string_view output, Status& status);

struct Branch {
  std::string name;  // "main"
  std::string oid;
  std::string upstream;  // full name; empty where none is set
  int ahead = 0;
  int behind = 0;
  bool is_upstream_gone = false;
};

inline constexpr const char* kBranchFormat =
    "--format=%(refname)%00%(objectname)%00%(upstream)%00%(upstream:track,nobracket)";

// Reads `for-each-ref` with kBranchFormat. data_loss where it is not that format.
Result<std::vector<Branch>> parse_branches(std::string_view output);

struct Commit {
  Timestamp committed{};
  std::string oid;
  std::vector<std::string> parents;
};

// Reads `rev-list --timestamp [--parents]`: one line a commit. data_loss where it is not that
// format.
Result<std::vector<Commit>> parse_commits(std::string_view output);

struct Place {
  bool is_bare = false;
  bool is_top = false;     // the folder is the top of a working tree
  std::string git_dir;     // absolute; of this worktree
  std::string common_dir;  // absolute; the same unless this is a linked worktree
};

// The questions behind parse_place, for `rev-parse`.
inline constexpr const char* kPlaceQuestions[] = {"--is-bare-repository", "--is-inside-work-tree",
                                                  "--show-cdup", "--absolute-git-dir",
                                                  "--git-common-dir"};

// Reads the answer to kPlaceQuestions asked in folder `cwd`. data_loss where it is something else,
// or where a path has a line break in it.
Result<Place> parse_place(std::string_view output, std::string_view cwd);

}  // namespace check_git
