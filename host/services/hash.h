// SHA-256, for versions of files and for the lock file of approved plugins; bytes as base64, and
// random ones.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "chela/result.h"

namespace chela::services {

// 64 lower-case hex digits.
std::string sha256(std::span<const std::byte> bytes);
std::string sha256(std::string_view bytes);

// Of the whole file behind `fd`, read from its start whatever its position (which is left alone);
// about 290 MB/s. Fails with unavailable where reading fails, e.g. on a pipe, and with
// resource_exhausted beyond `max_bytes`.
Result<std::string> sha256_of_fd(int fd, std::uint64_t max_bytes = UINT64_MAX);

// Standard alphabet with padding; and the one for addresses, without.
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);

// base64url of the 32 bytes of SHA-256.
std::string sha256_base64url(std::string_view bytes);

// base64url of 32 bytes out of the kernel: nobody can guess it.
std::string random_text();

}  // namespace chela::services
