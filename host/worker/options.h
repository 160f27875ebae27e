// The command line of `chela-worker serve`, which the host writes: `--memory-mb 256 --cpu-s 600
// ...`.
#pragma once

#include <string_view>
#include <vector>

#include "worker/lock_down.h"

namespace chela::worker {

// Takes what follows the word "serve":
//   --memory-mb N  --cpu-s N  --file-mb N  --open-files N  --processes N    limits, defaults in
//   limits.h
//   --confinement require|best-effort
//   --layers <list>  --landlock-abi N                                        for tests: fewer
//   layers, older kernel
// Fails with invalid_argument, naming the word, what was wanted and what was found.
Result<LockDownRequest> parse_options(const std::vector<std::string_view>& words);

}  // namespace chela::worker
