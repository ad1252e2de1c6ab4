#!/usr/bin/env bash
# tern pull when it is interrupted, killed, out of room, or not alone.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/pull_lib.sh"
slow='drip=10|piece=4000' # 300,000 bytes take most of a second

# start REPO: pulls in the background ($pull_pid) and returns once some of the file is there.
start() {
  "$TERN" pull "test/$1" >"out.$1" 2>"err.$1" &
  pull_pid=$!
  for ((i = 0; i < 400; i++)); do
    [[ $(part_bytes "$1") -gt 0 ]] && return
    sleep 0.01
  done
  fail "$1: nothing arrives: $(cat "err.$1")"
}
# stopped CODE: the background pull ends with that code, and soon.
stopped() {
  local code=0 start=${EPOCHREALTIME/./}
  wait "$pull_pid" || code=$?
  [[ $code -eq $1 ]] || fail "exit code $code, expected $1"
  [[ $((${EPOCHREALTIME/./} - start)) -lt 700000 ]] || fail "takes too long to leave"
}

# Ctrl-C leaves what has arrived, and the next pull fetches the rest of it.
model interrupted
faults interrupted "*$slow"
start interrupted
kill -INT $pull_pid
stopped 130
absent interrupted
kept=$(part_bytes interrupted)
[[ $kept -gt 0 && $kept -lt 300000 ]] || fail "kept $kept bytes"
faults interrupted
pulled interrupted
logged 1 "range=bytes=$kept- .*sent=$((300000 - kept))$"
# Also in the pause before another attempt, and when no byte comes.
model waiting
faults waiting 'break=1000' '*status=503|header=Retry-After: 60'
start waiting
for ((i = 0; i < 100; i++)); do grep -q 'attempt 3' err.waiting && break; sleep 0.05; done
kill -INT $pull_pid
stopped 130
faults waiting 'break=2000' '*drip=60000'
start waiting
sleep 0.2
kill -INT $pull_pid
stopped 130
absent waiting

# A part of something else is not continued.
random 300000 hub/test/interrupted/files/m.gguf
listing interrupted "$(sibling interrupted m.gguf lfs)"
faults interrupted "*break=1000"
exits 11 "$TERN" pull test/interrupted
random 300000 hub/test/interrupted/files/m.gguf
listing interrupted "$(sibling interrupted m.gguf lfs)"
faults interrupted
pulled interrupted
logged 0 'range=bytes'

# Several at once: one fetches, the others wait, say so, and use its file.
model shared
faults shared "$slow"
start shared
for i in 1 2 3; do
  "$TERN" pull test/shared --json >"out.$i" 2>"err.$i" &
  waiting[i]=$!
done
wait $pull_pid || fail "the first of several: $(cat err.shared)"
for i in 1 2 3; do
  wait "${waiting[i]}" || fail "one that waits: $(cat "err.$i")"
  grep -q 'waiting for another process that fetches m.gguf' "err.$i" || fail "does not say why it waits"
  jq -e '.files[0].cached' "out.$i" >/dev/null || fail "fetched what another had fetched"
done
same_file "$(cat out.shared)" hub/test/shared/files/m.gguf "several processes"
logged 1 '/resolve/'
# One that waits is left by Ctrl-C; one that dies while it fetches is followed by the next.
faults shared "$slow" "*"
rm "$(folder_of shared)/m.gguf"
start shared
first=$pull_pid
"$TERN" pull test/shared >out.1 2>err.1 &
pull_pid=$!
"$TERN" pull test/shared >out.2 2>err.2 &
third=$!
for ((i = 0; i < 100; i++)); do grep -q waiting err.1 && grep -q waiting err.2 && break; sleep 0.02; done
kill -INT $pull_pid
stopped 130
kill -KILL $first
wait $third || fail "the next after a killed one: $(cat err.2)"
same_file "$(cat out.2)" hub/test/shared/files/m.gguf "after a killed process"

# Killed at any moment, it never leaves a file under the final name that is not whole.
rounds=10
[[ -z ${TERN_FULL:-} ]] || rounds=100
model killed 2000000
survived=0 in_writing=0
for ((round = 1; round <= rounds; round++)); do
  rm -f "$(folder_of killed)/m.gguf"
  faults killed '*drip=1|piece=20000'
  "$TERN" pull test/killed >/dev/null 2>&1 &
  pull_pid=$!
  sleep "0.$(printf '%03d' $((RANDOM % 250)))"
  kill -KILL $pull_pid 2>/dev/null || true
  wait $pull_pid 2>/dev/null || true
  in_writing=$((in_writing + ($(part_bytes killed) > 0)))
  if [[ -e $(folder_of killed)/m.gguf ]]; then
    same_file "$(folder_of killed)/m.gguf" hub/test/killed/files/m.gguf "killed in round $round"
    survived=$((survived + 1))
  fi
  [[ $((round % 5)) -ne 0 ]] || { faults killed && pulled killed; }
done
echo "$survived of $rounds pulls ended before they were killed, $in_writing were killed in writing"
[[ $in_writing -gt 0 ]] || fail "no kill hit a pull that was writing"
# A part that the disk has spoilt is noticed, and fetched again.
model spoilt
faults spoilt '*break=20000'
exits 11 "$TERN" pull test/spoilt
head -c 64 /dev/zero | dd of="$(folder_of spoilt)/.tern-pull/m.gguf.part" seek=500 bs=1 conv=notrunc status=none
faults spoilt
pulled spoilt
says err 'SHA-256.*fetching all of it again'

# No room: an error that says so, and what has arrived is kept.
model full
code=0
(ulimit -f 100 && "$TERN" pull test/full >out 2>err) || code=$?
[[ $code -eq 4 ]] || fail "exit code $code at a limit of file sizes"
says err '^error: .*m.gguf.part: cannot write: File too large; [0-9]+ bytes of m.gguf are there'
absent full
pulled full
if [[ $(id -u) -eq 0 ]] && mkdir small && mount -t tmpfs -o size=600k tmpfs small 2>/dev/null; then
  trap 'kill $hub_pid 2>/dev/null; umount "$work/small"; rm -rf "$work"' EXIT
  exits 0 "$TERN" pull test/full --cache small
  model fuller 500000
  refused 4 'small/.*: 500000 bytes are to come and [0-9]+ are free: make room' pull test/fuller --cache small
  listing fuller '{"rfilename":"m.gguf"}' # whose size is only known when it comes
  refused 4 'cannot write: No space left on device' pull test/fuller --cache small
else
  echo "skipped: a full disk (needs root, and leave to mount)"
fi
mkdir -p readonly
chmod 555 readonly
[[ $(id -u) -eq 0 ]] || refused 4 'readonly.*ermission' pull test/full -o readonly/x
