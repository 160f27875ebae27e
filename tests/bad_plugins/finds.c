// A good check that always finds the same critical thing, so that there is a task to make.
#include "chela/abi/entry.h"

struct chela_instance {
  int unused;
};

static chela_instance the_instance;

static chela_status create(const chela_host* host, const chela_call* call, chela_str config,
                           chela_instance** out) {
  (void)host, (void)call, (void)config;
  *out = &the_instance;
  return CHELA_OK;
}

static void destroy(chela_instance* instance) {
  (void)instance;
}

static chela_status run(chela_instance* self, const chela_call* call, chela_str request,
                        const chela_sink* report) {
  (void)self, (void)call, (void)request;
  report->put(
      report,
      CHELA_STR("{\"schema\":\"chela.check.report/"
                "1\",\"status\":\"crit\",\"findings\":[{\"key\":\"roof\","
                "\"class\":\"condition\",\"severity\":\"crit\",\"title\":\"the roof leaks\"}]}"));
  return CHELA_OK;
}

static const chela_check_ops ops = {{sizeof(chela_check_ops), 0, create, destroy, NULL}, run};
CHELA_C_PLUGIN(CHELA_KIND_CHECK, ops);
