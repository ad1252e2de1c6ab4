#!/usr/bin/env bash
# Nonsense in, an error that names the place out: never a crash, never a partial output.
source "$(dirname "$0")/lib.sh"
model=$tiny_folder

# Models that are none.
refused 3 'missing.gguf' run -m missing.gguf -p x
refused 3 'missing.gguf' inspect missing.gguf
mkdir empty_folder
refused 3 'config.json' run -m empty_folder -p x
refused 5 '/dev/null' run -m /dev/null -p x
: >empty.gguf
refused 5 'empty.gguf' inspect empty.gguf
printf 'GGUF' >four_bytes.gguf
refused 5 'four_bytes.gguf' inspect four_bytes.gguf
head -c 4096 /dev/zero >zeros.gguf
refused 5 'zeros.gguf' inspect zeros.gguf
printf 'GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x7f' >counts.gguf
refused 5 'counts.gguf' inspect counts.gguf
if [[ $(id -u) -ne 0 ]]; then # root reads everything
  cp "$model/config.json" secret.gguf
  chmod 000 secret.gguf
  refused 4 'secret.gguf' inspect secret.gguf
fi

# Folders that are broken.
broken() { # broken CODE PATTERN: runs the copy of the model that was just spoilt
  refused "$1" "$2" run -m copy --tokens 1,2 -n 1
  rm -rf copy
}
fresh() { cp -r "$model" copy && chmod -R u+w copy; }
fresh && echo '{' >copy/config.json
broken 5 'config.json'
fresh && echo '[]' >copy/config.json
broken 5 'config.json'
fresh && echo '{"model_type": "frobnitz"}' >copy/config.json
broken 6 'frobnitz'
fresh && rm copy/*.safetensors
broken 3 'safetensors'
fresh && for file in copy/*.safetensors; do truncate -s -1 "$file"; done
broken 5 'safetensors'
fresh && for file in copy/*.safetensors; do truncate -s 7 "$file"; done
broken 5 'safetensors'

# A tokenizer that cannot spell every byte is named, not the model that it came with.
cat >half.json <<'JSON'
{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"}}
JSON
refused 5 'half.json: the vocabulary has no token' run -m "$model" --tokenizer half.json -p x
refused 5 'half.json: the vocabulary has no token' tokenize --tokenizer half.json -p x

# Prompts and numbers that are none.
head -c 1000 "$tiny_gguf" >short.gguf
refused 5 'short.gguf' inspect short.gguf
head -c -1 "$tiny_gguf" >short.gguf
refused 5 'short.gguf' run -m short.gguf --tokens 1
refused 3 'no tokenizer.*--tokenizer' run -m "$model" -p x
refused 3 'no tokenizer.*--tokenizer' chat -m "$model"
refused 2 'the prompt is empty' run -m "$model" -p ''
refused 2 'the prompt is empty' run -m "$model" # standard input is empty
refused 2 'exclude' run -m "$model" -p x --tokens 1
refused 2 'exclude' run -m "$model" -p x -f y
refused 3 'no_such_file' run -m "$model" -f no_such_file
refused 2 "'x' is not a whole number" run -m "$model" --tokens 1,x
refused 2 "'-1' is not a whole number" run -m "$model" --tokens 1,-1
refused 2 "'99999999999' is not" run -m "$model" --tokens 99999999999
refused 2 'empty' run -m "$model" --tokens ''
refused 2 '2147483647' run -m "$model" --tokens 2147483647
for seed in -1 1e20 18446744073709551616 x; do
  refused 2 'seed.*whole number' run -m "$model" --tokens 1 --seed $seed
done
refused 2 'stop string is empty' run -m "$model" --tokens 1 --stop x --stop ''
refused 2 'temp' run -m "$model" --tokens 1 --temp -1
refused 2 'top.p' run -m "$model" --tokens 1 --top-p 2
refused 2 'not in range' run -m "$model" --tokens 1 -n -2
refused 2 'not in range' run -m "$model" --tokens 1 --context 99999999999
refused 2 'not in range' logits -m "$model" --tokens 1 --chunk 0 -o x.npy
refused 9 'context' run -m "$model" --tokens 1,2,3,4,5,6,7,8,9 --context 4
refused 3 'no/such/folder' logits -m "$model" --tokens 1 -o no/such/folder/x.npy
refused 2 'output.*empty' logits -m "$model" --tokens 1 -o ''
refused 2 '\-\-pre' run -m "$model" --tokens 1 --pre gpt-2
refused 2 '\-\-pre' run -m "$tiny_gguf" --tokens 1 --pre gpt-2
refused 2 '\-\-pre' run -m "$tiny_gguf" --tokens 1 --pre gpt-2 --tokenizer "$TERN_SOURCE_DIR/tests/golden/tokenizer/ranks.tiktoken"
refused 5 'vocabulary' run -m "$model" -p x --tokenizer "$TERN_SOURCE_DIR/tests/golden/tokenizer/ranks.tiktoken"
[[ ! -e x.npy ]] || fail "a refused command left a file"

# An instruction set that is none: the message lists those of this machine.
TERN_ISA=frobnicate refused 2 'frobnicate.*scalar' inspect "$model"

# A full disk is an error, a closed pipe is not.
if [[ -w /dev/full ]]; then
  code=0
  "$TERN" inspect "$model" >/dev/full 2>err || code=$?
  [[ $code -eq 4 ]] || fail "writing to a full disk exits with $code"
  says err 'standard output'
fi
rm -f out
"$TERN" inspect --json "$model" 2>err | head -c 1 >/dev/null || true
[[ ! -s err ]] || fail "a closed pipe is reported"

# Messages that cannot be written stop nothing, and a closed stream's number is not taken by the output file.
code=0
"$TERN" logits -m "$model" --tokens 1,2 --context 100000 -o closed.npy 2>&- || code=$?
[[ $code -eq 0 ]] || fail "with a closed standard error it exits with $code"
exits 0 "$TERN" logits -m "$model" --tokens 1,2 -o open.npy
same_file open.npy closed.npy "with a closed standard error"
if [[ -w /dev/full ]]; then
  code=0
  "$TERN" run -m "$model" --tokens 1 -n 1 >out 2>/dev/full || code=$?
  [[ $code -eq 0 ]] || fail "with a full standard error it exits with $code"
fi
code=0
"$TERN" run -m "$model" --tokens 1 -n 1 2>err >&- || code=$?
[[ $code -eq 4 ]] || fail "with a closed standard output it exits with $code"

# A key given twice is nobody's guess.
cp -r "$tiny_folder" twice
sed -i '0,/{/s//{"rms_norm_eps": 1, /' twice/config.json
refused 5 'twice/config.json.*rms_norm_eps' inspect twice
