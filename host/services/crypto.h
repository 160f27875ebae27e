// Signatures and HMACs out of OpenSSL's libcrypto, opened when the first is made.
#pragma once

#include <string>
#include <string_view>

#include "chela/result.h"

namespace chela::services {

struct MadeSignature {
  std::string bytes;
  std::string algorithm;  // "rsa-pss-sha256", "ed25519", "hmac-sha256"
};

// Linked, libcrypto costs 3 ms at each start of the program. `key` is a private key as PEM (RSA
// from 2048 bits or Ed25519), or the bytes of an HMAC's key. `algorithm` as abi/service/sign.h has
// it, "" for what a PEM key is made for. failed_precondition: libcrypto is missing, or the key is
// none, is encrypted, or is not for that algorithm; no message has a byte of it. A signature takes
// under 2 ms. [loop-thread]
Result<MadeSignature> sign_text(std::string_view key, std::string_view algorithm,
                                std::string_view text);

}  // namespace chela::services
