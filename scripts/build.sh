#!/usr/bin/env bash
# Configures and builds one preset: build.sh PRESET [cmake option...] [-- option of cmake --build...].
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
options=()
while [[ $# -gt 0 && $1 != -- ]]; do
  options+=("$1")
  shift
done
[[ $# -eq 0 ]] || shift
cmake --preset "$preset" -Wno-dev --log-level=WARNING "${options[@]}" >/dev/null
cmake --build --preset "$preset" "$@"
