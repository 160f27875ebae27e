#include "services/beneath.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "base/text.h"

namespace chela::services {
namespace {

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string join(const std::string& folder, const std::string& name) {
  return folder == "/" ? folder + name : folder + "/" + name;
}

// Where to start, and the rest of the way.
struct Route {
  std::string start;
  std::string rest;
  bool is_start_named;  // the start stands in the grant: it must not be a link itself
  bool may_pass_links;
};

// A grant covers a name, not what a link there leads to; below a granted folder links may stay
// inside it.
Route route_to(const std::string& root, const std::string& path) {
  if (root == "/") return {"/", path == "/" ? "." : path.substr(1), true, true};
  if (path == root) return {parent_of(root), name_of(root), false, false};
  return {root, path.substr(root.size() + 1), true, true};
}

int open_by_parts(int start, std::string_view rest, int flags) {
  Fd folder(::fcntl(start, F_DUPFD_CLOEXEC, 3));
  while (folder.is_open()) {
    const auto part = std::string(rest.substr(0, rest.find('/')));
    const bool is_last = part.size() == rest.size();
    struct stat info {};
    if (::fstatat(folder.get(), part.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return -1;
    if (S_ISLNK(info.st_mode) && !(is_last && (flags & O_NOFOLLOW) != 0)) {
      errno = ELOOP;
      return -1;
    }
    const int part_flags = is_last ? flags | O_NOFOLLOW : O_PATH | O_NOFOLLOW | O_DIRECTORY;
    folder = Fd(::openat(folder.get(), part.c_str(), part_flags | O_CLOEXEC));
    if (is_last) return folder.release();
    rest.remove_prefix(part.size() + 1);
  }
  return -1;
}

int open_beneath(int start, const std::string& rest, int flags, bool may_pass_links, Walk walk) {
  if (walk == Walk::openat2) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    if (!may_pass_links) how.resolve |= RESOLVE_NO_SYMLINKS;
    const long fd = ::syscall(SYS_openat2, start, rest.c_str(), &how, sizeof how);
    // Containers with an older seccomp profile answer EPERM to calls that they do not know.
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(fd);
  }
  return open_by_parts(start, rest, flags);
}

bool is_link(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

// -1 with errno; ELOOP or EXDEV where a link is in the way.
int open_route(const Route& route, int flags, Walk walk) {
  const int extra = route.is_start_named ? O_NOFOLLOW : 0;
  const Fd start(::open(route.start.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | extra));
  if (!start.is_open()) {
    if (errno == ENOTDIR && route.is_start_named) errno = is_link(route.start) ? ELOOP : ENOTDIR;
    return -1;
  }
  return open_beneath(start.get(), route.rest, flags, route.may_pass_links, walk);
}

std::optional<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), ::free);
  if (!real) return std::nullopt;
  return std::string(real.get());
}

const std::vector<std::string>& roots_of(const Grant& grant, Permission permission) {
  switch (permission) {
    case Permission::write:
      return grant.write;
    case Permission::usage:
      return grant.usage;
    default:
      return grant.read;
  }
}

// The route to `real`, a path without links, if a grant covers it. Folders above a granted path may
// be links of the system (/home -> /data/home), the granted name itself may not.
std::optional<Route> route_to_real(const Grant& grant, Permission permission,
                                   const std::string& real) {
  if (is_process_folder(real)) return std::nullopt;
  const auto search = [&](const std::vector<std::string>& roots) -> std::optional<Route> {
    for (const auto& root : roots) {
      const auto folder = real_path(parent_of(root));
      if (!folder) continue;
      const std::string real_root = root == "/" ? root : join(*folder, name_of(root));
      if (!is_within(real_root, real)) continue;
      auto route = route_to(real_root, real);
      route.may_pass_links = false;
      return route;
    }
    return std::nullopt;
  };
  auto route = search(roots_of(grant, permission));
  if (!route && permission == Permission::usage) route = search(grant.read);
  return route;
}

// A procfs may be mounted elsewhere, and links lead into it (/proc/net): the open file tells where
// it is.
bool is_inside_of_process(int fd) {
  struct statfs system {};
  if (::fstatfs(fd, &system) != 0) return true;
  if (system.f_type != PROC_SUPER_MAGIC) return false;
  char text[PATH_MAX];
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(self.c_str(), text, sizeof text);
  if (size <= 0) return true;
  std::string_view path(text, static_cast<std::size_t>(size));
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto part = path.substr(0, path.find('/'));
    if (!part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos)
      return true;
    path.remove_prefix(part.size());
  }
  return false;
}

const char* verb_of(Permission permission) {
  return permission == Permission::write ? "write" : "read";
}

Result<Fd> checked(Fd file, const Caller& caller, Permission permission, const std::string& path) {
  if (is_inside_of_process(file.get())) {
    return fail(refusal(permission, caller.instance, "/proc/self (by way of " + path + ")"));
  }
  return file;
}

bool is_granted(const Grant& grant, Permission permission, std::string_view path) {
  switch (permission) {
    case Permission::read:
      return may_read(grant, path);
    case Permission::write:
      return may_write(grant, path);
    case Permission::usage:
      return may_ask_usage(grant, path);
    default:
      return false;
  }
}

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY;

bool is_link_at(const Place& place) {
  struct stat info {};
  return ::fstatat(place.folder.get(), place.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISLNK(info.st_mode);
}

// Opens the folder of `path`. Where only the file is granted, links above it are the system's or
// the user's own.
Result<Place> place_of(const Caller& caller, const std::string& path, Walk walk) {
  const std::string parent = parent_of(path);
  if (may_write(caller.grant, parent)) {
    CHELA_TRY(Fd folder, open_granted(caller, Permission::write, parent, kFolderFlags, walk));
    return Place{std::move(folder), name_of(path), path};
  }
  Fd folder(::open(parent.c_str(), kFolderFlags | O_CLOEXEC));
  if (!folder.is_open()) return fail(file_error("write", path, errno));
  CHELA_TRY(folder, checked(std::move(folder), caller, Permission::write, path));
  return Place{std::move(folder), name_of(path), path};
}

}  // namespace

Error file_error(const char* verb, std::string_view path, int error) {
  const auto tell = [&](ErrorCode code, const std::string& why) {
    return Error{code,
                 std::string("cannot ") + verb + " " + base::printable(path, 400) + ": " + why};
  };
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return tell(ErrorCode::not_found, "there is no such file");
    case ENOSPC:
      return tell(ErrorCode::resource_exhausted, "disk full");
    case EDQUOT:
      return tell(ErrorCode::resource_exhausted, "disk full (quota)");
    case EFBIG:
      return tell(ErrorCode::resource_exhausted, "larger than this process may write");
    case EMFILE:
    case ENFILE:
      return tell(ErrorCode::resource_exhausted, "too many open files");
    case EROFS:
      return tell(ErrorCode::permission_denied, "read-only file system");
    case EACCES:
    case EPERM:
      return tell(
          ErrorCode::permission_denied,
          (std::string_view(verb) == "write" ? "read-only for user id " : "closed to user id ") +
              std::to_string(::geteuid()));
    case ENAMETOOLONG:
      return tell(ErrorCode::invalid_argument, "the name is too long");
    case ELOOP:
      return tell(ErrorCode::failed_precondition, "too many symbolic links");
    default:
      return tell(ErrorCode::unavailable, std::strerror(error));
  }
}

Result<Fd> open_granted(const Caller& caller, Permission permission, const std::string& path,
                        int flags, Walk walk) {
  const auto stop = [&] { return fail(file_error(verb_of(permission), path, errno)); };
  if (!is_granted(caller.grant, permission, path)) {
    return fail(refusal(permission, caller.instance, path));
  }
  const auto* root = covering_root(roots_of(caller.grant, permission), path);
  if (root == nullptr) root = covering_root(caller.grant.read, path);  // usage by way of read
  const int fd = open_route(route_to(*root, path), flags, walk);
  if (fd >= 0) return checked(Fd(fd), caller, permission, path);
  if (errno != ELOOP && errno != EXDEV) return stop();

  const auto real = real_path(path);
  if (!real) return stop();
  const auto route = route_to_real(caller.grant, permission, *real);
  if (!route) return fail(link_refusal(permission, caller.instance, path, *real));
  const int target = open_route(*route, flags, walk);
  if (target < 0) return stop();
  return checked(Fd(target), caller, permission, path);
}

Result<RegularFile> open_regular(const Caller& caller, const std::string& path, Walk walk) {
  const auto refuse = [&] {
    return fail(ErrorCode::failed_precondition, "cannot read " + path + ": not a regular file");
  };
  CHELA_TRY(const Fd look, open_granted(caller, Permission::read, path, O_PATH, walk));
  RegularFile file;
  if (::fstat(look.get(), &file.info) != 0) return fail(file_error("read", path, errno));
  if (!S_ISREG(file.info.st_mode)) return refuse();
  constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
  CHELA_TRY(file.fd, open_granted(caller, Permission::read, path, flags, walk));
  if (::fstat(file.fd.get(), &file.info) != 0) return fail(file_error("read", path, errno));
  if (!S_ISREG(file.info.st_mode)) return refuse();
  return file;
}

Result<Place> granted_place(const Caller& caller, const std::string& path, Walk walk) {
  if (!may_write(caller.grant, path)) {
    return fail(refusal(Permission::write, caller.instance, path));
  }
  if (path == "/") return fail(ErrorCode::failed_precondition, "cannot write /: a folder");
  CHELA_TRY(Place place, place_of(caller, path, walk));
  if (!is_link_at(place)) return place;

  const auto real = real_path(path);
  if (!real) return fail(file_error("write", path, errno));
  if (!route_to_real(caller.grant, Permission::write, *real)) {
    return fail(link_refusal(Permission::write, caller.instance, path, *real));
  }
  const Fd start(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string parent = parent_of(*real);
  Fd folder(
      open_beneath(start.get(), parent == "/" ? "." : parent.substr(1), kFolderFlags, false, walk));
  if (!folder.is_open()) return fail(file_error("write", path, errno));
  CHELA_TRY(folder, checked(std::move(folder), caller, Permission::write, path));
  place = Place{std::move(folder), name_of(*real), *real};
  if (!is_link_at(place)) return place;
  return fail(ErrorCode::aborted, "cannot write " + path + ": links there are being changed");
}

}  // namespace chela::services
