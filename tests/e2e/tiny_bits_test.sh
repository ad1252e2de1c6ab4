#!/usr/bin/env bash
# The promise of docs/numerics.md on every tiny model: the same bits whatever computes them.
source "$(dirname "$0")/lib.sh"

for model in "${tiny_models[@]}"; do
  logits_bits "$model" 1,2,3,4,5,6,7,8,9,10,11
done
