#!/usr/bin/env bash
# Every C and C++ file is as clang-format would have it; --fix makes it so.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run --Werror)
[ "${1:-}" = "--fix" ] && mode=(-i)
git ls-files -z --cached --others --exclude-standard '*.h' '*.cpp' '*.c' | xargs -0 -n 40 -P "$(nproc)" clang-format "${mode[@]}"
echo "format: ok"
