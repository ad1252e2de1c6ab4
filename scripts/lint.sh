#!/usr/bin/env bash
# clang-tidy over src, apps and bench, less the tests and what only an AArch64 build compiles, or over the files named.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset release -Wno-dev --log-level=WARNING -DTERN_BUILD_TESTS=ON >/dev/null
files=$(if (($#)); then printf '%s\n' "$@"; else find src apps bench -name '*.cc' ! -name '*_test.cc' ! -name 'arm_*.cc' ! -name '*_arm.cc' | sort; fi)
xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build/release --quiet <<<"$files"
