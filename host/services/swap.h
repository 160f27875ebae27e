// One replacement of one file, step by step; every step returns at once, the waits between them are
// the caller's.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "services/beneath.h"
#include "services/files.h"
#include "services/lease.h"

namespace chela::services {

// lock -> prepare -> exchange -> (a moment) -> finish. Destroyed on the way it leaves the old file,
// or finishes what was exchanged. Errors are those of Files::replace(). README.md tells why each
// step is there.
class Swap {
 public:
  // `base_hash` empty: the file is to be created.
  Swap(Place place, FilesSettings settings, std::string base_hash, std::string_view bytes);
  Swap(const Swap&) = delete;
  Swap& operator=(const Swap&) = delete;
  ~Swap();

  // False while another one replaces this file.
  Result<bool> try_lock();

  // Under the lock: puts right what a killed replacement left, compares with the base, writes the
  // new content beside the file, fsync.
  Result<void> prepare();

  enum class Step { done, wait_until_quiet };
  // The new content takes the name. `wait_until_quiet`: no lease can be had here, so that the
  // caller has to watch the file by idle() until nobody has changed it for a while, and then call
  // with `is_quiet`.
  Result<Step> exchange(bool is_quiet);

  // How long ago the file was changed, by the file system's clock; negative where that lies in the
  // future.
  Duration idle() const;

  // Looks back at the old file; then removes it, or puts it back where somebody wrote to it
  // (aborted). Returns the new version.
  Result<std::string> finish();

 private:
  enum class Where { nowhere, temporary, exchanged };

  Result<void> open_current();
  Result<void> write_temporary();
  Result<void> create();
  Result<void> check_current() const;
  Result<void> take_name();
  bool is_old_file_untouched() const;
  bool is_named(const std::string& name, const struct stat& info) const;
  Error back_out(const std::string& why);
  std::string put_old_back();
  std::string keep_as_conflict(const std::string& name) const;
  void recover_leftovers() const;
  void recover(const std::string& leftover) const;
  Result<void> sync_folder() const;
  Error aborted(const std::string& why) const;
  Error failed(int error) const;

  Place place_;
  FilesSettings settings_;
  std::string base_hash_;
  std::string_view bytes_;
  std::string new_hash_;
  std::string temporary_;  // name of the new content before the exchange
  std::string swapped_;    // name of the old content after it
  Where where_ = Where::nowhere;
  Fd lock_;
  Fd current_;  // the old file
  struct stat current_info_ {};
  Fd fresh_;  // the new one
  struct stat fresh_info_ {};
  Lease lease_;
};

}  // namespace chela::services
