// t2, the kernels' packing: rows of 128-element blocks (ternary/block128.h), each row padded with trit 0
// (code 1).
//
//   row r at byte r * t2_row_bytes(cols):  | block 0: 32 bytes | block 1 | ... | the row's rest, padding |
#include <algorithm>
#include <cstring>

#include "ternary/block128.h"
#include "ternary/packing.h"

namespace tern {

void encode_t2_row(const int8_t* trits, uint64_t cols, uint8_t* row) {
  const uint64_t whole = cols / kT2BlockElements;
  for (uint64_t i = 0; i < whole; ++i) {
    internal::encode_block128(trits + i * kT2BlockElements, row + i * kT2BlockBytes);
  }
  const uint64_t rest = cols % kT2BlockElements;
  if (rest == 0) return;
  int8_t last[kT2BlockElements] = {};
  std::copy_n(trits + whole * kT2BlockElements, rest, last);
  internal::encode_block128(last, row + whole * kT2BlockBytes);
}

void decode_t2_row(const uint8_t* row, uint64_t cols, int8_t* trits) {
  const uint64_t whole = cols / kT2BlockElements;
  for (uint64_t i = 0; i < whole; ++i) {
    internal::decode_block128(row + i * kT2BlockBytes, trits + i * kT2BlockElements);
  }
  const uint64_t rest = cols % kT2BlockElements;
  if (rest == 0) return;
  int8_t last[kT2BlockElements];
  internal::decode_block128(row + whole * kT2BlockBytes, last);
  std::copy_n(last, rest, trits + whole * kT2BlockElements);
}

bool has_code3(std::span<const uint8_t> bytes) {
  // A code is 3 when both of its bits are set: 32 codes a word. Words are or-ed in stretches, so that the
  // loop has no branch to keep it from vectors, yet a bad file is known early.
  constexpr uint64_t kLowBits = 0x5555555555555555u;
  constexpr size_t kStretchWords = 512;
  const size_t words = bytes.size() / sizeof(uint64_t);
  size_t i = 0;
  while (i < words) {
    uint64_t both = 0;
    for (const size_t end = std::min(words, i + kStretchWords); i < end; ++i) {
      uint64_t word;
      std::memcpy(&word, bytes.data() + i * sizeof word, sizeof word);
      both |= word & (word >> 1);
    }
    if ((both & kLowBits) != 0) return true;
  }
  for (const uint8_t byte : bytes.subspan(words * sizeof(uint64_t))) {
    if ((byte & (byte >> 1) & 0x55) != 0) return true;
  }
  return false;
}

}  // namespace tern
