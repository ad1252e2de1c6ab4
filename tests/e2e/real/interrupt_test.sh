#!/usr/bin/env bash
# Ctrl-C ends an answer: what was said is printed, the exit code is 130.
source "$(dirname "$0")/../lib.sh"
use_real_model

set -m # background jobs get their own process group, with SIGINT as it was
"$TERN" run -m "$model" -p 'Once upon a time' -n 4000 --ignore-eos -q >out 2>err &
job=$!
for _ in $(seq 200); do
  [[ $(stat -c %s out) -gt 20 ]] && break
  sleep 0.05
done
kill -INT "$job"
code=0
wait "$job" || code=$?
[[ $code -eq 130 ]] || fail "exit code $code after SIGINT"
[[ $(stat -c %s out) -gt 20 ]] || fail "the partial answer is lost"
says err '^interrupted$'
