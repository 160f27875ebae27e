// A secret's bytes in memory of their own: locked, not in core files, zero in a forked child, wiped
// at the end.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string_view>
#include <utility>

namespace chela::services {

// Moves, never copies, prints or converts: whoever wants the bytes says so with view(). Its pages
// hold nothing else. Locking is tried and not insisted on (RLIMIT_MEMLOCK); the rest is.
// Running out of memory ends in std::bad_alloc like any allocation. [one-thread]
class SecretString {
 public:
  SecretString() = default;
  SecretString(SecretString&& other) noexcept;
  SecretString& operator=(SecretString&& other) noexcept;
  SecretString(const SecretString&) = delete;
  SecretString& operator=(const SecretString&) = delete;
  ~SecretString();

  static SecretString copy_of(std::string_view value);
  // Empty, with room for `bytes` to be read into.
  static SecretString with_room(std::size_t bytes);

  // Valid as long as this is neither moved nor changed.
  std::string_view view() const { return {memory_, size_}; }
  // Calls `use` with the bytes, and gives back what it gives back.
  template <class Use>
  decltype(auto) with_value(Use&& use) const {
    return std::forward<Use>(use)(view());
  }
  std::size_t size() const { return size_; }
  bool is_empty() const { return size_ == 0; }

  // The room behind the value, and how to say that `bytes` of it are part of the value now.
  std::span<char> room();
  void took(std::size_t bytes) { size_ += bytes; }
  // Cuts the value to its first `bytes`; what is cut is wiped.
  void cut_to(std::size_t bytes);

 private:
  void wipe_and_free() noexcept;

  char* memory_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  std::size_t size_ = 0;
};

std::ostream& operator<<(std::ostream&, const SecretString&) = delete;

// Overwrites bytes that had to stand elsewhere for a moment.
void wipe(std::span<char> bytes);

}  // namespace chela::services
