// Kind chela.notifier/1: brings a message to a person.
#pragma once

#include "chela/abi/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_KIND_NOTIFIER "chela.notifier/1"

typedef struct chela_notifier_ops {
  chela_ops base;
  // Sends one message. `request` is a chela.notifier.message/1, the reply a
  // chela.notifier.delivery/1 (sdk/schema/). OK: the service has taken it. The host tries again
  // after a failure, so a message may come twice, always with the same message_id; INVALID_ARGUMENT
  // means that this message will never be taken. Emitted before a failure, "wait" {"seconds": 30}
  // keeps the host from sending anything for that long, up to an hour. [instance-serial]
  chela_status (*send)(chela_instance* instance, const chela_call* call, chela_str request,
                       const chela_sink* reply);
} chela_notifier_ops;

#ifdef __cplusplus
}
#endif
