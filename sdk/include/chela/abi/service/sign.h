// Service chela.sign/1: signs a text with a key that the plugin never sees.
#pragma once

#include "chela/abi/call.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_SERVICE_SIGN "chela.sign/1"

typedef struct chela_sign_v1 {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  // Signs `text` (at most 64 KiB) with the secret `key`, a private key as PEM or the bytes of an
  // HMAC. `algorithm`: "rsa-pss-sha256" (MGF1 with SHA-256, salt as long as the digest), "ed25519",
  // "hmac-sha256", or empty: what a PEM key is made for. `signature` gets standard base64, `info`
  // {"algorithm":"ed25519"}. The text must match one of those that the plugin's `needs.sign` names
  // for the key, else PERMISSION_DENIED: a signature is worth what it was made for.
  // FAILED_PRECONDITION: the key cannot be read now, or is none. Needs `sign`. Waits.
  // [instance-serial]
  chela_status (*sign)(const chela_call* call, chela_str key, chela_str algorithm, chela_str text,
                       const chela_sink* signature, const chela_sink* info,
                       const chela_sink* error);
} chela_sign_v1;

#ifdef __cplusplus
}
#endif
