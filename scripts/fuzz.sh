#!/usr/bin/env bash
# Builds the fuzz targets and runs each for SECONDS (default 60), two at a time: scripts/fuzz.sh [--keep] [SECONDS]
# [TARGET..]. Fails on any crash, leak, hang or broken claim; what did it lies in build/fuzz/found/. New inputs go to
# build/fuzz/corpus/; --keep merges them into tests/fuzz/corpus/, as few and as small as reach the same code.
# scripts/fuzz.sh --same RUNS [TARGET..] tries as many inputs of each, the same ones on every machine and at every speed.
set -euo pipefail
cd "$(dirname "$0")/.."

keep=no runs=0 seconds=60
[ "${1:-}" = "--keep" ] && { keep=yes; shift; }
[ "${1:-}" = "--same" ] && { runs=${2:?"--same needs a number of runs"}; shift 2; }
[[ "${1:-}" =~ ^[0-9]+$ ]] && { seconds=$1; shift; }
scripts/build.sh fuzz
targets=("$@")
[ ${#targets[@]} -gt 0 ] || for file in build/fuzz/tests/fuzz_*; do targets+=("${file##*/fuzz_}"); done
mkdir -p build/fuzz/{found,corpus,logs}

run() {
  local name=$1 seconds=$2 runs=$3 new=build/fuzz/corpus/$1 stored=tests/fuzz/corpus/$1 log=build/fuzz/logs/$1
  local options=(-max_total_time="$seconds") without_chance=()
  if [ "$runs" != 0 ]; then
    # What a run finds depends on addresses (the environment shifts the stack), on what lies in the folder, and on what is
    # read from it again as time passes. Some containers forbid setarch: nearly the same inputs then.
    options=(-seed=1 -runs="$runs" -reload=0) without_chance=(env -i PATH=/usr/bin:/bin) new=build/fuzz/same/$name
    setarch -R true 2>/dev/null && without_chance+=(setarch -R)
    rm -rf "$new"
  fi
  options+=(-timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=256 -print_final_stats=1
    -artifact_prefix="build/fuzz/found/$name-")
  [ -f "tests/fuzz/dictionaries/$name.dict" ] && options+=(-dict="tests/fuzz/dictionaries/$name.dict")
  mkdir -p "$new"
  local result=ok
  "${without_chance[@]}" build/fuzz/tests/fuzz_"$name" "${options[@]}" "$new" "$stored" >"$log" 2>&1 || result=FAILED
  local stat
  stat() { sed -n "s/^stat::$1: *//p" "$log"; }
  printf '%-16s %-7s %9s runs %7s/s %6s covered %6s inputs %5s MB\n' "$name" "$result" "$(stat number_of_executed_units)" \
    "$(stat average_exec_per_sec)" "$(grep -oP 'cov: \K\d+' "$log" | tail -1)" \
    "$(find "$new" "$stored" -type f | wc -l)" "$(stat peak_rss_mb)"
  [ $result = ok ] || { grep -aE -A8 'BROKEN|ERROR|SUMMARY|runtime error' "$log" | head -40; return 1; }
}

# What a failed run found stays as regression-*: the merge knows coverage only.
merge() {
  local name=$1 stored=tests/fuzz/corpus/$1 fresh=build/fuzz/merged/$1
  rm -rf "$fresh" && mkdir -p "$fresh"
  build/fuzz/tests/fuzz_"$name" -merge=1 -max_len=4096 "$fresh" "$stored" "build/fuzz/corpus/$name" >"build/fuzz/logs/$name-merge" 2>&1
  find "$stored" -type f ! -name 'regression-*' -delete
  cp "$fresh"/* "$stored"/
  echo "$name: $(find "$stored" -type f | wc -l) inputs kept, $(du -sk "$stored" | cut -f1) kB"
}

export -f run merge
failed=0
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -euo pipefail -c "run {} $seconds $runs" || failed=1
if [ $keep = yes ] && [ $failed = 0 ]; then
  printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -euo pipefail -c 'merge {}'
fi
[ $failed = 0 ] || { echo "fuzz: inputs that failed are in build/fuzz/found/" >&2; exit 1; }
