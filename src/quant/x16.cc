// x16: 16 rows of blocks (blocks.cc, q6_k.cc) take turns; all sizes are those of the file's layout.
//
//   a "piece" is 64 bytes: | row 0, 4 bytes | row 1, 4 bytes | ... | row 15, 4 bytes |
//   an "f16s" is 32 bytes: one f16 of each row
//
//   Q8_0, a block of 16 rows, 544 bytes:   | piece 0 | ... | piece 7 | f16s d |
//       piece c, byte j of a row: weight 4c + j
//   Q4_1, a block of 16 rows, 320 bytes:   | piece 0 | ... | piece 3 | f16s d | f16s m |
//       piece c, byte j of a row: bits 3-0 weight 4c + j, bits 7-4 weight 16 + 4c + j
//   Q6_K, a super-block of 16 rows, 3360 bytes:  | block 0 | ... | block 7 | sc[16][16] | f16s d |
//       a block of 32 weights, 384 bytes:        | low piece 0 | ... | low piece 3 | high piece 0 | high
//       piece 1 | low piece c: the low 4 bits of the codes, as Q4_1's high piece h, byte j of a row: bits
//       2f+1, 2f are the high 2 bits of weight 16h + 4f + j sc[i][r] scales weights 16i .. 16i+15 of row r
#include "quant/x16.h"

#include <cstring>

#include "base/check.h"

namespace tern {
namespace {

constexpr uint64_t kPiece = 4 * kX16Rows, kF16s = 2 * kX16Rows;

void interleave_q8_0(const uint8_t* row, uint64_t blocks, uint64_t r, uint8_t* group) {
  for (uint64_t b = 0; b < blocks; ++b, row += 34, group += 34 * kX16Rows) {
    for (uint64_t c = 0; c < 8; ++c) std::memcpy(group + c * kPiece + 4 * r, row + 2 + 4 * c, 4);
    std::memcpy(group + 8 * kPiece + 2 * r, row, 2);
  }
}

void interleave_q4_1(const uint8_t* row, uint64_t blocks, uint64_t r, uint8_t* group) {
  for (uint64_t b = 0; b < blocks; ++b, row += 20, group += 20 * kX16Rows) {
    for (uint64_t c = 0; c < 4; ++c) std::memcpy(group + c * kPiece + 4 * r, row + 4 + 4 * c, 4);
    std::memcpy(group + 4 * kPiece + 2 * r, row, 2);
    std::memcpy(group + 4 * kPiece + kF16s + 2 * r, row + 2, 2);
  }
}

/// The 6 bits of each of a super-block's 256 weights.
void unpack_q6_k(const uint8_t* super, uint8_t* codes) {
  for (int half = 0; half < 2; ++half) {
    const uint8_t* ql = super + 64 * half;
    const uint8_t* qh = super + 128 + 32 * half;
    for (int part = 0; part < 4; ++part) {
      for (int l = 0; l < 32; ++l) {
        const int low = ql[32 * (part & 1) + l] >> (part < 2 ? 0 : 4) & 15, high = qh[l] >> (2 * part) & 3;
        codes[128 * half + 32 * part + l] = static_cast<uint8_t>(low | high << 4);
      }
    }
  }
}

void interleave_q6_k(const uint8_t* row, uint64_t supers, uint64_t r, uint8_t* group) {
  for (uint64_t s = 0; s < supers; ++s, row += 210) {
    uint8_t codes[256];
    unpack_q6_k(row, codes);
    for (uint64_t b = 0; b < 8; ++b, group += 6 * kPiece) {
      const uint8_t* code = codes + 32 * b;
      uint8_t low[16], high[8];
      for (int i = 0; i < 16; ++i) low[i] = static_cast<uint8_t>((code[i] & 15) | code[16 + i] << 4);
      for (int h = 0; h < 2; ++h) {
        for (int j = 0; j < 4; ++j) {
          const uint8_t* at = code + 16 * h + j;
          high[4 * h + j] =
              static_cast<uint8_t>(at[0] >> 4 | at[4] >> 4 << 2 | at[8] >> 4 << 4 | at[12] >> 4 << 6);
        }
      }
      for (uint64_t c = 0; c < 4; ++c) std::memcpy(group + c * kPiece + 4 * r, low + 4 * c, 4);
      for (uint64_t h = 0; h < 2; ++h) std::memcpy(group + (4 + h) * kPiece + 4 * r, high + 4 * h, 4);
    }
    for (uint64_t i = 0; i < 16; ++i) group[i * kX16Rows + r] = row[192 + i];
    std::memcpy(group + 16 * kX16Rows + 2 * r, row + 208, 2);
    group += 16 * kX16Rows + kF16s;
  }
}

}  // namespace

void interleave_x16(DType dtype, std::span<const uint8_t* const> rows, uint64_t row_bytes, uint8_t* group) {
  TERN_CHECK(!rows.empty() && rows.size() <= kX16Rows);
  if (rows.size() < kX16Rows) std::memset(group, 0, kX16Rows * row_bytes);
  for (uint64_t r = 0; r < rows.size(); ++r) {
    switch (dtype) {
      case DType::kQ8_0:
        interleave_q8_0(rows[r], row_bytes / 34, r, group);
        break;
      case DType::kQ4_1:
        interleave_q4_1(rows[r], row_bytes / 20, r, group);
        break;
      default:
        TERN_CHECK(dtype == DType::kQ6_K);
        interleave_q6_k(rows[r], row_bytes / 210, r, group);
    }
  }
}

}  // namespace tern
