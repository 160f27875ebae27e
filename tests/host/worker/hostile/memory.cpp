// Attacks by memory, descriptors and disk: writable code, and taking more than its share.

#include "attack.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace hostile {
namespace {

constexpr std::size_t page = 4096;

int map(int protection, int flags, int fd = -1) {
  return ::mmap(nullptr, page, protection, flags, fd, 0) == MAP_FAILED ? errno : 0;
}

int add_execution(const Lab&) {
  void* memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  std::memset(memory, 0x90, page);
  return outcome(::mprotect(memory, page, PROT_READ | PROT_EXEC));
}

int new_memfd() {
  return static_cast<int>(::syscall(SYS_memfd_create, "code", 0));
}

int map_memfd_as_code(const Lab&) {
  const int fd = new_memfd();
  if (fd < 0 || ::ftruncate(fd, page) != 0) return errno;
  return map(PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
}

int write_far(int fd) {
  constexpr off_t far = 1L << 30;
  if (fd < 0) return errno;
  return outcome(::pwrite(fd, "x", 1, far));
}

int memory_hog(const Lab&) {
  constexpr std::size_t much = 8UL << 30;
  void* memory = ::mmap(nullptr, much, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? errno : 0;
}

int descriptor_hog(const Lab&) {
  constexpr int bounded_to = 300;
  for (int i = 0; i < bounded_to; ++i) {
    if (::dup(STDOUT_FILENO) < 0) return errno;
  }
  return 0;
}

constexpr Attack attacks[] = {
    {"map writable code",
     [](const Lab&) {
       return map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS);
     }},
    {"map anonymous code",
     [](const Lab&) { return map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS); }},
    {"make memory executable", add_execution},
    {"map memfd as code", map_memfd_as_code},
    {"map library shared as code",
     [](const Lab&) { return map(PROT_READ | PROT_EXEC, MAP_SHARED, 4); }},
    {"write into the sealed library", [](const Lab&) { return outcome(::pwrite(4, "x", 1, 0)); }},
    {"memory hog", memory_hog},
    {"memfd hog", [](const Lab&) { return write_far(new_memfd()); }},
    {"disk hog",
     [](const Lab& lab) {
       return write_far(::open((lab.home + "/hog").c_str(), O_CREAT | O_WRONLY, 0600));
     }},
    {"descriptor hog", descriptor_hog},
};

}  // namespace

std::span<const Attack> memory_attacks() {
  return attacks;
}

}  // namespace hostile
