// Looks at one git working tree: what is uncommitted, unpushed, conflicted or half-way, and for how
// long.
//
// Source: git's porcelain v2 status, rev-list, for-each-ref and rev-parse (git 2.31 or newer), and
// the times of the changed files. Times are UTC milliseconds. Never fetches: what is on the remote
// is what the last fetch saw.
#include <chela/check.h>

#include <variant>

#include "ask.h"
#include "judge.h"

namespace check_git {
namespace {

using chela::ErrorCode;
using chela::fail;
namespace json = chela::json;

constexpr std::size_t kLookedAt = 200;  // changed files whose time is asked for
constexpr std::size_t kPerFolder = 20;  // of these, inside one untracked folder
constexpr std::size_t kCommits = 5000;  // unpushed commits that are read
constexpr std::size_t kBranches = 200;  // the most recent ones

class GitCheck : public chela::Check {
 public:
  explicit GitCheck(const chela::Config& config)
      : path_(config.get("path")),
        limits_{config.duration("uncommitted_after", std::chrono::hours(4)),
                config.duration("unpushed_after", std::chrono::hours(24)),
                config.duration("in_progress_after", std::chrono::hours(1)),
                config.duration("stash_after", std::chrono::hours(14 * 24))},
        counts_untracked_(config.get("untracked", true)),
        ignore_(config.strings("ignore")),
        timeout_(config.duration("timeout", std::chrono::seconds(30))) {
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
  }

  Result<chela::Report> run(chela::Host& host) override {
    const Git git{host, path_, timeout_};
    json::value cursor = host.cursor();
    if (chela::get_string(cursor, "path") != path_) cursor = nullptr;  // it is about another folder
    CHELA_TRY(const auto place, find_repository(git));
    if (const auto* absence = std::get_if<Absence>(&place)) return no_repository(*absence, cursor);
    Repository repository;
    repository.path = path_;
    CHELA_TRY(ask_all(git, std::get<Place>(place), repository));
    CHELA_TRY(json::object first_seen, date_changes(host, cursor, repository));
    chela::Report report = judge(repository, limits_, host.clock().now());
    report.set_cursor(make_cursor(std::move(first_seen)));
    return report;
  }

 private:
  // Why there is nothing to look at. A folder that simply is not under git is in order: most of
  // those who have the built-in check have no repository there. The others are mistakes in `path`,
  // which must become loud in time.
  struct Absence {
    std::string why;
    bool is_in_order = false;
  };
  using Found = std::variant<Place, Absence>;

  Result<Found> find_repository(const Git& git) const {
    const auto folder = git.host.files().stat(path_);
    if (!folder && folder.error().code == ErrorCode::not_found) {
      return Found(Absence{"there is no such folder"});
    }
    if (!folder) return fail(folder.error());
    std::vector<std::string> words{"rev-parse"};
    words.insert(words.end(), std::begin(kPlaceQuestions), std::end(kPlaceQuestions));
    CHELA_TRY(const Answer answer, try_git(git, words));
    if (!answer.refusal.empty()) return explain_absence(git, answer.refusal);
    CHELA_TRY(const Place place, parse_place(answer.out, path_));
    if (place.is_bare || place.git_dir.empty())
      return Found(Absence{"it is a bare one, without a working tree"});
    if (!place.is_top) {
      return Found(Absence{"it is only a part of a larger one; set `path` to its top folder"});
    }
    return Found(place);
  }

  Result<Found> explain_absence(const Git& git, const std::string& refusal) const {
    if (refusal.find("not a git repository") == std::string::npos)
      return fail(explain_refusal(git, refusal));
    // With a .git there it is a damaged one, or a linked one whose other half lies outside the
    // grant.
    if (git.host.files().stat(path_ + "/.git")) {
      return fail(
          ErrorCode::failed_precondition,
          path_ +
              "/.git is there, but git finds no repository behind it. If it is a linked worktree "
              "or a "
              "submodule, its git folder must stand in this check's `allow.read` too. git said: " +
              refusal);
    }
    return Found(Absence{"it is not the top of a working tree", true});
  }

  // Once there was one: somebody should know that it is gone.
  Result<chela::Report> no_repository(const Absence& absence, const json::value& cursor) const {
    const std::string sentence = "no git repository at " + path_ + ": " + absence.why;
    if (!chela::get_bool(cursor, "repository")) {
      return absence.is_in_order ? chela::Report::ok(sentence) : chela::Report::unknown(sentence);
    }
    chela::Report report = chela::Report::warn(
        chela::condition("repository-gone", "the git repository at " + path_ + " is gone")
            .detail("It was there when this check last looked; now " + absence.why +
                    ". If that is meant, set another `path` or `enabled: false` in the manifest.")
            .needs_human());
    report.set_cursor(cursor);
    return report;
  }

  json::object make_cursor(json::object first_seen) const {
    return {{"v", 1}, {"path", path_}, {"repository", true}, {"first_seen", std::move(first_seen)}};
  }

  Result<void> ask_all(const Git& git, const Place& place, Repository& repository) const {
    CHELA_TRY(ask_status(git, repository));
    CHELA_TRY(look_into_git_dir(git.host, place, repository));
    CHELA_TRY(const Answer remotes, ask_git(git, {"remote"}));
    repository.has_remote = !remotes.out.empty();
    if (repository.has_remote) CHELA_TRY(ask_unpushed(git, repository));
    const Status& status = repository.status;
    const std::string most = "--max-count=" + std::to_string(kCommits);
    if (status.is_detached() && !status.oid.empty()) {
      CHELA_TRY(const Answer loose,
                ask_git(git, {"rev-list", "--timestamp", "--parents", most, "HEAD", "--not",
                              "--branches", "--remotes", "--tags"}));
      CHELA_TRY(repository.loose, parse_commits(whole_lines(loose)));
    }
    if (status.stashes > 0) {
      CHELA_TRY(const Answer stashes,
                ask_git(git, {"rev-list", "--walk-reflogs", "--timestamp", most, "refs/stash"}));
      CHELA_TRY(const auto commits, parse_commits(whole_lines(stashes)));
      for (const auto& commit : commits) repository.stashes.push_back(commit.committed);
    }
    return {};
  }

  Result<void> ask_status(const Git& git, Repository& repository) const {
    std::vector<std::string> words{
        "status",
        "--porcelain=v2",
        "--branch",
        "--show-stash",
        "--ahead-behind",
        "-z",
        counts_untracked_ ? "--untracked-files=normal" : "--untracked-files=no"};
    if (!ignore_.empty()) words.insert(words.end(), {"--", "."});
    for (const auto& path : ignore_) words.push_back(":(exclude,literal)" + path);
    CHELA_TRY(const Answer answer, ask_git(git, words));
    CHELA_TRY(repository.status, parse_status(answer.out, answer.is_truncated));
    if (repository.status.is_complete) return {};
    // git names conflicts after the other changes, so they may have been cut off.
    CHELA_TRY(const Answer unmerged, ask_git(git, {"ls-files", "--unmerged", "-z"}));
    add_unmerged(unmerged.out, repository.status);
    return {};
  }

  Result<void> ask_unpushed(const Git& git, Repository& repository) const {
    CHELA_TRY(const Answer branches,
              ask_git(git, {"for-each-ref", kBranchFormat, "--sort=-committerdate",
                            "--count=" + std::to_string(kBranches), "refs/heads"}));
    CHELA_TRY(repository.branches, parse_branches(whole_lines(branches)));
    if (repository.branches.empty()) return {};
    CHELA_TRY(const Answer commits, ask_git(git, {"rev-list", "--timestamp", "--parents",
                                                  "--max-count=" + std::to_string(kCommits),
                                                  "--branches", "--not", "--remotes"}));
    CHELA_TRY(repository.unpushed, parse_commits(whole_lines(commits)));
    repository.is_unpushed_complete =
        !commits.is_truncated && repository.unpushed.size() < kCommits;
    return {};
  }

  // Markers of unfinished operations, a leftover lock, the last fetch.
  Result<void> look_into_git_dir(chela::Host& host, const Place& place,
                                 Repository& repository) const {
    const auto names = host.files().list(place.git_dir);
    if (!names) {
      return fail(names.error().code, "the git folder of " + path_ + " is " + place.git_dir + ": " +
                                          names.error().message);
    }
    const auto time_of = [&](const std::string& name) -> std::optional<Timestamp> {
      if (std::find(names->begin(), names->end(), name) == names->end()) return std::nullopt;
      const auto info = host.files().stat(place.git_dir + "/" + name);
      return info ? std::optional(info->modified) : std::nullopt;
    };
    auto rebase = time_of("rebase-merge");
    if (!rebase) rebase = time_of("rebase-apply");
    if (rebase) repository.operations.push_back({"rebase", *rebase});
    // A rebase keeps CHERRY_PICK_HEAD and the like itself.
    for (const auto& [marker, name] :
         {std::pair{"MERGE_HEAD", "merge"}, std::pair{"CHERRY_PICK_HEAD", "cherry-pick"},
          std::pair{"REVERT_HEAD", "revert"}}) {
      const auto since = time_of(marker);
      if (since && !rebase) repository.operations.push_back({name, *since});
    }
    if (const auto since = time_of("BISECT_LOG"))
      repository.operations.push_back({"bisect", *since});
    repository.index_lock = time_of("index.lock");
    repository.last_fetch = time_of("FETCH_HEAD");
    if (place.common_dir == place.git_dir) return {};
    const auto common = host.files().stat(place.common_dir + "/FETCH_HEAD");
    if (common && (!repository.last_fetch || common->modified > *repository.last_fetch)) {
      repository.last_fetch = common->modified;
    }
    return {};
  }

  // Fills repository.changed_at; returns when the changes without a time of their own were first
  // seen, for the next run. A deleted file has none, a renamed one keeps the time of its content, a
  // submodule's folder tells nothing.
  Result<json::object> date_changes(chela::Host& host, const json::value& cursor,
                                    Repository& repository) const {
    const Timestamp now = host.clock().now();
    const auto* earlier = chela::find(cursor, "first_seen");
    json::object first_seen;
    std::size_t budget = kLookedAt;
    auto& dates = repository.changed_at;
    dates.resize(repository.status.changes.size());
    for (std::size_t i = 0; i < dates.size() && budget > 0; ++i) {
      if (host.is_cancelled()) return fail(ErrorCode::cancelled, "the host cancelled this run");
      const Change& change = repository.status.changes[i];
      --budget;
      const bool has_time = !change.is_deleted() && !change.is_submodule && change.record != '2';
      if (has_time) dates[i] = time_of_file(host, change.path, now, budget);
      if (dates[i]) continue;
      const std::string key = chela::replace_invalid_utf8(change.path);
      const std::int64_t ms = earlier == nullptr ? 0 : chela::get_int(*earlier, key);
      const auto now_ms = now.time_since_epoch().count();
      first_seen[key] = ms > 0 && ms <= now_ms ? ms : now_ms;
      dates[i] = Timestamp(Duration(first_seen[key].as_int64()));
    }
    return first_seen;
  }

  // When `name` was last written; for an untracked folder the newest of what lies directly in it.
  // Absent where that cannot be told or lies in the future.
  std::optional<Timestamp> time_of_file(chela::Host& host, const std::string& name, Timestamp now,
                                        std::size_t& budget) const {
    std::string path = path_ + "/" + name;
    const bool is_folder = path.ends_with('/');
    if (is_folder) path.pop_back();
    if (!chela::is_utf8(path)) return std::nullopt;  // such a name does not cross the door
    const auto info = host.files().stat(path);
    if (!info || info->modified > now) return std::nullopt;
    if (!is_folder) return info->modified;
    // The folder's own time also moves when a file that is ignored is written in it.
    std::optional<Timestamp> newest;
    const auto entries = host.files().list(path).value_or(std::vector<std::string>());
    for (std::size_t i = 0; i < std::min(entries.size(), kPerFolder) && budget > 0; ++i, --budget) {
      if (std::find(ignore_.begin(), ignore_.end(), name + entries[i]) != ignore_.end()) continue;
      const auto entry = host.files().stat(path + "/" + entries[i]);
      if (entry && entry->modified <= now)
        newest = std::max(newest.value_or(Timestamp{}), entry->modified);
    }
    return newest ? newest : info->modified;
  }

  std::string path_;
  Limits limits_;
  bool counts_untracked_;
  std::vector<std::string> ignore_;  // relative to path_
  Duration timeout_;
};

}  // namespace
}  // namespace check_git

using check_git::GitCheck;
CHELA_CHECK(GitCheck)
