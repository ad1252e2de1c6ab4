// The layouts that kernels take, against the plain t2 rows that they are made of.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "ternary/packing.h"

namespace tern {
namespace {

struct Matrix {
  Matrix(uint64_t rows_, uint64_t cols_, std::mt19937& random)
      : rows(rows_), cols(cols_), trits(rows_ * cols_), t2(rows_ * t2_row_bytes(cols_)) {
    for (int8_t& trit : trits) trit = static_cast<int8_t>(static_cast<int>(random() % 3) - 1);
    for (uint64_t r = 0; r < rows; ++r) encode_t2_row(&trits[r * cols], cols, &t2[r * t2_row_bytes(cols)]);
  }
  uint64_t rows, cols;
  std::vector<int8_t> trits;
  std::vector<uint8_t> t2;
};

constexpr std::pair<uint64_t, uint64_t> kShapes[] = {{1, 1},     {15, 127}, {16, 128},  {17, 129},
                                                     {33, 640},  {128, 64}, {129, 300}, {260, 1},
                                                     {256, 256}, {384, 130}};

TEST(Layouts, InterleavedRowsComeBackAndPaddingIsZero) {
  std::mt19937 random(5);
  for (const auto& [rows, cols] : kShapes) {
    const Matrix matrix(rows, cols, random);
    const uint64_t row_bytes = t2_row_bytes(cols);
    std::vector<uint8_t> groups(t2x16_bytes(rows, cols));
    for (uint64_t r = 0; r < rows; r += kT2GroupRows) {
      interleave_t2_group(&matrix.t2[r * row_bytes], row_bytes, std::min(kT2GroupRows, rows - r),
                          &groups[r * row_bytes]);
    }
    std::vector<int8_t> row(cols);
    for (uint64_t r = 0; r < groups.size() / row_bytes; ++r) {
      decode_t2x16_row(groups.data(), r, cols, row.data());
      const std::vector<int8_t> expected =
          r < rows ? std::vector<int8_t>(&matrix.trits[r * cols], &matrix.trits[r * cols] + cols)
                   : std::vector<int8_t>(cols, 0);
      ASSERT_EQ(row, expected) << rows << " x " << cols << ", row " << r;
    }
  }
}

TEST(Layouts, InterleavingFollowsTheDrawing) {
  std::mt19937 random(6);
  const Matrix matrix(16, 256, random);
  std::vector<uint8_t> group(16 * 64);
  interleave_t2_group(matrix.t2.data(), 64, 16, group.data());
  for (uint64_t r = 0; r < 16; ++r) {
    for (uint64_t k = 0; k < 256; ++k) {
      const uint64_t m = k % 32, unit = k / 128 * 8 + m / 4;
      const int code = (group[64 * unit + 4 * r + m % 4] >> (6 - k % 128 / 32 * 2)) & 3;
      ASSERT_EQ(code - 1, matrix.trits[r * 256 + k]) << r << ", " << k;
    }
  }
}

TEST(Layouts, TransposedRowsAreTheColumns) {
  std::mt19937 random(7);
  for (const auto& [rows, cols] : kShapes) {
    const Matrix matrix(rows, cols, random);
    std::vector<uint8_t> columns(t2_columns_bytes(rows, cols));
    const uint64_t blocks = t2_row_bytes(rows) / kT2BlockBytes;
    for (uint64_t b = 0; b < blocks; ++b) transpose_t2_block(matrix.t2.data(), rows, cols, b, columns.data());
    for (uint64_t c = 0; c < cols; ++c) {
      for (uint64_t b = 0; b < blocks; ++b) {
        int8_t block[kT2BlockElements];
        decode_t2_row(&columns[b / 2 * 64 * cols + 64 * c + b % 2 * 32], kT2BlockElements, block);
        for (uint64_t i = 0; i < kT2BlockElements; ++i) {
          const uint64_t r = b * kT2BlockElements + i;
          ASSERT_EQ(block[i], r < rows ? matrix.trits[r * cols + c] : 0)
              << rows << " x " << cols << ": " << r << ", " << c;
        }
      }
    }
  }
}

TEST(Layouts, WorkedExamplesOfTheKernelsLayouts) {
  const int8_t trits[] = {1, -1, 0, -1, -1, 1};  // docs/formats.md: 2 x 3
  std::vector<uint8_t> rows(64), group(512), packed(512);
  for (size_t r = 0; r < 2; ++r) encode_t2_row(trits + 3 * r, 3, rows.data() + 32 * r);
  interleave_t2_group(rows.data(), 32, 2, group.data());
  EXPECT_EQ(std::vector<uint8_t>(group.begin(), group.begin() + 12),
            (std::vector<uint8_t>{0x95, 0x15, 0x55, 0x55, 0x15, 0x15, 0x95, 0x55, 0x55, 0x55, 0x55, 0x55}));
  ASSERT_EQ(t5_pieces(32), 2u);
  pack_t5_group(group.data(), 32, packed.data());
  EXPECT_EQ(std::vector<uint8_t>(packed.begin(), packed.begin() + 8),
            (std::vector<uint8_t>{148, 94, 121, 121, 94, 94, 148, 121}));
}

}  // namespace
}  // namespace tern
