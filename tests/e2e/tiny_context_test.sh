#!/usr/bin/env bash
# Texts longer than the context (--context-shift), and caches kept in files (--session), on tiny models.
source "$(dirname "$0")/lib.sh"
exits 0 "$TERN" synth --shape tiny --no-check -o model.gguf
run=("$TERN" run -m model.gguf --ignore-eos --json)

# Without --context-shift the answer ends with the context, with it it goes on, and says that it is not exact.
exits 0 "${run[@]}" --tokens 1,2,3,4,5,6 -n 60 --context 32
jq -e '.stop_reason == "context_full" and .exact and .dropped_tokens == 0 and (.ids | length) == 27' out >/dev/null ||
  fail "a full context does not end the answer"
jq -c .ids out >cut
exits 0 "${run[@]}" --tokens 1,2,3,4,5,6 -n 60 --context 32 --context-shift --keep 2
jq -e '.stop_reason == "max_tokens" and (.exact | not) and .dropped_tokens > 0 and (.ids | length) == 60' out >/dev/null ||
  fail "--context-shift does not go on"
says err 'warning: the context of 32 tokens was full: [0-9]+ tokens behind the first 2 were dropped'
jq -c '.ids[:27]' out | cmp -s - cut || fail "the answer differs before anything was dropped"
jq -c .ids out >shifted
for flags in '-t 1 --chunk 1' '-t 2 --lookup 0'; do
  # shellcheck disable=SC2086
  exits 0 "${run[@]}" --tokens 1,2,3,4,5,6 -n 60 --context 32 --context-shift --keep 2 $flags
  jq -c .ids out | cmp -s - shifted || fail "$flags changes an answer with shifts"
done
exits 0 "${run[@]}" --tokens "$(seq -s, 50)" -n 3 --context 32 --context-shift
jq -e '.dropped_tokens > 0 and .prompt_tokens == 50' out >/dev/null || fail "a long prompt is not shortened"
refused 9 '50 tokens do not fit' run -m model.gguf --tokens "$(seq -s, 50)" -n 3 --context 32
refused 2 'keep requires --context-shift' run -m model.gguf --tokens 1,2 --keep 31
refused 2 'keep 31' run -m model.gguf --tokens 1,2 --context 32 --context-shift --keep 31
printf '%s\n' "a question of many letters" "and one more, as long" "and the third of them" >lines
exits 0 "$TERN" chat -m model.gguf --context 64 --context-shift -n 40 --ignore-eos <lines
[[ $(grep -c 'answer 40 tokens' err) -eq 3 ]] || fail "chat with --context-shift does not go on"
says err 'warning: the context of 64 tokens was full'

# --session: the answer with a file is the answer without, and the prompt is not run again.
tokens=$(seq -s, 100 140)
for kv in f16 i8; do
  rm -f kept
  exits 0 "${run[@]}" --tokens "$tokens" -n 8 --kv $kv --session kept
  jq -e '.cached_tokens == 0' out >/dev/null || fail "a new session has cached tokens"
  exits 0 "${run[@]}" --tokens "$tokens,7,8" -n 8 --kv $kv
  jq -c '[.ids, .logprobs, .text]' out >without
  exits 0 "${run[@]}" --tokens "$tokens,7,8" -n 8 --kv $kv --session kept
  jq -c '[.ids, .logprobs, .text]' out >with
  same_file without with "--session changes the answer"
  jq -e '.cached_tokens == 41' out >/dev/null || fail "the session was not used"
  exits 0 "${run[@]}" --tokens "$tokens,7,8" -n 0 --kv $kv --session kept
  jq -e '.cached_tokens == 42' out >/dev/null || fail "the session was not written again"
done
cp kept good
refused 2 'kept: the session.s cache is of another type' run -m model.gguf --tokens 1,2 --session kept --kv f32
exits 0 "$TERN" synth --shape tiny --seed 1 --no-check -o other.gguf
refused 2 'kept: the session is of another model' run -m other.gguf --tokens 1,2 --session kept --kv i8
refused 2 'lines: is no session file' run -m model.gguf --tokens 1,2 --session lines
same_file kept good "a refused session was touched"
refused 2 'not a regular file' run -m model.gguf --tokens 1,2 --session .
refused 3 'none/kept' run -m none --tokens 1,2 --session none/kept
refused 2 'must not be empty' run -m model.gguf --tokens 1,2 --session ''
# A damaged file is replaced, with a warning.
head -c 1000 good >kept
exits 0 "${run[@]}" --tokens "$tokens" -n 8 --kv i8 --session kept
says err 'warning: kept: the session file is damaged.* will be replaced'
: >kept
exits 0 "${run[@]}" --tokens "$tokens" -n 8 --kv i8 --session kept
says err 'warning: kept: the session file is empty'
[[ -z $(find . -name 'kept?*') ]] || fail "a temporary file was left"

printf 'one\ntwo\n' >lines
for i in 1 2; do
  exits 0 "$TERN" chat -m model.gguf -n 4 --ignore-eos --session talk <lines
  grep -v tok/s out >"talk$i" || true
done
same_file talk1 talk2 "--session changes a conversation"
[[ $(grep -c cached err) -eq 2 ]] || fail "chat does not use its session"
