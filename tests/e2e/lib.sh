# Sourced by every e2e test. $TERN is the program, $TERN_SOURCE_DIR the checkout; a test works in a folder of its own.
# shellcheck shell=bash
set -euo pipefail
: "${TERN:?}" "${TERN_SOURCE_DIR:?}"
export LC_ALL=C.UTF-8 NO_COLOR=1
unset TERN_ISA TERN_CONFIG
work=$(mktemp -d)
export XDG_CONFIG_HOME=$work/no_config # nobody's flags but ours
trap 'rm -rf "$work"' EXIT
cd "$work"

# fail MESSAGE: ends the test, showing what the last command said.
fail() {
  echo "FAILED: $1" >&2
  for file in out err; do
    if [[ -f $file ]]; then echo "--- std$file"; head -c 2000 "$file"; fi >&2
  done
  exit 1
}

# exits CODE COMMAND...: runs it with stdout in ./out and stderr in ./err (stdin as given) and checks the exit code.
exits() {
  local expected=$1 code=0
  shift
  "$@" >out 2>err || code=$?
  [[ $code -eq $expected ]] || fail "exit code $code, expected $expected: $*"
}

# says FILE PATTERN: ./out or ./err has a line that matches the extended regular expression.
says() { grep -qE -e "$2" "$1" || fail "std$1 has no line like: $2"; }

# refused CODE PATTERN ARGUMENT...: tern fails with that code, one line "error: ..." that matches, and an empty stdout.
refused() {
  local code=$1 pattern=$2
  shift 2
  exits "$code" "$TERN" "$@" </dev/null
  says err "^error: .*$pattern"
  [[ ! -s out ]] || fail "printed something before it failed: $*"
}

same_file() { cmp -s "$1" "$2" || fail "$3: $1 and $2 differ"; }

# agrees GOLDEN TOLERANCE NAME...: numbers of ./out and of GOLDEN, a JSON object, differ by less than that share.
agrees() {
  local expected=$1 tolerance=$2
  shift 2
  jq -e --argjson e "$expected" --argjson t "$tolerance" '. as $x | $ARGS.positional | length > 0 and
      all(.[]; . as $name | $x[$name] != null and ($x[$name] - $e[$name] | fabs) <= $t * ($e[$name] | fabs))' \
    out --args "$@" >/dev/null || fail "$* are not as in $expected"
}

# All commands, from the table: "run", "data prepare".
mapfile -t verbs < <(sed -n 's/^TERN_COMMAND(\([a-z_]*\),.*/\1/p' "$TERN_SOURCE_DIR/apps/tern/commands.inc" | tr _ ' ')
[[ ${#verbs[@]} -ge 7 ]] || fail "no commands in commands.inc"

# flags_of [VERB]: the flags that --help shows, one a line, short ones too.
flags_of() { "$TERN" "$@" --help | sed -nE 's/^  ((-[A-Za-z],)?--[a-z0-9-]+).*/\1/p' | tr , '\n'; }
# examples_of [VERB]: the command lines that --help shows.
examples_of() { "$TERN" "$@" --help | sed -n '/^Examples:$/,/^$/s/^  //p'; }

# The tiny models of tests/golden/models: folders and GGUF files. They carry no tokenizer.
shopt -s nullglob
tiny_models=()
for file in "$TERN_SOURCE_DIR"/tests/golden/models/*/{config.json,model.gguf}; do
  tiny_models+=("${file%/config.json}")
done
[[ ${#tiny_models[@]} -ge 2 ]] || fail "no models in tests/golden/models"
# Those of the architectures that tern convert writes, and the others.
written_models=() read_only_models=()
for model in "${tiny_models[@]}"; do
  if [[ $model =~ (qwen2|gemma3|minicpm) ]]; then read_only_models+=("$model"); else written_models+=("$model"); fi
done
tiny_folder=$TERN_SOURCE_DIR/tests/golden/models/bitnet_packed
tiny_gguf=$TERN_SOURCE_DIR/tests/golden/models/gguf_i2_s/model.gguf

# Sets $model to the real model, or skips the test.
use_real_model() {
  model=$TERN_SOURCE_DIR/.cache/models/SmolLM2-135M-Instruct.Q4_1.gguf
  if [[ ! -f $model ]]; then
    echo "skipped: no model; scripts/get_model.sh fetches it"
    exit 77
  fi
}

# Sets $model to Gemma 3 270M (Q4_K_M), or skips the test. Nothing fetches it: whoever does accepts Google's terms of use.
use_gemma_model() {
  model=$TERN_SOURCE_DIR/.cache/models/gemma-3-270m-q4_k_m.gguf
  if [[ ! -f $model ]]; then
    echo "skipped: no $model; docs/testing.md says where it is"
    exit 77
  fi
}

# logits_bits MODEL IDS: logits are the same bytes with every instruction set, thread count and chunk.
logits_bits() {
  local isa threads chunk compared=0
  TERN_ISA=scalar exits 0 "$TERN" logits -m "$1" --tokens "$2" -t 1 --chunk 1 -o reference.npy
  for isa in scalar avx2 avxvnni avx512vnni avx512vbmi zen4 neon dotprod i8mm; do
    # Those of another machine are refused.
    TERN_ISA=$isa "$TERN" inspect --no-histogram "$1" >out 2>err || continue
    for threads in 1 2 3; do
      for chunk in 3 512; do
        TERN_ISA=$isa exits 0 "$TERN" logits -m "$1" --tokens "$2" -t $threads --chunk $chunk -o other.npy
        same_file reference.npy other.npy "$1 with $isa, $threads threads, chunk $chunk"
        compared=$((compared + 1))
      done
    done
    echo "$1: $isa gives the bits of scalar"
  done
  [[ $compared -ge 6 ]] || fail "$1: not even the scalar kernels were compared"
}

# only_token ID: the --logit-bias under which the tiny synthetic model (bytes, 512 ids) says nothing but that token.
only_token() { seq 0 511 | sed "/^$1\$/d; s/\$/=-100/" | paste -sd, | sed "s/\$/,$1=100/"; }
