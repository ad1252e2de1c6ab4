#!/usr/bin/env bash
# Every example of every --help is a command that works.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/pull_lib.sh"
PATH=$(dirname "$TERN"):$PATH
export PATH MANPAGER=cat
golden=$TERN_SOURCE_DIR/tests/golden

mkdir -p given home/.local/share/bash-completion/completions home/.zfunc home/.config/fish/completions
exits 0 "$TERN" synth --shape tiny --no-check -o given/model.gguf
exits 0 "$TERN" convert given/model.gguf given/folder --to hf-packed
exits 0 "$TERN" perplexity given/model.gguf "$golden/perplexity/text.txt" --context 512 --save-logits given/model.logits
cp given/model.gguf given/other.gguf
cp "$golden/tokenizer/tokenizer.json" given
head -c 600 "$golden/perplexity/text.txt" >given/text.txt
for run in small other; do
  mkdir -p given/runs/$run/pretrain
  printf '{"step": 1, "loss": 9}\n{"step": 2, "loss": 8}\n' >given/runs/$run/pretrain/metrics.jsonl
done
echo 'Capital of France?' >given/question.txt
mkdir "$XDG_CONFIG_HOME"
mkdir "$XDG_CONFIG_HOME/tern" # what an example leaves open takes no longer than it must
printf '[run]\nmax-tokens = 8\n[chat]\nmax-tokens = 8\n[bench]\nrepetitions = 1\n' >"$XDG_CONFIG_HOME/tern/config.toml"
for repository in MODEL bitnet-b1.58-2B-4T-gguf; do
  mkdir -p hub/test/$repository/files
  cp given/model.gguf hub/test/$repository/files/model-Q4_1.gguf
  cp given/tokenizer.json hub/test/$repository/files
  listing $repository "$(sibling $repository model-Q4_1.gguf lfs)" "$(sibling $repository tokenizer.json git)"
done
ln -s test hub/ORG
ln -s test hub/microsoft

# works VERB...: its examples, one after the other in a folder that begins with what is given. The large model is only begun.
works() {
  local line expected count=0
  rm -rf folder_of_examples
  cp -r given folder_of_examples
  while IFS= read -r line; do
    [[ $line != *'| man '* ]] || command -v man >/dev/null || continue
    count=$((count + 1))
    expected=0
    if [[ $line == *2b4t.gguf* ]]; then
      line="ulimit -f 1000; $line"
      expected=4
    fi
    (cd folder_of_examples && exits $expected bash -o pipefail -c "$line" </dev/null)
  done < <(examples_of "$@")
  echo "tern $*: $count examples"
  [[ $count -ge 1 ]] || fail "tern $*: no examples"
}
works
for verb in "${verbs[@]}"; do works $verb; done
