#!/usr/bin/env bash
# From a dense Llama to ternary weights: recipes/finetune-1.58 itself, in small, and what is refused on the way.
source "$(dirname "$0")/lib.sh"
[[ -x ${TERN%/*}/tern-train ]] || { echo "skipped: this build is without the trainer"; exit 77; }

"$TERN" data synth stories --n 120 --seed 5 -o text.jsonl >/dev/null
"$TERN" data synth math --n 200 --seed 6 --chat -o chats.jsonl >/dev/null
"$TERN" tokenizer train text.jsonl chats.jsonl --vocab-size 500 -o tokenizer.json >/dev/null 2>&1

# Something dense to begin with, which the engine takes for a Llama.
cat >dense.toml <<'END'
out = "dense"
tokenizer = "tokenizer.json"
threads = 1
[model]
hidden = 128
layers = 2
heads = 4
kv_heads = 2
ffn = 256
max_positions = 256
activation = "silu"
sub_norms = false
[data.text]
inputs = ["text.jsonl"]
[[stage]]
name = "pretrain"
kind = "pretrain"
mix = {text = 1}
sequence = 64
rows_per_step = 8
linears = "dense"
schedule = {shape = "cosine", steps = 40, warmup = 4, peak = 3e-3}
log_every = 1
export = ["gguf"]
END
exits 0 "$TERN" train dense.toml
base=$PWD/dense/pretrain/master
[[ $(jq -r .model_type "$base/config.json") == llama ]] || fail "the dense model is no Llama"
[[ $(jq 'has("quantization_config")' "$base/config.json") == false ]] || fail "the dense model is quantized"
for model in "$base" dense/pretrain/model.gguf; do exits 0 "$TERN" logits -m "$model" --tokens 1,5,9,33 -o "$(basename "$model").npy"; done
same_file master.npy model.gguf.npy "logits of the dense model and its GGUF"

recipe=$TERN_SOURCE_DIR/recipes/finetune-1.58/finetune.toml
small=(--set threads=1 --set "model.init_from=$base" --set "tokenizer=$PWD/tokenizer.json"
  --set "data.text.inputs=[\"$PWD/text.jsonl\"]" --set "data.chats.inputs=[\"$PWD/chats.jsonl\"]"
  --set "stage.chat.distill.teacher=$base" --set stage.chat.distill.attention_layer=1 --set stage.chat.epochs=1
  --set stage.blend.schedule.steps=24 --set stage.blend.schedule.warmup=2 --set stage.blend.schedule.lambda_steps=12
  --set stage.blend.schedule.peak=1e-3 --set stage.chat.schedule.warmup=1
  # The teacher weighs so much that its part of the loss falls in some twenty steps, whatever the targets pull at.
  --set stage.chat.distill.logits=100 --set stage.chat.distill.temperature=1 --set stage.chat.schedule.peak=1e-3
  --set stage.blend.evaluate_every=0 --set stage.chat.evaluate_every=0)
for stage in blend chat; do
  small+=(--set stage.$stage.sequence=64 --set stage.$stage.rows_per_step=8 --set stage.$stage.rows_per_pass=4 --set stage.$stage.log_every=1)
done

exits 0 "$TERN" train "$recipe" "${small[@]}" --dry-run
says out 'and .* for the teacher'
exits 0 "$TERN" train "$recipe" "${small[@]}" --set out=run
metrics=run/blend/metrics.jsonl
# The first step's loss is what the dense model had at the end, but for the text that it is of.
had=$(jq -s '[.[] | select(has("loss"))][-1].loss' dense/pretrain/metrics.jsonl)
jq -es --argjson had "$had" '[.[] | select(has("loss"))] | (.[0].loss - $had | fabs) < 0.3 and .[0].lambda == 0 and .[12].lambda == 1' \
  "$metrics" >/dev/null ||
  fail "the blend does not begin with the dense model"
jq -es 'def nearer(f): (.[-3:] | map(f) | add) < (.[:3] | map(f) | add);
  [.[] | select(has("loss"))] | all(.[]; .logits_divergence > 0 and .attention_divergence > 0) and
  nearer(.logits_divergence) and nearer(.attention_divergence)' run/chat/metrics.jsonl >/dev/null || fail "the student does not come nearer to its teacher"
for stage in blend chat; do
  [[ $(jq -r .quantization_config.quant_method run/$stage/master/config.json) == bitnet ]] || fail "$stage is not ternary"
done
exits 0 "$TERN" verify run/chat/packed run/chat/model.gguf
exits 0 "$TERN" run -m run/chat/model.gguf --chat -p "What is 2 + 3?" -n 8

# BitNet's block out of Llama's: exported as one.
exits 0 "$TERN" train "$recipe" "${small[@]}" --set out=bitnet --set model.sub_norms=true --set model.activation=relu2
[[ $(jq -r .model_type bitnet/chat/master/config.json) == bitnet ]] || fail "no BitNet came of both keys"
exits 0 "$TERN" run -m bitnet/chat/model.gguf --chat -p "What is 2 + 3?" -n 8

# What is refused, before anything is made.
not_made() { [[ ! -e x ]] || fail "a refused run made something"; }
refused 2 'stage.chat.export: the engine runs relu2 with sub-norms and silu without' train "$recipe" "${small[@]}" --set out=x --set model.sub_norms=true
not_made
for packed in run/chat/packed run/chat/model.gguf; do
  refused 6 'is stored as trits; training goes on from the masters that they were made from' \
    train "$recipe" "${small[@]}" --set out=x --set "model.init_from=$PWD/$packed"
  not_made
done
refused 6 'is GGUF; training goes on from a Hugging Face folder' train "$recipe" "${small[@]}" --set out=x --set "model.init_from=$PWD/dense/pretrain/model.gguf"
refused 6 'biases behind q, k and v' train "$recipe" "${small[@]}" --set out=x --set "model.init_from=$TERN_SOURCE_DIR/tests/golden/models/qwen2_bf16"
refused 6 'sliding windows' train "$recipe" "${small[@]}" --set out=x --set "model.init_from=$TERN_SOURCE_DIR/tests/golden/models/gemma3_bf16"
not_made
refused 2 'a teacher needs the tokenizer and the vocabulary of its student' \
  train "$recipe" "${small[@]}" --set out=x --set "stage.chat.distill.teacher=$TERN_SOURCE_DIR/tests/golden/models/llama_bf16"
echo "from a dense model to trits, with a teacher: as it should be"
