#!/usr/bin/env bash
# tern run on tiny models: shape of the output and what the flags do.
source "$(dirname "$0")/lib.sh"

for model in "${tiny_models[@]}"; do
  exits 0 "$TERN" run -m "$model" --tokens 1,2,3 -n 5 --ignore-eos --json
  jq -e '(.ids | length) == 5 and (.logprobs | length) == 5 and .prompt_tokens == 3 and .stop_reason == "max_tokens"
    and (.logprobs | all(. <= 0)) and .timings.prefill_s >= 0 and .timings.decode_tok_s >= 0' out >/dev/null ||
    fail "$model: the JSON is not as documented"
  jq -c .ids out >greedy
  for threads in 1 2; do
    exits 0 "$TERN" run -m "$model" --tokens 1,2,3 -n 5 --ignore-eos --json -t $threads --chunk 1
    jq -c .ids out | cmp -s - greedy || fail "$model: $threads threads give other ids"
  done
  exits 0 "$TERN" run -m "$model" --tokens 1,2,3 -n 0 --json
  jq -e '.ids == []' out >/dev/null || fail "$model: -n 0 generated something"
  for i in 1 2; do
    exits 0 "$TERN" run -m "$model" --tokens 1,2,3 -n 8 --ignore-eos --temp 1 --seed 7 --json
    jq -c .ids out >"sampled$i"
  done
  same_file sampled1 sampled2 "$model: one seed, two texts"
  # Guesses change no token and no logprob.
  for lookup in 0 1 8; do
    exits 0 "$TERN" run -m "$model" --tokens 1,2,3,4,1,2,3 -n 24 --ignore-eos --temp 0.1 --json --lookup $lookup
    jq -e '.lookup.accepted <= .lookup.drafted' out >/dev/null || fail "$model: the JSON does not count guesses"
    jq -c '[.ids, .text, .logprobs, .stop_reason]' out >"lookup$lookup"
    same_file lookup0 "lookup$lookup" "$model: --lookup $lookup"
  done
done

# Without a tokenizer the answer is ids.
exits 0 "$TERN" run -m "$tiny_folder" --tokens 1,2,3 -n 4 --ignore-eos
says out '^[0-9]+(,[0-9]+){3}$'
says err '^prompt 3 tokens .*answer 4 tokens'
exits 0 "$TERN" run -m "$tiny_folder" --tokens 1,2,3 -n 4 --ignore-eos -q
[[ ! -s err ]] || fail "-q still talks"

# A prompt begins as the tokenizer's texts do, but does not end as they do.
cp "$TERN_SOURCE_DIR/tests/golden/tokenizer/hf_bpe.json" tokenizer.json
printf '{"add_bos_token": true, "bos_token": "<s>", "add_eos_token": true, "eos_token": "</s>"}' >tokenizer_config.json
exits 0 "$TERN" synth --shape tiny --no-check --tokenizer tokenizer.json -o ends.gguf
exits 0 "$TERN" tokenize -m ends.gguf -p 'the cat' --bos --json
[[ $(cat out) == '[1,483,320,595]' ]] || fail "--bos does not begin the text, or ends it"
exits 0 "$TERN" run -m ends.gguf -p 'the cat' -n 1 --json
jq -e '.prompt_tokens == 4' out >/dev/null || fail "the prompt has an end"

refused 2 'lookup' run -m "$tiny_folder" --tokens 1,2,3 --lookup 65
refused 2 'lookup' run -m "$tiny_folder" --tokens 1,2,3 --lookup -1
