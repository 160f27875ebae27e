// What the router adds to a call of a model, beside a direct call and nginx as a plain reverse
// proxy; and what a provider's plugin costs in a worker.
#pragma once

#include "app/setup.h"
#include "measure.h"

namespace chela::bench {

// Against a server in a child process. Two providers are added to `setup`, which is used as the
// programs use it: its state folder, log, store, keys and budgets. False where something failed; it
// has been printed.
bool bench_models(Row row, app::Setup setup);

}  // namespace chela::bench
