// Unpacks a gzip body piece by piece, and knows whether it was whole.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "services/http_failure.h"

namespace chela::services {

// Our own and not libcurl's, because 7.88 takes a packed body that is cut inside intact chunks for
// the whole one, and unpacks a read at once, however much comes of it. zlib is opened like libcurl
// (which has loaded it): no start of the program pays for it.
class HttpUnpacker {
 public:
  static HttpResult<std::unique_ptr<HttpUnpacker>> open();
  virtual ~HttpUnpacker() = default;

  // Unpacks from the front of `packed`, appending to `out` until that holds `most` bytes or nothing
  // is left; returns how many bytes of `packed` were used. protocol: they are no gzip.
  virtual HttpResult<std::size_t> unpack(std::string_view packed, std::string& out,
                                         std::size_t most) = 0;

  // Everything so far was whole gzip members, checksums included.
  virtual bool is_complete() const = 0;
};

}  // namespace chela::services
