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

# What the commands of training read: a few documents each, and recipes that take seconds. Zstd and gzip are told by content.
mkdir given/data given/eval given/recipes bin
"$TERN" data synth stories --n 60 --seed 1 -o given/corpus.jsonl.zst >/dev/null
"$TERN" data synth math --n 40 --chat -o given/chats.jsonl >/dev/null
"$TERN" data synth stories --n 40 --seed 2 -o given/web0.jsonl.zst >/dev/null
"$TERN" data synth math --n 40 --seed 3 -o given/web1.jsonl.zst >/dev/null
jq -c '. + {quality: "curated"}' given/web0.jsonl.zst >given/all.jsonl
jq -c '. + {quality: "web"}' given/web1.jsonl.zst >>given/all.jsonl
echo '{"question": "How many moons has the planet on which the prince of this short tale lives with his rose and three volcanoes?"}' >given/eval/items.jsonl.gz
# The quick start itself, in small.
cp -r "$TERN_SOURCE_DIR/recipes/quickstart" given/recipes
for file in given/recipes/quickstart/data/*.zst; do
  zstd -dcq "$file" | sed -n 1,30p >short
  mv short "$file"
done
sed -i -E 's/^documents = .*/documents = 60/; s/vocab_size = .*/vocab_size = 500/; s/steps = [0-9]+, warmup = [0-9]+/steps = 2/' \
  given/recipes/quickstart/quickstart.toml
cat >given/recipe.toml <<'END'
out = "runs/a"
tokenizer = "tokenizer.json"
[model]
hidden = 128
layers = 1
heads = 2
ffn = 256
max_positions = 64
[data]
stories = {inputs = ["corpus.jsonl.zst"]}
[[stage]]
name = "pretrain"
kind = "pretrain"
mix = {stories = 1}
sequence = 64
rows_per_step = 4
schedule = {shape = "constant", steps = 2, peak = 1e-3}
END
# What torchrun does: so many processes, told by the environment where they stand.
cat >bin/torchrun <<'END'
#!/usr/bin/env bash
[[ $1 == --nproc-per-node && $3 == --no-python ]] || exit 2
count=$2
shift 3
export WORLD_SIZE=$count MASTER_ADDR=127.0.0.1 MASTER_PORT=$((20000 + RANDOM % 12000))
for ((rank = 0; rank < count; ++rank)); do
  RANK=$rank "$@" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
exit ${failed:-0}
END
chmod +x bin/torchrun
PATH=$PWD/bin:$PATH

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
  [[ $* != 'tokenizer train' ]] || rm folder_of_examples/tokenizer.json # which it will write
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
for verb in "${verbs[@]}"; do
  if [[ $verb == train && ! -x ${TERN%/*}/tern-train ]]; then
    echo "tern train: skipped, this build is without the trainer"
    continue
  fi
  works $verb
done
