// Kind chela.check/1: looks at one thing and reports what it found.
#pragma once

#include "chela/abi/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_KIND_CHECK "chela.check/1"

typedef struct chela_check_ops {
  chela_ops base;
  // Looks once. `request` is a chela.check.request/1, the report a chela.check.report/1
  // (sdk/schema/). A status other than OK means "could not look"; a problem that was found is an OK
  // call with a warn or crit report. The report goes into `report` as one JSON document.
  // [instance-serial]
  chela_status (*run)(chela_instance* instance, const chela_call* call, chela_str request,
                      const chela_sink* report);
} chela_check_ops;

#ifdef __cplusplus
}
#endif
