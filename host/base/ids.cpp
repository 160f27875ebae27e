#include "base/ids.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

namespace chela::base {

std::string random_id(std::size_t length) {
  constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::vector<unsigned char> bytes(length);
  std::size_t have = 0;
  while (have < length) {
    const auto got = getrandom(bytes.data() + have, length - have, 0);
    if (got < 0 && errno != EINTR) std::abort();  // no kernel that runs us lacks it
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  std::string id(length, '0');
  for (std::size_t i = 0; i < length; ++i) id[i] = kAlphabet[bytes[i] % 32];
  return id;
}

}  // namespace chela::base
