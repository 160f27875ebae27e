#include "services/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "services/beneath.h"
#include "services/file_version.h"

namespace chela::services {
namespace {

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::file;
  if (S_ISDIR(mode)) return FileType::directory;
  return S_ISLNK(mode) ? FileType::symlink : FileType::other;
}

Walk walk_of(const FilesSettings& settings) {
  return settings.use_openat2 ? Walk::openat2 : Walk::by_parts;
}

}  // namespace

const char* to_string(FileType type) {
  switch (type) {
    case FileType::file:
      return "file";
    case FileType::directory:
      return "directory";
    case FileType::symlink:
      return "symlink";
    case FileType::other:
      return "other";
  }
  return "other";
}

Result<FileInfo> Files::stat(const Caller& caller, std::string_view path) const {
  CHELA_TRY(const std::string normal, normal_path(path));
  const Walk walk = walk_of(settings_);
  CHELA_TRY(Fd file, open_granted(caller, Permission::read, normal, O_PATH | O_NOFOLLOW, walk));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail(file_error("read", normal, errno));
  if (S_ISLNK(info.st_mode)) {
    const auto target = open_granted(caller, Permission::read, normal, O_PATH, walk);
    if (target && ::fstat(target->get(), &info) != 0)
      return fail(file_error("read", normal, errno));
  }
  return FileInfo{type_of(info.st_mode), static_cast<std::uint64_t>(info.st_size),
                  modified_of(info), file_version(info, "-")};
}

Result<FileList> Files::list(const Caller& caller, std::string_view path) const {
  CHELA_TRY(const std::string normal, normal_path(path));
  constexpr int flags = O_RDONLY | O_DIRECTORY;
  auto folder = open_granted(caller, Permission::read, normal, flags, walk_of(settings_));
  if (!folder) {
    const auto info = stat(caller, path);
    if (folder.error().code != ErrorCode::not_found || !info) return fail(folder.error());
    return fail(ErrorCode::failed_precondition, "cannot list " + normal + ": not a folder");
  }
  const int fd = folder->get();
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(fd), ::closedir);
  if (!listing) return fail(file_error("list", normal, errno));
  folder->release();

  FileList list;
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    FileEntry found{entry->d_name, FileType::other};
    if (found.name == "." || found.name == "..") continue;
    if (list.entries.size() == max_list_entries) {
      list.is_truncated = true;
      break;
    }
    struct stat info {};
    const bool is_there = ::fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_there) found.type = type_of(info.st_mode);
    if (is_there || errno != ENOENT) list.entries.push_back(std::move(found));
    errno = 0;
  }
  if (errno != 0) return fail(file_error("list", normal, errno));
  std::sort(list.entries.begin(), list.entries.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
  return list;
}

Result<DiskUsage> Files::disk_usage(const Caller& caller, std::string_view path) const {
  CHELA_TRY(const std::string normal, normal_path(path));
  CHELA_TRY(const Fd file,
            open_granted(caller, Permission::usage, normal, O_PATH, walk_of(settings_)));
  struct statvfs system {};
  if (::fstatvfs(file.get(), &system) != 0) return fail(file_error("read", normal, errno));
  const std::uint64_t block = system.f_frsize;
  return DiskUsage{system.f_blocks * block, system.f_bfree * block, system.f_bavail * block,
                   system.f_files, system.f_ffree};
}

}  // namespace chela::services
