#!/usr/bin/env bash
# make bench: this machine's limits, and the speed of models on it. MODELS names them, separated by blanks:
#   small   the small real model of scripts/get_model.sh
#   2b4t    random trits in the sizes of BitNet b1.58 2B4T (0.8 GB), made on first use
#   other   a GGUF file or a Hugging Face folder
# Without MODELS: small, and 2b4t when it was made before. FLAGS go to tern-bench ("-r 5 --json", "--peer ...").
set -euo pipefail
cd "$(dirname "$0")/.."
big=.cache/models/2b4t-q6_k.gguf

if [[ -z ${MODELS:-} ]]; then
  MODELS=small
  [[ ! -f $big ]] || MODELS="small 2b4t"
  [[ -f $big ]] || echo "bench: MODELS=\"small 2b4t\" also measures a model of 2.4e9 weights" >&2
fi

arguments=()
for model in $MODELS; do
  case $model in
    small) model=$(scripts/get_model.sh) ;;
    2b4t)
      model=$big
      if [[ ! -f $model ]]; then
        mkdir -p "${model%/*}"
        build/release/tern synth --shape 2b4t --head q6_k -o "$model" >&2
      fi
      ;;
  esac
  arguments+=(-m "$model")
done
# shellcheck disable=SC2086  # FLAGS is a list of words
exec build/release/tern-bench "${arguments[@]}" ${FLAGS:-}
