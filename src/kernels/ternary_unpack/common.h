#pragma once
// What the vector kernels share. C-like and all static (docs/numerics.md rule 11).
#include "kernels/ternary_unpack/ternary_unpack.h"

/// Bytes of packed weights that are asked for ahead: they come from memory, once.
enum { kAheadBytes = 4096 };

/// A t2x16 byte's four codes by 27 c0 + 9 c1 + 3 c2 + c3: 81 bytes, then zeros up to 128.
#define TERN_T5_ROW(c0, c1, c2)                                                 \
  ((c0) << 6 | (c1) << 4 | (c2) << 2), ((c0) << 6 | (c1) << 4 | (c2) << 2 | 1), \
      ((c0) << 6 | (c1) << 4 | (c2) << 2 | 2)
#define TERN_T5_NINE(c0, c1) TERN_T5_ROW(c0, c1, 0), TERN_T5_ROW(c0, c1, 1), TERN_T5_ROW(c0, c1, 2)
#define TERN_T5_THIRD(c0) TERN_T5_NINE(c0, 0), TERN_T5_NINE(c0, 1), TERN_T5_NINE(c0, 2)
static const uint8_t kFourCodes[128]
    __attribute__((aligned(64))) = {TERN_T5_THIRD(0), TERN_T5_THIRD(1), TERN_T5_THIRD(2)};
#undef TERN_T5_ROW
#undef TERN_T5_NINE
#undef TERN_T5_THIRD
