#!/usr/bin/env bash
# How the program behaves towards terminals, pipes, signals and a home that it may not write to.
source "$(dirname "$0")/lib.sh"
: "${PTY:?}"
exits 0 "$TERN" synth --shape tiny --no-check -o model.gguf
text=$TERN_SOURCE_DIR/tests/golden/perplexity/text.txt
export TERM=xterm

# Each command with arguments under which it prints something, and is done soon. pull wants a hub, and what writes folders does
# so once: those have tests of their own.
declare -A arguments=(
  [run]="-m model.gguf -p Once -n 3" [chat]="-m model.gguf -n 3" [inspect]="model.gguf" [tokenize]="-m model.gguf -p Once"
  [logits]="-m model.gguf --tokens 1,2 -o logits.npy" [verify]="model.gguf model.gguf"
  [bench]="-m model.gguf -p 8 -n 2 -r 1 -t 1" [perplexity]="model.gguf short.txt" [convert]="model.gguf other.gguf --to gguf --force"
  [synth]="--shape tiny -o synth.gguf --force" [manual]="run" [completions]="bash" [licenses]=""
  [doctor]="--no-measure" [plot]="metrics.jsonl --json" [data synth]="math -n 2 -o math.jsonl --force"
  [tokenizer train]="short.txt --vocab-size 270 -o learnt.json --force")
head -c 300 "$text" >short.txt
printf '{"step": 1, "loss": 3}\n' >metrics.jsonl
printf 'Hello\n' >question
# other commands may have come: each must be here
for verb in "${verbs[@]}"; do
  [[ " pull data prepare train " == *" $verb "* || -n ${arguments[$verb]+known} ]] || fail "this test does not know how to call tern $verb"
done
# each FUNCTION: FUNCTION VERB ARGUMENT... for all of them
each() {
  local verb words
  for verb in "${!arguments[@]}"; do
    read -ra words <<<"${arguments[$verb]}"
    "$1" $verb "${words[@]}"
  done
}

# --- Colours: on a terminal, and nowhere else, and not against NO_COLOR or on a dumb terminal.
# coloured ENVIRONMENT...: an error on a terminal has escapes.
coloured() {
  printf 'expect error\nend 3\n' >script
  exits 0 env -u NO_COLOR "$@" "$PTY" script shown "$TERN" inspect missing.gguf
  grep -q $'\x1b' shown
}
coloured TERM=xterm || fail "an error on a terminal has no colour"
! coloured TERM=xterm NO_COLOR=1 || fail "NO_COLOR=1 does not turn colours off"
! coloured TERM=dumb || fail "a dumb terminal gets colours"
coloured TERM=xterm NO_COLOR= || fail "an empty NO_COLOR turns colours off"
plain() {
  exits 0 env -u NO_COLOR "$TERN" "$@" <question
  ! grep -q $'\x1b' out err || fail "tern $1 writes escapes into files"
}
each plain
code=0
env -u NO_COLOR "$TERN" inspect missing.gguf 2>err || code=$?
[[ $code -eq 3 ]] && ! grep -q $'\x1b' err || fail "an error that goes to a file has colours"

# --- A reader that goes away ends the program silently; so does one that was never there.
leaves() {
  local code=0
  "$TERN" "$@" 2>err <question | true || code=$?
  [[ $code -eq 0 || $code -eq 141 ]] || fail "tern $1 | true: exit code $code"
  ! grep -qiE 'error|pipe|abort' err || fail "tern $1 complains of a closed pipe"
}
each leaves
"$TERN" inspect model.gguf 2>err | head -1 >out || [[ $? -eq 141 ]] || fail "inspect | head -1"
[[ ! -s err && $(wc -l <out) -eq 1 ]] || fail "tern inspect | head -1 is not silent"
"$TERN" --help 2>err | head -1 >out || [[ $? -eq 141 ]] || fail "--help | head -1"
[[ ! -s err ]] || fail "tern --help | head -1 is not silent"
(
  trap '' PIPE
  code=0
  "$TERN" licenses 2>err | true || code=$?
  [[ $code -eq 0 || $code -eq 141 ]] && [[ ! -s err ]]
) || fail "a parent that ignores SIGPIPE makes a closed pipe an error"

# --- Standard output that is closed or full is an error for those who print, and no other.
silent=" logits "
unwritable() {
  local code=0 expected=4
  [[ $silent != *" $1 "* ]] || expected=0
  "$TERN" "$@" <question 2>err >&- || code=$?
  [[ $code -eq $expected ]] || fail "tern $1 >&-: exit code $code"
  if [[ -w /dev/full ]]; then
    code=0
    "$TERN" "$@" <question 2>err >/dev/full || code=$?
    [[ $code -eq $expected ]] || fail "tern $1 >/dev/full: exit code $code"
  fi
  [[ $expected -eq 0 ]] || grep -q 'cannot write to standard output' err || fail "tern $1 >&-: does not say why"
}
each unwritable
for flag in --help --version; do
  code=0
  "$TERN" $flag 2>err >&- || code=$?
  [[ $code -eq 4 ]] || fail "tern $flag >&-: exit code $code"
done

# --- Nobody's home: no HOME, one that does not exist, one that is a file, one that may not be written. The answer is the
# same, nothing is said, and nothing is left but what was asked for.
answer() { "$TERN" run -m model.gguf -p Once -n 3 -q; }
answer >expected
mkdir locked
touch file
same_answer() { # WHAT, with ./out and ./err of answer
  same_file out expected "with $1"
  [[ ! -s err ]] || fail "with $1: says something: $(cat err)"
}
keeps_going() {
  local below=$work/file/below
  exits 0 env -i "$TERN" "$@" <question
  exits 0 env -i HOME=/proc/none "$TERN" "$@" <question
  exits 0 env -i HOME="$work/file" "$TERN" "$@" <question
  exits 0 env -i XDG_CACHE_HOME="$below" XDG_STATE_HOME="$below" XDG_CONFIG_HOME="$below" "$TERN" "$@" <question
}
each keeps_going
env -i "$TERN" run -m model.gguf -p Once -n 3 -q >out 2>err
same_answer "no environment at all"
env -i HOME=/proc/none "$TERN" run -m model.gguf -p Once -n 3 -q >out 2>err
same_answer "a home that is not there"
[[ $(cat file) == "" && ! -e /proc/none ]] || fail "something was written into a home that is none"
exits 2 env -i "$TERN" pull test/one
says err 'HOME is not set; give --cache DIR or -o DIR, or set TERN_CACHE'
# On a terminal, where a chat keeps a history.
printf 'expect > \nsend Hello\\r\nexpect > \nsend /exit\\r\nend 0\n' >script
for home in "" /proc/none "$work/file"; do
  exits 0 env -i TERM=xterm ${home:+HOME=$home} "$PTY" script shown "$TERN" chat -m model.gguf -n 3 -q
  ! grep -qiE 'error|warning' shown || fail "tern chat with HOME=$home complains: $(cat shown)"
done
as_nobody=()
[[ $(id -u) -ne 0 ]] || as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
chmod 755 "$work"
chmod 555 locked
if "${as_nobody[@]}" "$TERN" --version >/dev/null 2>&1; then
  "${as_nobody[@]}" env HOME="$work/locked" "$TERN" run -m model.gguf -p Once -n 3 -q >out 2>err
  same_answer "a home that may not be written"
  code=0
  "${as_nobody[@]}" env HOME="$work/locked" "$TERN" pull test/one >out 2>err || code=$?
  [[ $code -eq 4 || $code -eq 11 ]] || fail "pull into a home that may not be written: exit code $code"
else
  echo "not as nobody: setpriv or the program cannot be used so"
fi
[[ -z $(ls -A locked) ]] || fail "something was written into a home that may not be written"
chmod 755 locked

# --- Ctrl-C ends what takes long: exit code 130, soon, and no half-written file.
set -m # else a background job ignores SIGINT
interrupted() { # COMMAND...
  local pid code=0
  "$TERN" "$@" >out 2>err <question &
  pid=$!
  sleep 1
  kill -0 $pid 2>/dev/null || fail "tern $1 is over before it could be interrupted"
  kill -INT $pid
  local start=$SECONDS
  wait $pid || code=$?
  [[ $code -eq 130 ]] || fail "tern $1: exit code $code after SIGINT"
  [[ $((SECONDS - start)) -le 10 ]] || fail "tern $1 took $((SECONDS - start)) s to end"
  ! grep -qE '^error' err || fail "tern $1 calls Ctrl-C an error"
}
for _ in {1..8}; do cat "$text" "$text"; done >long.txt
for _ in {1..6}; do cat long.txt long.txt >longer && mv longer long.txt; done
interrupted run -m model.gguf -p Once -n -1 --ignore-eos --context-shift --context 256 -q
interrupted bench -m model.gguf -p 0 -n 512 -r 1000 -t 1
interrupted perplexity model.gguf long.txt --save-logits logits.file
[[ -z $(find . -name 'logits.file*') ]] || fail "Ctrl-C left a file of logits"
interrupted synth --shape 2b4t --no-check -o big.gguf
[[ -z $(find . -name 'big.gguf*') ]] || fail "Ctrl-C left a file of synth"
