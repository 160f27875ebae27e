// A notifier that crashes whenever it is to send a message.
#include "chela/abi/entry.h"

struct chela_instance {
  int unused;
};

static chela_instance the_instance;
static void* volatile nowhere = NULL;

static chela_status create_instance(const chela_host* host, const chela_call* call,
                                    chela_str config, chela_instance** out) {
  (void)host, (void)call, (void)config;
  *out = &the_instance;
  return CHELA_OK;
}

static void destroy(chela_instance* instance) {
  (void)instance;
}

static chela_status send_message(chela_instance* self, const chela_call* call, chela_str request,
                                 const chela_sink* reply) {
  (void)self, (void)request, (void)reply;
  *(volatile int*)nowhere = 1;
  return call->fail(call, CHELA_INTERNAL, CHELA_STR("still alive"));
}

static const chela_notifier_ops ops = {
    {sizeof(chela_notifier_ops), 0, create_instance, destroy, NULL}, send_message};
CHELA_C_PLUGIN(CHELA_KIND_NOTIFIER, ops);
