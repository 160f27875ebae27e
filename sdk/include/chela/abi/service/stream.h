// Service chela.stream/1: a byte stream to a mail server, over TLS, logged in by the host.
//
// The plugin speaks IMAP or SMTP on it; it never sees the password.
#pragma once

#include "chela/abi/call.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_SERVICE_STREAM "chela.stream/1"

typedef struct chela_stream_v1 {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  // `request`: {"url":"imaps://mail.example.org:993","user":"ana@example.org","secret":"password",
  //   "login":"password","timeout_ms":20000}. Schemes imaps and smtps; imap and smtp with STARTTLS,
  // which is required except to loopback. "login": "password", "bearer" (XOAUTH2, OAUTHBEARER) or
  // "none"; `secret` is the name of one of the plugin's secrets. `timeout_ms` covers connecting,
  // TLS and login. `info` gets {"stream":1}; at most 4 are open in one call, all end with it.
  // UNAUTHENTICATED: the server refuses user or secret; FAILED_PRECONDITION: the secret cannot be
  // read now, or the server's certificate does not hold or it offers no TLS; UNAVAILABLE,
  // DEADLINE_EXCEEDED: as their names say. Needs `stream`. Waits. [instance-serial]
  chela_status (*open)(const chela_call* call, chela_str request, const chela_sink* info,
                       const chela_sink* error);
  // Gives what came, at least one byte, at most `max_bytes` (up to 1 MiB; 0 = 64 KiB); nothing at
  // all where the other side has ended the stream. DEADLINE_EXCEEDED after `timeout_ms` without a
  // byte: the stream stays open. Waits. [instance-serial]
  chela_status (*read)(const chela_call* call, uint32_t stream, uint64_t max_bytes,
                       uint32_t timeout_ms, const chela_sink* bytes, const chela_sink* error);
  // Sends all bytes, at most 1 MiB, within `timeout_ms`. Waits. [instance-serial]
  chela_status (*write)(const chela_call* call, uint32_t stream, chela_str bytes,
                        uint32_t timeout_ms, const chela_sink* error);
  // Ends it; an unknown number is NOT_FOUND. [instance-serial]
  chela_status (*close)(const chela_call* call, uint32_t stream, const chela_sink* error);
} chela_stream_v1;

#ifdef __cplusplus
}
#endif
