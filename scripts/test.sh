#!/usr/bin/env bash
# make test. The stages run one after the other and the first that fails ends the run with its name; the last stage is
# the whole release suite, so that the final lines are that runner's own summary. --full adds tsan and clang-tidy.
set -euo pipefail
cd "$(dirname "$0")/.."
full=${1:-}
[[ $full != --full ]] || export TERN_FULL=1 # tests that repeat something repeat it more often

# Runs a command as a stage. set -e is off inside a function called so: stages of two steps join them by &&.
stage() {
  local name=$1 start=$SECONDS
  shift
  printf '\n==== %s\n' "$name"
  "$@" || {
    printf '\nmake test: stage "%s" FAILED\n' "$name" >&2
    exit 1
  }
  printf '==== %s: passed in %d s\n' "$name" $((SECONDS - start))
}

run_ctest() {
  local preset=$1
  shift
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" "$@"
}

fetch_model() {
  local status=0
  scripts/get_model.sh || status=$?
  [[ $status -ne 75 ]] || echo "no network: tests that need the real model will be reported as skipped"
  [[ $status -eq 0 || $status -eq 75 ]]
}

# The tests of the laws and those on the real model say nothing new under a sanitizer, nor do two that look at bits alone, many
# times over.
sanitized() {
  scripts/build.sh "$1" -DTERN_BUILD_TESTS=ON &&
    run_ctest "$1" -LE 'slow|law' -E 'Logits\.AScreenLeavesOutOnlyWhatCannotMatter|e2e\.tiny_bits'
}

thread_sanitized() {
  # g++ 12's TSan cannot live with the address randomisation of newer kernels, hence setarch.
  scripts/build.sh tsan -DTERN_BUILD_TESTS=ON &&
    setarch "$(uname -m)" -R ctest --test-dir build/tsan --output-on-failure --no-tests=error -LE 'slow|law'
}

# The tests whose subject differs there, and what else has code of its own for it; the full run compiles the programs, too.
aarch64() {
  local programs=()
  [[ $full != --full ]] || programs=(tern tern-bench)
  scripts/build.sh aarch64 -DTERN_BUILD_TESTS=ON -- \
    --target tern_{engine,machine} tern_{kernels,ternary,quant,models}_test "${programs[@]}" &&
    run_ctest aarch64 -R '^(kernels|ternary|quant)\.|[Ii]nvarian' -LE 'slow|law'
}

stage "packages" scripts/setup.sh test
stage "real model" fetch_model
stage "format" scripts/format.sh --check
stage "release build" scripts/build.sh release -DTERN_BUILD_TESTS=ON
stage "AddressSanitizer and UBSan" sanitized asan
[[ $(uname -m) == aarch64 ]] || stage "AArch64 under qemu" aarch64
if [[ $full == --full ]]; then
  stage "ThreadSanitizer" thread_sanitized
  stage "clang-tidy packages" scripts/setup.sh lint
  stage "clang-tidy" scripts/lint.sh
fi

printf '\n==== release suite, all tests\n'
run_ctest release
