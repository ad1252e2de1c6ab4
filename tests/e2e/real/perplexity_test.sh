#!/usr/bin/env bash
# perplexity of a real model is transformers' (which dequantizes it, computed in float64), within one in a million.
source "$(dirname "$0")/../lib.sh"
use_real_model

golden=$TERN_SOURCE_DIR/tests/golden/perplexity
cases=0
while read -r expected; do
  mapfile -t windows < <(jq -r '"--context", .context, "--stride", .stride' <<<"$expected")
  exits 0 "$TERN" perplexity "$model" "$golden/text.txt" --kv f32 --dense-act f32 --json "${windows[@]}"
  agrees "$expected" 0 counted bytes words
  agrees "$expected" 1e-6 perplexity bits_per_byte
  agrees "$expected" 0.01 standard_error word_perplexity
  # The types of every day cost little.
  exits 0 "$TERN" perplexity "$model" "$golden/text.txt" --json "${windows[@]}"
  agrees "$expected" 0.02 perplexity
  cases=$((cases + 1))
done < <(jq -c '.cases[]' "$golden/real.json")
[[ $cases -ge 3 ]] || fail "only $cases cases were read from real.json"
