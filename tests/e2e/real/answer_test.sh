#!/usr/bin/env bash
# The real model says sensible things, and the flags hold on it.
source "$(dirname "$0")/../lib.sh"
use_real_model

question='What is the capital of France? Answer with one word.'
exits 0 "$TERN" run -m "$model" --chat -p "$question" -n 24 -q
says out 'Paris'
cp out streamed
exits 0 "$TERN" run -m "$model" --chat -p "$question" -n 24 --json
jq -e '.text | contains("Paris")' out >/dev/null || fail "--json has another answer"
jq -e '(.ids | length) == (.logprobs | length) and (.logprobs | all(. <= 0)) and .timings.decode_tok_s > 0' out >/dev/null ||
  fail "the JSON is not as documented"
[[ $(jq -r .text out) == "$(cat streamed)" ]] || fail "streamed text and JSON differ"

exits 0 "$TERN" run -m "$model" -p 'The capital of France is' -n 8 -q
says out 'Paris'
cp out from_flag
echo 'The capital of France is' >prompt.txt # the last newline is not part of the prompt
exits 0 "$TERN" run -m "$model" -f prompt.txt -n 8 -q
same_file out from_flag "-f"
exits 0 "$TERN" run -m "$model" -n 8 -q <prompt.txt
same_file out from_flag "standard input"
# A stop string out of the middle of an answer: the text is what stood before it.
story=(run -m "$model" -p 'Once upon a time' -n 30 --json)
exits 0 "$TERN" "${story[@]}"
whole=$(jq -r .text out)
word=$(jq -r '.text | split(" ")[6]' out)
exits 0 "$TERN" "${story[@]}" --stop "$word"
jq -e '.stop_reason == "stop_string"' out >/dev/null || fail "--stop '$word' did not stop"
[[ $(jq -r .text out) == "${whole%%"$word"*}" ]] || fail "--stop '$word' left another text"
exits 0 "$TERN" run -m "$model" --system 'You are a pirate.' -p 'Who are you?' -n 12 -q
[[ -s out ]] || fail "--system alone is no chat"

# Truncated, and with junk inside: refused.
head -c 1000000 "$model" >short.gguf
refused 5 'short.gguf' inspect short.gguf
head -c 50000000 "$model" >half.gguf
refused 5 'half.gguf' run -m half.gguf -p x -n 1

exits 0 "$TERN" inspect "$model"
says out 'llama.*parameters'
exits 0 "$TERN" tokenize -m "$model" -p 'The capital of France is' --json
says out '^\[504,3575,282,4649,314\]$'
