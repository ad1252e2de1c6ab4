#!/usr/bin/env bash
# tern-bench: the JSON promised, peers beside it, Ctrl-C, and flags that are wrong; `tern bench` beside it.
source "$(dirname "$0")/lib.sh"
: "${TERN_BENCH:?}"
quick=(-p 16,40 -n 4 -d 0,20 -t 1,2 -r 2 --read-mib 8)

exits 0 "$TERN_BENCH" --help
for word in --model --prompt --answer --depth --threads --repeats --peer --json Examples:; do says out "$word"; done

cat >good-bench <<'END'
#!/bin/sh
while [ $# -gt 1 ]; do
  case $1 in -p) p=$2 ;; -n) n=$2 ;; -d) d=$2 ;; esac
  shift
done
echo "[{\"n_prompt\": $p, \"n_gen\": $n, \"n_depth\": ${d:-0}, \"avg_ts\": 10.5}]"
END
printf '#!/bin/sh\necho "error: no such model" >&2\nexit 1\n' >bad-bench
chmod +x good-bench bad-bench
exits 0 "$TERN_BENCH" -m "$tiny_gguf" "${quick[@]}" --json --peer "good=$PWD/good-bench:x.gguf" --peer "bad=$PWD/bad-bench:y"
jq -e '(.machine | .read_gbps_1t > 0 and .read_gbps > 0 and .int8_gops_1t > 0 and .int8_gops > 0)
  and (.results | length == 8 and ([.[].test] | unique == ["pp16", "pp40", "tg4", "tg4@d20"])
    and all(.tok_s > 0 and .tok_s_spread >= 0 and .bytes_per_token > 0 and .gops > 0 and .roofline_pct > 0
      and .roofline_dense_pct > 0 and (.threads == 1 or .threads == 2) and .model == "model"
      and .peers[0].tok_s == 10.5 and .peers[0].ratio == .tok_s / 10.5
      and (.peers[1].failed | test("exit code 1: error: no such model"))))' out >/dev/null ||
  fail "the JSON is not what docs/performance.md promises"
says err 'round 2 of 2'
says err 'warning: bad failed at'

exits 0 "$TERN_BENCH" -m "$tiny_gguf" "${quick[@]}"
says out '^\| read, GB/s \|'
says out '^\| model \| 2 \| tg4@d20 \|'
exits 0 "$TERN_BENCH" -m "$tiny_gguf" "${quick[@]}" --check-every-token
TERN_ISA=scalar exits 0 "$TERN_BENCH" -m "$tiny_gguf" "${quick[@]}"

# Ctrl-C, in a test of ours and in a peer's, ends it and what it started.
# interrupts CONDITION COMMAND...: SIGINT once the condition holds.
interrupts() {
  local condition=$1 pid code=0 tries=0
  shift
  "$@" >out 2>err &
  pid=$!
  until eval "$condition"; do
    tries=$((tries + 1))
    [[ $tries -lt 600 ]] || fail "it never came to: $condition"
    sleep 0.1
  done
  kill -INT $pid
  wait $pid || code=$?
  [[ $code -eq 130 ]] || fail "exit code $code after an interrupt"
  [[ ! -s out ]] || fail "printed a table after an interrupt"
}
set -m # else a background job ignores SIGINT
"$TERN" synth --shape tiny --no-check -o long.gguf
interrupts 'grep -q "round 1" err' "$TERN_BENCH" -m long.gguf -p 0 -n 500 -d 0 -t 1 -r 1000 --read-mib 8
printf '#!/bin/sh\necho $$ >peer.pid.new\nmv peer.pid.new peer.pid\nsleep 60\n' >slow-bench
chmod +x slow-bench
interrupts '[[ -s peer.pid ]]' "$TERN_BENCH" -m "$tiny_gguf" -p 8 -n 0 -t 1 --read-mib 8 --peer "slow=$PWD/slow-bench:x"
! kill -0 "$(cat peer.pid)" 2>/dev/null || fail "the peer outlived its bench"
set +m

bench_refused() {
  local code=$1 pattern=$2
  shift 2
  exits "$code" "$TERN_BENCH" "$@" --read-mib 8
  says err "^error: .*$pattern"
  [[ ! -s out ]] || fail "printed something before it failed: $*"
}
bench_refused 2 'nothing to measure' -m "$tiny_gguf" -p 0 -n 0
bench_refused 2 'NAME=PATH' -m "$tiny_gguf" --peer llama.cpp
bench_refused 2 'give -m once' -m "$tiny_gguf" -m "$tiny_gguf" --peer a=b:c
bench_refused 3 'missing.gguf' -m missing.gguf -p 8 -n 0
bench_refused 9 'does not fit' -m "$tiny_gguf" -p 1000000 -n 0

exits 0 "$TERN" bench -m "$tiny_gguf" -p 16 -n 4 -d 8 -t 1,2 -r 1 --json
jq -e '.verified and ([.results[].test] == ["pp16@d8", "tg4@d8", "pp16@d8", "tg4@d8"]) and all(.results[]; .tok_s > 0)' \
  out >/dev/null || fail "tern bench --json"
