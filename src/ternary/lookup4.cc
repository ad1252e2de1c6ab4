// lookup4: trits for sums over a matrix's rows (the input gradient of training), four rows of a column at a
// time.
//
//   strip s, rows 16s .. 16s+15, at s * cols * 4:   | column 0: 4 offsets | column 1: 4 offsets | ...
//   offset i of a column, a uint16:                 64 * (81 i + c0 + 3 c1 + 9 c2 + 27 c3)
//
// c0 .. c3 are the codes (trit + 1) of rows 16s + 4i .. 16s + 4i + 3. An offset is where the sum of four
// values, signed by these trits, lies in bytes: in four tables, one behind the other, of the 81 sums that
// there are, each for 16 tokens as floats. Rows beyond the matrix are trit 0.
#include <algorithm>

#include "ternary/packing.h"

namespace tern {

void encode_lookup4_strip(const int8_t* trits, uint64_t count, uint64_t cols, uint16_t* strip) {
  constexpr unsigned kPlace[4] = {1, 3, 9, 27};
  for (uint64_t i = 0; i < kLookup4Tables; ++i) {
    const uint64_t first = 4 * i, there = count > first ? std::min<uint64_t>(4, count - first) : 0;
    for (uint64_t k = 0; k < cols; ++k) {
      unsigned entry = 1 + 3 + 9 + 27;  // four trits 0
      for (uint64_t r = 0; r < there; ++r)
        entry += static_cast<unsigned>(trits[(first + r) * cols + k]) * kPlace[r];
      strip[kLookup4Tables * k + i] =
          static_cast<uint16_t>(kLookup4EntryBytes * (kLookup4Entries * i + entry));
    }
  }
}

}  // namespace tern
