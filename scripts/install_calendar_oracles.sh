#!/usr/bin/env bash
# Puts ical.js into build/oracles, against which the tests of check.calendar compare recurrence rules. Needs npm and the
# network; without it that comparison is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
version=2.2.1
folder=build/oracles
[ -f "$folder/node_modules/ical.js/package.json" ] && grep -q "\"version\": \"$version\"" "$folder/node_modules/ical.js/package.json" && { echo "oracles: all there"; exit 0; }
command -v npm >/dev/null || { echo "oracles: npm is missing" >&2; exit 1; }
mkdir -p "$folder"
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --silent "ical.js@$version"
echo "oracles: ical.js $version"
