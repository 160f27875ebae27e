// Looks at the newest of the files that a backup leaves: whether it is there, how old it is, and
// whether it has shrunk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "round.h"

namespace check_system {

struct BackupRule {
  std::string path;        // a folder, or a single file
  std::string name = "*";  // pattern of the names in the folder
  chela::Duration max_age{0};
  std::uint64_t min_bytes = 0;
  double shrink_percent = 50;  // told where the newest is smaller than the one before by more
};

// One file (or folder, which has no size of its own) that a backup left.
struct BackupFile {
  std::string name;
  chela::Timestamp modified{};
  std::optional<std::uint64_t> size_bytes;
};

// `backups: [{path, name, max_age, min_bytes, shrink_percent}]`.
std::vector<BackupRule> parse_backups(const chela::json::value& config);

// "/srv/backup/db-*.gz": how a rule is called in keys and titles.
std::string label_of(const BackupRule& rule);

// Pure. At most one finding. A file of the last 10 minutes may still grow: it counts for the age,
// not for the size. Files of the same moment and size count as one: a link and what it leads to.
Outcome judge_backup(const BackupRule& rule, std::vector<BackupFile> files, chela::Timestamp now);

// A folder that is not there holds no backup: that is told.
Outcome look_at_backup(chela::Host& host, const BackupRule& rule);

}  // namespace check_system
