#!/bin/bash
# Installs the host as a person would and looks whether systemd understands the unit that comes with it.
#   unit.sh --cmake CMAKE --build BUILD --work DIR
set -euo pipefail
while [ $# -gt 0 ]; do
  case $1 in
    --cmake) cmake=$2 ;;
    --build) build=$2 ;;
    --work) work=$2 ;;
    *) echo "unknown argument $1" >&2; exit 2 ;;
  esac
  shift 2
done
fail() { echo "FAILED: $*" >&2; exit 1; }

rm -rf "$work"
mkdir -p "$work/run"
"$cmake" --install "$build" --prefix "$work/prefix" --component host >"$work/install.log" 2>&1 || {
  cat "$work/install.log"
  fail "the component host cannot be installed"
}
unit=$work/prefix/share/systemd/user/chela.service
program=$(sed -n 's/^ExecStart=\([^ ]*\) run$/\1/p' "$unit")
[ "$program" = "$work/prefix/bin/chela" ] || fail "the unit starts '$program'"
"$program" --version >/dev/null || fail "$program does not run"
if ! command -v systemd-analyze >/dev/null; then
  echo "*** NOT TESTED: systemd-analyze is not here (apt install systemd)"
  exit 0
fi
# It ends with 0 also for keys that it does not know, but says so.
said=$(XDG_RUNTIME_DIR="$work/run" systemd-analyze verify --user "$unit" 2>&1) || fail "$said"
! grep -F "chela.service" <<<"$said" || fail "systemd has something to say about the unit"
echo "unit: ok"
