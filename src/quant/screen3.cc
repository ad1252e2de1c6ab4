// A block of 32 codes of 16 rows, 192 bytes of pieces as x16.cc draws them:  | low piece 0 | low piece 1 |
// high piece |
//   low piece h, byte j of a row: bits 2f+1, 2f are the low 2 bits of code 16h + 4f + j
//   high piece, byte j of a row:  bit c is the high bit of code 4c + j
#include "quant/screen3.h"

namespace tern {

void pack_screen3(const uint8_t* codes, uint64_t cols, uint8_t* group) {
  constexpr uint64_t kPiece = 4 * kX16Rows;
  for (uint64_t b = 0; b < cols / kScreen3Block; ++b, group += 3 * kPiece) {
    for (uint64_t r = 0; r < kX16Rows; ++r) {
      const uint8_t* code = codes + r * cols + b * kScreen3Block;
      uint8_t* at = group + 4 * r;
      for (int j = 0; j < 4; ++j) {
        unsigned low[2] = {0, 0}, high = 0;
        for (int c = 0; c < 8; ++c) {
          low[c / 4] |= (code[4 * c + j] & 3u) << (2 * (c % 4));
          high |= (code[4 * c + j] >> 2 & 1u) << c;
        }
        at[j] = static_cast<uint8_t>(low[0]);
        at[kPiece + static_cast<uint64_t>(j)] = static_cast<uint8_t>(low[1]);
        at[2 * kPiece + static_cast<uint64_t>(j)] = static_cast<uint8_t>(high);
      }
    }
  }
}

}  // namespace tern
