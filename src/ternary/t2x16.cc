// t2x16: the kernels' packing, t2 rows (t2.cc) in groups of 16, 4 bytes of each row in turn.
//
//   group g at byte g * 16 * row_bytes:  | unit 0: 64 bytes | unit 1 | ... | unit row_bytes/4 - 1 |
//   unit u:                              | row 0, bytes 4u .. 4u+3 | row 1, bytes 4u .. 4u+3 | ... | row 15 |
//
// Byte j of a row's part of unit u is byte m = 4(u%8) + j of the row's block u/8, so its four codes belong to
// the columns 128(u/8) + m + {0, 32, 64, 96}: bits 7-6, 5-4, 3-2, 1-0.
#include <cstring>
#include <vector>

#include "ternary/packing.h"

namespace tern {
namespace {

constexpr uint64_t kPiece = 4;
constexpr uint64_t kUnit = kPiece * kT2GroupRows;
constexpr uint32_t kZeroPiece = 0x55555555;  // code 1 everywhere: trit 0

}  // namespace

void interleave_t2_group(const uint8_t* rows, uint64_t row_bytes, uint64_t count, uint8_t* group) {
  for (uint64_t u = 0; u < row_bytes / kPiece; ++u) {
    for (uint64_t r = 0; r < kT2GroupRows; ++r) {
      const void* piece =
          r < count ? static_cast<const void*>(rows + r * row_bytes + u * kPiece) : &kZeroPiece;
      std::memcpy(group + u * kUnit + r * kPiece, piece, kPiece);
    }
  }
}

void decode_t2x16_row(const uint8_t* matrix, uint64_t row, uint64_t cols, int8_t* trits) {
  const uint64_t row_bytes = t2_row_bytes(cols);
  const uint8_t* group = matrix + row / kT2GroupRows * kT2GroupRows * row_bytes;
  std::vector<uint8_t> bytes(row_bytes);
  for (uint64_t u = 0; u < row_bytes / kPiece; ++u) {
    std::memcpy(bytes.data() + u * kPiece, group + u * kUnit + row % kT2GroupRows * kPiece, kPiece);
  }
  decode_t2_row(bytes.data(), cols, trits);
}

}  // namespace tern
