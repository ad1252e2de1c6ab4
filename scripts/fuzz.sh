#!/usr/bin/env bash
# make fuzz. Builds every libFuzzer target of tests/fuzz and runs them one after the other:
#   fuzz.sh [SECONDS [TARGET...]]    each so long (default 60); a table at the end, exit code 1 on a finding
#   fuzz.sh --minimise [TARGET...]   merges what runs have found into tests/fuzz/corpus, without what adds nothing
# New inputs stay in build/fuzz/corpus/TARGET and are seeds of the next run, findings and logs in build/fuzz/findings.
set -euo pipefail
cd "$(dirname "$0")/.."

# Bytes that an input may have: enough for the largest seed and something put into it.
declare -A max_len=([gguf]=12288 [safetensors]=8192 [config]=4096 [tokenizer]=20480 [chat_template]=4096 [npy]=2048 [hub]=2048 [user_config]=4096 [data]=2048)
targets=(gguf safetensors config tokenizer chat_template npy hub user_config data)
corpus_limit=$((2 << 20)) # bytes of all committed corpora

seconds=60
minimise=
if [[ ${1:-} == --minimise ]]; then
  minimise=1
elif [[ $# -gt 0 ]]; then
  seconds=$1
  shift
  [[ $# -eq 0 ]] || targets=("$@")
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || {
    echo "fuzz: SECONDS must be a whole number: $seconds" >&2
    exit 2
  }
fi
for target in "${targets[@]}"; do
  [[ -n ${max_len[$target]:-} ]] || {
    echo "fuzz: no target $target; there are: ${!max_len[*]}" >&2
    exit 2
  }
done

scripts/build.sh fuzz
export UBSAN_OPTIONS=print_stacktrace=1

if [[ $minimise ]]; then
  shift
  [[ $# -eq 0 ]] || targets=("$@")
  for target in "${targets[@]}"; do
    committed=tests/fuzz/corpus/$target found=build/fuzz/corpus/$target merged=build/fuzz/merged/$target
    rm -rf "$merged"
    mkdir -p "$merged" "$found"
    "build/fuzz/tests/fuzz/fuzz_$target" -merge=1 -use_counters=0 -max_len="${max_len[$target]}" \
      "$merged" "$committed" "$found" >"build/fuzz/merge_$target.log" 2>&1
    # Seeds keep their names; of the rest comes what they do not cover.
    find "$committed" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
    seeds=$(sha1sum "$committed"/* | cut -d' ' -f1)
    for file in "$merged"/*; do
      grep -qF "$(basename "$file")" <<<"$seeds" || cp "$file" "$committed/"
    done
    printf '%-14s %5d files, %7d bytes\n' "$target" "$(find "$committed" -type f | wc -l)" \
      "$(cat "$committed"/* | wc -c)"
  done
  total=$(find tests/fuzz/corpus -type f -exec cat {} + | wc -c)
  [[ $total -le $corpus_limit ]] || {
    echo "fuzz: the corpora have $total bytes, more than $corpus_limit: leave some out" >&2
    exit 1
  }
  exit 0
fi

mkdir -p build/fuzz/findings
summary=()
found_any=0
for target in "${targets[@]}"; do
  own=build/fuzz/corpus/$target findings=build/fuzz/findings/$target
  mkdir -p "$own" "$findings"
  log=$findings/log
  status=0
  echo "fuzz: $target for $seconds s"
  "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 \
    -max_len="${max_len[$target]}" -dict="tests/fuzz/$target.dict" -artifact_prefix="$findings/" -print_final_stats=1 \
    "$own" "tests/fuzz/corpus/$target" >"$log" 2>&1 || status=$?
  execs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
  result=none
  if [[ $status -ne 0 ]]; then
    found_any=1
    result=$(grep -m1 -oE 'SUMMARY: .*|ERROR: .*' "$log" || echo "exit code $status, see $log")
  fi
  summary+=("$(printf '%-14s %12s %8s %8s  %s' "$target" "${execs:-?}" "${rate:-?}" "${coverage#cov: }" "$result")")
done
printf '\n%-14s %12s %8s %8s  %s\n' target execs execs/s cov findings
printf '%s\n' "${summary[@]}"
exit $found_any
