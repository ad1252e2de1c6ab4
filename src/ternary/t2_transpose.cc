// A t2 matrix by column, in chunks of 256 rows:
//
//   chunk g at byte 64 * cols * g:  | column 0: 64 bytes | column 1 | ... |
//   column c of it:                 | block (t2.cc) of rows 256g .. 256g+127 | block of rows 256g+128 ..
//   256g+255 |
//
// Rows that do not exist hold trit 0, or nothing where a whole block does not exist.
#include <algorithm>
#include <cstring>

#include "ternary/packing.h"

namespace tern {
namespace {

constexpr uint64_t kSide = kT2BlockElements;
constexpr uint8_t kZeroByte = 0x55;  // code 1 four times: trit 0

/// The codes that sit at `shift` in the bytes of 128 rows, as a block of 128 elements.
void pack_codes(const uint8_t* bytes, int shift, uint8_t* block) {
  for (uint64_t m = 0; m < kT2BlockBytes; ++m) {
    const int a = (bytes[m] >> shift) & 3, b = (bytes[m + 32] >> shift) & 3;
    const int c = (bytes[m + 64] >> shift) & 3, d = (bytes[m + 96] >> shift) & 3;
    block[m] = static_cast<uint8_t>(a << 6 | b << 4 | c << 2 | d);
  }
}

}  // namespace

void transpose_t2_block(const uint8_t* matrix, uint64_t rows, uint64_t cols, uint64_t block,
                        uint8_t* columns) {
  const uint64_t row_bytes = t2_row_bytes(cols);
  const uint64_t first = block * kSide, count = std::min(kSide, rows - first);
  uint8_t* const chunk = columns + (block / 2 * 2 * cols + block % 2) * kT2BlockBytes;
  for (uint64_t tile = 0; tile * kSide < cols; ++tile) {
    for (uint64_t m = 0; m < kT2BlockBytes; ++m) {
      uint8_t bytes[kSide];  // byte m of the tile's rows: columns m, m+32, m+64, m+96
      std::memset(bytes, kZeroByte, sizeof bytes);
      const uint8_t* from = matrix + first * row_bytes + tile * kT2BlockBytes + m;
      for (uint64_t r = 0; r < count; ++r) bytes[r] = from[r * row_bytes];
      for (uint64_t part = 0; part < 4; ++part) {
        const uint64_t column = tile * kSide + 32 * part + m;
        if (column >= cols) break;
        pack_codes(bytes, static_cast<int>(6 - 2 * part), chunk + 2 * column * kT2BlockBytes);
      }
    }
  }
}

}  // namespace tern
