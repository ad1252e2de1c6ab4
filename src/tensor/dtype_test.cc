#include "tensor/dtype.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(DType, BytesAreWholeBlocks) {
  EXPECT_EQ(dtype_bytes(DType::kF32, 3), 12u);
  EXPECT_EQ(dtype_bytes(DType::kBF16, 3), 6u);
  EXPECT_EQ(dtype_bytes(DType::kQ8_0, 64), 68u);
  EXPECT_EQ(dtype_bytes(DType::kQ8_0, 65), std::nullopt);
  EXPECT_EQ(dtype_bytes(DType::kQ4_1, 32), 20u);
  EXPECT_EQ(dtype_bytes(DType::kQ6_K, 512), 420u);
  EXPECT_EQ(dtype_bytes(DType::kQ5_0, 96), 66u);
  EXPECT_EQ(dtype_bytes(DType::kQ4_K, 256), 144u);
  EXPECT_EQ(dtype_bytes(DType::kQ4_K, 288), std::nullopt);
  EXPECT_EQ(dtype_bytes(DType::kTQ1_0, 256), 54u);
  EXPECT_EQ(dtype_bytes(DType::kTQ2_0, 256), 66u);
  EXPECT_EQ(dtype_bytes(DType::kI2_S, 128), 64u);
  EXPECT_EQ(dtype_bytes(DType::kI2_S, 127), std::nullopt);
  EXPECT_EQ(dtype_bytes(DType::kU8, 7), 7u);
}

TEST(DType, BytesNeverOverflow) {
  EXPECT_EQ(dtype_bytes(DType::kF32, UINT64_MAX), std::nullopt);
  EXPECT_EQ(dtype_bytes(DType::kF32, uint64_t{1} << 62), std::nullopt);
  EXPECT_EQ(dtype_bytes(DType::kQ8_0, UINT64_MAX / 32 * 32), std::nullopt);
  EXPECT_NE(dtype_bytes(DType::kI2_S, uint64_t{1} << 63), std::nullopt);
}

TEST(DType, GgufIds) {
  EXPECT_EQ(dtype_from_gguf(0), DType::kF32);
  EXPECT_EQ(dtype_from_gguf(2), DType::kQ4_0);
  EXPECT_EQ(dtype_from_gguf(13), DType::kQ5_K);
  EXPECT_EQ(dtype_from_gguf(20), DType::kIQ4_NL);
  EXPECT_EQ(dtype_from_gguf(36), DType::kI2_S);
  for (const uint32_t id : {4u, 5u, 9u, 15u, 16u, 31u, 37u, 38u, 42u, 0xffffffffu})
    EXPECT_EQ(dtype_from_gguf(id), std::nullopt) << id;
}

TEST(DType, Ternary) {
  EXPECT_TRUE(dtype_is_ternary(DType::kI2_S));
  EXPECT_TRUE(dtype_is_ternary(DType::kTQ1_0));
  EXPECT_TRUE(dtype_is_ternary(DType::kTQ2_0));
  EXPECT_FALSE(dtype_is_ternary(DType::kU8));
  EXPECT_FALSE(dtype_is_ternary(DType::kQ8_0));
}

}  // namespace
}  // namespace tern
