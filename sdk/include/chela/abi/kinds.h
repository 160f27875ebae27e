// Every interface id of this SDK, in the order in which they get their shape.
//
// Shaped in this minor: check, tasks, provider, notifier; log, clock, state, files, exec, board,
// http, stream, sign. Nothing is frozen yet. Reserved (no header yet; it gets its final shape
// together with its first user):
//   services  chela.secret/1
#pragma once

#include "chela/abi/check.h"
#include "chela/abi/notifier.h"
#include "chela/abi/provider.h"
#include "chela/abi/service/board.h"
#include "chela/abi/service/clock.h"
#include "chela/abi/service/exec.h"
#include "chela/abi/service/files.h"
#include "chela/abi/service/http.h"
#include "chela/abi/service/log.h"
#include "chela/abi/service/sign.h"
#include "chela/abi/service/state.h"
#include "chela/abi/service/stream.h"
#include "chela/abi/tasks.h"
