#pragma once
// What the kernel tests share: seeded numbers with nasty ones among them, equality of bits, and the kernels
// of a table that this machine can run.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/isa.h"

namespace tern::testing {

/// One line of a kernels.inc.
template <typename Function>
struct Kernel {
  const char* name;
  Isa min_isa;
  Function function;
};

/// The lines that this machine can run. Fails the test when even the scalar one is missing.
template <typename Function>
std::vector<Kernel<Function>> runnable(const std::vector<Kernel<Function>>& lines) {
  std::vector<Kernel<Function>> found;
  const std::vector<Isa> levels = supported_isas();
  for (const Kernel<Function>& line : lines) {
    const bool runs =
        std::any_of(levels.begin(), levels.end(), [&](Isa level) { return isa_allows(level, line.min_isa); });
    if (runs) found.push_back(line);
  }
  EXPECT_FALSE(found.empty());
  EXPECT_FALSE(found.empty() || found.front().min_isa != Isa::kScalar)
      << "the first line is not the scalar kernel";
  return found;
}

/// Equal bits; one NaN is as good as another, whose payload no rule fixes.
inline bool same_bits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

inline void expect_same_bits(const std::vector<float>& expected, const std::vector<float>& actual,
                             const std::string& what) {
  ASSERT_EQ(expected.size(), actual.size()) << what;
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(same_bits(expected[i], actual[i]))
        << what << ": element " << i << " is " << std::hexfloat << actual[i] << ", not " << expected[i];
  }
}

/// The seed of this run: TERN_TEST_SEED, or a new one. Tests print it with what fails.
inline uint64_t test_seed() {
  static const uint64_t seed = [] {
    const char* forced = std::getenv("TERN_TEST_SEED");
    return forced != nullptr ? std::strtoull(forced, nullptr, 10) : std::random_device{}();
  }();
  return seed;
}

class Random {
 public:
  explicit Random(uint64_t salt) : engine_(test_seed() + salt) {}
  int64_t integer(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine_);
  }
  uint64_t bits() { return engine_(); }
  float normal() { return std::normal_distribution<float>()(engine_); }
  /// Mostly normal; one in eight a zero of either sign, a denormal, something tiny or something large.
  float nasty() {
    switch (integer(0, 39)) {
      case 0:
        return 0.0f;
      case 1:
        return -0.0f;
      case 2:
        return normal() * 1e-40f;
      case 3:
        return normal() * 1e-30f;
      case 4:
        return normal() * 1e15f;
      default:
        return normal();
    }
  }
  std::vector<float> nasty_vector(int64_t n) {
    std::vector<float> values(static_cast<size_t>(n));
    for (float& value : values) value = nasty();
    return values;
  }
  std::vector<float> normal_vector(int64_t n) {
    std::vector<float> values(static_cast<size_t>(n));
    for (float& value : values) value = normal();
    return values;
  }

 private:
  std::mt19937_64 engine_;
};

/// n bytes, exactly as long as promised (a sanitizer sees a read beyond), at an address that is `offset`
/// mod 16.
class MisalignedBytes {
 public:
  MisalignedBytes(size_t n, size_t offset) : offset_(offset % 16), bytes_(n + offset_) {}
  uint8_t* data() { return bytes_.data() + offset_; }

 private:
  size_t offset_;
  std::vector<uint8_t> bytes_;
};

constexpr float kPoison = -12345.678f;  // what no kernel computes; outputs are filled with it
constexpr double kEpsilon =
    std::numeric_limits<float>::epsilon() / 2;  // relative error of one float32 rounding

}  // namespace tern::testing

#define TERN_TRACE_SEED() SCOPED_TRACE("TERN_TEST_SEED=" + std::to_string(::tern::testing::test_seed()))
