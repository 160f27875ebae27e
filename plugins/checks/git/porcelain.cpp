#include "porcelain.h"

#include <charconv>
#include <set>

namespace check_git {
namespace {

using chela::ErrorCode;
using chela::fail;

// Takes what stands before `separator` off the front of `text`; all of it where there is none.
std::string_view take(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto head = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return head;
}

std::optional<std::int64_t> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::string quoted(std::string_view text) {
  std::string shown = "'";
  for (const char c : text.substr(0, 80)) shown += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  return shown + (text.size() > 80 ? "...'" : "'");
}

auto garbage(const char* what, std::string_view found) {
  return fail(ErrorCode::data_loss,
              std::string(what) + ": git answered something else: " + quoted(found));
}

bool is_object_name(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// "branch.oid <oid>" and its like; headers of a newer git are passed over, as its manual asks.
bool read_header(std::string_view line, Status& status) {
  const auto name = take(line, ' ');
  if (name == "branch.oid") {
    if (line != "(initial)" && !is_object_name(line)) return false;
    status.oid = line == "(initial)" ? "" : std::string(line);
  } else if (name == "branch.head") {
    status.branch = line == "(detached)" ? "" : std::string(line);
  } else if (name == "branch.upstream") {
    status.upstream = line;
    status.is_upstream_gone = true;  // until branch.ab follows
  } else if (name == "branch.ab") {
    const auto ahead = number(take(line, ' '));
    const auto behind = number(line);
    if (!ahead || !behind) return false;
    status.ahead = static_cast<int>(*ahead);
    status.behind = static_cast<int>(-*behind);
    status.is_upstream_gone = false;
  } else if (name == "stash") {
    const auto count = number(line);
    if (!count) return false;
    status.stashes = static_cast<int>(*count);
  }
  return true;
}

// `record` is one NUL-ended record of a changed path; false where its fields are not there.
bool read_change(std::string_view record, Change& change) {
  change.record = take(record, ' ').front();
  if (change.record == '?') {
    change.state = "??";
    change.path = record;
    return !change.path.empty();
  }
  change.state = take(record, ' ');
  const auto submodule = take(record, ' ');
  if (change.state.size() != 2 || submodule.size() != 4) return false;
  change.is_submodule = submodule.front() == 'S';
  const int fields_before_path = change.record == '1' ? 5 : change.record == '2' ? 6 : 7;
  for (int i = 0; i < fields_before_path; ++i) {
    if (take(record, ' ').empty()) return false;
  }
  change.path = record;
  return !change.path.empty();
}

}  // namespace

Result<Status> parse_status(std::string_view output, bool is_truncated) {
  Status status;
  bool has_head = false;
  status.is_complete = !is_truncated;
  // Everything is ended by NUL; what follows the last one was cut off.
  const auto last_end = output.rfind('\0');
  const auto tail = last_end == std::string_view::npos ? output : output.substr(last_end + 1);
  if (!tail.empty() && !is_truncated) return garbage("git status", tail);
  output.remove_suffix(tail.size());
  while (!output.empty()) {
    const auto record = take(output, '\0');
    if (record.starts_with("# ")) {
      has_head = has_head || record.starts_with("# branch.oid ");
      if (!read_header(record.substr(2), status)) return garbage("git status", record);
      continue;
    }
    if (record.starts_with("! ")) continue;
    const bool is_known = record.size() > 2 && record[1] == ' ' &&
                          std::string_view("12u?").find(record[0]) != std::string_view::npos;
    Change change;
    if (!is_known || !read_change(record, change)) return garbage("git status", record);
    if (change.record == '2') {
      if (output.empty()) {
        if (is_truncated) break;
        return garbage("git status, the old name of a renamed file", record);
      }
      change.old_path = take(output, '\0');
    }
    status.changes.push_back(std::move(change));
  }
  if (!has_head) return garbage("git status, its first lines", output);
  return status;
}

void add_unmerged(std::string_view output, Status& status) {
  std::set<std::string, std::less<>> known;
  for (const auto& change : status.changes) {
    if (change.record == 'u') known.insert(change.path);
  }
  while (
      !output.empty()) {  // one record for each side of a conflict: "<mode> <oid> <stage>\t<path>"
    auto path = take(output, '\0');
    const auto tab = path.find('\t');
    if (tab == std::string_view::npos) continue;
    path.remove_prefix(tab + 1);
    if (!known.emplace(path).second) continue;
    Change change;
    change.record = 'u';
    change.state = "UU";
    change.path = path;
    status.changes.insert(status.changes.begin(), std::move(change));
  }
}

Result<std::vector<Branch>> parse_branches(std::string_view output) {
  std::vector<Branch> branches;
  while (!output.empty()) {
    const auto line = take(output, '\n');
    auto rest = line;
    auto name = take(rest, '\0');
    const auto oid = take(rest, '\0');
    if (!name.starts_with("refs/heads/") || !is_object_name(oid)) {
      return garbage("git for-each-ref", line);
    }
    name.remove_prefix(std::string_view("refs/heads/").size());
    Branch branch{std::string(name), std::string(oid), std::string(take(rest, '\0'))};
    branch.is_upstream_gone = rest == "gone";
    while (!rest.empty() && !branch.is_upstream_gone) {  // "ahead 1, behind 2"
      const auto word = take(rest, ' ');
      const auto count = number(take(rest, ','));
      if (rest.starts_with(' ')) rest.remove_prefix(1);
      if (!count || (word != "ahead" && word != "behind")) return garbage("git for-each-ref", line);
      (word == "ahead" ? branch.ahead : branch.behind) = static_cast<int>(*count);
    }
    branches.push_back(std::move(branch));
  }
  return branches;
}

Result<std::vector<Commit>> parse_commits(std::string_view output) {
  std::vector<Commit> commits;
  while (!output.empty()) {
    const auto line = take(output, '\n');
    auto rest = line;
    const auto seconds = number(take(rest, ' '));
    // Beyond the year 9999 a date is damage, and would overflow in milliseconds.
    if (!seconds || *seconds < 0 || *seconds > 253'402'300'799)
      return garbage("git rev-list", line);
    Commit commit{Timestamp(std::chrono::seconds(*seconds)), std::string(take(rest, ' ')), {}};
    if (!is_object_name(commit.oid)) return garbage("git rev-list", line);
    while (!rest.empty()) commit.parents.emplace_back(take(rest, ' '));
    commits.push_back(std::move(commit));
  }
  return commits;
}

Result<Place> parse_place(std::string_view output, std::string_view cwd) {
  const auto whole = output;
  std::vector<std::string_view> lines;
  while (!output.empty()) lines.push_back(take(output, '\n'));
  const auto is_bool = [](std::string_view text) { return text == "true" || text == "false"; };
  if (lines.size() < 2 || !is_bool(lines[0]) || !is_bool(lines[1])) {
    return garbage("git rev-parse", whole);
  }
  Place place;
  place.is_bare = lines[0] == "true";
  if (place.is_bare || lines[1] == "false") return place;  // the later answers do not count
  if (lines.size() != 5 || !lines[3].starts_with('/')) return garbage("git rev-parse", whole);
  place.is_top = lines[2].empty();
  place.git_dir = lines[3];
  place.common_dir = lines[4];
  if (!place.common_dir.starts_with('/')) {
    place.common_dir = std::string(cwd) + "/" + place.common_dir;
  }
  return place;
}

}  // namespace check_git
