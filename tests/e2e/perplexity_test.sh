#!/usr/bin/env bash
# perplexity against transformers' numbers, the same bytes whatever computes them, and what it refuses.
source "$(dirname "$0")/lib.sh"

golden=$TERN_SOURCE_DIR/tests/golden/perplexity
text=$golden/text.txt
use_tokenizer=(--tokenizer "$golden/tokenizer.json")

# model_path NAME: of a tiny model.
model_path() {
  local folder=$TERN_SOURCE_DIR/tests/golden/models/$1
  if [[ -f $folder/model.gguf ]]; then echo "$folder/model.gguf"; else echo "$folder"; fi
}

# perplexity MODEL ARGUMENT...: of the text, as JSON in ./out.
perplexity() {
  local model
  model=$(model_path "$1")
  shift
  exits 0 "$TERN" perplexity "$model" "$text" "${use_tokenizer[@]}" --kv f32 --json "$@"
}

# transformers' numbers: 0.1% is promised; of dense models only roundings differ, of ternary ones int8 too.
cases=0
while read -r expected; do
  name=$(jq -r .model <<<"$expected")
  mapfile -t windows < <(jq -r 'select(.context) | "--context", .context, "--stride", .stride' <<<"$expected")
  perplexity "$name" "${windows[@]}"
  agrees "$expected" 0 counted bytes words
  tolerance=1e-3
  if [[ $name == llama_* ]]; then tolerance=1e-5; fi
  agrees "$expected" $tolerance perplexity bits_per_byte
  agrees "$expected" 0.01 standard_error word_perplexity
  cases=$((cases + 1))
done < <(jq -c '.cases[]' "$golden/golden.json")
[[ $cases -ge 8 ]] || fail "only $cases cases were read from golden.json"
jq -e --argjson tokens "$(jq .tokens "$golden/golden.json")" '.tokens == $tokens and .complete' out >/dev/null ||
  fail "another number of tokens"

# KL divergence of two models that have nothing in common; codes round it by some 1e-4.
saved=$(jq -r .kl.saved "$golden/golden.json") model=$(jq -r .kl.model "$golden/golden.json")
perplexity "$saved" --save-logits saved
agrees "$(jq -c "first(.cases[] | select(.model == \"$saved\"))" "$golden/golden.json")" 1e-5 perplexity
perplexity "$model" --kl-to saved
jq .kl out >kl && mv kl out
agrees "$(jq -c .kl "$golden/golden.json")" 1e-4 mean standard_error median p99 max same_top
perplexity "$saved" --kl-to saved
jq -e '.kl.same_top == 1 and .kl.mean < 1e-7 and .kl.mean > -1e-12 and .kl.max < 1e-6
  and (.kl.saved_perplexity / .perplexity - 1 | fabs) < 1e-4' out >/dev/null || fail "a model differs from itself"

# The same bytes, in JSON and in the file, with every instruction set and number of threads.
same_bytes() {
  local isa threads compared=0 text=$PWD/short
  TERN_ISA=scalar perplexity "$1" --save-logits "$1.saved" -t 1
  mv out expected
  for isa in scalar avx2 avxvnni avx512vnni avx512vbmi zen4 neon dotprod i8mm; do
    TERN_ISA=$isa "$TERN" inspect --no-histogram "$(model_path "$1")" >out 2>err || continue
    for threads in 1 3; do
      TERN_ISA=$isa perplexity "$1" --save-logits other -t $threads
      same_file expected out "$1 with $isa and $threads threads"
      same_file "$1.saved" other "logits of $1 with $isa and $threads threads"
      compared=$((compared + 1))
    done
  done
  [[ $compared -ge 2 ]] || fail "$1: not even the scalar kernels were compared"
}
head -c 400 "$text" >short
same_bytes bitnet_packed
same_bytes llama_f32

# The table; model and text by flags; standard input.
tiny=$(model_path bitnet_packed)
exits 0 "$TERN" perplexity "$tiny" "$text" "${use_tokenizer[@]}" --kl-to saved
says out '^perplexity +[0-9.]+ ± [0-9.]+$'
says out '^per word +[0-9.]+ \([0-9]+ words\)$'
says out '^bits per byte +[0-9.]+$'
says out '^KL divergence +[0-9.]+ ± [0-9.]+ nats; median'
says out '^same top token +[0-9.]+%$'
mv out expected
exits 0 "$TERN" perplexity "${use_tokenizer[@]}" --kl-to saved -f - -m "$tiny" <"$text"
same_file expected out "standard input"

# What is no text, no pair of texts, no pair of models.
few() { refused "$1" "$2" perplexity "$tiny" "$3" "${use_tokenizer[@]}" "${@:4}"; }
: >empty
few 2 'empty: the text is empty' empty
few 3 'none' none
refused 3 'no tokenizer' perplexity "$tiny" "$text"
printf 'x' >one
exits 0 "$TERN" perplexity "$tiny" one "${use_tokenizer[@]}" --json
jq -e '.tokens == 2 and .counted == 1 and .words == 1 and .standard_error == 0' out >/dev/null ||
  fail "one token behind <s> is not counted"
jq '.post_processor = null' "$golden/tokenizer.json" >no_bos.json
refused 2 'the text is one token long' perplexity "$tiny" one --tokenizer no_bos.json
refused 5 'vocabulary only 97' perplexity "$tiny" "$text" \
  --tokenizer "$TERN_SOURCE_DIR/tests/golden/tokenizer/ranks.tiktoken"
few 2 'stride 21' one --context 20 --stride 21
says err '^error: stride 21' # the text is not to blame
few 2 '--context' one --context 1
few 2 '--stride' one --stride 0
few 2 'other tokens' one --kl-to saved
says err '^error: saved: '
few 2 'saved with --context 128' "$text" --context 64 --kl-to saved
few 5 'TERNLOGP' "$text" --kl-to "$text"
few 3 'nowhere' "$text" --save-logits nowhere/file
refused 2 'vocabulary of 97, this one has 160' perplexity "$(model_path bitnet_divide)" "$text" \
  "${use_tokenizer[@]}" --kl-to saved
head -c 1000 saved >shorter
few 5 'truncated' "$text" --kl-to shorter

# Tokenizers that put a blank in front of a text, or an end behind it: neither is of the text.
printf 'the cat is on the mat' >plain
printf '{"add_bos_token": true, "bos_token": "<s>", "add_eos_token": true, "eos_token": "</s>"}' >tokenizer_config.json
cp "$TERN_SOURCE_DIR/tests/golden/tokenizer/hf_bpe.json" "$TERN_SOURCE_DIR/tests/golden/tokenizer/sp_bpe.model" .
for tokenizer in hf_bpe.json sp_bpe.model; do
  exits 0 "$TERN" synth --shape tiny --no-check --tokenizer $tokenizer -o $tokenizer.gguf
  exits 0 "$TERN" tokenize -m $tokenizer.gguf -f plain --json
  tokens=$(jq length out)
  exits 0 "$TERN" perplexity $tokenizer.gguf plain --json
  jq -e --argjson tokens $((tokens + 1)) '.tokens == $tokens and .counted == $tokens - 1 and .bytes == 21 and .words == 6' \
    out >/dev/null || fail "$tokenizer: the text is not what was counted"
  [[ $(wc -l <err) -eq 1 ]] || fail "$tokenizer: a warning without a reason"
done

# Broken UTF-8 is taken as it is, with a word; bytes without a token have no place in figures per byte.
printf 'caf\xe9 and tea' >latin1
exits 0 "$TERN" perplexity "$tiny" latin1 "${use_tokenizer[@]}" --json
says err 'not UTF-8 from byte 3'
says err 'unknown tokens'
jq -e '.bytes == null and .bits_per_byte == null and .perplexity > 0' out >/dev/null || fail "unknown tokens have bytes"

# Ctrl-C tells what is done so far and saves nothing.
cp "$text" long
for _ in {1..10}; do cat long long >longer && mv longer long; done
"$TERN" perplexity "$tiny" long "${use_tokenizer[@]}" --json --save-logits part >out 2>err &
pid=$!
for _ in {1..300}; do
  size=$(cat part* 2>/dev/null | wc -c)
  if [[ $size -gt 100000 ]]; then break; fi
  sleep 0.1
done
kill -INT $pid
code=0
wait $pid || code=$?
[[ $code -eq 130 ]] || fail "Ctrl-C: exit code $code"
says err 'interrupted after [0-9]+ of [0-9]+ tokens; no logits were saved'
jq -e '(.complete | not) and .counted > 0 and .perplexity > 0' out >/dev/null || fail "Ctrl-C: no report"
[[ -z $(find . -name '*part*') ]] || fail "Ctrl-C left a file of logits"
