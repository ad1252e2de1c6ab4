#!/usr/bin/env bash
# Writing is all or nothing: whatever ends a command that writes a file, under the file's name is what was there
# before, or the whole new file. TERN_FULL=1 kills each command 100 times instead of 10.
source "$(dirname "$0")/lib.sh"
kills=$([[ -n ${TERN_FULL:-} ]] && echo 100 || echo 10)

# writers: one line a command that writes: "KIND NAME ARGUMENT...", in which OUT stands for the file or folder that it
# writes. A later one may read what an earlier one wrote, whole_NAME. An old folder would be refused, so there is none.
writers() {
  echo "file synth synth --shape tiny --no-check --force -o OUT"
  echo "file gguf convert whole_synth OUT --to gguf --force"
  echo "folder packed convert whole_synth OUT --to hf-packed"
  echo "folder masters convert whole_synth OUT --to hf-bf16"
}

# command OUT ARGUMENT...: sets $command to the tern command line, with that output.
set_command() {
  local out=$1
  shift
  command=("$TERN" "${@//OUT/$out}")
}

temporaries() { find target -name '*.tern-tmp-*' | wc -l; }
state() { find target -type f -printf '%f %s;'; }

# killed KIND NAME ARGUMENT...: kill -9, every other time as soon as something is in the folder, else at a moment between
# start and end. The file is absent (or the old one) or whole.
killed() {
  local kind=$1 name=$2 whole=whole_$2 start micros before was moment in_writing=0 i
  shift 2
  set_command "$whole" "$@"
  start=${EPOCHREALTIME/./}
  exits 0 "${command[@]}"
  micros=$((${EPOCHREALTIME/./} - start))
  exits 0 "$TERN" inspect --no-histogram "$whole"
  for ((i = 0; i < kills; i++)); do
    rm -rf target
    mkdir target
    before=$((i / 2 % 2)) # with an older file under the name, or without
    [[ $kind == file ]] || before=0
    [[ $before -eq 0 ]] || echo old >target/file
    set_command target/file "$@"
    was=$(state)
    "${command[@]}" >out.log 2>&1 &
    local pid=$!
    if ((i % 2 == 0)); then
      until [[ $(state) != "$was" ]] || ! kill -0 $pid 2>/dev/null; do :; done
      moment=0.00$((RANDOM % 10))
    else
      moment=$(printf '0.%06d' $((RANDOM * 32768 % (micros + 1))))
    fi
    sleep "$moment"
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    in_writing=$((in_writing + $(temporaries)))
    if [[ ! -e target/file ]]; then
      [[ $before -eq 0 ]] || fail "$name: kill $i took the old file away"
    elif [[ $before -eq 1 && $(stat -c %s target/file) -eq 4 ]]; then
      [[ $(<target/file) == old ]] || fail "$name: kill $i changed the old file"
    else
      diff -r "$whole" target/file >/dev/null || fail "$name: kill $i left a part"
      exits 0 "$TERN" inspect --no-histogram target/file
    fi
  done
  [[ $in_writing -gt 0 ]] || fail "$name: no kill met a file that was being written"
  echo "$name: $kills kills, $in_writing of them while writing"
}

# check_refused KIND NAME WHERE WHY: the command that was just run (exit code in $code) said why, and left WHERE as it was.
check_refused() {
  local kind=$1 name=$2 where=$3 left
  [[ $code -eq 4 ]] || fail "$name exits with $code, not 4"
  says err "^error: .*file.*($4)"
  left=$(find "$where" -mindepth 1 | wc -l)
  if [[ $kind == file ]]; then
    [[ $left -eq 1 && $(<"$where/file") == old ]] || fail "$name: left something behind"
  else
    [[ $left -eq 0 ]] || fail "$name: left something behind"
  fi
}

# full KIND NAME ARGUMENT...: no room for the file, by the shell's limit and on a small disk.
full() {
  local kind=$1 name=$2 size limit
  size=$(find "whole_$2" -type f -printf '%s\n' | sort -n | tail -1) # limits hold for a file
  shift 2
  set_command target/file "$@"
  for limit in 0 1 $((size / 2048)) $((size / 1024 - 1)); do
    rm -rf target
    mkdir target
    [[ $kind == folder ]] || echo old >target/file
    # Messages go through a pipe, because the limit holds for them too.
    (
      ulimit -f "$limit"
      code=0
      "${command[@]}" 2>&1 >/dev/null || code=$?
      exit $code
    ) | cat >err && code=0 || code=${PIPESTATUS[0]}
    check_refused "$kind" "$name under ulimit -f $limit" target 'File too large'
  done
  mkdir -p disk
  if [[ $(id -u) -ne 0 ]] || ! mount -t tmpfs -o size=$((size / 2)) tmpfs disk 2>/dev/null; then
    echo "$name: refused by limits; no tmpfs can be mounted, so no disk is filled"
    return
  fi
  [[ $kind == folder ]] || echo old >disk/file
  set_command disk/file "$@"
  code=0
  "${command[@]}" >out.log 2>err || code=$?
  (check_refused "$kind" "$name on a full disk" disk 'No space left') || code=255
  umount disk
  [[ $code -ne 255 ]] || exit 1
  echo "$name: refused by limits and by a full disk"
}

while read -r -a words; do
  killed "${words[@]}"
  full "${words[@]}"
done < <(writers)
