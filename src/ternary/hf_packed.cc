// Hugging Face packed: uint8 [q, cols] with q = ceil(rows/4), quarter-stacked.
//
//   packed byte (r, c):   bit 7 6 | 5 4  | 3 2 | 1 0
//   code of row           3q+r     2q+r    q+r    r        (column c); code = trit + 1
//
// Rows at or beyond `rows` are padding: written as code 0, ignored when read.
#include "base/check.h"
#include "base/checked_math.h"
#include "ternary/packing.h"

namespace tern {

Status decode_hf(std::span<const uint8_t> bytes, uint64_t rows, uint64_t cols, int8_t* trits) {
  const uint64_t quarter = ceil_div(rows, 4);
  if (checked_mul(quarter, cols) != bytes.size() || !checked_mul(rows, cols)) {
    return fail(ErrorCode::kBadFile, "packed weight: {} bytes for {} x {}, expected ceil(rows/4) x cols",
                bytes.size(), rows, cols);
  }
  unsigned both_bits = 0;
  for (uint64_t r = 0; r < quarter; ++r) {
    const uint8_t* packed = bytes.data() + r * cols;
    for (uint64_t i = 0; i < 4 && i * quarter + r < rows; ++i) {
      int8_t* row = trits + (i * quarter + r) * cols;
      for (uint64_t c = 0; c < cols; ++c) {
        const unsigned code = (packed[c] >> (2 * i)) & 3u;
        both_bits |= code & (code >> 1);
        row[c] = static_cast<int8_t>(static_cast<int>(code) - 1);
      }
    }
  }
  if (both_bits != 0) {
    return fail(ErrorCode::kBadFile, "packed weight: code 3 found: the file is broken or has another layout");
  }
  return {};
}

void encode_hf(std::span<const int8_t> trits, uint64_t rows, uint64_t cols, uint8_t* bytes) {
  TERN_CHECK(trits.size() == rows * cols);
  const uint64_t quarter = ceil_div(rows, 4);
  for (uint64_t r = 0; r < quarter; ++r) {
    uint8_t* packed = bytes + r * cols;
    for (uint64_t c = 0; c < cols; ++c) packed[c] = 0;
    for (uint64_t i = 0; i < 4 && i * quarter + r < rows; ++i) {
      const int8_t* row = trits.data() + (i * quarter + r) * cols;
      for (uint64_t c = 0; c < cols; ++c) packed[c] |= static_cast<uint8_t>((row[c] + 1) << (2 * i));
    }
  }
}

}  // namespace tern
