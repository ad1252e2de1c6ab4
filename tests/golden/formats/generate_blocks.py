#!/usr/bin/env python3
"""Golden files for the dense block formats beyond those in all_types.gguf.

Needs numpy and gguf (0.19). Everything is drawn from one seed; run it again and nothing changes.

  blocks.gguf       written by gguf-py: one tensor a type, of random bits with scales of every sign and size
  <name>.npy        the float32 values of each, by gguf-py's decoders
"""
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as T
from gguf import quants

HERE = Path(__file__).parent
RNG = np.random.default_rng(159)

# Type, and where the f16 scales of a block stand.
TYPES = [(T.Q4_0, [0]), (T.Q5_0, [0]), (T.Q5_1, [0, 2]), (T.IQ4_NL, [0]), (T.Q2_K, [80, 82]), (T.Q3_K, [108]),
         (T.Q4_K, [0, 2]), (T.Q5_K, [0, 2])]
ROWS, COLS = 2, 256

w = gguf.GGUFWriter(HERE / "blocks.gguf", "tern-test")
for qtype, scales_at in TYPES:
    elements, size = gguf.GGML_QUANT_SIZES[qtype]
    blocks = RNG.integers(0, 256, (ROWS * COLS // elements, size), dtype=np.uint8)
    for at in scales_at:
        scales = RNG.normal(0, 0.1, (len(blocks), 1)).astype("<f2")
        scales[0] = -3e-6 if at == scales_at[0] else 0.25  # a subnormal
        blocks[:, at:at + 2] = scales.view(np.uint8)
    raw = blocks.reshape(ROWS, -1)
    name = qtype.name.lower()
    w.add_tensor(name, raw, raw_dtype=qtype)
    np.save(HERE / f"{name}.npy", np.ascontiguousarray(quants.dequantize(raw, qtype), dtype="<f4"))
w.write_header_to_file()
w.write_kv_data_to_file()
w.write_tensors_to_file()
w.close()
