// What is worth a person's attention in a repository: pure decisions over what git and the files
// said.
#pragma once

#include <chela/report.h>

#include <map>

#include "porcelain.h"

namespace check_git {

using chela::Duration;

// From how old on each thing is reported.
struct Limits {
  Duration uncommitted{};
  Duration unpushed{};
  Duration in_progress{};
  Duration stash{};
};

// A merge, rebase, ... that was begun and not ended.
struct Operation {
  std::string name;   // "rebase"; part of the finding's key
  Timestamp since{};  // when it last moved
};

// Everything that was gathered about one repository.
struct Repository {
  std::string path;
  Status status;
  std::vector<std::optional<Timestamp>>
      changed_at;  // beside status.changes; absent: was not looked at
  bool has_remote = false;
  std::vector<Branch> branches;
  std::vector<Commit> unpushed;  // commits of all branches that are on no remote
  bool is_unpushed_complete = true;
  std::vector<Commit> loose;  // where HEAD is detached: commits on no branch, remote or tag
  std::vector<Timestamp> stashes;
  std::vector<Operation> operations;
  std::optional<Timestamp> index_lock;
  std::optional<Timestamp> last_fetch;
};

// The commits of `tip` among `commits`, and the oldest of their dates.
struct Share {
  int count = 0;
  Timestamp oldest{};
  Timestamp newest{};
};
Share share_of(const std::string& tip, const std::vector<Commit>& commits);

// The report without its cursor. Each finding is a condition with one of these keys:
//   conflict  in-progress:<operation>  index-lock  uncommitted  detached  stash
//   unpushed:<branch>  diverged:<branch>  no-upstream:<branch>   (at most one of the three per
//   branch)
chela::Report judge(const Repository& repository, const Limits& limits, Timestamp now);

}  // namespace check_git
