// What the host's HTTP client adds to a plain one, and what waiting streams cost.
#pragma once

#include "measure.h"

namespace chela::bench {

// Against a server in a child process. False where something failed; it has been printed.
bool bench_http(Row row);

}  // namespace chela::bench
