#include "base/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

namespace chela::base {
namespace {

constexpr int kCopies = 8;
constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

}  // namespace

UniqueFd sealed_memory(const char* name, const std::function<bool(int file)>& fill) {
  for (int copy = 0; copy < kCopies; ++copy) {
    UniqueFd file(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file.is_open() || !fill(file.get())) return {};
    if (fcntl(file.get(), F_ADD_SEALS, kSeals) == 0) return file;
    if (errno != EBUSY) return {};
  }
  errno = EBUSY;
  return {};
}

}  // namespace chela::base
