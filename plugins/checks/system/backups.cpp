#include "backups.h"

#include <algorithm>

#include "words.h"

namespace check_system {
namespace {

using chela::condition;
using chela::ErrorCode;
using chela::Result;

constexpr std::size_t kMostFiles = 1000;
constexpr std::size_t kMostNames = 10'000;  // that the host lists: the first by name
constexpr chela::Duration kSettled = std::chrono::minutes(10);

Result<BackupFile> file_of(chela::Host& host, const std::string& path) {
  CHELA_TRY(const chela::FileInfo info, host.files().stat(path));
  BackupFile file{path.substr(path.find_last_of('/') + 1), info.modified, std::nullopt};
  if (info.type == "file") file.size_bytes = info.size;
  return file;
}

// Names that carry a date sort by it, so of too many the last are the newest.
Result<std::vector<BackupFile>> files_of(chela::Host& host, const BackupRule& rule) {
  CHELA_TRY(const chela::FileInfo info, host.files().stat(rule.path));
  if (info.type == "file") {
    CHELA_TRY(BackupFile file, file_of(host, rule.path));
    return std::vector<BackupFile>{std::move(file)};
  }
  CHELA_TRY(auto names, host.files().list(rule.path));
  if (names.size() >= kMostNames) {
    return chela::fail(ErrorCode::resource_exhausted,
                       "the folder holds 10,000 names or more, too many to find the newest");
  }
  std::erase_if(names, [&](const auto& name) { return !matches(rule.name, name); });
  if (names.size() > kMostFiles) names.erase(names.begin(), names.end() - kMostFiles);
  std::vector<BackupFile> files;
  for (const auto& name : names) {
    auto file = file_of(host, rule.path + "/" + name);
    if (!file && file.error().code == ErrorCode::not_found) continue;  // removed meanwhile
    if (!file) return chela::fail(file.error());
    files.push_back(std::move(*file));
  }
  return files;
}

// What is wrong with the size of the newest finished one; "" where nothing is.
std::string wrong_with_size(const BackupRule& rule, const std::vector<BackupFile>& newest_first,
                            chela::Timestamp now) {
  std::vector<const BackupFile*> finished;
  for (const auto& file : newest_first) {
    if (file.size_bytes && now - file.modified >= kSettled) finished.push_back(&file);
  }
  if (finished.empty()) return "";
  const auto size = *finished.front()->size_bytes;
  const std::string who = shown(finished.front()->name) + " has " + bytes(size);
  if (size < rule.min_bytes) return who + ", wanted at least " + bytes(rule.min_bytes) + ".";
  if (finished.size() < 2) return "";
  const auto before = *finished[1]->size_bytes;
  const double least = static_cast<double>(before) * (1 - rule.shrink_percent / 100);
  if (static_cast<double>(size) >= least) return "";
  return who + ", the one before (" + shown(finished[1]->name) + ") had " + bytes(before) + ".";
}

}  // namespace

std::vector<BackupRule> parse_backups(const chela::json::value& config) {
  std::vector<BackupRule> rules;
  const auto* list = chela::find(config, "backups");
  if (list == nullptr || !list->is_array()) return rules;
  for (const auto& item : list->get_array()) {
    BackupRule rule;
    rule.path = chela::get_string(item, "path");
    while (rule.path.size() > 1 && rule.path.ends_with('/')) rule.path.pop_back();
    rule.name = chela::get_string(item, "name", "*");
    rule.max_age =
        chela::parse_duration(chela::get_string(item, "max_age")).value_or(chela::Duration(0));
    rule.min_bytes =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, chela::get_int(item, "min_bytes")));
    rule.shrink_percent = chela::get_double(item, "shrink_percent", 50);
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::string label_of(const BackupRule& rule) {
  return rule.name == "*" ? rule.path : rule.path + "/" + rule.name;
}

Outcome judge_backup(const BackupRule& rule, std::vector<BackupFile> files, chela::Timestamp now) {
  const std::string key = "backup:" + label_of(rule);
  const std::string label = shown(label_of(rule));
  if (files.empty()) {
    return {{condition(key, "no backup: " + label).crit().detail("No file is there.")},
            "no backup " + label,
            ""};
  }
  std::stable_sort(files.begin(), files.end(), [](const BackupFile& a, const BackupFile& b) {
    return a.modified != b.modified ? a.modified > b.modified : a.name > b.name;
  });
  // The host follows links: `latest` looks like the file that it leads to, and is not the one
  // before.
  const auto is_same = [](const BackupFile& a, const BackupFile& b) {
    return a.modified == b.modified && a.size_bytes == b.size_bytes;
  };
  files.erase(std::unique(files.begin(), files.end(), is_same), files.end());
  const auto& newest = files.front();
  const std::string age = "The newest, " + shown(newest.name) + ", is of " +
                          moment(newest.modified.time_since_epoch().count());
  const std::string size = wrong_with_size(rule, files, now);
  if (now - newest.modified > rule.max_age) {
    return {
        {condition(key, "backup too old: " + label)
             .detail(age + "; wanted one at least every " + chela::format_duration(rule.max_age) +
                     "." + (size.empty() ? "" : "\n" + size))},
        "backup " + label + " is old",
        ""};
  }
  if (size.empty()) return {};
  return {{condition(key, "backup too small: " + label).detail(size + "\n" + age + ".")},
          "backup " + label + " is small",
          ""};
}

Outcome look_at_backup(chela::Host& host, const BackupRule& rule) {
  auto files = files_of(host, rule);
  if (!files && files.error().code == ErrorCode::not_found) files = std::vector<BackupFile>();
  if (!files) return {{}, "", "backup " + shown(label_of(rule)) + ": " + files.error().message};
  return judge_backup(rule, std::move(*files), host.clock().now());
}

}  // namespace check_system
