#!/usr/bin/env bash
# Installs from npm what some plugins are tested against: programs and clients of others, in versions that were tried.
# They go to build/peers (or CHELA_PEERS) and never run a script of their own while they are installed. Can be repeated.
set -euo pipefail
cd "$(dirname "$0")/.."

# @stoplight/prism-cli: a proxy that judges requests and answers by an API's description (check.alpaca, check.kalshi).
# @alpacahq/alpaca-trade-api, kalshi-typescript: the services' own clients, generated from their descriptions; Kalshi's is
# also the signer that a stand-in's verification is tried with. ical.js: what check.calendar's recurrences are compared with.
peers=(
  @stoplight/prism-cli@5.16.0
  @alpacahq/alpaca-trade-api@4.0.2
  kalshi-typescript@3.30.0
  ical.js@2.2.1
)

folder=${CHELA_PEERS:-$PWD/build/peers}
wanted=$(printf '%s\n' "${peers[@]}")
if [ -f "$folder/installed" ] && [ "$(cat "$folder/installed")" = "$wanted" ]; then
  echo "npm peers: all there"
  exit 0
fi
command -v npm >/dev/null || { echo "npm peers: npm is missing; scripts/install_packages.sh --tests installs it" >&2; exit 1; }
mkdir -p "$folder"
echo "npm peers: installing ${peers[*]}"
echo '{"name": "chela-peers", "private": true}' >"$folder/package.json"
install() { (cd "$folder" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error "${peers[@]}"); }
install || { sleep 10; install; } || { sleep 30; install; }  # a network that hiccups
echo "$wanted" >"$folder/installed"
