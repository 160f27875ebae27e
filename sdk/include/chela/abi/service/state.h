// Service chela.state/1: a small key-value store of the instance's own, kept over restarts. Needs
// no grant.
#pragma once

#include "chela/abi/call.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_SERVICE_STATE "chela.state/1"

// Keys are 1..200 bytes, values at most 64 KiB of any bytes, 1,000 keys per instance
// (RESOURCE_EXHAUSTED beyond). `error`, here and in every service: takes the message where the
// status is not OK; may be NULL.
typedef struct chela_state_v1 {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  // NOT_FOUND where the key was never set. Waits. [instance-serial]
  chela_status (*get)(const chela_call* call, chela_str key, const chela_sink* value,
                      const chela_sink* error);
  // Durable when it returns OK. Waits. [instance-serial]
  chela_status (*set)(const chela_call* call, chela_str key, chela_str value,
                      const chela_sink* error);
  // OK also where there was none. Waits. [instance-serial]
  chela_status (*remove)(const chela_call* call, chela_str key, const chela_sink* error);
} chela_state_v1;

#ifdef __cplusplus
}
#endif
