#!/usr/bin/env bash
# make run: the small model answers a question, and its speed is printed.
set -euo pipefail
cd "$(dirname "$0")/.."
model=$(scripts/get_model.sh)
echo "model: ${model##*/}, prompt: $1"
exec build/release/tern run -m "$model" --chat -p "$1"
