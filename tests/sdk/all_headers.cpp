// What a plugin and its test include; compiled by gcc and clang with every warning an error.
#define CHELA_PLUGIN_ID "check.nothing"
#define CHELA_PLUGIN_VERSION "0.0.1"
#define CHELA_PLUGIN_ABI_MINOR_NEEDED 0
#include "chela/check.h"
#include "chela/provider.h"
#include "chela/tasks.h"
#include "chela/testing/fixtures.h"
#include "chela/testing/provider_probe.h"
#include "chela/time.h"
#include "chela/web_address.h"

struct Nothing : chela::Check {
  chela::Result<chela::Report> run(chela::Host&) override { return chela::Report::ok(); }
};

CHELA_CHECK(Nothing)
