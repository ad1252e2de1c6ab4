#!/usr/bin/env bash
# synth: the same seed gives the same file, the promised statistics hold, and the file runs like any other.
source "$(dirname "$0")/lib.sh"

exits 0 "$TERN" synth --shape tiny --seed 5 --gate-sparsity 0.67 --json -o a.gguf
jq -e '(.gate_sparsity - 0.67 | fabs) < 0.05 and .top_cosine > 0.3 and .top_cosine < 0.5 and .top_changes > 0.9
  and .never_active < 0.01' out >/dev/null || fail "the statistics are not those asked for"
exits 0 "$TERN" synth --shape tiny --seed 5 --gate-sparsity 0.67 --no-check -o b.gguf
same_file a.gguf b.gguf "the same seed"
exits 0 "$TERN" synth --shape tiny --seed 6 --gate-sparsity 0.67 --no-check -o c.gguf
! cmp -s a.gguf c.gguf || fail "another seed gives the same file"
for head in q8_0 q6_k; do
  exits 0 "$TERN" synth --shape tiny --head $head --force -o $head.gguf
  logits_bits $head.gguf 1,2,300,4,5,6,7
done

golden=$TERN_SOURCE_DIR/tests/golden/tokenizer
for file in tokenizer.json ranks.tiktoken; do
  exits 0 "$TERN" synth --shape tiny --tokenizer "$golden/$file" --force -o text.gguf
  for flags in "" --special "--bos --special"; do
    # shellcheck disable=SC2086  # no flag, or several
    exits 0 "$TERN" tokenize --tokenizer "$golden/$file" --jsonl "$golden/cases.jsonl" $flags
    mv out expected
    # shellcheck disable=SC2086
    exits 0 "$TERN" tokenize -m text.gguf --jsonl "$golden/cases.jsonl" $flags
    same_file expected out "$file in the model, with '$flags'"
  done
done
exits 0 "$TERN" run -m text.gguf -p "Hello there" -n 4 --ignore-eos --json
jq -e '.ids | length == 4' out >/dev/null || fail "the file with a tokenizer does not run"

refused 2 'shape' synth --shape nonsense -o x.gguf
refused 2 'head' synth --shape tiny --head q4_k -o x.gguf
refused 2 'excludes' synth --shape tiny --json --no-check -o x.gguf
refused 2 'a.gguf: exists; --force' synth --shape tiny -o a.gguf
refused 2 'empty' synth --shape tiny -o ''
refused 2 'sparsity' synth --shape tiny --gate-sparsity 1.5 -o x.gguf
refused 3 'missing/x.gguf' synth --shape tiny -o missing/x.gguf
[[ ! -e x.gguf ]] || fail "a refused command left a file"
