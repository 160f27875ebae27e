#!/usr/bin/env bash
# Configures and builds one preset: scripts/build.sh release [targets..]. ccache is used where it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
# Objects of one checkout serve the next one, wherever it lies.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
echo "build: $preset"
cmake --preset "$preset" >"build-$preset.log" 2>&1 || { cat "build-$preset.log"; rm -f "build-$preset.log"; exit 1; }
mkdir -p "build/$preset" && mv "build-$preset.log" "build/$preset/configure.log"
cmake --build --preset "$preset" -- --quiet "$@"
