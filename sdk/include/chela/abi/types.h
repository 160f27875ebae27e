// The plain values that cross the door between chela and a plugin: strings, statuses, sinks.
//
// Rules of the whole contract (every header below abi/ follows them):
// - C11, fixed-width types. Strings are borrowed `{data, size}`, UTF-8 unless said otherwise, never
// NUL-ended by promise.
// - What comes in is valid until the function returns. What goes out is copied by a sink before it
// returns.
//   Nothing is freed on the other side.
// - Failure is a status (gRPC's numbers, 0 = OK); the words go through `chela_call.fail`. No
// exception, no errno.
// - Every struct starts with `struct_size`; members are only ever appended. Test for a newer one
// with CHELA_HAS.
// - Tags: [load] pure, no host calls; [instance-serial] never two calls on one instance at a time,
// any thread;
//   [any-thread] at any time from any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_ABI_MAJOR 1
#define CHELA_ABI_MINOR 0

typedef struct chela_str {
  const char* data;
  size_t size; /* bytes */
} chela_str;

// A chela_str of a string literal, inside functions.
#ifdef __cplusplus
#define CHELA_STR(literal) (chela_str{(literal), sizeof(literal) - 1})
#else
#define CHELA_STR(literal) ((chela_str){(literal), sizeof(literal) - 1})
#endif

// gRPC's numbers (google.rpc.Code).
typedef int32_t chela_status;
enum {
  CHELA_OK = 0,
  CHELA_CANCELLED = 1,
  CHELA_UNKNOWN = 2,
  CHELA_INVALID_ARGUMENT = 3,
  CHELA_DEADLINE_EXCEEDED = 4,
  CHELA_NOT_FOUND = 5,
  CHELA_ALREADY_EXISTS = 6,
  CHELA_PERMISSION_DENIED = 7,
  CHELA_RESOURCE_EXHAUSTED = 8,
  CHELA_FAILED_PRECONDITION = 9,
  CHELA_ABORTED = 10,
  CHELA_OUT_OF_RANGE = 11,
  CHELA_UNIMPLEMENTED = 12,
  CHELA_INTERNAL = 13,
  CHELA_UNAVAILABLE = 14,
  CHELA_DATA_LOSS = 15,
  CHELA_UNAUTHENTICATED = 16
};

// Takes bytes from whoever produces them. put() may be called several times, the pieces are joined;
// it copies before it returns. [the thread of the call that lent the sink]
typedef struct chela_sink {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  void (*put)(const struct chela_sink* self, chela_str bytes);
} chela_sink;

// Whether the peer's struct behind pointer `p` of type `type` is long enough to have `member`, and
// has it set.
#define CHELA_HAS(p, type, member) \
  ((p) != NULL && CHELA_HAS_SIZE_((p)->struct_size, p, type, member))
// The same for a kind's table of operations, whose size stands in its head: CHELA_HAS_OP(ops,
// chela_check_ops, run).
#define CHELA_HAS_OP(p, type, member) \
  ((p) != NULL && CHELA_HAS_SIZE_((p)->base.struct_size, p, type, member))
#define CHELA_HAS_SIZE_(bytes, p, type, member) \
  ((bytes) >= offsetof(type, member) + sizeof((p)->member) && (p)->member != NULL)

#ifdef __cplusplus
}
#endif
