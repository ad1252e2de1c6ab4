// Conversions against values computed from the formats' definitions, not from bit tricks.
#include "tensor/float16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tern {
namespace {

bool same_bits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}

/// (-1)^s * m * 2^e, by IEEE 754's definition of binary16; infinity and NaN are left out.
double f16_value(uint16_t bits) {
  const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST(Float16, EveryPatternToFloat) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = f16_to_f32(static_cast<uint16_t>(bits));
    if ((bits & 0x7c00) != 0x7c00) {
      EXPECT_TRUE(same_bits(value, static_cast<float>(f16_value(static_cast<uint16_t>(bits))))) << bits;
    } else if ((bits & 0x3ff) == 0) {
      EXPECT_EQ(value, (bits & 0x8000) != 0 ? -HUGE_VALF : HUGE_VALF);
    } else {
      EXPECT_TRUE(std::isnan(value)) << bits;
    }
    const uint16_t back = f32_to_f16(value);
    EXPECT_EQ(back,
              (bits & 0x7c00) == 0x7c00 && (bits & 0x3ff) != 0 ? bits | 0x200 : bits);  // NaN is made quiet
  }
}

TEST(Float16, RoundsHalfToEvenBetweenEveryPairOfNeighbours) {
  for (uint32_t sign : {0u, 0x8000u}) {
    for (uint32_t low = 0; low < 0x7c00; ++low) {
      const double a = f16_value(static_cast<uint16_t>(low));
      const double b =
          low == 0x7bff ? 65536.0 : f16_value(static_cast<uint16_t>(low + 1));  // what 65504's next would be
      const auto middle = static_cast<float>((a + b) / 2);  // exact: one more bit than f16 has
      const uint32_t even = low % 2 == 0 ? low : low + 1;
      const auto signed_f16 = [&](float v) { return f32_to_f16(sign != 0 ? -v : v); };
      EXPECT_EQ(signed_f16(middle), sign | even);
      EXPECT_EQ(signed_f16(std::nextafter(middle, 0.0f)), sign | low);
      EXPECT_EQ(signed_f16(std::nextafter(middle, HUGE_VALF)), sign | (low + 1));
    }
  }
}

TEST(Float16, FarValues) {
  EXPECT_EQ(f32_to_f16(1e-45f), 0);
  EXPECT_EQ(f32_to_f16(-1e-45f), 0x8000);
  EXPECT_EQ(f32_to_f16(std::numeric_limits<float>::max()), 0x7c00);
  EXPECT_EQ(f32_to_f16(-HUGE_VALF), 0xfc00);
  const uint16_t nan =
      f32_to_f16(std::bit_cast<float>(0x7f800001u));  // its payload has no bit that f16 keeps
  EXPECT_TRUE(std::isnan(f16_to_f32(nan)));
}

TEST(BFloat16, EveryPatternToFloatAndBack) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = bf16_to_f32(static_cast<uint16_t>(bits));
    EXPECT_EQ(std::bit_cast<uint32_t>(value), bits << 16);
    const bool nan = (bits & 0x7fff) > 0x7f80;
    EXPECT_EQ(f32_to_bf16(value), nan ? bits | 0x40 : bits);
  }
}

TEST(BFloat16, RoundsHalfToEvenBetweenEveryPairOfNeighbours) {
  for (uint32_t sign : {0u, 0x8000u}) {
    for (uint32_t low = 0; low < 0x7f80; ++low) {
      const double a = bf16_to_f32(static_cast<uint16_t>(low));
      const double b = low == 0x7f7f ? 0x1p128 : bf16_to_f32(static_cast<uint16_t>(low + 1));
      const auto middle = static_cast<float>((a + b) / 2);
      const uint32_t even = low % 2 == 0 ? low : low + 1;
      const auto signed_bf16 = [&](float v) { return f32_to_bf16(sign != 0 ? -v : v); };
      EXPECT_EQ(signed_bf16(middle), sign | even);
      EXPECT_EQ(signed_bf16(std::nextafter(middle, 0.0f)), sign | low);
      EXPECT_EQ(signed_bf16(std::nextafter(middle, HUGE_VALF)), sign | (low + 1));
    }
  }
  EXPECT_TRUE(std::isnan(bf16_to_f32(f32_to_bf16(std::bit_cast<float>(0xff800001u)))));
}

}  // namespace
}  // namespace tern
