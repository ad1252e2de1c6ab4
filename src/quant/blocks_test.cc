// Decoders and the Q8_0 encoder against gguf-py (tests/golden/formats/generate.py); Q6_K encoding against
// bounds.
#include "quant/blocks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "base/testing.h"
#include "tensor/float16.h"

namespace tern {
namespace {

using Bytes = std::vector<uint8_t>;

// The values of a .npy file of the goldens; src/quant may not include src/io, and their header is always 128
// bytes.
std::vector<float> golden_values(const std::string& name) {
  const std::string file = testing::read_file(testing::golden("formats/" + name));
  EXPECT_GT(file.size(), 128u);
  std::vector<float> values((file.size() - 128) / sizeof(float));
  std::memcpy(values.data(), file.data() + 128, values.size() * sizeof(float));
  return values;
}

Bytes encode(DType dtype, const std::vector<float>& values) {
  Bytes bytes(*dtype_bytes(dtype, values.size()));
  const Status status = quantize(dtype, values.data(), values.size(), bytes.data());
  EXPECT_TRUE(status) << status.error().message();
  return bytes;
}

std::vector<float> decode(DType dtype, const Bytes& bytes, size_t n) {
  std::vector<float> values(n);
  const Status status = dequantize(dtype, bytes.data(), n, values.data());
  EXPECT_TRUE(status) << status.error().message();
  return values;
}

TEST(Blocks, Q8EncoderGivesTheBytesOfGgufPy) {
  const std::string expected = testing::read_file(testing::golden("formats/quantize_q8_0.bin"));
  const Bytes bytes = encode(DType::kQ8_0, golden_values("quantize_in.npy"));
  ASSERT_EQ(bytes.size(), expected.size());
  EXPECT_EQ(std::memcmp(bytes.data(), expected.data(), bytes.size()), 0);
}

TEST(Blocks, Q8RoundsHalfAwayFromZero) {
  std::vector<float> values(32, 0.0f);
  values[0] = 127.0f;  // d = 1
  values[1] = 0.5f;
  values[2] = -2.5f;
  const Bytes bytes = encode(DType::kQ8_0, values);
  EXPECT_EQ(static_cast<int8_t>(bytes[2]), 127);
  EXPECT_EQ(static_cast<int8_t>(bytes[3]), 1);
  EXPECT_EQ(static_cast<int8_t>(bytes[4]), -3);
  for (int q = 0; q < 126; ++q) {
    const float half = static_cast<float>(q) + 0.5f;
    values[1] = half;
    values[2] = -half;
    values[3] = std::nextafter(half, 0.0f);
    values[4] = -values[3];
    const Bytes around = encode(DType::kQ8_0, values);
    for (int j = 1; j <= 4; ++j)
      EXPECT_EQ(static_cast<int8_t>(around[2 + j]), std::round(values[j])) << values[j];
  }
}

TEST(Blocks, Q4DecodesProductThenSum) {
  Bytes block(20);
  const uint16_t d = f32_to_f16(0.1f), m = f32_to_f16(-0.7f);
  std::memcpy(block.data(), &d, 2);
  std::memcpy(block.data() + 2, &m, 2);
  for (int j = 0; j < 16; ++j) block[4 + j] = static_cast<uint8_t>(j | (15 - j) << 4);
  const auto values = decode(DType::kQ4_1, block, 32);
  for (int j = 0; j < 16; ++j) {
    const volatile float low = static_cast<float>(j) * f16_to_f32(d);
    const volatile float high = static_cast<float>(15 - j) * f16_to_f32(d);
    EXPECT_EQ(values[j], low + f16_to_f32(m));
    EXPECT_EQ(values[16 + j], high + f16_to_f32(m));
  }
}

double squared_error(const float* a, const float* b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    sum += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
  return sum;
}

/// What plain rounding to 6 bits would give with an exact float scale for each 16 values.
double plain_error(const float* x) {
  double sum = 0;
  for (int g = 0; g < 16; ++g) {
    double absmax = 0;
    for (int i = 0; i < 16; ++i) absmax = std::max(absmax, std::fabs(static_cast<double>(x[16 * g + i])));
    const double step = absmax / 31;
    for (int i = 0; i < 16 && step > 0; ++i) {
      const double v = x[16 * g + i];
      sum += std::pow(v - std::nearbyint(v / step) * step, 2);
    }
  }
  return sum;
}

TEST(Blocks, Q6EncoderIsCloseAndBeatsPlainRounding) {
  std::mt19937 random(6);
  std::normal_distribution<float> normal(0, 1);
  for (const float size : {1e-5f, 0.02f, 1.0f, 3e4f}) {
    constexpr size_t kBlocks = 64;
    std::vector<float> values(256 * kBlocks);
    for (float& v : values) v = normal(random) * size;
    const auto decoded = decode(DType::kQ6_K, encode(DType::kQ6_K, values), values.size());
    double error = 0, plain = 0, power = 0;
    for (size_t b = 0; b < kBlocks; ++b) {
      const float* x = values.data() + 256 * b;
      float absmax = 0;
      for (int i = 0; i < 256; ++i) absmax = std::max(absmax, std::fabs(x[i]));
      for (int i = 0; i < 256; ++i) {
        // At most one and a half steps (half of rounding, one of clamping +32 to +31), a step being at most
        // absmax/30, and 32 times half a unit of sc, absmax/30/128: 0.054 absmax in all. The smallest f16
        // adds 32 * 2^-25.
        EXPECT_NEAR(decoded[256 * b + i], x[i], 0.055f * absmax + 0x1p-20f);
      }
      error += squared_error(x, decoded.data() + 256 * b, 256);
      plain += plain_error(x);
      for (int i = 0; i < 256; ++i) power += static_cast<double>(x[i]) * x[i];
    }
    if (size < 1e-4f) continue;  // the block's scale is a subnormal f16: only the bound above holds
    EXPECT_LT(error, 0.85 * plain) << size;  // the search is worth a fifth; without it this is 1.00
    EXPECT_LT(std::sqrt(error / power), 0.02) << size;
  }
}

TEST(Blocks, Q6EncoderOnEdges) {
  EXPECT_EQ(decode(DType::kQ6_K, encode(DType::kQ6_K, std::vector<float>(256, 0.0f)), 256),
            std::vector<float>(256, 0.0f));
  const auto constant = decode(DType::kQ6_K, encode(DType::kQ6_K, std::vector<float>(256, -0.25f)), 256);
  for (const float v : constant)
    EXPECT_NEAR(v, -0.25f, 0.25f * 0x1p-10f);  // an f16 scale: half an ulp is 2^-11
  for (const float tiny : {std::numeric_limits<float>::denorm_min(), 1e-38f, 1e-30f, 1e-9f}) {
    for (const float v : decode(DType::kQ6_K, encode(DType::kQ6_K, std::vector<float>(256, tiny)), 256)) {
      EXPECT_NEAR(v, 0.0f, 0x1p-20f);
    }
  }
  std::vector<float> uneven(256, 1e-3f);
  uneven[255] = 1000.0f;
  EXPECT_NEAR(decode(DType::kQ6_K, encode(DType::kQ6_K, uneven), 256)[255], 1000.0f, 1000.0f / 64);
  std::vector<float> largest(256, 65504.0f * 3900);  // 31 * 128 * 65504 is about the most a block holds
  EXPECT_NEAR(decode(DType::kQ6_K, encode(DType::kQ6_K, largest), 256)[7], largest[7], largest[7] / 64);
}

TEST(Blocks, EncodersRefuseWhatTheyCannotHold) {
  Bytes out(4096);
  std::vector<float> values(256, 1.0f);
  const auto code = [&](DType dtype, float bad) {
    values[200] = bad;
    const Status status = quantize(dtype, values.data(), values.size(), out.data());
    return status ? std::string("ok") : std::string(error_name(status.error().code()));
  };
  const float infinity = std::numeric_limits<float>::infinity(),
              nan = std::numeric_limits<float>::quiet_NaN();
  for (const DType dtype : {DType::kQ8_0, DType::kQ6_K}) {
    for (const float bad : {infinity, -infinity, nan, 1e38f}) EXPECT_EQ(code(dtype, bad), "non_finite");
  }
  EXPECT_EQ(code(DType::kF16, 65520.0f), "non_finite");
  EXPECT_EQ(code(DType::kF16, 65519.0f), "ok");
  EXPECT_EQ(code(DType::kF16, infinity), "ok");
  EXPECT_EQ(code(DType::kBF16, std::numeric_limits<float>::max()), "non_finite");
  EXPECT_EQ(code(DType::kF32, nan), "ok");
  for (const DType dtype : {DType::kQ4_1, DType::kTQ1_0, DType::kI2_S, DType::kU8})
    EXPECT_EQ(code(dtype, 1), "unsupported");
}

TEST(Blocks, PartialBlocksAndForeignTypesAreRefused) {
  float out[256];
  const Bytes bytes(256);
  EXPECT_EQ(dequantize(DType::kQ8_0, bytes.data(), 31, out).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(dequantize(DType::kQ6_K, bytes.data(), 128, out).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(dequantize(DType::kTQ2_0, bytes.data(), 256, out).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(dequantize(DType::kU8, bytes.data(), 4, out).error().code(), ErrorCode::kUnsupported);
}

TEST(Blocks, Q8StoresBlocksBelowItsScaleAsZero) {
  // 1/d overflows: such a block must not turn into whatever infinity converts to.
  EXPECT_EQ(encode(DType::kQ8_0, std::vector<float>(32, 3e-38f)), Bytes(34, 0));
  EXPECT_EQ(encode(DType::kQ8_0, std::vector<float>(32, -0.0f)), Bytes(34, 0));
}

}  // namespace
}  // namespace tern
