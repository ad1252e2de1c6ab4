#!/usr/bin/env bash
# clang-format in place; with --check it only says what it would change, and fails.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
[[ "${1:-}" == --check ]] && mode=(--dry-run --Werror)
git ls-files '*.cc' '*.h' '*.c' | xargs clang-format-14 "${mode[@]}"
