#include "tokenizer/pair_table.h"

#include <gtest/gtest.h>

#include <random>

namespace tern {
namespace {

using Inserted = PairTable::Inserted;

TEST(PairTable, FindsWhatWentIn) {
  constexpr uint32_t kPairs = 300'000;
  for (const bool in_order : {true, false}) {
    std::mt19937 random(1);
    std::vector<std::pair<int32_t, int32_t>> pairs;
    for (uint32_t i = 0; i < kPairs; ++i) {
      if (in_order) {
        pairs.emplace_back(i % 1000, i / 1000);
      } else {
        pairs.emplace_back(random() % 128'000, random() % 128'000);
      }
    }
    PairTable table(pairs.size());
    std::vector<bool> is_new;
    for (uint32_t i = 0; i < kPairs; ++i) {
      const Inserted inserted = table.insert(pairs[i].first, pairs[i].second, {i, static_cast<int32_t>(i)});
      ASSERT_NE(inserted, Inserted::kCrowded);
      is_new.push_back(inserted == Inserted::kYes);
      ASSERT_EQ(table.insert(pairs[i].first, pairs[i].second, {0, 0}), Inserted::kKnown);
    }
    for (uint32_t i = 0; i < kPairs; ++i) {
      if (is_new[i]) {
        ASSERT_EQ(table.find(pairs[i].first, pairs[i].second).rank, i);
      }
    }
    for (int32_t id = 0; id < 1000; ++id) EXPECT_EQ(table.find(200'000, id).rank, PairTable::kNoRank);
  }
}

/// Ids that all belong to the same place: for each right one there is a left one.
TEST(PairTable, ChosenIdsTakeNoTime) {
  constexpr uint64_t kFactor = 0x9E3779B97F4A7C15u;
  constexpr uint32_t kPairs = 400'000, kMask = (1u << 20) - 1;
  uint32_t inverse = 1;  // of the factor modulo 2^32, by Newton
  for (int i = 0; i < 5; ++i) inverse *= 2 - static_cast<uint32_t>(kFactor) * inverse;
  PairTable table(kPairs);
  uint32_t crowded = 0;
  for (uint32_t right = 0; right < kPairs; ++right) {
    const auto carried = static_cast<uint32_t>(right * kFactor >> 32);
    const uint32_t left = (0u - carried) * inverse & kMask;
    crowded += table.insert(static_cast<int32_t>(left), static_cast<int32_t>(right), {right, 0}) ==
               Inserted::kCrowded;
  }
  EXPECT_GT(crowded, kPairs - 2000);
}

}  // namespace
}  // namespace tern
