#pragma once
// "screen3": rows of 3-bit codes in groups of 16, interleaved as x16 rows are (quant/x16.h). The narrow copy
// of a head that models/head_screen.h makes; in memory only.
#include <cstdint>

#include "quant/x16.h"

namespace tern {

constexpr uint64_t kScreen3Block = 32;

/// Bytes of a row of `cols` codes, a multiple of kScreen3Block.
constexpr uint64_t screen3_row_bytes(uint64_t cols) {
  return cols / kScreen3Block * 12;
}

/// Writes a group, 16 * screen3_row_bytes(cols) bytes, from codes in [0, 7]: [16, cols].
void pack_screen3(const uint8_t* codes, uint64_t cols, uint8_t* group);

}  // namespace tern
