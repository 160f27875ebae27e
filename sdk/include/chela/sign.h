// What a C++ plugin asks of chela.sign/1: signatures with a key that it never sees.
#pragma once

#include <string>
#include <string_view>

#include "chela/internal/service.h"
#include "chela/json.h"

namespace chela {

struct Signature {
  std::string base64{};     // standard alphabet, padded
  std::string algorithm{};  // rsa-pss-sha256, ed25519, hmac-sha256
};

class Sign {
 public:
  explicit Sign(const chela_call* call)
      : call_(call), table_(internal::service<chela_sign_v1>(call->host, CHELA_SERVICE_SIGN)) {}

  // `key` is the name of one of the plugin's secrets; without `algorithm` the key decides.
  Result<Signature> sign(std::string_view key, std::string_view text,
                         std::string_view algorithm = "") const {
    if (!CHELA_HAS(table_, chela_sign_v1, sign)) return internal::not_offered(CHELA_SERVICE_SIGN);
    internal::StringSink signature, info, error;
    CHELA_TRY(
        internal::check_status(table_->sign(call_, internal::str(key), internal::str(algorithm),
                                            internal::str(text), &signature, &info, &error),
                               error.text));
    CHELA_TRY(const json::value outcome, parse_json(info.text));
    return Signature{std::move(signature.text), get_string(outcome, "algorithm")};
  }

 private:
  const chela_call* call_;
  const chela_sign_v1* table_;
};

}  // namespace chela
