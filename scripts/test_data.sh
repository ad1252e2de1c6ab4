#!/usr/bin/env bash
# make test-data DATA=folder: holds Tern against Hugging Face's tokenizers on the texts of a folder. Python and its
# packages live in .cache/venv and are used here only.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:-}
[[ -d $data ]] || {
  echo "usage: make test-data DATA=folder of texts" >&2
  exit 2
}
data=$(realpath "$data")
scripts/setup.sh data
scripts/build.sh release -DTERN_BUILD_TESTS=OFF
if [[ ! -e .cache/venv/complete ]]; then # an installation that failed is no environment
  rm -rf .cache/venv
  python3 -m venv .cache/venv
  .cache/venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3 tiktoken sentencepiece protobuf mistral-common dashscope
  touch .cache/venv/complete
fi
for script in tests/data/*.sh; do
  echo "== $script"
  PYTHON=$PWD/.cache/venv/bin/python bash "$script" "$data" "$PWD/build/release/tern"
done
