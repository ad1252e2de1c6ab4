#!/usr/bin/env bash
# tern train: three stages on text made by rules, what they export, what a killed run loses, and several processes.
source "$(dirname "$0")/lib.sh"
[[ -x ${TERN%/*}/tern-train ]] || { echo "skipped: this build is without the trainer"; exit 77; }

"$TERN" data synth stories --n 120 --seed 5 -o stories.jsonl >/dev/null
"$TERN" data synth math --n 300 --seed 6 --chat -o chat.jsonl >/dev/null
jq -c '{prompt: .messages[:-1], chosen: .messages[-1].content, rejected: "I do not know."}' <chat.jsonl >pairs.jsonl
"$TERN" tokenizer train stories.jsonl chat.jsonl --vocab-size 600 -o tokenizer.json >/dev/null 2>&1

cat >recipe.toml <<'END'
out = "run"
tokenizer = "tokenizer.json"
threads = 2
[model]
hidden = 128
layers = 2
heads = 4
kv_heads = 2
ffn = 256
max_positions = 256
[data]
stories = {inputs = ["stories.jsonl"], held_out = 0.1}
chat = {inputs = ["chat.jsonl"], held_out = 0.1}
pairs = {inputs = ["pairs.jsonl"]}
[[stage]]
name = "pretrain"
kind = "pretrain"
mix = {stories = 1}
sequence = 64
rows_per_step = 8
rows_per_pass = 4
schedule = {shape = "two-stage-cosine", steps = 40, warmup = 4, peak = 3e-3, second_peak = 1e-3, weight_decay = 0.1}
log_every = 1
checkpoint_every = 4
evaluate_every = 20
export = ["packed", "gguf"]
[[stage]]
name = "chat"
kind = "sft"
mix = {chat = 1}
sequence = 128
rows_per_step = 4
schedule = {shape = "cosine", steps = 6, peak = 1e-3}
log_every = 1
[[stage]]
name = "prefer"
kind = "dpo"
mix = {pairs = 1}
sequence = 256
rows_per_step = 4
schedule = {shape = "constant", steps = 4, peak = 1e-4}
log_every = 1
END


exits 0 "$TERN" train recipe.toml --dry-run
says out 'stage pretrain: 512 tokens a step'
[[ ! -e run ]] || fail "--dry-run made something"
exits 0 "$TERN" train "$TERN_SOURCE_DIR/recipes/2b4t/2b4t.toml" --dry-run
says out '2b4t.toml: 2412820480 parameters: 2084044800 in linears, 328335360 in the embedding, 440320 in norms'
says out '953674 steps, 4 Ttokens: [0-9]+ years'
exits 0 "$TERN" train "$TERN_SOURCE_DIR/recipes/quickstart/quickstart.toml" --dry-run
refused 2 'tokenizer.json: has 600 tokens, but model.vocab is 700' train recipe.toml --set out=x --set model.vocab=700
rm -rf x

exits 0 "$TERN" train recipe.toml
for stage in pretrain chat prefer; do
  [[ -f run/$stage/master/model.safetensors ]] || fail "$stage exported no master"
done
jq -es '(.[0].loss - .[-1].loss) > 1' <(jq -c 'select(has("loss"))' run/pretrain/metrics.jsonl) >/dev/null ||
  fail "pre-training learnt nothing"
[[ $(jq -s 'map(select(has("held_out_loss"))) | length' run/pretrain/metrics.jsonl) -eq 2 ]] || fail "not two held-out losses"
jq -es 'map(select(has("loss"))) | .[0].loss > 0.692 and .[0].loss < 0.694 and .[-1].margin > 0' run/prefer/metrics.jsonl >/dev/null ||
  fail "DPO does not start at log 2 and prefer the chosen"

# Metrics: what each line of a step has, and what is looked at once in a while.
jq -es --argjson keys '["stage", "tokens", "tokens_per_second", "mfu", "learning_rate", "weight_decay", "grad_norm", "seconds", "eta", "trits"]' '
  map(select(has("loss"))) | length == 40 and all(.[]; . as $line | $keys | all(.[]; . as $key | $line | has($key)))
  and all(.[]; (.trits | .negative + .zero + .positive - 1 | fabs) < 1e-9 and (.mfu > 0 and .mfu < 1.5))
  and (.[0].trits | has("flips") | not) and all(.[1:][]; .trits.flips >= 0 and .trits.flips < 1)
  and .[-1].eta == 0 and .[-1].tokens == 40 * 512 and (map(.seconds) | . == sort)' run/pretrain/metrics.jsonl >/dev/null ||
  fail "lines of metrics are not as docs/training.md says"
jq -es 'map(select(has("trits_by_kind"))) | length == 1 and (.[0] | .step == 40 and (.trits_by_kind | keys | length) == 7 and
  ([.gate_zeros, .down_zeros] | all(.[]; length == 2 and all(.[]; . > 0.05 and . < 0.95))) and
  all(range(2) as $l | [.gate_zeros[$l], .down_zeros[$l]]; .[1] >= .[0]))' run/pretrain/metrics.jsonl >/dev/null ||
  fail "no histogram at the end, or an odd one"

# Every form of the model is the same model, and runs.
exits 0 "$TERN" verify run/pretrain/packed run/pretrain/model.gguf
for model in run/pretrain/master run/pretrain/packed run/pretrain/model.gguf; do
  exits 0 "$TERN" logits -m $model --tokens 1,5,9,33 -o "$(basename $model).npy"
done
same_file master.npy packed.npy "logits of master and packed model"
same_file master.npy model.gguf.npy "logits of master and GGUF"
exits 0 "$TERN" run -m run/prefer/master --chat -p "What is 2 + 3?" -n 8

# A folder where something is, a stage that is done, a packed model as a beginning.
refused 2 'run: is not empty; --resume goes on there' train recipe.toml
exits 0 "$TERN" train recipe.toml --resume
says err 'stage pretrain: done'
cat >packed.toml <<END
$(sed '/^\[model\]/,/^max_positions/d; /^out/d' recipe.toml)
[model]
init_from = "run/pretrain/packed"
END
refused 6 'is stored as trits; training goes on from the masters' train packed.toml --set out=from_packed

refused 5 'recipe.toml: stage.chat.kind: must be one of pretrain, sft, dpo' train recipe.toml --set out=x --set stage.chat.kind=rlhf

# Killed at any moment and resumed: the same bits.
pretrain_only() { sed '/^name = "chat"/,$d' recipe.toml | sed '$d'; }
pretrain_only >one.toml
"$TERN" train one.toml --set out=killed >out 2>err &
pid=$!
for _ in $(seq 600); do
  [[ ! -e killed/pretrain/checkpoints/step-0000000008 ]] || break
  sleep 0.05
done
kill -KILL $pid
wait $pid 2>/dev/null || true
[[ ! -e killed/pretrain/master ]] || fail "the run was over before it was killed"
exits 0 "$TERN" train one.toml --set out=killed --resume
same_file run/pretrain/master/model.safetensors killed/pretrain/master/model.safetensors "a resumed run"
same_file run/pretrain/checkpoints/step-0000000040/second_moment.f32 \
  killed/pretrain/checkpoints/step-0000000040/second_moment.f32 "a resumed run"
[[ $(jq -s 'map(select(has("loss")).step)' -c killed/pretrain/metrics.jsonl) == "$(jq -nc '[range(1; 41)]')" ]] ||
  fail "metrics of a resumed run do not have each step once"

# Ctrl-C leaves a checkpoint.
"$TERN" train one.toml --set out=stopped --set stage.pretrain.checkpoint_every=0 >out 2>err &
pid=$!
for _ in $(seq 600); do
  grep -qs '"step":3' stopped/pretrain/metrics.jsonl && break
  sleep 0.05
done
kill -INT $pid
code=0
wait $pid || code=$?
[[ $code -eq 130 ]] || fail "Ctrl-C: exit code $code"
says err 'stopped behind step [0-9]+ of stage pretrain; --resume goes on from there'
exits 0 "$TERN" train one.toml --set out=stopped --set stage.pretrain.checkpoint_every=0 --resume
same_file run/pretrain/master/model.safetensors stopped/pretrain/master/model.safetensors "a run that was stopped"

# Several processes, started as torchrun does: processes COUNT OUT FLAG.. sets $pids; their stderr goes to err.RANK.
processes() {
  local count=$1 out=$2 port=$((20000 + RANDOM % 12000)) rank
  shift 2
  pids=()
  for ((rank = 0; rank < count; ++rank)); do
    RANK=$rank WORLD_SIZE=$count MASTER_ADDR=127.0.0.1 MASTER_PORT=$port \
      "$TERN" train one.toml --set out="$out" "${short[@]}" "$@" >"out.$rank" 2>"err.$rank" &
    pids+=($!)
  done
}
all_end_well() {
  local rank
  for rank in "${!pids[@]}"; do
    wait "${pids[rank]}" || { cat "err.$rank" >&2; fail "process $rank of ${#pids[@]} failed"; }
  done
}
short=(--set threads=1 --set stage.pretrain.schedule.steps=20)

# The same batches give the curve of one process: same_curve ONE MANY SHARE, the greatest difference of losses. In the first step the
# weights are the same, and sums are only taken in another order. What that leaves in the last bits of a master flips a trit here and
# there, after which a gradient's norm may be another by a fifth (one process with other rows_per_pass shows as much): so it is
# compared in the first step alone, and losses closely where there are no trits.
same_curve() {
  jq -en --slurpfile one "$1/pretrain/metrics.jsonl" --slurpfile many "$2/pretrain/metrics.jsonl" --argjson share "$3" '
    def curve: map(select(has("loss")));
    def near($a; $b; $share): ($a - $b | fabs) <= $share * $a;
    ($one | curve) as $a | ($many | curve) as $b | ($a | length) == 20 and ($b | length) == 20
    and near($a[0].loss; $b[0].loss; 1e-6) and near($a[0].grad_norm; $b[0].grad_norm; 1e-5)
    and all(range(20); . as $i | $a[$i].tokens == $b[$i].tokens and near($a[$i].loss; $b[$i].loss; $share))' >/dev/null || {
    paste <(jq -c 'select(has("loss")) | [.step, .loss, .grad_norm]' "$1/pretrain/metrics.jsonl") \
      <(jq -c 'select(has("loss")) | [.step, .loss, .grad_norm]' "$2/pretrain/metrics.jsonl") >&2
    fail "the curve of $2 is not that of $1"
  }
}
dense=(--set stage.pretrain.linears=dense --set 'stage.pretrain.export=[]')
exits 0 "$TERN" train one.toml --set out=alone "${short[@]}"
exits 0 "$TERN" train one.toml --set out=dense_alone "${short[@]}" "${dense[@]}"
for count in 2 4; do
  processes $count by_$count
  all_end_well
  same_curve alone by_$count 2e-3
  processes $count dense_by_$count "${dense[@]}"
  all_end_well
  same_curve dense_alone dense_by_$count 1e-4
done

# One of two is killed, the first or the second: the other ends and says why; both go on from the checkpoint, to the bits of an
# unbroken run.
for victim in 0 1; do
  processes 2 without_$victim
  for _ in $(seq 600); do
    [[ ! -e without_$victim/pretrain/checkpoints/step-0000000004 ]] || break
    sleep 0.05
  done
  kill -KILL "${pids[victim]}"
  wait "${pids[victim]}" 2>/dev/null || true
  code=0
  wait "${pids[1 - victim]}" || code=$?
  [[ ! -e without_$victim/pretrain/master ]] || fail "the run was over before process $victim was killed"
  [[ $code -eq 11 ]] || { cat "err.$((1 - victim))" >&2; fail "exit code $code of the process that was left"; }
  grep -q "^error: process $((1 - victim)) of 2 lost the others: one of them has ended" "err.$((1 - victim))" ||
    { cat "err.$((1 - victim))" >&2; fail "the process that was left does not say why it ends"; }
  processes 2 without_$victim --resume
  all_end_well
  same_file by_2/pretrain/master/model.safetensors without_$victim/pretrain/master/model.safetensors \
    "a run whose process $victim was killed"
done

# What two processes saved, one may go on from.
cp -r by_2 handed_on
rm -r handed_on/pretrain/{master,checkpoints/step-0000000020}
exits 0 "$TERN" train one.toml --set out=handed_on "${short[@]}" --resume
says err 'stage pretrain: 20 steps, 16 done'
[[ -f handed_on/pretrain/master/model.safetensors ]] || fail "one process did not go on from what two saved"
echo "three stages, exports, a killed run, several processes: as they should be"
