#!/usr/bin/env bash
# Configures and builds one preset: build.sh PRESET [cmake option...].
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
cmake --preset "$preset" -Wno-dev --log-level=WARNING "$@" >/dev/null
cmake --build --preset "$preset"
