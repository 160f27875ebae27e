#include "services/secret_string.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

namespace chela::services {

SecretString SecretString::with_room(std::size_t bytes) {
  SecretString secret;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t mapped = std::max<std::size_t>(1, (bytes + page - 1) / page) * page;
  void* memory =
      ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  ::mlock(memory, mapped);
  const bool is_kept_apart = ::madvise(memory, mapped, MADV_DONTDUMP) == 0 &&
                             ::madvise(memory, mapped, MADV_WIPEONFORK) == 0;
  if (!is_kept_apart) {  // no kernel since 4.14 refuses these for such memory
    ::munmap(memory, mapped);
    throw std::bad_alloc();
  }
  secret.memory_ = static_cast<char*>(memory);
  secret.mapped_bytes_ = mapped;
  return secret;
}

SecretString SecretString::copy_of(std::string_view value) {
  SecretString secret = with_room(value.size());
  std::copy(value.begin(), value.end(), secret.memory_);
  secret.size_ = value.size();
  return secret;
}

SecretString::SecretString(SecretString&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)),
      mapped_bytes_(std::exchange(other.mapped_bytes_, 0)),
      size_(std::exchange(other.size_, 0)) {}

SecretString& SecretString::operator=(SecretString&& other) noexcept {
  if (this == &other) return *this;
  wipe_and_free();
  memory_ = std::exchange(other.memory_, nullptr);
  mapped_bytes_ = std::exchange(other.mapped_bytes_, 0);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

SecretString::~SecretString() {
  wipe_and_free();
}

std::span<char> SecretString::room() {
  return {memory_ + size_, mapped_bytes_ - size_};
}

void SecretString::cut_to(std::size_t bytes) {
  if (bytes >= size_) return;
  ::explicit_bzero(memory_ + bytes, size_ - bytes);
  size_ = bytes;
}

void SecretString::wipe_and_free() noexcept {
  if (memory_ == nullptr) return;
  ::explicit_bzero(memory_, mapped_bytes_);
  ::munmap(memory_, mapped_bytes_);  // unlocks, too
}

void wipe(std::span<char> bytes) {
  ::explicit_bzero(bytes.data(), bytes.size());
}

}  // namespace chela::services
