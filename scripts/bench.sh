#!/usr/bin/env bash
# Prints the table of budgets with medians measured here, beside the floors of this machine. Asserts nothing.
# scripts/bench.sh [PART..]: only these, see tests/bench/bench.cpp.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_packages.sh --tests
scripts/build.sh bench chela chela_bench
echo "machine: $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), kernel $(uname -r)"
build/bench/bin/chela_bench "$@"
