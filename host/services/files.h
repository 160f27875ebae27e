// chela.files/1 on the host's side: files below granted paths, and the one write that loses
// nobody's edit.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "services/grant.h"

namespace chela::services {

using Deadline = std::chrono::steady_clock::time_point;

inline constexpr std::uint64_t max_file_bytes = 8u << 20;  // of one read or replace
inline constexpr std::size_t max_list_entries = 10'000;

struct FileBytes {
  std::string bytes;
  std::string
      version;  // base for replace(); names no content where `is_truncated`, and is no base then
  std::uint64_t size = 0;  // of the whole file, in bytes (0 for files of /proc)
  Timestamp modified{};
  bool is_truncated = false;
};

enum class FileType { file, directory, symlink, other };
const char* to_string(FileType type);  // as chela.files/1 spells it

struct FileInfo {
  FileType type = FileType::other;
  std::uint64_t size = 0;
  Timestamp modified{};
  std::string version;  // changes with the file, but has no content hash: differs from that of
                        // read(), is no base
};

struct FileEntry {
  std::string name;  // raw bytes, not always UTF-8
  FileType type = FileType::other;
};

struct FileList {
  std::vector<FileEntry> entries;  // sorted by name
  bool is_truncated = false;
};

struct DiskUsage {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t available_bytes = 0;
  std::uint64_t total_inodes = 0;
  std::uint64_t free_inodes = 0;
};

struct FilesSettings {
  bool use_openat2 = true;   // false: walk part by part, as where the kernel has no openat2
  bool use_leases = true;    // false: as on file systems without leases
  bool use_exchange = true;  // false: as on file systems without RENAME_EXCHANGE
  Duration settle{10};       // how long replace() looks back at the file that it swapped out
  Duration quiet_before_swap{
      150};  // without leases: how long a file must have been left alone to be replaced
};

// Without state of its own; keep one for the program. Every operation takes the path as the plugin
// wrote it, and fails with invalid_argument (see normal_path), permission_denied (no grant, naming
// the manifest line; a link out of the grant, naming its target; the system refuses), not_found,
// failed_precondition (not a regular file, not a folder), unavailable (the disk fails). Disk access
// itself blocks the thread; waits do not. [loop-thread]
class Files {
 public:
  explicit Files(FilesSettings settings = {}) : settings_(settings) {}

  // At most `max_bytes` (0 or more than max_file_bytes = max_file_bytes) of a regular file.
  //   quiet  > 0: first waits until nobody has changed the file for so long (by the file system's
  //   clock) and nobody
  //          holds it open for writing; a file that is missing or empty is looked at twice
  // deadline_exceeded where it does not come to rest. `caller` and this must outlive the wait.
  boost::asio::awaitable<Result<FileBytes>> read(const Caller& caller, std::string path,
                                                 std::uint64_t max_bytes, Duration quiet,
                                                 Deadline deadline) const;

  // A link that stays inside the grant is followed; one that leaves it is told as `symlink`.
  Result<FileInfo> stat(const Caller& caller, std::string_view path) const;
  Result<FileList> list(const Caller& caller, std::string_view path) const;
  Result<DiskUsage> disk_usage(const Caller& caller, std::string_view path) const;

  // Makes `bytes` the content of the file, durably (two fsyncs), if its content still is that of
  // `base_version`; an empty `base_version` creates it. Returns the new version. aborted: the
  // content is another one, or somebody is writing it now; the file is as he left it. Read again.
  // already_exists never: a file in the way of a creation is `aborted` too. resource_exhausted:
  // disk full, or more than max_file_bytes. failed_precondition: the base was read in part.
  // deadline_exceeded: another chela held the lock `.NAME.lock` (beside the file, never removed:
  // whoever waits for it waits for that inode). Mode is kept, owner too (when root). Other hard
  // links of the file keep the old content. See README.md.
  boost::asio::awaitable<Result<std::string>> replace(const Caller& caller, std::string path,
                                                      std::string base_version, std::string bytes,
                                                      Deadline deadline) const;

 private:
  FilesSettings settings_;
};

}  // namespace chela::services
