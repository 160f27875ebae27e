#!/usr/bin/env bash
# Sets up, builds and passes all tests: format, sanitizers, then everything else. CI runs the same file.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { echo; echo "== $* ($(date -u +%H:%M:%S))"; }

step packages
scripts/install_packages.sh --tests
scripts/install_npm_peers.sh
export CHELA_NEED_PEERS=1  # what needs them fails without them instead of being skipped

step format
scripts/check_format.sh

step "layers: who may include whom"
scripts/check_layers.sh

jobs=$(nproc)
step "thread sanitizer: build"
scripts/build.sh tsan services_test worker_link_test base_process_test app_loop_watch_test
step "thread sanitizer: tests where threads meet"
ctest --preset tsan -R '^(services_test|worker_link_test|base_process_test|app_loop_watch_test)$' --no-tests=error

step "address and undefined-behaviour sanitizers: build"
scripts/build.sh asan
step "address and undefined-behaviour sanitizers: tests"
ctest --preset asan -j "$jobs" -LE package -E 'sdk_(abi|cxx)_headers' --no-tests=error

step "fuzz targets, 60,000 inputs each: what fails here fails anywhere; scripts/fuzz.sh alone looks for more"
scripts/fuzz.sh --same 60000

step "optimised, warnings as errors: build"
scripts/build.sh ci
scripts/build.sh ci chela_bench  # run by scripts/bench.sh; here it only has to build
step "all tests"
ctest --preset ci -j "$jobs" --no-tests=error
