#!/usr/bin/env bash
# inspect and bench on tiny models, tokenize on a tiny vocabulary.
source "$(dirname "$0")/lib.sh"

for model in "${tiny_models[@]}"; do
  exits 0 "$TERN" inspect "$model"
  says out '^architecture'
  exits 0 "$TERN" inspect --json "$model"
  jq -e '.parameters > 0 and (.tensors | length) > 0 and .config.layers > 0 and .config.vocab > 0' out >/dev/null ||
    fail "$model: the JSON is not as documented"
  # Every ternary linear has a histogram of all its weights (packed Hugging Face rows hold four each), and no other.
  jq -e '(.config.linear == "dense") == ([.tensors[] | select(.trits)] == []) and
    ([.tensors[] | select(.trits)] | all((.trits.minus + .trits.zero + .trits.plus) as $n
      | .trits.scale > 0 and $n == (.shape[0] * .shape[1] * (if .dtype == "U8" then 4 else 1 end))))' out >/dev/null ||
    fail "$model: the histograms are wrong"
  exits 0 "$TERN" bench -m "$model" -p 8 -n 4 -t 1,2 -r 2 --json
  jq -e '.verified and (.results | length) == 4 and (.results | all(.tok_s > 0)) and .machine.isa != ""' out >/dev/null ||
    fail "$model: bench's JSON is not as documented"
done

# histogram MODEL TENSOR TRITS: what inspect says of a tensor, [minus, zero, plus, scale, scale_op]. The numbers were
# counted from the files' bytes by other code.
histogram() {
  exits 0 "$TERN" inspect --json "$TERN_SOURCE_DIR/tests/golden/models/$1"
  jq -e --arg name "$2" --argjson trits "$3" '[.tensors[] | select(.name == $name).trits
    | (.minus == $trits[0] and .zero == $trits[1] and .plus == $trits[2] and .scale_op == $trits[4]
       and (.scale - $trits[3] | fabs) < 1e-7)] == [true]' out >/dev/null || fail "$1: the trits of $2 are not $3"
}
histogram bitnet_packed model.layers.0.mlp.down_proj.weight '[2493, 2170, 2537, 0.031982421875, "multiply"]'
histogram bitnet_divide model.layers.0.mlp.down_proj.weight '[2514, 2201, 2485, 31, "divide"]'
histogram bitnet_online model.layers.0.mlp.down_proj.weight '[804, 759, 837, 0.0420927306, "multiply"]'
histogram gguf_i2_s/model.gguf blk.0.ffn_down.weight '[8402, 7672, 8502, 0.0198510494, "multiply"]'
histogram gguf_tq/model.gguf blk.0.ffn_down.weight '[22694, 20331, 22511, 0.0200347900, "multiply"]'
exits 0 "$TERN" inspect --json --no-histogram "$TERN_SOURCE_DIR/tests/golden/models/gemma3_f32"
jq -e '.config.norms_less_one and .config.linear_norm_eps > 0' out >/dev/null || fail "inspect does not say what norms are"
# Linears that modules_to_not_convert names are dense.
exits 0 "$TERN" inspect --json "$TERN_SOURCE_DIR/tests/golden/models/llama_packed"
jq -e '[.tensors[] | select(.name == "model.layers.1.mlp.down_proj.weight") | has("trits")] == [false]' out >/dev/null ||
  fail "a dense module has trits"

# The terminal obeys nothing of what a file says: C1 and DEL are shown, in the text and in JSON.
printf '{# \xc2\x9b31m\x7f #}\nhello' >controls.jinja
exits 0 "$TERN" inspect --no-histogram --chat-template controls.jinja "$tiny_gguf"
says out '^\{# \\xc2\\x9b31m\\x7f #\}$'
says out '^hello$'
exits 0 "$TERN" inspect --json --no-histogram --chat-template controls.jinja "$tiny_gguf"
! LC_ALL=C grep -q $'\xc2\x9b\|\x7f' out || fail "inspect --json has control characters"
[[ $(jq -j .chat_template out) == "$(cat controls.jinja)" ]] || fail "escapes are not what the template says"

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
refused 2 'requires.*model' tokenize --tokenizer "$ranks" --pre gpt-2 -p x
refused 2 'requires.*model' tokenize --tokenizer "$ranks" --linear dense -p x
for flag in --json --count; do
  refused 2 'excludes' tokenize --tokenizer "$ranks" $flag --jsonl lines.jsonl
done
refused 2 'excludes' tokenize --tokenizer "$ranks" --count --decode 1

# A model that can be read in two ways is told which by the flags of run.
cp -r "$tiny_folder" twofold
chmod -R u+w twofold
jq 'del(.quantization_config)' "$tiny_folder/config.json" >twofold/config.json
refused 7 'linear-class' tokenize -m twofold -p x
refused 3 'no tokenizer' tokenize -m twofold -p x --linear-class autobitlinear
