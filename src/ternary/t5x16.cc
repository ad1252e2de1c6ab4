// t5x16: five trits a byte, five units of t2x16 (t2x16.cc) in the room of four.
//
//   piece p of a group, 256 bytes:  | unit 0 | unit 1 | unit 2 | unit 3 |   from the t2x16 units 5p .. 5p+4
//
// Byte m of unit i is  27 c0 + 9 c1 + 3 c2 + c3 + 81 f, at most 242: c0 .. c3 are the codes of byte m of
// t2x16 unit 5p + i, from bits 7-6 down to 1-0, and f is code i of byte m of unit 5p + 4. Units beyond the
// group are trit 0.
#include <algorithm>
#include <cstring>

#include "ternary/packing.h"

namespace tern {
namespace {

constexpr uint64_t kUnit = 64;
constexpr uint8_t kZeroCodes = 0x55;  // code 1 everywhere: trit 0

unsigned code_of(uint8_t byte, uint64_t i) {
  return byte >> (6 - 2 * i) & 3u;
}

}  // namespace

void pack_t5_group(const uint8_t* group, uint64_t row_bytes, uint8_t* packed) {
  const uint64_t bytes = kT2GroupRows * row_bytes;
  for (uint64_t at = 0; at < bytes; at += kT5PieceFrom, packed += kT5PieceBytes) {
    uint8_t from[kT5PieceFrom];
    const uint64_t there = std::min(kT5PieceFrom, bytes - at);
    std::memcpy(from, group + at, there);
    std::memset(from + there, kZeroCodes, kT5PieceFrom - there);
    for (uint64_t m = 0; m < kUnit; ++m) {
      for (uint64_t i = 0; i < 4; ++i) {
        const uint8_t four = from[i * kUnit + m];
        const unsigned value = 27 * code_of(four, 0) + 9 * code_of(four, 1) + 3 * code_of(four, 2) +
                               code_of(four, 3) + 81 * code_of(from[4 * kUnit + m], i);
        packed[i * kUnit + m] = static_cast<uint8_t>(value);
      }
    }
  }
}

}  // namespace tern
