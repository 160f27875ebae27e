// Service chela.exec/1: runs a granted program and gives back what it printed.
#pragma once

#include "chela/abi/call.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_SERVICE_EXEC "chela.exec/1"

typedef struct chela_exec_v1 {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  // `request`:
  // {"argv":["git","status"],"cwd":"/abs","env":{"LC_ALL":"C"},"stdin":"..","timeout_ms":10000,
  //             "max_output_bytes":1048576}; only argv is required. There is no shell.
  // argv[0] stands in `allow.exec`: an absolute path, or a bare name that is found in the system's
  // folders. The child is confined: no network, reads only the grant's `read` paths and system
  // libraries, a clean environment (PATH, LC_ALL, HOME=/nonexistent and the given names; LD_* and
  // the like are refused). It dies with its deadline, children included. `info` gets
  // {"exit_code":0} or {"signal":9,"timed_out":true}, with "truncated":true where a cap cut the
  // output. A program that ran and failed is an OK call. Needs `exec`. Waits. [instance-serial]
  chela_status (*run)(const chela_call* call, chela_str request, const chela_sink* out,
                      const chela_sink* err, const chela_sink* info, const chela_sink* error);
} chela_exec_v1;

#ifdef __cplusplus
}
#endif
