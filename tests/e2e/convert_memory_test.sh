#!/usr/bin/env bash
# Converting takes no memory for the model as a whole: a tensor at a time. A file of 700M's size; TERN_FULL=1 takes one of
# 2B4T's, and makes masters, too.
source "$(dirname "$0")/lib.sh"
shape=700m limit_mb=150
[[ -z ${TERN_FULL:-} ]] || shape=2b4t
# AddressSanitizer keeps what was freed, and its shadow counts: no figure of its build says anything.
symbols=$(nm -D "$TERN" 2>/dev/null) || true
[[ $symbols != *__asan_* ]] || exit 77

# peak_below MB ARGUMENT...: tern succeeds and never has more in memory, mapped pages of files included.
peak_below() {
  local mb=$1 peak=0 status= code=0
  shift
  "$TERN" "$@" >out 2>err &
  local pid=$!
  while status=$(grep VmHWM "/proc/$pid/status" 2>/dev/null); do # a process that has ended has none
    peak=$(tr -cd 0-9 <<<"$status")
    sleep 0.02
  done
  wait $pid || code=$?
  [[ $code -eq 0 ]] || fail "exit code $code: $*"
  echo "$((peak / 1024)) MB at most: $*"
  [[ $peak -gt 5000 ]] || fail "did not see it run: $*"
  [[ $((peak / 1024)) -lt $mb ]] || fail "$((peak / 1024)) MB, more than the $mb allowed: $*"
}

exits 0 "$TERN" synth --shape $shape --no-check -o model.gguf
[[ $(stat -c %s model.gguf) -gt $((200 << 20)) ]] || fail "the file is too small to tell"
peak_below $limit_mb convert model.gguf packed --to hf-packed
peak_below $limit_mb convert packed back.gguf --to gguf --type tq1_0
peak_below $limit_mb verify model.gguf back.gguf
if [[ -n ${TERN_FULL:-} ]]; then
  rm back.gguf
  peak_below $limit_mb convert packed masters --to hf-bf16
  peak_below 400 convert masters again.gguf --to gguf
fi
