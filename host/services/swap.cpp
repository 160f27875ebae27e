#include "services/swap.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/durable_file.h"
#include "base/ids.h"
#include "services/file_version.h"
#include "services/hash.h"

namespace chela::services {
namespace {

constexpr std::string_view kSwapPrefix = ".chela-swap-";
constexpr std::size_t kNameDigits =
    8;  // of the hash of the file's name, in the names of what lies beside it
constexpr std::size_t kHashDigits = 16;  // of the content hashes there
constexpr auto kLeftoverAge = std::chrono::minutes(1);
constexpr int kReadFlags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;

// ".chela-swap-<name>-", ".chela-tmp-<name>-": what belongs to one file, and so is guarded by its
// lock.
std::string prefix_for(const std::string& name, std::string_view prefix) {
  return std::string(prefix) + sha256(name).substr(0, kNameDigits) + "-";
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return EIO;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

// A regular file there, opened for reading, and its content hash.
struct Content {
  Fd fd;
  struct stat info {};
  std::string hash;
};

// The errno where it cannot be opened; EINVAL where it is no regular file. Nothing else is opened.
int open_content(int folder, const std::string& name, Content& content) {
  if (::fstatat(folder, name.c_str(), &content.info, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if (!S_ISREG(content.info.st_mode)) return EINVAL;
  content.fd = Fd(::openat(folder, name.c_str(), kReadFlags));
  if (!content.fd.is_open() || ::fstat(content.fd.get(), &content.info) != 0) return errno;
  if (!S_ISREG(content.info.st_mode)) return EINVAL;
  auto hash = sha256_of_fd(content.fd.get());
  if (!hash) return EIO;
  content.hash = std::move(*hash);
  return 0;
}

// What the new file takes over from the old one. A file of another user's, replaced without being
// root, changes hands.
int take_over(int fd, const struct stat& old) {
  struct stat mine {};
  if (::fstat(fd, &mine) != 0) return errno;
  const bool is_same = mine.st_uid == old.st_uid && mine.st_gid == old.st_gid;
  if (!is_same && ::fchown(fd, old.st_uid, old.st_gid) != 0 && ::geteuid() == 0) return errno;
  return ::fchmod(fd, old.st_mode & 07777) == 0 ? 0 : errno;
}

bool is_unsupported(int error) {
  return error == EINVAL || error == ENOSYS || error == ENOTSUP || error == EPERM;
}

}  // namespace

Swap::Swap(Place place, FilesSettings settings, std::string base_hash, std::string_view bytes)
    : place_(std::move(place)),
      settings_(settings),
      base_hash_(std::move(base_hash)),
      bytes_(bytes),
      new_hash_(sha256(bytes)) {}

Swap::~Swap() {
  if (where_ == Where::exchanged) static_cast<void>(finish().has_value());
  if (where_ == Where::temporary) ::unlinkat(place_.folder.get(), temporary_.c_str(), 0);
}

Error Swap::aborted(const std::string& why) const {
  return {ErrorCode::aborted, "cannot write " + place_.path + ": " + why + "; read it again"};
}

Error Swap::failed(int error) const {
  return file_error("write", place_.path, error);
}

Result<bool> Swap::try_lock() {
  if (!lock_.is_open()) {
    const std::string name = "." + place_.name + ".lock";
    constexpr int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    lock_ = Fd(::openat(place_.folder.get(), name.c_str(), flags, 0600));
    if (!lock_.is_open()) return fail(failed(errno));
    // A lock file of root's would lock out its user's own chela later.
    struct stat folder {};
    if (::geteuid() == 0 && ::fstat(place_.folder.get(), &folder) == 0) {
      static_cast<void>(::fchown(lock_.get(), folder.st_uid, folder.st_gid) == 0);
    }
  }
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK || errno == EINTR) return false;
  return fail(failed(errno));
}

Result<void> Swap::prepare() {
  recover_leftovers();
  CHELA_TRY(open_current());
  return write_temporary();
}

Result<void> Swap::open_current() {
  Content content;
  const int error = open_content(place_.folder.get(), place_.name, content);
  if (error == EINVAL) {
    return fail(ErrorCode::failed_precondition,
                "cannot write " + place_.path + ": not a regular file");
  }
  if (base_hash_.empty()) {
    if (error == 0) return fail(aborted("somebody has created it meanwhile"));
    return error == ENOENT ? Result<void>() : fail(failed(error));
  }
  if (error == ENOENT || error == ELOOP) return fail(aborted("it is not there any more"));
  if (error != 0) return fail(failed(error));
  if (content.hash != base_hash_) return fail(aborted("somebody has changed it meanwhile"));
  current_ = std::move(content.fd);
  current_info_ = content.info;
  return {};
}

Result<void> Swap::write_temporary() {
  temporary_ = prefix_for(place_.name, base::kTemporaryPrefix) + base::random_id(12);
  const bool is_new = base_hash_.empty();
  constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  fresh_ = Fd(::openat(place_.folder.get(), temporary_.c_str(), flags, is_new ? 0644 : 0600));
  if (!fresh_.is_open()) return fail(failed(errno));
  where_ = Where::temporary;
  if (const int error = write_all(fresh_.get(), bytes_)) return fail(failed(error));
  if (is_new && ::geteuid() == 0) {
    struct stat folder {};
    if (::fstat(place_.folder.get(), &folder) != 0 ||
        ::fchown(fresh_.get(), folder.st_uid, folder.st_gid) != 0) {
      return fail(failed(errno));
    }
  }
  if (const int error = is_new ? 0 : take_over(fresh_.get(), current_info_))
    return fail(failed(error));
  if (::fsync(fresh_.get()) != 0) return fail(failed(errno));
  return ::fstat(fresh_.get(), &fresh_info_) == 0 ? Result<void>() : fail(failed(errno));
}

bool Swap::is_named(const std::string& name, const struct stat& info) const {
  struct stat found {};
  return ::fstatat(place_.folder.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
         found.st_dev == info.st_dev && found.st_ino == info.st_ino;
}

Duration Swap::idle() const {
  struct stat info {};
  if (::fstat(current_.get(), &info) != 0) return Duration(0);
  return std::chrono::floor<Duration>(base::now() - last_change_of(info));
}

Result<void> Swap::check_current() const {
  if (!is_named(place_.name, current_info_))
    return fail(aborted("somebody has replaced it meanwhile"));
  const auto hash = sha256_of_fd(current_.get());
  if (!hash) return fail(failed(EIO));
  if (*hash != base_hash_) return fail(aborted("somebody has changed it meanwhile"));
  return {};
}

Result<Swap::Step> Swap::exchange(bool is_quiet) {
  if (base_hash_.empty()) {
    CHELA_TRY(create());
    return Step::done;
  }
  if (settings_.use_leases) lease_ = Lease::take(current_.get());
  if (lease_.outcome() == Lease::Outcome::busy)
    return fail(aborted("it is being written by somebody"));
  if (lease_.outcome() == Lease::Outcome::unsupported && !is_quiet) return Step::wait_until_quiet;
  CHELA_TRY(check_current());
  CHELA_TRY(take_name());
  if (!is_old_file_untouched()) return fail(back_out("somebody has changed it at this moment"));
  CHELA_TRY(sync_folder());
  return Step::done;
}

Result<void> Swap::create() {
  const int folder = place_.folder.get();
  if (::renameat2(folder, temporary_.c_str(), folder, place_.name.c_str(), RENAME_NOREPLACE) != 0) {
    int error = errno;
    if (is_unsupported(error)) {
      error = ::linkat(folder, temporary_.c_str(), folder, place_.name.c_str(), 0) == 0 ? 0 : errno;
      if (error == 0) ::unlinkat(folder, temporary_.c_str(), 0);
    }
    if (error == EEXIST) return fail(aborted("somebody has created it meanwhile"));
    if (error != 0) return fail(failed(error));
  }
  where_ = Where::nowhere;
  return sync_folder();
}

// The name of the swap file says what it may hold; so the next replacement knows, after a kill,
// whether it is the old or the new content, or an edit that came in at that very moment and has to
// go back.
Result<void> Swap::take_name() {
  const int folder = place_.folder.get();
  swapped_ = prefix_for(place_.name, kSwapPrefix) + base_hash_.substr(0, kHashDigits) + "-" +
             new_hash_.substr(0, kHashDigits) + "-" + base::random_id(6);
  if (settings_.use_exchange) {
    if (::renameat(folder, temporary_.c_str(), folder, swapped_.c_str()) != 0)
      return fail(failed(errno));
    std::swap(temporary_, swapped_);
    if (::renameat2(folder, temporary_.c_str(), folder, place_.name.c_str(), RENAME_EXCHANGE) ==
        0) {
      swapped_ = temporary_;
      where_ = Where::exchanged;
      return {};
    }
    if (errno == ENOENT) return fail(aborted("it is not there any more"));
    if (!is_unsupported(errno)) return fail(failed(errno));
    settings_.use_exchange = false;
    swapped_ = temporary_ + "-old";
  }
  // A second name keeps the old file within reach. FAT has no such names: there it is reached by
  // its descriptor.
  if (::linkat(folder, place_.name.c_str(), folder, swapped_.c_str(), 0) != 0) swapped_.clear();
  if (::renameat(folder, temporary_.c_str(), folder, place_.name.c_str()) != 0) {
    const int error = errno;
    if (!swapped_.empty()) ::unlinkat(folder, swapped_.c_str(), 0);
    return fail(failed(error));
  }
  where_ = Where::exchanged;
  return {};
}

bool Swap::is_old_file_untouched() const {
  if (lease_.outcome() == Lease::Outcome::held && !lease_.is_intact()) return false;
  if (!swapped_.empty() && !is_named(swapped_, current_info_)) return false;
  const auto hash = sha256_of_fd(current_.get());
  return hash && *hash == base_hash_;
}

std::string Swap::keep_as_conflict(const std::string& name) const {
  const std::string kept = place_.name + ".conflict-" + base::random_id(6);
  const int folder = place_.folder.get();
  if (::linkat(folder, name.c_str(), folder, kept.c_str(), 0) == 0) {
    ::unlinkat(folder, name.c_str(), 0);
    return kept;
  }
  return ::renameat(folder, name.c_str(), folder, kept.c_str()) == 0 ? kept : name;
}

// Gives the name back to the old file. Whatever else turns up on the way is somebody's work and
// gets a name of its own, which is returned.
std::string Swap::put_old_back() {
  const int folder = place_.folder.get();
  const auto is_still_ours = [&](const std::string& name) {
    const auto hash = sha256_of_fd(fresh_.get());
    return is_named(name, fresh_info_) && hash && *hash == new_hash_;
  };
  if (swapped_
          .empty()) {  // only its descriptor is left: its content as it is now becomes a file again
    swapped_ = std::string(kSwapPrefix) + base::random_id(16);
    const Fd copy(
        ::openat(folder, swapped_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    std::string bytes(static_cast<std::size_t>(max_file_bytes) + 1, '\0');
    const ssize_t size = ::pread(current_.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    if (write_all(copy.get(), bytes) != 0) return swapped_;
    static_cast<void>(take_over(copy.get(), current_info_));
  }
  if (!settings_.use_exchange) {
    if (!is_still_ours(place_.name)) return keep_as_conflict(swapped_);
    ::renameat(folder, swapped_.c_str(), folder, place_.name.c_str());
    return "";
  }
  const auto exchange_names = [&] {
    return ::renameat2(folder, swapped_.c_str(), folder, place_.name.c_str(), RENAME_EXCHANGE) == 0;
  };
  if (!exchange_names()) {  // the name is gone: an editor is between two renames
    const bool is_back =
        ::renameat2(folder, swapped_.c_str(), folder, place_.name.c_str(), RENAME_NOREPLACE) == 0;
    return is_back ? "" : keep_as_conflict(swapped_);
  }
  if (is_still_ours(swapped_)) {
    ::unlinkat(folder, swapped_.c_str(), 0);
    return "";
  }
  static_cast<void>(exchange_names());  // a third version: the youngest keeps the name
  return keep_as_conflict(swapped_);
}

Error Swap::back_out(const std::string& why) {
  const std::string kept = put_old_back();
  where_ = Where::nowhere;
  lease_.release();  // whoever waits for the file goes on now, with the name that he opened
  static_cast<void>(sync_folder().has_value());
  return aborted(kept.empty() ? why : why + " (one version was kept as " + kept + ")");
}

Result<void> Swap::sync_folder() const {
  if (::fsync(place_.folder.get()) == 0 || errno == EINVAL || errno == ENOTSUP) return {};
  return fail(failed(errno));
}

Result<std::string> Swap::finish() {
  if (where_ == Where::exchanged) {
    if (!is_old_file_untouched()) return fail(back_out("somebody has changed it at this moment"));
    where_ = Where::nowhere;
    if (!swapped_.empty()) ::unlinkat(place_.folder.get(), swapped_.c_str(), 0);
    lease_.release();
  }
  return file_version(fresh_info_, new_hash_);
}

void Swap::recover_leftovers() const {
  const Fd again(::openat(place_.folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const int copy = again.is_open() ? ::fcntl(again.get(), F_DUPFD_CLOEXEC, 3) : -1;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(copy < 0 ? nullptr : ::fdopendir(copy),
                                                    ::closedir);
  if (!listing) return;
  const std::string my_swap = prefix_for(place_.name, kSwapPrefix);
  const std::string my_temporary = prefix_for(place_.name, base::kTemporaryPrefix);
  const auto now = base::now();
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string name = entry->d_name;
    if (name.starts_with(my_swap)) recover(name);
    if (!name.starts_with(base::kTemporaryPrefix)) continue;
    struct stat info {};
    if (::fstatat(again.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const bool is_dead =
        name.starts_with(my_temporary) || now - last_change_of(info) > kLeftoverAge;
    if (S_ISREG(info.st_mode) && is_dead) ::unlinkat(again.get(), name.c_str(), 0);
  }
}

void Swap::recover(const std::string& leftover) const {
  const int folder = place_.folder.get();
  const auto hashes =
      std::string_view(leftover).substr(prefix_for(place_.name, kSwapPrefix).size());
  if (hashes.size() < 2 * kHashDigits + 1) return;
  const auto old_hash = hashes.substr(0, kHashDigits);
  const auto new_hash = hashes.substr(kHashDigits + 1, kHashDigits);
  Content found;
  if (open_content(folder, leftover, found) != 0) return;
  const auto is_known = [&](const std::string& hash) {
    return hash.starts_with(old_hash) || hash.starts_with(new_hash);
  };
  if (is_known(found.hash)) {
    ::unlinkat(folder, leftover.c_str(), 0);
    return;
  }
  // Swapped out and not looked at before the kill: an edit.
  Content current;
  const bool is_ours =
      open_content(folder, place_.name, current) == 0 && current.hash.starts_with(new_hash);
  if (is_ours &&
      ::renameat2(folder, leftover.c_str(), folder, place_.name.c_str(), RENAME_EXCHANGE) == 0) {
    ::unlinkat(folder, leftover.c_str(), 0);
    return;
  }
  keep_as_conflict(leftover);
}

}  // namespace chela::services
