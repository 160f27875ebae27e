// One call of the host into a plugin: its deadline, its cancelling, and the words of its failure.
#pragma once

#include "chela/abi/host.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct chela_call {
  uint32_t struct_size; /* bytes */
  uint32_t attempt;     /* 0 for the first try of this piece of work */
  const chela_host* host;
  // CLOCK_MONOTONIC nanoseconds by which the call must have returned; 0 = no deadline. Waits inside
  // count.
  uint64_t deadline_ns;
  // Readable once the call is cancelled, for use in poll(); -1 where the host has none.
  int32_t cancel_fd;
  uint32_t reserved;
  // 1 once the host has cancelled the call: return CHELA_CANCELLED soon. [any-thread]
  int32_t (*cancelled)(const struct chela_call* self);
  // Leaves the message of a failure (for a person: what, where, wanted, found) and returns
  // `status`, so that a plugin writes `return call->fail(call, CHELA_NOT_FOUND, CHELA_STR("..."))`.
  // The last message counts. [any-thread]
  chela_status (*fail)(const struct chela_call* self, chela_status status, chela_str message);
  // Hands out an event before the result (a piece of a stream, progress). Returns CHELA_CANCELLED
  // when nobody listens any more. [any-thread]
  chela_status (*emit)(const struct chela_call* self, chela_str topic, chela_str json);
} chela_call;

#ifdef __cplusplus
}
#endif
