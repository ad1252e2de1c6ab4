#!/usr/bin/env bash
# Compares `tern tokenize` with sentencepiece and Hugging Face tokenizers on the texts of DATA/tokenizer, for tokenizers
# that are no byte-level BPE, and for Qwen2. For development: it needs a Python (PYTHON=...) with what kinds.py imports.
#   kinds.sh DATA TERN
set -euo pipefail
exec "${PYTHON:-python3}" "$(dirname "$0")/kinds.py" "$@"
