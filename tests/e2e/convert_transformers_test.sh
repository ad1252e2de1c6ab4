#!/usr/bin/env bash
# Folders that convert wrote give the golden logits in transformers. $TERN_PYTHON is a Python that has it.
source "$(dirname "$0")/lib.sh"
python=${TERN_PYTHON:-python3}
if ! "$python" -c 'import numpy, torch, transformers' 2>/dev/null; then
  echo "skipped: $python has no transformers; TERN_PYTHON names one that has"
  exit 77
fi
compare() { # compare GOLDEN SOURCE TARGET: the golden model from its file or folder
  rm -rf folder
  exits 0 "$TERN" convert "$2" folder --to "$3"
  "$python" "$TERN_SOURCE_DIR/tests/oracle/transformers_reader.py" folder "$1" 2>err || fail "$2 as $3"
}
for model in "${written_models[@]}"; do
  golden=${model%/model.gguf}
  [[ -f $golden/logits.npy ]] || continue
  compare "$golden" "$model" hf-bf16
  # bitnet_online has rows that are no multiple of 4: convert says that transformers does not load them.
  [[ $golden == *bitnet_online ]] || compare "$golden" "$model" hf-packed
done
