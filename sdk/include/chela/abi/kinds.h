// Every interface id of this SDK, in the order in which they get their shape.
//
// Shaped in this minor: check, tasks, provider; log, clock, state, files, exec, board. Nothing is
// frozen yet.
// Reserved (no header yet; each gets its final shape together with its first user):
//   kinds     chela.notifier/1   send(message_id, message), at least once
//   services  chela.http/1  chela.stream/1  chela.secret/1  chela.sign/1
#pragma once

#include "chela/abi/check.h"
#include "chela/abi/provider.h"
#include "chela/abi/service/board.h"
#include "chela/abi/service/clock.h"
#include "chela/abi/service/exec.h"
#include "chela/abi/service/files.h"
#include "chela/abi/service/log.h"
#include "chela/abi/service/state.h"
#include "chela/abi/tasks.h"
