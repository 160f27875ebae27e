#!/bin/bash
# Plays an outsider: installs the SDK of a build, moves it, builds the example plugins and the template with nothing
# else, runs their tests and looks at what came out.
#   outsider.sh --cmake CMAKE --source REPO --build BUILD --work DIR [--chela PROGRAM]
# With --chela the plugins are also dropped into a plugin folder, enabled and run by the real host.
set -euo pipefail
umask 022
unset CHELA_HOME CHELA_PLUGIN_PATH CMAKE_PREFIX_PATH DESTDIR

chela=""
while [ $# -gt 0 ]; do
  case $1 in
    --cmake) cmake=$2 ;;
    --source) source=$2 ;;
    --build) build=$2 ;;
    --work) work=$2 ;;
    --chela) chela=$2 ;;
    *) echo "unknown argument $1" >&2; exit 2 ;;
  esac
  shift 2
done
examples=$source/tests/package
prefix=$work/moved

fail() { echo "FAILED: $*" >&2; exit 1; }
step() { echo "== $*"; }

# Runs quietly; shows everything where it fails.
quietly() {
  "$@" >"$work/last.log" 2>&1 || { cat "$work/last.log"; fail "$*"; }
}

# Installs, then moves: what is built below must not need the first place.
install_sdk() {
  step "install the component sdk"
  quietly "$cmake" --install "$build" --prefix "$work/first" --component sdk
  mv "$work/first" "$prefix"
  for path in "$source" "$build" "$work/first"; do
    ! grep -rF "$path" "$prefix" || fail "installed files name $path"
  done
}

# configure_and_build <project folder> <build name> [cmake options]: out of tree, with only the installed prefix.
configure_and_build() {
  local project=$1 out=$work/build/$2
  shift 2
  step "build $project as $(basename "$out")"
  quietly "$cmake" -G Ninja -S "$work/src/$project" -B "$out" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF -DCMAKE_NO_SYSTEM_FROM_IMPORTED=ON "$@"
  quietly "$cmake" --build "$out"
}

run_tests() {
  step "test $1"
  quietly "$(dirname "$cmake")/ctest" --test-dir "$work/build/$1" --output-on-failure --no-tests=error
}

# check_library <file> <plugin folder>: one exported symbol, no executable stack, a note that reads back as plugin.json.
check_library() {
  local library=$1 folder=$2 exported
  [ -f "$library" ] || fail "$library was not built"
  exported=$(nm -D --defined-only "$library" | awk '{print $3}')
  [ "$exported" = chela_plugin_v1 ] || fail "$library exports: $exported"
  readelf -lW "$library" | grep -q 'GNU_STACK.* RW ' || fail "$library: no GNU_STACK segment without execution"
  quietly objcopy --dump-section ".note.chela=$work/note" "$library" "$work/copy.so"
  quietly "$cmake" -D NOTE="$work/note" -D PLUGIN_JSON="$folder/plugin.json" -P "$examples/check_note.cmake"
}

expect() {  # expect <words> <command...>: the command works and says the words
  local words=$1 said
  shift
  said=$("$@" 2>&1) || { echo "$said"; fail "$*"; }
  grep -qF -- "$words" <<<"$said" || { echo "$said"; fail "$*: wanted '$words' in its output"; }
}

# The plugins in the real host: found, enabled, run. Less than 100 % of / is free, so the C check has something to say.
run_in_host() {
  step "run in $chela"
  export CHELA_HOME=$work/home CHELA_PLUGIN_PATH=$work/plugins
  mkdir -p "$CHELA_HOME" "$CHELA_PLUGIN_PATH" "$work/workspace"
  cp "$work/build/disk_free/check.disk_free.so" "$work/build/disk_free_c/check.disk_free_c.so" "$CHELA_PLUGIN_PATH/"
  local host=("$chela" --workspace "$work/workspace")
  expect check.disk_free "${host[@]}" plugin list
  expect check.disk_free_c "${host[@]}" plugin list
  expect disk-free "${host[@]}" enable check.disk_free --id disk-free --set path=/ --set min_free_percent=0 --yes
  expect "" "${host[@]}" tick --check disk-free
  expect disk-free-c "${host[@]}" enable check.disk_free_c --id disk-free-c --set path=/ --set min_free_percent=100 --yes
  expect "disk nearly full: /" "${host[@]}" tick --check disk-free-c
}

rm -rf "$work"
mkdir -p "$work/src"
install_sdk
cp -r "$examples/disk_free" "$examples/disk_free_c" "$work/src/"
cp -r "$prefix/share/chela/template/check" "$work/src/my_check"

strict="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
configure_and_build disk_free disk_free -DCMAKE_CXX_FLAGS="$strict"
configure_and_build disk_free_c disk_free_c -DCMAKE_C_FLAGS="$strict" -DCMAKE_CXX_FLAGS="$strict"
configure_and_build disk_free_c disk_free_c_only -DBUILD_TESTING=OFF -DCMAKE_CXX_COMPILER=/bin/false
configure_and_build my_check my_check -DCMAKE_CXX_FLAGS="$strict"
for project in disk_free disk_free_c my_check; do run_tests $project; done

step "look at the libraries"
check_library "$work/build/disk_free/check.disk_free.so" "$work/src/disk_free"
check_library "$work/build/disk_free_c/check.disk_free_c.so" "$work/src/disk_free_c"
check_library "$work/build/disk_free_c_only/check.disk_free_c.so" "$work/src/disk_free_c"
check_library "$work/build/my_check/check.my_check.so" "$work/src/my_check"

if [ -n "$chela" ]; then run_in_host; fi
echo "all well"
