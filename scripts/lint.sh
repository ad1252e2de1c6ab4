#!/usr/bin/env bash
# clang-tidy over src and apps, less the tests and what only an AArch64 build compiles, or over the files named.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset release -Wno-dev --log-level=WARNING -DTERN_BUILD_TESTS=ON >/dev/null
<<<<<<< HEAD
files=$(if (($#)); then printf '%s\n' "$@"; else find src apps -name '*.cc' ! -name '*_test.cc' ! -name 'arm_*.cc' | sort; fi)
=======
files=$(if (($#)); then printf '%s\n' "$@"; else find src apps bench -name '*.cc' ! -name '*_test.cc' ! -name 'arm_*.cc' ! -name '*_arm.cc' | sort; fi)
# shellcheck disable=SC2086  # one file an argument
>>>>>>> a33162c (tern-bench: the machine's limits, and every speed held against them, the scalar bits and other engines)
xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build/release --quiet <<<"$files"
