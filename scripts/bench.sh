#!/usr/bin/env bash
# make bench: speed of the small model on this machine, for one thread and for all.
set -euo pipefail
cd "$(dirname "$0")/.."
model=$(scripts/get_model.sh)
exec build/release/tern bench -m "$model" -p 128,512 -n 128 -t "1,$(nproc)" -r 3
