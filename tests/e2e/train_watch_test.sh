#!/usr/bin/env bash
# What people see of a run of tern train: one line on a terminal, and charts of all that it writes.
source "$(dirname "$0")/lib.sh"
[[ -x ${TERN%/*}/tern-train ]] || { echo "skipped: this build is without the trainer"; exit 77; }
: "${PTY:?}"

"$TERN" data synth stories --n 60 --seed 5 -o stories.jsonl >/dev/null
"$TERN" tokenizer train stories.jsonl --vocab-size 400 -o tokenizer.json >/dev/null 2>&1
cat >recipe.toml <<'END'
out = "run"
tokenizer = "tokenizer.json"
threads = 1
[model]
hidden = 64
layers = 2
heads = 2
ffn = 128
max_positions = 64
[data]
stories = {inputs = ["stories.jsonl"], held_out = 0.2}
[[stage]]
name = "only"
kind = "pretrain"
mix = {stories = 1}
sequence = 64
rows_per_step = 4
schedule = {shape = "cosine", steps = 12, warmup = 2, peak = 1e-2}
log_every = 1
histogram_every = 4
evaluate_every = 6
evaluate_rows = 4
END

# On a terminal a step's line takes the place of the one before; what else is said stands on lines of its own.
printf 'expect step 12 of 12\nend 0\n' >script
exits 0 env TERM=xterm "$PTY" script shown "$TERN" train recipe.toml
[[ $(grep -ao $'\r\x1b\\[Kstep [0-9]* of 12  loss' shown | wc -l) -eq 12 ]] || fail "not 12 lines of steps on the terminal: $(cat -v shown)"
grep -aq 'step 1 of 12 .*step 2 of 12 .*step 5 of 12 ' shown || fail "steps fill the terminal: $(cat -v shown)"
grep -aq '^step 6: held-out loss' shown || fail "the held-out loss has no line of its own: $(cat -v shown)"
# Elsewhere each has a line, without escapes.
exits 0 "$TERN" train recipe.toml --set out=plain --set peak_tflops=1e-3
[[ $(grep -cE '^step [0-9]+ of 12  loss [0-9.]+  [0-9]+ tok/s  MFU [0-9.]+%  lr [0-9.e-]+  eta [0-9]' err) -eq 12 ]] || fail "not a line a step"
! grep -q $'[\x1b\r]' err || fail "escapes in a file"
jq -es 'map(select(has("mfu"))) | length == 12 and all(.[]; (.mfu - .gflops | fabs) < 1e-9 * .gflops)' plain/only/metrics.jsonl >/dev/null ||
  fail "MFU is not against peak_tflops"

# tern plot knows what the trainer writes.
exits 0 "$TERN" plot run plain --svg charts
[[ ! -s out ]] || fail "tern plot --svg prints"
for chart in loss learning-rate weight-decay gradient-norm trits zeros-by-kind flips sparsity sparsity-by-layer speed mfu; do
  [[ -f charts/only-$chart.svg ]] || fail "no chart $chart"
done
exits 0 "$TERN" plot run --json
jq -e '.runs[0].stages[0] | .stage == "only" and .broken == 0 and .fields.loss.count == 12 and .fields.held_out_loss.count == 2 and
  .fields["trits.flips"].count == 11 and .fields["trits_by_kind.down_proj.zero"].count == 3 and (.by_layer.gate_zeros | length) == 2' out >/dev/null ||
  fail "the run's numbers are not there"
echo "a run as people see it: as it should be"
