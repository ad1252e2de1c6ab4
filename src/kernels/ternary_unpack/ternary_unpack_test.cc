#include "kernels/ternary_unpack/ternary_unpack.h"

#include "base/aligned_buffer.h"
#include "kernels/testing.h"
#include "ternary/packing.h"

namespace tern::testing {
namespace {

static_assert(kT5PieceBytes == TERN_T5_PIECE && kT5PieceFrom == TERN_T5_FROM);

const std::vector<Kernel<TernTernaryUnpackFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/ternary_unpack/kernels.inc"
#undef TERN_KERNEL
};

std::vector<uint8_t> unpack(TernTernaryUnpackFn kernel, const AlignedBuffer<uint8_t>& packed) {
  const size_t pieces = packed.size() / TERN_T5_PIECE;
  AlignedBuffer<uint8_t> t2(pieces * TERN_T5_FROM);
  const TernTernaryUnpack args{packed.data(), pieces, t2.data()};
  kernel(&args);
  return {t2.data(), t2.data() + t2.size()};
}

// A group of rows comes back as it was, and what fills the last piece is trit 0.
TEST(TernaryUnpack, GivesBackWhatWasPacked) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const auto& kernel : runnable(kLines)) {
    for (const uint64_t cols : {1, 128, 129, 640, 1000, 2560, 6912}) {
      const uint64_t row_bytes = t2_row_bytes(cols);
      std::vector<uint8_t> rows(kT2GroupRows * row_bytes), group(rows.size());
      for (uint64_t r = 0; r < kT2GroupRows; ++r) {
        std::vector<int8_t> trits(cols);
        for (int8_t& trit : trits) trit = static_cast<int8_t>(random.integer(-1, 1));
        encode_t2_row(trits.data(), cols, rows.data() + r * row_bytes);
      }
      interleave_t2_group(rows.data(), row_bytes, kT2GroupRows, group.data());
      AlignedBuffer<uint8_t> packed(t5_pieces(row_bytes) * kT5PieceBytes);
      pack_t5_group(group.data(), row_bytes, packed.data());
      const std::vector<uint8_t> t2 = unpack(kernel.function, packed);
      ASSERT_TRUE(std::equal(group.begin(), group.end(), t2.begin()))
          << kernel.name << ", " << cols << " columns";
      EXPECT_TRUE(std::all_of(t2.begin() + static_cast<ptrdiff_t>(group.size()), t2.end(),
                              [](uint8_t byte) { return byte == 0x55; }));
    }
  }
}

TEST(TernaryUnpack, EveryByteThatPackingMakes) {
  AlignedBuffer<uint8_t> packed(4 * TERN_T5_PIECE);
  for (size_t i = 0; i < packed.size(); ++i)
    packed[i] = static_cast<uint8_t>((i + i / TERN_T5_PIECE * 61) % 243);
  const std::vector<uint8_t> expected = unpack(ternary_unpack_t5_t2_scalar, packed);
  for (const auto& kernel : runnable(kLines))
    EXPECT_EQ(unpack(kernel.function, packed), expected) << kernel.name;
}

// Against the definition in words: the value of a byte in base 3.
TEST(TernaryUnpack, ScalarCountsInBaseThree) {
  AlignedBuffer<uint8_t> packed(TERN_T5_PIECE);
  packed[64 * 2 + 5] = 1 * 81 + 2 * 27 + 0 * 9 + 1 * 3 + 2;
  const std::vector<uint8_t> t2 = unpack(ternary_unpack_t5_t2_scalar, packed);
  EXPECT_EQ(t2[64 * 2 + 5], 0b10000110);
  EXPECT_EQ(t2[64 * 4 + 5], 0b00000100);  // code 2 of the fifth unit's byte
}

}  // namespace
}  // namespace tern::testing
