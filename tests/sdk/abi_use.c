// Uses every macro of the C contract; compiled without a word in C11 and C++11 to C++20.
#define CHELA_PLUGIN_ID "check.abi_use"
#define CHELA_PLUGIN_VERSION "0.0.1"
#define CHELA_PLUGIN_ABI_MINOR_NEEDED 0
#include "chela/abi/entry.h"

static chela_status create(const chela_host* host, const chela_call* call, chela_str config,
                           chela_instance** out) {
  (void)config;
  (void)out;
  if (!CHELA_HAS(host, chela_host, service))
    return call->fail(call, CHELA_UNIMPLEMENTED, CHELA_STR("no services"));
  return CHELA_OK;
}

static void destroy(chela_instance* instance) {
  (void)instance;
}

static chela_status run(chela_instance* instance, const chela_call* call, chela_str request,
                        const chela_sink* report) {
  (void)instance;
  (void)request;
  const chela_clock_v1* clock =
      (const chela_clock_v1*)call->host->service(call->host, CHELA_STR(CHELA_SERVICE_CLOCK));
  if (CHELA_HAS(clock, chela_clock_v1, now_ms) && clock->now_ms(call->host) < 0)
    return CHELA_INTERNAL;
  report->put(report, CHELA_STR("{}"));
  return CHELA_OK;
}

static const chela_check_ops ops = {{sizeof(chela_check_ops), 0, create, destroy, NULL}, run};
CHELA_C_PLUGIN(CHELA_KIND_CHECK, ops);

static int has_run(const chela_plugin* plugin) {
  const chela_component* component = chela_component_at(plugin, 0);
  const chela_check_ops* table = (const chela_check_ops*)(const void*)component->ops;
  return CHELA_HAS_OP(table, chela_check_ops, run);
}

int main(void) {
  return has_run(chela_plugin_v1()) ? 0 : 1;
}
