// Service chela.clock/1: the time as the host sees it; tests give a false one. Needs no grant.
#pragma once

#include "chela/abi/host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_SERVICE_CLOCK "chela.clock/1"

typedef struct chela_clock_v1 {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  // Wall clock, milliseconds since 1970-01-01T00:00:00Z. Never waits. [any-thread]
  int64_t (*now_ms)(const chela_host* host);
} chela_clock_v1;

#ifdef __cplusplus
}
#endif
