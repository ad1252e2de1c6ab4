#!/usr/bin/env bash
# convert: every format into every other with the bits of the logits; nonsense is refused and leaves nothing behind.
source "$(dirname "$0")/lib.sh"
ids=1,2,3,4,5,6,7
bits() { # bits MODEL FILE
  exits 0 "$TERN" logits -m "$1" --tokens $ids -o "$2"
}
bits_of_logits() { # bits_of_logits MODEL WHAT: its logits are those in expected.npy
  bits "$1" got.npy
  same_file expected.npy got.npy "$2"
}

# Once around, with a tokenizer.
golden=$TERN_SOURCE_DIR/tests/golden/tokenizer
exits 0 "$TERN" synth --shape tiny --tokenizer "$golden/tokenizer.json" --no-check -o start.gguf
bits start.gguf expected.npy
convert() { exits 0 "$TERN" convert "$@"; }
convert start.gguf packed --to hf-packed
convert packed tq2.gguf --to gguf --type tq2_0
convert tq2.gguf tq1.gguf --to gguf --type tq1_0
convert tq1.gguf masters --to hf-bf16
convert masters i2s.gguf --to gguf
convert i2s.gguf again.gguf --to gguf --arch-name bitnet-25
convert i2s.gguf packed2 --to hf-packed
for model in packed tq2.gguf tq1.gguf masters i2s.gguf again.gguf packed2; do
  bits_of_logits $model "$model after conversion"
done
exits 0 "$TERN" tokenize -m start.gguf --jsonl "$golden/cases.jsonl"
mv out expected
for model in packed tq2.gguf masters packed2; do
  exits 0 "$TERN" tokenize -m $model --jsonl "$golden/cases.jsonl"
  same_file expected out "the tokenizer of $model"
done
same_file packed/model.safetensors packed2/model.safetensors "trits and scales once around"

# A folder's own files are copied, byte for byte.
cp "$golden/tokenizer.json" packed/tokenizer.json
printf '{"temperature": 0.6}' >packed/generation_config.json
convert packed copy --to hf-packed
for file in tokenizer.json tokenizer_config.json generation_config.json model.safetensors; do
  same_file packed/$file copy/$file "a folder's own file"
done

# How a chat becomes ids goes along, from format to format; what another model says is a difference.
exits 0 "$TERN" convert start.gguf parts.gguf --to gguf --chat-encoding parts
says err 'the chat encoding parts is kept where only Tern looks'
convert parts.gguf parts --to hf-packed
convert parts parts_masters --to hf-bf16
convert parts_masters parts_back.gguf --to gguf
for model in parts.gguf parts parts_masters parts_back.gguf; do
  exits 0 "$TERN" inspect --json --no-histogram $model
  jq -e '.chat_encoding == "parts"' out >/dev/null || fail "$model forgot its chat encoding"
done
exits 0 "$TERN" verify parts.gguf parts_back.gguf
exits 1 "$TERN" verify start.gguf parts.gguf
says out 'chat encoding: .*whole against parts'
exits 0 "$TERN" verify start.gguf parts.gguf --b-chat-encoding whole
exits 0 "$TERN" convert parts whole.gguf --to gguf --chat-encoding whole
exits 0 "$TERN" verify start.gguf whole.gguf

# A dry run shows the plan and writes nothing.
exits 0 "$TERN" convert start.gguf dry.gguf --to gguf --type tq2_0 --dry-run
says out 'blk.0.attn_q.weight +I2_S +TQ2_0 +trits'
says out 'not written'
says err 'warning: .*float16.*tern.linear_scales'
exits 0 "$TERN" convert start.gguf dry.gguf --to gguf --head q8_0 --dry-run --json
jq -e '.written == false and .lossless == false and (.tensors | length) > 40
  and (.tensors[] | select(.name == "token_embd.weight") | .dtype == "Q8_0" and .making == "recoded")' out >/dev/null ||
  fail "the plan is not what was asked for"
[[ ! -e dry.gguf ]] || fail "a dry run wrote a file"

# Another head: smaller, and it runs.
convert start.gguf head.gguf --to gguf --head q6_k
bits head.gguf head.npy
[[ $(stat -c %s head.gguf) -lt $(stat -c %s start.gguf) ]] || fail "a smaller head makes no smaller file"

# The golden models. Decoded Q8_0 meets float activations, so they are compared with those.
bits() { exits 0 "$TERN" logits -m "$1" --tokens $ids --dense-act f32 -o "$2"; }
for model in "${written_models[@]}"; do
  bits "$model" expected.npy
  rm -rf golden
  convert "$model" golden --to hf-packed
  bits_of_logits golden "$model as a folder"
done

for model in "${read_only_models[@]}"; do
  refused 6 'read, but not written' convert "$model" x --to hf-packed
done

# Nonsense.
refused 6 '\-\-strict: blk.0.attn_q.weight .and [0-9]+ more.: the block scale' convert start.gguf x.gguf --to gguf --type tq2_0 --strict
refused 6 '\-\-strict: token_embd.weight: --head changes' convert start.gguf x.gguf --to gguf --head q8_0 --strict
refused 2 'is the input' convert start.gguf start.gguf --to gguf
refused 2 'is the input' convert start.gguf ./start.gguf --to gguf --force
refused 2 'belongs to the input' convert packed packed/model.safetensors --to gguf --force
refused 2 'exists.*--force' convert start.gguf i2s.gguf --to gguf
exits 0 "$TERN" convert start.gguf i2s.gguf --to gguf --force
refused 2 'never overwritten' convert start.gguf packed --to hf-packed --force
refused 2 'never overwritten' convert start.gguf i2s.gguf --to hf-packed
refused 2 'layout.*i2_s' convert start.gguf x.gguf --to gguf --type tq2_0 --layout published
refused 2 'type.*gguf' convert start.gguf x --to hf-packed --type i2_s
refused 2 'arch-name' convert start.gguf x --to hf-packed --arch-name bitnet
refused 2 'arch-name llama.*bitnet-b1.58' convert start.gguf x.gguf --to gguf --arch-name llama
refused 2 'safetensors has no' convert start.gguf x --to hf-packed --head q8_0
refused 2 'to.*required' convert start.gguf x.gguf
refused 2 'not in' convert start.gguf x.gguf --to nonsense
refused 2 'not in' convert start.gguf x.gguf --to gguf --type q4_k
refused 2 'empty' convert start.gguf '' --to gguf
refused 3 'missing.gguf' convert missing.gguf x.gguf --to gguf
refused 3 'missing/x.gguf' convert start.gguf missing/x.gguf --to gguf
refused 3 'missing' convert start.gguf missing/x --to hf-packed
refused 6 'blk.0.attn_q.weight' convert "$TERN_SOURCE_DIR/tests/golden/models/bitnet_packed" x.gguf --to gguf --type tq2_0
head -c -1 start.gguf >short.gguf
refused 5 'short.gguf' convert short.gguf x.gguf --to gguf

# What breaks inside a tensor is found before anything is written.
cp start.gguf code3.gguf
size=$(stat -c %s code3.gguf)
printf '\xff' | dd of=code3.gguf bs=1 seek=$((size - 20000)) conv=notrunc status=none
refused 5 'code 3' convert code3.gguf x.gguf --to gguf
refused 5 'code 3' convert code3.gguf x --to hf-packed
[[ ! -e x.gguf && ! -e x ]] || fail "a refused conversion left an output"

# What a format's tokenizer cannot say is a loss: transformers would make an added token of an eos that is none.
cp start.gguf eos.gguf
key=tokenizer.ggml.eos_token_id
at=$(grep -obUaF $key eos.gguf | cut -d: -f1)
printf '\x41\0\0\0' | dd of=eos.gguf bs=1 seek=$((at + ${#key} + 4)) conv=notrunc status=none
refused 6 'the tokenizer changes: eos: 65 against -1' convert eos.gguf x --to hf-packed --strict
exits 0 "$TERN" convert eos.gguf eos_folder --to hf-packed
says err 'warning: the tokenizer changes: eos: 65 against -1'

# A full disk, Ctrl-C and SIGTERM leave nothing.
for signal in INT TERM HUP; do
  "$TERN" convert start.gguf x.gguf --to gguf --force >out 2>err &
  pid=$!
  while [[ $(cat /proc/$pid/comm 2>/dev/null) == bash ]]; do :; done # on its way to become tern
  kill -$signal $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
  rm -f x.gguf # it may have been faster
done
if command -v setsid >/dev/null; then
  code=0
  (
    ulimit -f 100
    trap '' XFSZ
    "$TERN" convert start.gguf full.gguf --to gguf >out 2>err
  ) || code=$?
  [[ $code -eq 4 ]] || fail "a file that may not grow exits with $code"
  code=0
  (
    ulimit -f 100
    trap '' XFSZ
    "$TERN" convert start.gguf full --to hf-packed >out 2>err
  ) || code=$?
  [[ $code -eq 4 ]] || fail "a folder that may not grow exits with $code"
fi
left=(x* full* *.tern-tmp-* .*.tern-tmp-*)
[[ ${#left[@]} -eq 0 ]] || fail "left behind: ${left[*]}"
