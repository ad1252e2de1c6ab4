#pragma once
// The 128-element block that published I2_S and the kernels' t2 share. Internal to src/ternary.
//
//   byte m (0..31):   bit 7 6 | 5 4 | 3 2 | 1 0
//   code of element     m     m+32  m+64  m+96        code = trit + 1; code 3 is illegal
#include <cstdint>

namespace tern::internal {

inline void encode_block128(const int8_t* trits, uint8_t* bytes) {
  for (int m = 0; m < 32; ++m) {
    bytes[m] = static_cast<uint8_t>((trits[m] + 1) << 6 | (trits[m + 32] + 1) << 4 |
                                    (trits[m + 64] + 1) << 2 | (trits[m + 96] + 1));
  }
}

inline void decode_block128(const uint8_t* bytes, int8_t* trits) {
  for (int l = 0; l < 4; ++l) {
    for (int m = 0; m < 32; ++m) trits[32 * l + m] = static_cast<int8_t>(((bytes[m] >> (6 - 2 * l)) & 3) - 1);
  }
}

}  // namespace tern::internal
