// x16: 16 rows of blocks (quant/block_formats.inc) take turns; all sizes are those of the file's layout.
//
//   a "piece" is 64 bytes: | row 0, 4 bytes | row 1, 4 bytes | ... | row 15, 4 bytes |
//   an "f16s" is 32 bytes: one f16 of each row
//
// A block of 32 codes is pieces of their low bits, then of the 1 or 2 bits above those:
//
//   bits a code   pieces                        types
//   2             pairs 0, 1                    Q2_K
//   3             pairs 0, 1, single            Q3_K
//   4             nibbles 0 .. 3                Q4_0, Q4_1, IQ4_NL, Q4_K
//   5             nibbles 0 .. 3, single        Q5_0, Q5_1, Q5_K
//   6             nibbles 0 .. 3, pairs 0, 1    Q6_K
//   8             bytes 0 .. 7                  Q8_0
//
//       nibbles c, byte j of a row: bits 3-0 are of weight 4c + j, bits 7-4 of weight 16 + 4c + j
//       pairs h, byte j of a row:   bits 2f+1, 2f are of weight 16h + 4f + j
//       single, byte j of a row:    bit c is of weight 4c + j
//       bytes c, byte j of a row:   weight 4c + j
//
//   Q4_0, Q5_0, Q8_0, IQ4_NL, a block of 16 rows:  | pieces | f16s d |
//   Q4_1, Q5_1:                                    | pieces | f16s d | f16s m |
//   Q3_K, Q6_K, a super-block of 16 rows:          | 8 times pieces | scales | f16s d |
//   Q2_K, Q4_K, Q5_K:                              | 8 times pieces | scales | f16s d | f16s m |
//
//   scales, a byte of each row in turn:
//           Q6_K, bytes i = 0 .. 15: sc of weights 16i .. 16i+15
//           Q2_K, bytes i = 0 .. 15: sc (bits 3-0) and mn (bits 7-4) of weights 16i .. 16i+15
//           others, 12 bytes of pairs of 6-bit numbers, pair b for block b: the two sc of Q3_K, sc and mn of
//           Q4_K and Q5_K. Bytes b = 0 .. 7: low 4 of the first (bits 3-0) and of the second (bits 7-4);
//           bytes 8 + b / 2: from bit 4 (b % 2) up, high 2 of the first and high 2 of the second
#include "quant/x16.h"

#include <cstring>

#include "base/check.h"
#include "quant/block_formats.h"

namespace tern {
namespace {

using internal::Unpacked;

constexpr uint64_t kPiece = 4 * kX16Rows, kF16s = 2 * kX16Rows;

enum class Scales { kNone, kBytes, kBytesAndMinimums, kPairs, kPairsAndMinimums };

/// How a format's blocks lie in x16.
struct Layout {
  void (*unpack)(const uint8_t* block, Unpacked& out);
  int bits;
  Scales scales;
  bool has_m;
};

/// Row r's 4 bytes of each of `pieces` pieces; gives the place behind them.
uint8_t* put(const uint8_t* bytes, uint64_t pieces, uint64_t r, uint8_t* at) {
  for (uint64_t c = 0; c < pieces; ++c) std::memcpy(at + c * kPiece + 4 * r, bytes + 4 * c, 4);
  return at + pieces * kPiece;
}

uint8_t* put_nibbles(const uint8_t* codes, uint64_t r, uint8_t* at) {
  uint8_t bytes[16];
  for (int i = 0; i < 16; ++i) bytes[i] = static_cast<uint8_t>((codes[i] & 15) | codes[16 + i] << 4);
  return put(bytes, 4, r, at);
}

/// Bits shift + 1 and shift of the codes.
uint8_t* put_pairs(const uint8_t* codes, int shift, uint64_t r, uint8_t* at) {
  uint8_t bytes[8];
  for (int i = 0; i < 8; ++i) {
    const uint8_t* first = codes + 16 * (i / 4) + i % 4;
    int byte = 0;
    for (int f = 0; f < 4; ++f) byte |= (first[4 * f] >> shift & 3) << (2 * f);
    bytes[i] = static_cast<uint8_t>(byte);
  }
  return put(bytes, 2, r, at);
}

/// Bit `shift` of the codes.
uint8_t* put_single(const uint8_t* codes, int shift, uint64_t r, uint8_t* at) {
  uint8_t bytes[4];
  for (int j = 0; j < 4; ++j) {
    int byte = 0;
    for (int c = 0; c < 8; ++c) byte |= (codes[4 * c + j] >> shift & 1) << c;
    bytes[j] = static_cast<uint8_t>(byte);
  }
  return put(bytes, 1, r, at);
}

uint8_t* put_codes(const uint8_t* codes, int bits, uint64_t r, uint8_t* at) {
  if (bits == 8) return put(codes, 8, r, at);
  const int low = bits < 4 ? 2 : 4;
  at = low == 4 ? put_nibbles(codes, r, at) : put_pairs(codes, 0, r, at);
  if (bits - low == 2) return put_pairs(codes, low, r, at);
  return bits - low == 1 ? put_single(codes, low, r, at) : at;
}

/// One byte a row of each; gives the place behind them.
uint8_t* put_bytes(const uint8_t* bytes, uint64_t count, uint64_t r, uint8_t* at) {
  for (uint64_t i = 0; i < count; ++i) at[i * kX16Rows + r] = bytes[i];
  return at + count * kX16Rows;
}

/// 16 numbers of 6 bits.
uint8_t* put_six_bits(const int (&numbers)[16], uint64_t r, uint8_t* at) {
  uint8_t bytes[12] = {};
  for (int b = 0; b < 8; ++b) {
    const int first = numbers[2 * b], second = numbers[2 * b + 1];
    bytes[b] = static_cast<uint8_t>((first & 15) | (second & 15) << 4);
    bytes[8 + b / 2] |= static_cast<uint8_t>((first >> 4 | second >> 4 << 2) << (4 * (b % 2)));
  }
  return put_bytes(bytes, 12, r, at);
}

uint8_t* put_scales(const Unpacked& block, Scales scales, uint64_t r, uint8_t* at) {
  uint8_t bytes[16];
  int numbers[16];
  for (int i = 0; i < 16; ++i) {
    const int minimum = scales == Scales::kBytesAndMinimums ? block.minimums[i] << 4 : 0;
    bytes[i] = static_cast<uint8_t>(block.scales[i] | minimum);
    numbers[i] = scales == Scales::kPairs ? block.scales[i] + 32
                 : i % 2 == 0             ? block.scales[i]
                                          : block.minimums[i];
  }
  const bool six_bits = scales == Scales::kPairs || scales == Scales::kPairsAndMinimums;
  return six_bits ? put_six_bits(numbers, r, at) : put_bytes(bytes, 16, r, at);
}

uint8_t* put_f16(uint16_t bits, uint64_t r, uint8_t* at) {
  std::memcpy(at + 2 * r, &bits, sizeof bits);
  return at + kF16s;
}

Layout layout_of(DType dtype) {
  switch (dtype) {
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) \
  case DType::k##name:                                         \
    return {internal::unpack_##function, bits, Scales::scales, has_m};
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT
    default:
      TERN_CHECK(false);
  }
}

}  // namespace

void interleave_x16(DType dtype, std::span<const uint8_t* const> rows, uint64_t row_bytes, uint8_t* group) {
  TERN_CHECK(!rows.empty() && rows.size() <= kX16Rows);
  if (rows.size() < kX16Rows) std::memset(group, 0, kX16Rows * row_bytes);
  const Layout layout = layout_of(dtype);
  const auto block_bytes = static_cast<uint64_t>(dtype_info(dtype).block_bytes);
  const int parts = dtype_info(dtype).block_elements / 32;
  for (uint64_t r = 0; r < rows.size(); ++r) {
    uint8_t* at = group;
    for (uint64_t i = 0; i < row_bytes / block_bytes; ++i) {
      Unpacked block;
      layout.unpack(rows[r] + i * block_bytes, block);
      for (int part = 0; part < parts; ++part) at = put_codes(block.codes + 32 * part, layout.bits, r, at);
      if (layout.scales != Scales::kNone) at = put_scales(block, layout.scales, r, at);
      at = put_f16(block.d, r, at);
      if (layout.has_m) at = put_f16(block.m, r, at);
    }
  }
}

}  // namespace tern
