#include "judge.h"

#include <algorithm>
#include <set>

namespace check_git {
namespace {

using chela::condition;
using chela::describe_duration;

constexpr std::size_t kListed = 10;
constexpr Duration kLockAge = std::chrono::minutes(10);

// A path on one line: control characters in git's own spelling, at most 200 bytes.
std::string shown(std::string_view path) {
  std::string text;
  for (const char c : path.substr(0, 200)) {
    if (c == '\n') {
      text += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      text += '?';
    } else {
      text += c;
    }
  }
  return path.size() > 200 ? text + "..." : text;
}

std::string plural(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string ago(Timestamp then, Timestamp now) {
  return describe_duration(now - then) + " ago";
}

// "in docs", so that a person with several repositories sees which; the whole path stands in the
// detail.
std::string in_folder(const Repository& repository) {
  const auto slash = repository.path.find_last_of('/');
  const auto name = repository.path.substr(slash == std::string::npos ? 0 : slash + 1);
  return " in " + shown(name.empty() ? repository.path : name);
}

std::string as_of_last_fetch(const Repository& repository, Timestamp now) {
  if (!repository.last_fetch) return "as of the last push or clone (nothing was ever fetched here)";
  return "as of the last fetch, " + ago(*repository.last_fetch, now);
}

template <class Pick>
std::string list_changes(const Repository& repository, Pick&& pick) {
  std::string text;
  std::size_t listed = 0, rest = 0;
  for (const auto& change : repository.status.changes) {
    if (!pick(change)) continue;
    if (listed == kListed) {
      ++rest;
      continue;
    }
    ++listed;
    text += "\n" + change.state + " " + shown(change.path);
    if (!change.old_path.empty()) text += " (was " + shown(change.old_path) + ")";
  }
  if (rest != 0 || !repository.status.is_complete) {
    text += "\nand " + std::to_string(rest) + (repository.status.is_complete ? "" : " or more") +
            " others";
  }
  return text;
}

bool is_conflict(const Change& change) {
  return change.record == 'u';
}

// The newest of the changes that `pick` takes; absent where none of them has a time.
template <class Pick>
std::optional<Timestamp> newest(const Repository& repository, Pick&& pick) {
  std::optional<Timestamp> latest;
  for (std::size_t i = 0; i < repository.changed_at.size(); ++i) {
    const auto at = repository.changed_at[i];
    if (at && pick(repository.status.changes[i]) && (!latest || *at > *latest)) latest = at;
  }
  return latest;
}

class Judge {
 public:
  Judge(const Repository& repository, const Limits& limits, Timestamp now)
      : repository_(repository), limits_(limits), now_(now) {}

  chela::Report report() && {
    half_way();
    uncommitted();
    branches();
    detached();
    stash();
    chela::Report report =
        worst_ == 0 ? chela::Report::ok(summary()) : chela::Report::warn(summary());
    for (const auto& finding : findings_) report.add(finding);
    report.metric("changed_files", static_cast<double>(repository_.status.changes.size()), "files");
    report.metric("stashes", repository_.status.stashes, "stashes");
    if (repository_.has_remote) {
      report.metric("unpushed_commits", static_cast<double>(repository_.unpushed.size()),
                    "commits");
      report.metric("behind", repository_.status.behind, "commits");
    }
    return report;
  }

 private:
  bool is_older(Timestamp then, Duration limit) const { return now_ - then > limit; }

  void warn(chela::Finding finding) {
    ++worst_;
    findings_.push_back(std::move(finding));
  }
  void info(chela::Finding finding) { findings_.push_back(std::move(finding.info())); }

  void half_way() {
    const auto conflicts = static_cast<std::size_t>(std::count_if(
        repository_.status.changes.begin(), repository_.status.changes.end(), is_conflict));
    const auto touched = newest(repository_, is_conflict);
    const bool has_old_conflict =
        conflicts != 0 && touched && is_older(*touched, limits_.in_progress);
    if (has_old_conflict) {
      std::string title =
          "conflict in " + plural(conflicts, "file", "files") + in_folder(repository_);
      if (!repository_.operations.empty())
        title += ", " + repository_.operations.front().name + " not ended";
      warn(condition("conflict", title)
               .detail("In " + shown(repository_.path) + ", last touched " + ago(*touched, now_) +
                       ". Settle the files, then `git add` them and go on." +
                       list_changes(repository_, is_conflict)));
    }
    for (const auto& operation : repository_.operations) {
      // One trouble, one finding: the conflict above names the operation it stopped.
      if (conflicts != 0 && &operation == &repository_.operations.front()) continue;
      if (!is_older(operation.since, limits_.in_progress)) continue;
      warn(condition("in-progress:" + operation.name,
                     "unfinished " + operation.name + in_folder(repository_))
               .detail("In " + shown(repository_.path) + ", last moved " +
                       ago(operation.since, now_) + ". End it or give it up (" +
                       way_out(operation.name) + ")."));
    }
    if (repository_.index_lock && is_older(*repository_.index_lock, kLockAge)) {
      warn(condition("index-lock", "git is locked" + in_folder(repository_))
               .detail("index.lock was left " + ago(*repository_.index_lock, now_) + " in " +
                       shown(repository_.path) +
                       ": nothing can be committed. If no git is running there, delete the file."));
    }
  }

  static std::string way_out(const std::string& operation) {
    if (operation == "bisect") return "`git bisect reset`";
    return "`git " + operation + " --continue` or `--abort`";
  }

  void uncommitted() {
    const auto& status = repository_.status;
    const auto any = [](const Change&) { return true; };
    const auto touched = newest(repository_, any);
    if (!touched || !is_older(*touched, limits_.uncommitted)) return;
    const std::string count = status.is_complete
                                  ? plural(status.changes.size(), "file", "files")
                                  : "more than " + plural(status.changes.size(), "file", "files");
    warn(condition("uncommitted", "uncommitted changes" + in_folder(repository_) + ": " + count)
             .detail("In " + shown(repository_.path) + " on " + place() + ", the newest change " +
                     ago(*touched, now_) + "." + judged_by() + list_changes(repository_, any)));
  }

  std::string judged_by() const {
    const auto looked_at = static_cast<std::size_t>(
        std::count_if(repository_.changed_at.begin(), repository_.changed_at.end(),
                      [](const auto& at) { return at.has_value(); }));
    if (looked_at == repository_.status.changes.size() && repository_.status.is_complete) return "";
    return " (Age judged by the first " + std::to_string(looked_at) + " of them.)";
  }

  void branches() {
    if (!repository_.has_remote) return;
    for (const auto& branch : repository_.branches) {
      const Share share = share_of(branch.oid, repository_.unpushed);
      if (share.count == 0 || !is_older(share.oldest, limits_.unpushed)) continue;
      const bool is_current = branch.name == repository_.status.branch;
      const std::string commits =
          plural(static_cast<std::size_t>(share.count), "commit", "commits");
      const std::string detail =
          "In " + shown(repository_.path) + ": " + commits + " of " + shown(branch.name) +
          (repository_.is_unpushed_complete ? "" : " or more") + " are on no remote, the oldest " +
          ago(share.oldest, now_) + ", " + as_of_last_fetch(repository_, now_) + ".";
      if (branch.is_upstream_gone) {
        // Typical after a squashed merge: worth a line, not an alarm.
        info(condition("unpushed:" + branch.name, shown(branch.name) + in_folder(repository_) +
                                                      " has " + commits +
                                                      " on no remote, and its upstream is gone")
                 .detail(detail + " Merged and deleted there? Then delete it here too."));
      } else if (branch.ahead != 0 && branch.behind != 0) {
        warn(condition("diverged:" + branch.name,
                       shown(branch.name) + in_folder(repository_) +
                           " has diverged from its upstream: " + std::to_string(branch.ahead) +
                           " ahead, " + std::to_string(branch.behind) + " behind")
                 .detail(detail + " Pull, then push."));
      } else if (branch.upstream.empty() && is_current) {
        warn(condition("no-upstream:" + branch.name, shown(branch.name) + in_folder(repository_) +
                                                         " has " + commits +
                                                         " on no remote and no upstream")
                 .detail(detail + " Push with `git push -u`."));
      } else {
        warn(condition("unpushed:" + branch.name, "unpushed: " + commits + " of " +
                                                      shown(branch.name) + in_folder(repository_))
                 .detail(detail));
      }
    }
  }

  void detached() {
    if (!repository_.status.is_detached() || repository_.loose.empty()) return;
    for (const auto& operation : repository_.operations) {
      if (operation.name == "rebase" || operation.name == "bisect")
        return;  // they detach HEAD themselves
    }
    const Share share = share_of(repository_.status.oid, repository_.loose);
    if (share.count == 0 || !is_older(share.newest, limits_.in_progress)) return;
    const auto commits = plural(static_cast<std::size_t>(share.count), "commit", "commits");
    warn(condition("detached",
                   commits + " on no branch" + in_folder(repository_) + ": HEAD is detached")
             .detail(
                 "In " + shown(repository_.path) + ", the newest " + ago(share.newest, now_) +
                 ". The next checkout loses sight of them; keep them with `git switch -c NAME`."));
  }

  void stash() {
    if (repository_.stashes.empty()) return;
    const auto oldest = *std::min_element(repository_.stashes.begin(), repository_.stashes.end());
    if (!is_older(oldest, limits_.stash)) return;
    const auto count = static_cast<std::size_t>(std::max(repository_.status.stashes, 1));
    info(condition("stash", plural(count, "forgotten stash", "stashes, the oldest forgotten,") +
                                in_folder(repository_))
             .detail("In " + shown(repository_.path) + ", the oldest " + ago(oldest, now_) +
                     ". Look with `git stash list`; apply or drop it."));
  }

  std::string place() const {
    const auto& status = repository_.status;
    if (status.is_detached()) return "a detached HEAD";
    return shown(status.branch) + (status.oid.empty() ? " (no commit yet)" : "");
  }

  // "main: clean", "main: 3 changed files, newest 2 h ago; 2 unpushed commits, as of the last
  // fetch, 3 days ago"
  std::string summary() const {
    const auto& status = repository_.status;
    std::string text = place() + ": ";
    if (status.changes.empty()) {
      text += "clean";
    } else {
      text += plural(status.changes.size(), "changed file", "changed files");
      const auto touched = newest(repository_, [](const Change&) { return true; });
      if (touched) text += ", newest " + ago(*touched, now_);
    }
    if (repository_.has_remote) {
      const auto count = repository_.unpushed.size();
      text += count == 0 ? "; nothing unpushed"
                         : "; " + plural(count, "unpushed commit", "unpushed commits");
      if (status.behind != 0) text += ", " + std::to_string(status.behind) + " behind";
      text += ", " + as_of_last_fetch(repository_, now_);
    }
    return text;
  }

  const Repository& repository_;
  const Limits& limits_;
  Timestamp now_;
  std::vector<chela::Finding> findings_;
  int worst_ = 0;
};

}  // namespace

Share share_of(const std::string& tip, const std::vector<Commit>& commits) {
  std::map<std::string_view, const Commit*> by_oid;
  for (const auto& commit : commits) by_oid.emplace(commit.oid, &commit);
  Share share;
  std::set<std::string_view> seen;
  std::vector<std::string_view> open{tip};
  while (!open.empty()) {
    const auto found = by_oid.find(open.back());
    open.pop_back();
    if (found == by_oid.end() || !seen.insert(found->first).second) continue;
    const Commit& commit = *found->second;
    share.oldest = share.count == 0 ? commit.committed : std::min(share.oldest, commit.committed);
    share.newest = share.count == 0 ? commit.committed : std::max(share.newest, commit.committed);
    ++share.count;
    open.insert(open.end(), commit.parents.begin(), commit.parents.end());
  }
  return share;
}

chela::Report judge(const Repository& repository, const Limits& limits, Timestamp now) {
  return Judge(repository, limits, now).report();
}

}  // namespace check_git
