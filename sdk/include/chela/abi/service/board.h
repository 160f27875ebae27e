// Service chela.board/1: reads the tasks that the host keeps, whichever backend holds them.
#pragma once

#include "chela/abi/call.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_SERVICE_BOARD "chela.board/1"

typedef struct chela_board_v1 {
  uint32_t struct_size; /* bytes */
  uint32_t reserved;
  // `query`: {"states":["in_progress","blocked"]} or {}. `tasks` gets {"tasks":[..]} as
  // chela.tasks/1 lists them, each with "last_activity" (RFC 3339) where the host knows it. Needs
  // `board: read`. Waits. [instance-serial]
  chela_status (*list)(const chela_call* call, chela_str query, const chela_sink* tasks,
                       const chela_sink* error);
} chela_board_v1;

#ifdef __cplusplus
}
#endif
