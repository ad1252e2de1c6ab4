#!/usr/bin/env bash
# Gemma 3 270M, whose weights and windows are another architecture's: the text of transformers.
source "$(dirname "$0")/../lib.sh"
use_gemma_model

exits 0 "$TERN" inspect "$model"
says out '15 layers see 512 keys, with RoPE theta 10000; embeddings times 25.25'
exits 0 "$TERN" tokenize -m "$model" -p 'The capital of France is' --bos --json
says out '^\[2,818,5279,529,7001,563\]$'
# Greedy, of the weights decoded to float32, and the normalizer rounded to bfloat16.
exits 0 "$TERN" run -m "$model" -p 'The capital of France is' -n 16 -q --dense-act f32 --kv f32
says out '^ the capital of the country of France\. It is the largest city in France and$'
logits_bits "$model" 2,818,5279,529,7001,563
