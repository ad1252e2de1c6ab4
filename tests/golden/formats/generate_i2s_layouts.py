#!/usr/bin/env python3
"""Golden bytes of the I2_S layouts, element by element from their published formulas. Needs only Python.

  i2s_layouts_trits.bin     int8 [rows, cols], 8 x 96
  i2s_<layout>.bin          what each layout makes of them with scale 0.0371

Each formula says where weight (r, c), or element e = r*cols + c, goes: (byte, lowest bit).
"""
import random
import struct
from pathlib import Path

HERE = Path(__file__).parent
ROWS, COLS, SCALE = 8, 96, 0.0371

FORMULAS = {
    "published": lambda r, c: ((r * COLS + c) // 128 * 32 + (r * COLS + c) % 128 % 32,
                               6 - 2 * ((r * COLS + c) % 128 // 32)),
    "arm64": lambda r, c: ((r * COLS + c) // 64 * 16 + (r * COLS + c) % 64 % 16,
                           6 - 2 * ((r * COLS + c) % 64 // 16)),
    "rows4": lambda r, c: (r // 4 * COLS + c, 6 - 2 * (r % 4)),
    "consecutive4": lambda r, c: ((r * COLS + c) // 4, 6 - 2 * ((r * COLS + c) % 4)),
}

rng = random.Random(158)
trits = [[rng.randrange(-1, 2) for _ in range(COLS)] for _ in range(ROWS)]
(HERE / "i2s_layouts_trits.bin").write_bytes(bytes(t & 0xFF for row in trits for t in row))
for name, where in FORMULAS.items():
    codes = bytearray(ROWS * COLS // 4)
    for r in range(ROWS):
        for c in range(COLS):
            byte, bit = where(r, c)
            codes[byte] |= (trits[r][c] + 1) << bit
    (HERE / f"i2s_{name}.bin").write_bytes(bytes(codes) + struct.pack("<f", SCALE) + bytes(28))
