// Service chela.http/1: one exchange with a server that the manifest allows.
//
// The host connects, verifies TLS, puts secrets in, follows redirects of GET within the same
// origin and the grant, and bounds time and size.
#pragma once

#include "chela/abi/call.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_SERVICE_HTTP "chela.http/1"

typedef struct chela_http_v1 {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  // `request`: {"method":"GET","url":"https://api.example.org/v1?x=1",
  //   "headers":[["accept","application/json"]],"timeout_ms":10000,"max_body_bytes":1048576,
  //   "fills_body":false,"certificate":false}; only url is required. {{secret:NAME}} may stand in
  // header values, in path and query (it becomes percent-encoded), as the whole of the url, and
  // with fills_body in `body`. Method, host, port and path must be covered by `allow.http` and by
  // the plugin's own `needs.http`, else PERMISSION_DENIED. `info` gets {"status":200,
  // "headers":[["content-type","text/html"]],"elapsed_ms":120,"certificate_expires_ms":..}: names
  // of headers in lower case; the last only where `certificate` was asked for and the server has
  // one. Any status is an OK call. UNAVAILABLE: nobody answers; DEADLINE_EXCEEDED: too slow;
  // RESOURCE_EXHAUSTED: more than max_body_bytes; DATA_LOSS: the answer broke off or is no HTTP;
  // FAILED_PRECONDITION: a secret cannot be read now, or the certificate does not hold. Needs
  // `http`. Waits. [instance-serial]
  chela_status (*fetch)(const chela_call* call, chela_str request, chela_str body,
                        const chela_sink* info, const chela_sink* reply, const chela_sink* error);
} chela_http_v1;

#ifdef __cplusplus
}
#endif
