#!/usr/bin/env bash
# verify: the same model, a changed one, another one; exit codes and JSON.
source "$(dirname "$0")/lib.sh"

for model in "$tiny_folder" "$tiny_gguf"; do
  exits 0 "$TERN" verify "$model" "$model"
  says out 'the same model$'
done
exits 0 "$TERN" verify --json "$tiny_folder" "$tiny_folder"
jq -e '.same and .differences == [] and .compared.trits > 0 and .compared.values > 0' out >/dev/null ||
  fail "the JSON is not as documented"

# The last byte of the last tensor of the file: codes of four rows of a packed matrix.
cp -r "$tiny_folder" changed
chmod -R u+w changed
size=$(stat -c %s changed/model.safetensors)
printf '\x40' | dd of=changed/model.safetensors bs=1 seek=$((size - 1)) conv=notrunc status=none
exits 1 "$TERN" verify "$tiny_folder" changed --json
says err 'not the same model'
jq -e '(.same | not) and (.differences | length) == 1 and .differences[0].what == "trits" and
  .differences[0].count == 2 and .differences[0].column == 71 and (.differences[0].a != .differences[0].b)' out >/dev/null ||
  fail "the changed trits are not found"
exits 1 "$TERN" verify changed "$tiny_folder"
says out '^trits: model\..* 2 of 1728 trits differ, first in row 5, column 71'

# Scales that divide where they multiplied; the flags that resolve an ambiguous file go with either side.
jq '.quantization_config.linear_class = "bitlinear"' "$tiny_folder/config.json" >other.json
cp -r "$tiny_folder" divides
chmod -R u+w divides
cp other.json divides/config.json
exits 1 "$TERN" verify "$tiny_folder" divides
says out '^scale: .*multiplies by .* against divides by'
exits 0 "$TERN" verify "$tiny_folder" divides --b-linear-class autobitlinear
exits 0 "$TERN" verify divides "$tiny_folder" --a-linear-class autobitlinear

for seed in 1 2; do exits 0 "$TERN" synth --shape tiny --seed $seed -o $seed.gguf --no-check; done
exits 1 "$TERN" verify 1.gguf 2.gguf --weights-only
says out '^trits: .* trits differ, first in row 0, column [0-9]+: [-+][01] against [-+][01]'
# Read in another layout, a file is another model.
exits 1 "$TERN" verify 1.gguf 1.gguf --b-i2s-layout arm64
exits 0 "$TERN" verify 1.gguf 1.gguf --a-i2s-layout arm64 --b-i2s-layout arm64
exits 0 "$TERN" inspect 1.gguf
says out '^I2_S layout +read as published; the trits do not tell'
exits 0 "$TERN" inspect --json --i2s-layout arm64 1.gguf
jq -e '.i2s_layout.read_as == "arm64" and .i2s_layout.fits == null and (.i2s_layout.pairing | length) == 4' out >/dev/null ||
  fail "the layout is not in the JSON"

exits 1 "$TERN" verify "$tiny_folder" 1.gguf
says out '^note: tensors are not compared'
refused 3 'nowhere' verify "$tiny_folder" nowhere
refused 2 'B.*required' verify "$tiny_folder"
