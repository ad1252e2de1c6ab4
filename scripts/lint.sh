#!/usr/bin/env bash
# clang-tidy over everything that the release build compiles.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset release -Wno-dev --log-level=WARNING -DTERN_BUILD_TESTS=ON >/dev/null
files=$(find src apps -name '*.cc' ! -name '*_test.cc' ! -name 'arm_*.cc' | sort)
# shellcheck disable=SC2086  # one file an argument
xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build/release --quiet <<<"$files"
