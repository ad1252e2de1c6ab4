#!/usr/bin/env bash
# Compares `tern tokenize` with Hugging Face tokenizers and tiktoken on the texts of DATA/tokenizer (10 MB in 20
# languages). For development: it needs a Python with tokenizers and tiktoken (PYTHON=...), and zstd.
#   tokenizer.sh DATA TERN [LLAMA3_TOKENIZER_MODEL]
set -euo pipefail
exec "${PYTHON:-python3}" "$(dirname "$0")/tokenizer.py" "$@"
