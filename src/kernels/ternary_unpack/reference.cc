// The definition: every other ternary_unpack kernel gives the bytes of this one.
#include "kernels/ternary_unpack/ternary_unpack.h"

void ternary_unpack_t5_t2_scalar(const TernTernaryUnpack* args) {
  constexpr size_t kUnit = 64;
  const uint8_t* packed = args->packed;
  uint8_t* t2 = args->t2;
  for (size_t p = 0; p < args->pieces; ++p, packed += TERN_T5_PIECE, t2 += TERN_T5_FROM) {
    for (size_t m = 0; m < kUnit; ++m) {
      unsigned fifth = 0;
      for (size_t i = 0; i < 4; ++i) {
        const unsigned value = packed[i * kUnit + m], four = value % 81;
        t2[i * kUnit + m] =
            static_cast<uint8_t>(four / 27 << 6 | four / 9 % 3 << 4 | four / 3 % 3 << 2 | four % 3);
        fifth |= value / 81 << (6 - 2 * i);
      }
      t2[4 * kUnit + m] = static_cast<uint8_t>(fifth);
    }
  }
}
