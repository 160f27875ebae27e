#!/usr/bin/env bash
# Storeys look down: which room may include which, plugins only the SDK, one outside library in one place.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
fail() { echo "layers: $*" >&2; failed=1; }

# room: the rooms it may include
allowed() {
  case $1 in
    base) echo "base" ;;
    config) echo "config base" ;;
    services) echo "services base" ;;
    plugin) echo "plugin config services base" ;;
    worker) echo "worker plugin/wire plugin/loader base" ;;
    models) echo "models plugin config services base" ;;
    tasks) echo "tasks plugin services base" ;;
    heartbeat) echo "heartbeat tasks plugin services base" ;;
    app) echo "app heartbeat models tasks plugin config services base" ;;
    cli) echo "cli app heartbeat models tasks plugin config services base" ;;
    *) echo "" ;;
  esac
}

for room in host/*/; do
  name=$(basename "$room")
  [ "$name" = cmake ] && continue
  may=$(allowed "$name")
  [ -n "$may" ] || { fail "$name is no known room"; continue; }
  while IFS=: read -r file include; do
    other=${include%%/*}
    [ -d "host/$other" ] || continue
    ok=no
    for one in $may; do
      case $one in
        */*) [ "${include%.h}" = "$one" ] && ok=yes ;;
        *) [ "$other" = "$one" ] && ok=yes ;;
      esac
    done
    [ $ok = yes ] || fail "$file includes $include"
  done < <(grep -rnoP '#include "\K[^"]+' "$room" --include='*.h' --include='*.cpp' | sed 's/:[0-9]*:/:/')
done

while read -r hit; do fail "a plugin includes the host: $hit"; done < <(
  grep -rnE '#include "(base|config|services|plugin|worker|tasks|models|heartbeat|app|cli)/' plugins sdk --include='*.h' --include='*.cpp' || true)

# library: the files that may include it
only_in() {
  local pattern=$1 where=$2
  while read -r file; do
    [[ $file =~ $where ]] || fail "$file includes $pattern; its home is $where"
  done < <(grep -rlE "#include <$pattern" host plugins || true)
}
only_in 'yaml-cpp/' '^host/config/yaml\.cpp$'
only_in 'spdlog/' '^host/services/log\.cpp$'
only_in 'boost/dll' '^host/plugin/loader\.cpp$'
only_in 'sqlite3\.h' '^host/services/sqlite(_foreign)?\.cpp$'
only_in 'sodium' '^host/services/hash\.cpp$'
only_in 'openssl/' '^(host/services/crypto\.cpp|plugins/checks/kalshi/keys\.h)$'
only_in 'curl/' '^host/services/http'
only_in 'zlib\.h' '^host/services/http_unpack\.cpp$'
only_in 're2/' '^host/services/redact_match\.cpp$'
only_in 'CLI/' '^host/cli/parse(_models|_people)?\.cpp$'
only_in 'seccomp\.h' '^host/worker/make_filter\.cpp$'

[ $failed = 0 ] && echo "layers: ok"
exit $failed
