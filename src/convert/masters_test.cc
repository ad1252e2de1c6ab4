#include "convert/masters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tensor/float16.h"
#include "ternary/absmean.h"

namespace tern {
namespace {

std::vector<int8_t> random_trits(size_t n, uint32_t nonzero_percent, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<int8_t> trits(n);
  for (int8_t& trit : trits) {
    if (random() % 100 < nonzero_percent) trit = random() % 2 == 0 ? 1 : -1;
  }
  return trits;
}

/// The masters as floats, written in pieces of `piece`.
std::vector<float> masters_of(const std::vector<int8_t>& trits, const MasterMix& mix, uint64_t nonzero,
                              size_t piece) {
  std::vector<uint16_t> bits(trits.size());
  MasterStream stream(mix, nonzero);
  for (size_t i = 0; i < trits.size(); i += piece) {
    stream.next(std::span(trits).subspan(i, std::min(piece, trits.size() - i)), bits.data() + i);
  }
  std::vector<float> masters;
  for (const uint16_t b : bits) masters.push_back(bf16_to_f32(b));
  return masters;
}

struct Outcome {
  bool trits = false, predicted = false, scale = false;
};

/// What THE absmean makes of the masters.
Outcome quantize_again(const std::vector<int8_t>& trits, float scale) {
  const auto nonzero =
      static_cast<uint64_t>(std::count_if(trits.begin(), trits.end(), [](int8_t trit) { return trit != 0; }));
  const MasterMix mix = find_master_mix(nonzero, trits.size(), scale);
  const std::vector<float> masters = masters_of(trits, mix, nonzero, 1000);
  const float absmean = *absmean_scale(masters);
  std::vector<int8_t> again(trits.size());
  absmean_quantize(masters, absmean, again.data());
  return {again == trits, absmean == mix.absmean, absmean == scale};
}

TEST(Masters, LargeMatricesGiveTritsAndScaleBack) {
  std::mt19937 random(1);
  for (const uint32_t percent : {30u, 66u, 100u}) {
    const std::vector<int8_t> trits = random_trits(300000, percent, percent);
    for (int i = 0; i < 12; ++i) {
      const float scale = std::ldexp(1.0f + static_cast<float>(random() >> 9) * 0x1p-23f, -1 - i);
      const Outcome outcome = quantize_again(trits, scale);
      EXPECT_TRUE(outcome.trits && outcome.predicted && outcome.scale) << percent << "% " << scale;
    }
  }
}

TEST(Masters, ScalesAtTheEdges) {
  const std::vector<int8_t> trits = random_trits(300000, 66, 7);
  for (const float scale : {1e-5f, std::nextafter(1e-5f, 1.0f), 1.0f, 0.99999994f, 65504.0f, 1e20f}) {
    const Outcome outcome = quantize_again(trits, scale);
    EXPECT_TRUE(outcome.trits && outcome.predicted && outcome.scale) << scale;
  }
  // Out of reach of an absmean, or of bf16: the trits are kept, and the absmean is the one promised.
  for (const float scale : {0.0f, 1e-45f, 1e-30f, 1e-6f, 9e-6f, 1e35f, 3.4e38f}) {
    const Outcome outcome = quantize_again(trits, scale);
    EXPECT_TRUE(outcome.trits && outcome.predicted && !outcome.scale) << scale;
  }
}

TEST(Masters, SmallAndSparseMatricesKeepTheirTrits) {
  std::mt19937 random(2);
  for (const size_t n : {1u, 2u, 17u, 1600u, 100000u}) {
    for (int i = 0; i < 20; ++i) {
      std::vector<int8_t> trits(n);
      trits[random() % n] = 1;  // one of many: its weight is n times the scale
      trits[random() % n] = -1;
      const float scale =
          std::ldexp(1.0f + static_cast<float>(random() >> 9) * 0x1p-23f, -static_cast<int>(random() % 16));
      const Outcome outcome = quantize_again(trits, scale);
      EXPECT_TRUE(outcome.trits && outcome.predicted) << n << " " << scale;
    }
  }
}

TEST(Masters, ZerosHaveTheLeastScale) {
  const Outcome outcome = quantize_again(std::vector<int8_t>(4096), 1e-5f);
  EXPECT_TRUE(outcome.trits && outcome.predicted && outcome.scale);
}

}  // namespace
}  // namespace tern
