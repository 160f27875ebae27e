#!/usr/bin/env bash
# Sets up, builds and runs the main job: one real heartbeat over a real workspace, in confined workers.
#   scripts/try.sh [WORKSPACE]     default: this checkout. Nothing outside the workspace and build/ is written.
set -euo pipefail
cd "$(dirname "$0")/.."
workspace=$(cd "${1:-.}" && pwd)

scripts/install_packages.sh
scripts/build.sh release

# chela's own files stay in build/, so that trying it leaves no trace in the home folder.
export CHELA_HOME="$PWD/build/try"
mkdir -p "$CHELA_HOME"
chela() { echo; echo "\$ chela $*"; "build/release/bin/chela" "$@" --workspace "$workspace"; }

# A check with a threshold that any disk misses shows what a finding looks like. It is not in the built-in set.
[ -e "$CHELA_HOME/manifests/checks/disk-demo.yaml" ] ||
  chela enable check.system --id disk-demo --set disk_min_free_percent=100 --set disk_min_free_mb=1000000000 --yes

chela plugin list
chela tick --all --explain || echo "(exit code $?: what could not be done is said above)"
chela tick
chela status
chela doctor || echo "(exit code $?: something above is critical)"
echo
echo "$workspace/TASKS.md:"
sed 's/^/    /' "$workspace/TASKS.md"
echo
echo "Go on: build/release/bin/chela --help. Everything that was written: TASKS.md and memory/ in $workspace, and build/."
