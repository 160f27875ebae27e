// Service chela.files/1: files below the granted paths; nothing else exists for the plugin.
//
// Paths are absolute. A path outside the grant is PERMISSION_DENIED, with the manifest line that is
// missing. Symbolic links are followed only while they stay inside the grant; magic links and a
// process's own /proc never.
#pragma once

#include "chela/abi/call.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_SERVICE_FILES "chela.files/1"

typedef struct chela_files_v1 {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  // Reads at most `max_bytes` (0 = the host's cap of 8 MiB) of a regular file. With `quiet_ms` > 0
  // it first waits until nobody has changed the file for so long and nobody holds it open for
  // writing. `info` gets
  // {"version":"..","size":123,"modified_ms":1703275200000,"truncated":false}. Needs `read`. Waits.
  // [instance-serial]
  chela_status (*read)(const chela_call* call, chela_str path, uint64_t max_bytes,
                       uint32_t quiet_ms, const chela_sink* bytes, const chela_sink* info,
                       const chela_sink* error);
  // {"type":"file|directory|symlink|other","size":..,"modified_ms":..,"version":".."}; NOT_FOUND
  // where there is none. Needs `read`. Waits. [instance-serial]
  chela_status (*stat)(const chela_call* call, chela_str path, const chela_sink* info,
                       const chela_sink* error);
  // {"entries":[{"name":"..","type":"file"}],"truncated":false}, sorted by name, at most 10,000.
  // Needs `read`. Waits. [instance-serial]
  chela_status (*list)(const chela_call* call, chela_str path, const chela_sink* info,
                       const chela_sink* error);
  // {"total_bytes","free_bytes","available_bytes","total_inodes","free_inodes"} of the file system
  // that holds `path`; available = free for ordinary users. Needs `usage` (or `read`). Waits.
  // [instance-serial]
  chela_status (*disk_usage)(const chela_call* call, chela_str path, const chela_sink* info,
                             const chela_sink* error);
  // Swaps the file's content durably for `bytes`, all or nothing, if it still is `base_version` (as
  // read() gave it; empty = must not exist). ABORTED where somebody changed or is changing it
  // meanwhile: read again, apply again. `info` gets {"version":".."}. Needs `write`. Waits.
  // [instance-serial]
  chela_status (*replace)(const chela_call* call, chela_str path, chela_str base_version,
                          chela_str bytes, const chela_sink* info, const chela_sink* error);
} chela_files_v1;

#ifdef __cplusplus
}
#endif
