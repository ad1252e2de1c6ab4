#!/usr/bin/env bash
# tern plot: pages, SVG files and numbers of runs, whole, broken and hostile ones.
source "$(dirname "$0")/lib.sh"

# stage RUN STAGE NUMBER STEPS [EXTRA]: metrics as the trainer writes them; EXTRA goes into every line of a step.
stage() {
  mkdir -p "$1/$2"
  jq -nc --arg stage "$2" --argjson number "$3" --argjson steps "$4" --argjson extra "${5:-null}" '
    (range(1; $steps + 1) | {step: ., stage: $stage, stage_number: $number, tokens: (. * 512), loss: (2 + 8 / .), learning_rate: 0.001,
      weight_decay: 0.1, grad_norm: 1.5, tokens_per_second: 1000, mfu: 0.25, seconds: ., eta: ($steps - .),
      trits: {negative: 0.3, zero: 0.4, positive: 0.3, flips: 0.001}} + ($extra // {})),
    {step: $steps, stage: $stage, trits_by_kind: {q_proj: {zero: 0.4}}, gate_zeros: [0.5, 0.6], down_zeros: [0.7, 0.8]},
    {step: $steps, stage: $stage, held_out_loss: 3.5}' >"$1/$2/metrics.jsonl"
}
stage runs/a pretrain 0 300
stage runs/a chat 1 20
stage runs/a align 2 10 '{"margin": 0.5, "accuracy": 0.75}'
stage runs/b pretrain 0 200

# well_formed FILE...: as XML, where there is something that can tell.
well_formed() { ! command -v xmllint >/dev/null || exits 0 xmllint --noout "$@"; }
# harmless FILE: nothing runs and nothing is fetched.
harmless() { ! grep -qiE '<script|<img|<iframe|<object|<link|[ "]on[a-z]+="|href=|src="|url\(|@import' "$1" || fail "$1 would run or fetch something"; }

# A page of its own, over and over.
exits 0 "$TERN" plot runs/a
[[ $(cat out) == plot.html && ! -s err ]] || fail "tern plot RUN does not say where the page is, and nothing else"
harmless plot.html
for title in Loss 'Schedule: learning rate' 'Schedule: weight decay' 'Gradient norm' Trits 'Trit flips a step' 'Activation sparsity' \
  'DPO: margin' 'DPO: accuracy'; do
  grep -qF ">$title</text>" plot.html || fail "the page has no chart '$title'"
done
[[ $(grep -o '<h2>[a-z]*</h2>' plot.html | paste -sd ' ') == '<h2>pretrain</h2> <h2>chat</h2> <h2>align</h2>' ]] || fail "stages are not in order"
grep -q 'prefers-color-scheme:dark' plot.html || fail "the page knows no dark"
cp plot.html before.html
exits 0 "$TERN" plot runs/a
same_file plot.html before.html "the same page again"
echo mine >mine.html
refused 2 'mine.html: exists and was not made by tern plot' plot runs/a -o mine.html
[[ $(cat mine.html) == mine ]] || fail "somebody else's file was overwritten"
refused 2 'runs/a/chat/metrics.jsonl: exists' plot runs/a -o runs/a/chat/metrics.jsonl

# Two runs over each other, as files too.
exits 0 "$TERN" plot runs/a runs/b/ -o both.html --svg charts
grep -q '>runs/a: training</text>' both.html && grep -q '>runs/b: training</text>' both.html || fail "no legend of two runs"
[[ -f charts/pretrain-loss.svg && -f charts/align-accuracy.svg && ! -e charts/chat-accuracy.svg ]] || fail "other SVG files than expected"
well_formed charts/*.svg
for file in charts/*.svg; do
  harmless $file
  grep -q '<title id=' $file && grep -q '<desc id=' $file && grep -q 'prefers-color-scheme:dark' $file || fail "$file has no title, description or dark"
done
rm plot.html
exits 0 "$TERN" plot runs/b --svg charts
says err '^charts: [0-9]+ charts$'
[[ ! -e plot.html && -f charts/chat-loss.svg ]] || fail "--svg alone writes a page, or removes what is not its own"

# Numbers.
exits 0 "$TERN" plot runs/a/pretrain --json
jq -e '.runs | length == 1 and (.[0] | .run == "runs/a/pretrain" and (.stages[0] | .stage == "pretrain" and .lines == 302 and .broken == 0 and
  .fields.loss.count == 300 and .fields.loss.last[0] == 300 and (.fields.loss.points | length) == 300 and .by_layer.down_zeros == [0.7, 0.8] and
  .fields["trits.flips"].last == [300, 0.001]))' out >/dev/null || fail "--json gives other numbers"
"$TERN" plot runs/a/chat/metrics.jsonl --json | jq -e '.runs[0].stages[0].stage == "chat"' >/dev/null || fail "a file is no run"

# Broken lines are counted, named and shown; what is no number is left out.
stage broken pretrain 0 5
{
  printf 'nonsense\n{"step": 2, "loss": 1}\n{"step": 6, "loss": null}\n{"step": 7, "loss": NaN}\n{"step": 8, "loss": 1e400}\n'
  printf '{"step": 9, "loss": 1e300, "grad_norm": 2}\n{"loss": 3}\n[]\n\xff\xfe\n{"step": 10, "loss": 2.5}\n{"step": 11, "lo'
} >>broken/pretrain/metrics.jsonl
exits 0 "$TERN" plot broken -o broken.html
says err '^warning: broken/pretrain/metrics.jsonl: 7 of 17 lines left out: line 8: not valid JSON; line 9: step 2 behind step 5; line 11: .*; \.\.$'
grep -q '7 of 17 lines left out' broken.html || fail "the page does not say that lines were left out"
! grep -qiE '[^a-z](nan|inf)[^a-z]' broken.html || fail "the page has numbers that are none"
exits 0 "$TERN" plot broken --json
jq -e '.runs[0].stages[0] | .broken == 7 and .broken_lines[0] == {line: 8, why: "not valid JSON"} and .fields.loss.last == [10, 2.5]' out >/dev/null ||
  fail "--json does not name broken lines"

# Names that would be markup.
name='<script>alert(1)<>"&'"'"
stage "$name" pretrain 0 5 '{"stage": "</h2><script>alert(2)</script>"}'
sed -i '$d' "$name/pretrain/metrics.jsonl"
sed -i '$d' "$name/pretrain/metrics.jsonl"
exits 0 "$TERN" plot "$name" runs/a -o hostile.html --svg hostile
harmless hostile.html
grep -qF '&lt;script&gt;alert(1)' hostile.html || fail "the run's name is not on the page"
for file in hostile/*.svg; do harmless "$file"; done
well_formed hostile/*.svg
[[ -f hostile/stage-1-loss.svg || -f hostile/stage-2-loss.svg ]] || fail "a stage that is no file name has no file"

# A large file becomes few points.
mkdir -p large/pretrain
seq 1 300000 | sed 's/.*/{"step":&,"loss":3.25,"grad_norm":1.5}/' >large/pretrain/metrics.jsonl
exits 0 "$TERN" plot large -o large.html
[[ $(stat -c %s large.html) -lt 300000 ]] || fail "300,000 steps make a page of $(stat -c %s large.html) bytes"
exits 0 "$TERN" plot large --json
jq -e '.runs[0].stages[0].fields | .loss.count == 300000 and (.loss.points | length) <= 2000' out >/dev/null || fail "curves are not thinned"

# Mistakes.
refused 3 'nowhere: there is no such run' plot nowhere
mkdir -p empty/data
refused 3 'empty: no metrics.jsonl in it or in a folder of it' plot empty
refused 5 '/dev/null' plot /dev/null
refused 2 'runs.*required' plot
refused 3 'missing' plot runs/b -o missing/plot.html
refused 4 'mine.html' plot runs/b --svg mine.html
: >empty/data/metrics.jsonl
exits 0 "$TERN" plot empty -o young.html
says err '^warning: empty/data/metrics.jsonl: no metrics yet$'
echo "pages, charts and numbers: as they should be"
