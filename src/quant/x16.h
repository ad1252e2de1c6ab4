#pragma once
// "x16": rows of a block format in groups of 16, interleaved by 4 bytes, so that a vector register holds the
// same columns of several rows and sums need no horizontal step. In memory only; x16.cc draws it.
#include <cstdint>
#include <span>

#include "tensor/dtype.h"

namespace tern {

constexpr uint64_t kX16Rows = 16;

/// Bytes of a matrix whose rows take row_bytes in its file; the last group is filled up with zero rows.
constexpr uint64_t x16_bytes(uint64_t rows, uint64_t row_bytes) {
  return (rows + kX16Rows - 1) / kX16Rows * kX16Rows * row_bytes;
}

/// Writes a group, 16 * row_bytes bytes, from 1 to 16 rows in their file's layout. `dtype` is one of
/// quant/block_formats.inc.
void interleave_x16(DType dtype, std::span<const uint8_t* const> rows, uint64_t row_bytes, uint8_t* group);

}  // namespace tern
