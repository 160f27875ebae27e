#include "services/hash.h"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace chela::services {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

// crypto_hash_sha256_* is plain computation: it needs no sodium_init() and cannot fail.
class Sha256 {
 public:
  Sha256() { crypto_hash_sha256_init(&state_); }
  void add(const void* bytes, std::size_t size) {
    crypto_hash_sha256_update(&state_, static_cast<const unsigned char*>(bytes), size);
  }
  std::string hex() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(&state_, digest.data());
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * digest.size());
    for (const unsigned char byte : digest) {
      text += digits[byte >> 4];
      text += digits[byte & 15];
    }
    return text;
  }

 private:
  crypto_hash_sha256_state state_{};
};

}  // namespace

std::string sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.hex();
}

std::string sha256(std::string_view bytes) {
  return sha256(std::as_bytes(std::span(bytes)));
}

Result<std::string> sha256_of_fd(int fd, std::uint64_t max_bytes) {
  Sha256 hash;
  std::vector<char> chunk(kChunkBytes);
  std::uint64_t offset = 0;
  while (true) {
    const ssize_t count = ::pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return fail(ErrorCode::unavailable,
                  std::string("cannot hash: read: ") + std::strerror(errno));
    }
    if (count == 0) return hash.hex();
    offset += static_cast<std::uint64_t>(count);
    if (offset > max_bytes) {
      return fail(ErrorCode::resource_exhausted,
                  "cannot hash: more than " + std::to_string(max_bytes) + " bytes");
    }
    hash.add(chunk.data(), static_cast<std::size_t>(count));
  }
}

namespace {

std::string encoded(std::string_view bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  text.pop_back();  // the NUL
  return text;
}

}  // namespace

std::string base64(std::string_view bytes) {
  return encoded(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::string base64url(std::string_view bytes) {
  return encoded(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string sha256_base64url(std::string_view bytes) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return base64url(digest);
}

std::string random_text() {
  std::string bytes(32, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return base64url(bytes);
}

}  // namespace chela::services
