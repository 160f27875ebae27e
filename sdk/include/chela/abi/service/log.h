// Service chela.log/1: one line into the host's log, under the instance's name. Needs no grant.
#pragma once

#include "chela/abi/host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_SERVICE_LOG "chela.log/1"

enum { CHELA_LOG_DEBUG = 0, CHELA_LOG_INFO = 1, CHELA_LOG_WARN = 2, CHELA_LOG_ERROR = 3 };

typedef struct chela_log_v1 {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  // `message` is one line; control characters are replaced, at most 2,000 bytes are kept, and a
  // plugin that floods is cut off for the rest of the call with a count of what was dropped. Never
  // waits. [any-thread]
  void (*write)(const chela_host* host, int32_t level, chela_str message);
} chela_log_v1;

#ifdef __cplusplus
}
#endif
