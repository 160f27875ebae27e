// A task backend that has no tasks and crashes when it is to make one.
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

static chela_status list(chela_instance* self, const chela_call* call, chela_str request,
                         const chela_sink* reply) {
  (void)self, (void)call, (void)request;
  reply->put(reply, CHELA_STR("{\"tasks\":[]}"));
  return CHELA_OK;
}

static chela_status create(chela_instance* self, const chela_call* call, chela_str request,
                           const chela_sink* reply) {
  (void)self, (void)request, (void)reply;
  *(volatile int*)nowhere = 1;
  return call->fail(call, CHELA_INTERNAL, CHELA_STR("still alive"));
}

static chela_status describe(chela_instance* self, const chela_call* call, chela_str request,
                             const chela_sink* reply) {
  (void)self, (void)call, (void)request;
  reply->put(reply,
             CHELA_STR("{\"states\":[\"queue\",\"done\"],\"priorities\":[],\"keeps_ids\":true}"));
  return CHELA_OK;
}

static chela_status missing(chela_instance* self, const chela_call* call, chela_str request,
                            const chela_sink* reply) {
  (void)self, (void)request, (void)reply;
  return call->fail(call, CHELA_UNIMPLEMENTED, CHELA_STR("not in this backend"));
}

static const chela_tasks_ops ops = {{sizeof(chela_tasks_ops), 0, create_instance, destroy, NULL},
                                    list,
                                    missing,
                                    create,
                                    missing,
                                    missing,
                                    missing,
                                    describe};
CHELA_C_PLUGIN(CHELA_KIND_TASKS, ops);
