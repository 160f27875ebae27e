// Attacks on files: secrets of the user, files outside every grant, other processes through /proc.

#include "attack.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace hostile {
namespace {

int read_first_byte(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  char byte = 0;
  const int result = outcome(::read(fd, &byte, 1));
  ::close(fd);
  return result;
}

std::string key(const Lab& lab) {
  return lab.home + "/.ssh/id_rsa";
}
std::string notes(const Lab& lab) {
  return lab.home + "/notes";
}
std::string proc(const Lab& lab, const char* file) {
  return "/proc/" + std::to_string(lab.victim) + "/" + file;
}

int own_symlink(const Lab& lab) {
  const auto link = lab.home + "/own-symlink";
  if (::symlink(key(lab).c_str(), link.c_str()) != 0) return errno;
  return read_first_byte(link);
}

int own_hard_link(const Lab& lab) {
  const auto link = lab.home + "/own-hard-link";
  if (::link(key(lab).c_str(), link.c_str()) != 0) return errno;
  return read_first_byte(link);
}

int by_openat2(const Lab& lab) {
  open_how how{};
  how.flags = O_RDONLY;
  return outcome(::syscall(SYS_openat2, AT_FDCWD, key(lab).c_str(), &how, sizeof how));
}

int by_folder(const Lab& lab) {
  const int folder = ::open((lab.home + "/.ssh").c_str(), O_PATH | O_DIRECTORY);
  if (folder < 0) return errno;
  return outcome(::openat(folder, "id_rsa", O_RDONLY));
}

int by_own_magic_link(const Lab& lab) {
  const int fd = ::open(key(lab).c_str(), O_PATH);
  if (fd < 0) return errno;
  return read_first_byte("/proc/self/fd/" + std::to_string(fd));
}

int list_home(const Lab& lab) {
  DIR* folder = ::opendir(lab.home.c_str());
  if (folder == nullptr) return errno;
  ::closedir(folder);
  return 0;
}

int write_through(const Lab& lab, int flags) {
  const int fd = ::open(notes(lab).c_str(), flags, 0600);
  if (fd < 0) return errno;
  return outcome(::write(fd, "x", 1));
}

int read_memory(const Lab& lab) {
  const int fd = ::open(proc(lab, "mem").c_str(), O_RDONLY);
  if (fd < 0) return errno;
  char byte = 0;
  return outcome(::pread(fd, &byte, 1, static_cast<off_t>(lab.victim_secret)));
}

int watch_home(const Lab& lab) {
  const int fd = ::inotify_init1(IN_CLOEXEC);
  if (fd < 0) return errno;
  return outcome(::inotify_add_watch(fd, lab.home.c_str(), IN_ALL_EVENTS));
}

int set_attribute_at(const Lab& lab) {
  constexpr long setxattrat = 463;  // kernel 6.13, the same number everywhere
  struct {
    unsigned long value;
    unsigned size;
    unsigned flags;
  } argument{reinterpret_cast<unsigned long>("x"), 1, 0};
  return outcome(::syscall(setxattrat, AT_FDCWD, notes(lab).c_str(), 0, "user.chela", &argument,
                           sizeof argument));
}

constexpr Attack attacks[] = {
    {"read key", [](const Lab& lab) { return read_first_byte(key(lab)); }},
    {"read key by planted symlink",
     [](const Lab& lab) { return read_first_byte(lab.home + "/planted-symlink"); }},
    {"read key by own symlink", own_symlink},
    {"read key by own hard link", own_hard_link},
    {"read key by openat2", by_openat2},
    {"read key through its folder", by_folder},
    {"read key through /proc/self/fd", by_own_magic_link},
    {"read key through /proc/victim/root",
     [](const Lab& lab) { return read_first_byte(proc(lab, "root") + key(lab)); }},
    {"stat key",
     [](const Lab& lab) {
       struct stat info {};
       return outcome(::stat(key(lab).c_str(), &info));
     }},
    {"list home", list_home},
    {"write file", [](const Lab& lab) { return write_through(lab, O_WRONLY); }},
    {"read-write file", [](const Lab& lab) { return write_through(lab, O_RDWR | O_APPEND); }},
    {"create file",
     [](const Lab& lab) {
       return outcome(::open((lab.home + "/created").c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600));
     }},
    {"create unnamed file",
     [](const Lab& lab) { return outcome(::open(lab.home.c_str(), O_TMPFILE | O_RDWR, 0600)); }},
    {"truncate file", [](const Lab& lab) { return outcome(::truncate(notes(lab).c_str(), 0)); }},
    {"truncate by open",
     [](const Lab& lab) { return outcome(::open(notes(lab).c_str(), O_RDONLY | O_TRUNC)); }},
    {"unlink", [](const Lab& lab) { return outcome(::unlink(notes(lab).c_str())); }},
    {"rename",
     [](const Lab& lab) { return outcome(::rename(notes(lab).c_str(), key(lab).c_str())); }},
    {"mkdir",
     [](const Lab& lab) { return outcome(::mkdir((lab.home + "/folder").c_str(), 0700)); }},
    {"mkfifo",
     [](const Lab& lab) { return outcome(::mkfifo((lab.home + "/fifo").c_str(), 0600)); }},
    {"chmod", [](const Lab& lab) { return outcome(::chmod(key(lab).c_str(), 0666)); }},
    {"chown",
     [](const Lab& lab) { return outcome(::chown(key(lab).c_str(), ::getuid(), ::getgid())); }},
    {"utimes",
     [](const Lab& lab) { return outcome(::utimensat(AT_FDCWD, key(lab).c_str(), nullptr, 0)); }},
    {"setxattr",
     [](const Lab& lab) {
       return outcome(::setxattr(notes(lab).c_str(), "user.chela", "x", 1, 0));
     }},
    {"setxattrat", set_attribute_at},
    {"watch home", watch_home},
    {"read environ of victim",
     [](const Lab& lab) { return read_first_byte(proc(lab, "environ")); }},
    {"read memory of victim", read_memory},
    {"read maps of victim", [](const Lab& lab) { return read_first_byte(proc(lab, "maps")); }},
    {"read cmdline of victim",
     [](const Lab& lab) { return read_first_byte(proc(lab, "cmdline")); }},
};

}  // namespace

std::span<const Attack> file_attacks() {
  return attacks;
}

}  // namespace hostile
