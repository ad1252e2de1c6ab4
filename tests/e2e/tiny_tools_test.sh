#!/usr/bin/env bash
# inspect and bench on tiny models, tokenize on a tiny vocabulary.
source "$(dirname "$0")/lib.sh"

while read -r model; do
  exits 0 "$TERN" inspect "$model"
  says out '^architecture'
  exits 0 "$TERN" inspect --json "$model"
  jq -e '.parameters > 0 and (.tensors | length) > 0 and .config.layers > 0 and .config.vocab > 0' out >/dev/null ||
    fail "$model: the JSON is not as documented"
  jq -e '[.tensors[] | select(.trits)] | all(.trits.minus + .trits.zero + .trits.plus > 0 and .trits.scale > 0)' out \
    >/dev/null || fail "$model: the histograms are wrong"
  exits 0 "$TERN" bench -m "$model" -p 8 -n 4 -t 1,2 -r 2 --json
  jq -e '.verified and (.results | length) == 4 and (.results | all(.tok_s > 0)) and .machine.isa != ""' out >/dev/null ||
    fail "$model: bench's JSON is not as documented"
done < <(tiny_models)
exits 0 "$TERN" bench -m "$tiny_gguf" -p 4 -n 2 -t 1 -r 1
says out '^\| .* \| pp4 \|'
says out 'verified'
refused 2 'nothing to measure' bench -m "$tiny_gguf" -p 0 -n 0

ranks=$TERN_SOURCE_DIR/tests/golden/tokenizer/ranks.tiktoken
text='Hello, wörld!  12345'
exits 0 "$TERN" tokenize --tokenizer "$ranks" -p "$text" --json
ids=$(jq -r 'join(",")' out)
exits 0 "$TERN" tokenize --tokenizer "$ranks" --decode "$ids"
[[ $(cat out) == "$text" ]] || fail "decoding does not give the text back"
exits 0 "$TERN" tokenize --tokenizer "$ranks" -p "$text" --count
[[ $(cat out) -eq $(tr ',' '\n' <<<"$ids" | wc -l) ]] || fail "--count counts otherwise"
printf '{"text": "%s"}\n{"text": ""}\n' "$text" >lines.jsonl
exits 0 "$TERN" tokenize --tokenizer "$ranks" --jsonl lines.jsonl
[[ $(cat out) == "[$ids]"$'\n[]' ]] || fail "--jsonl gives other ids"
printf '{"text": 1}\n' >lines.jsonl
refused 5 'lines.jsonl:1' tokenize --tokenizer "$ranks" --jsonl lines.jsonl
refused 2 'give -m MODEL or --tokenizer' tokenize -p x
refused 2 'vocabulary' tokenize --tokenizer "$ranks" --decode 2147483647
