#include "base/checksum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace tern {
namespace {

std::vector<uint8_t> random_bytes(size_t n) {
  std::mt19937 random(7);
  std::vector<uint8_t> bytes(n);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

uint64_t checksum_of(std::span<const uint8_t> bytes) {
  Checksum checksum;
  checksum.add(bytes);
  return checksum.value();
}

/// The definition once more, word by word, without pieces.
uint64_t checksum_by_hand(std::vector<uint8_t> bytes) {
  const auto mixed = [](uint64_t x) {
    x *= 0x9E3779B97F4A7C15u;
    return x ^ (x >> 32);
  };
  uint64_t lanes[] = {1, 2, 3, 4};
  const uint64_t length = bytes.size();
  bytes.resize((length / 32 + 1) * 32, 0);
  for (size_t i = 0; i < bytes.size(); i += 8) {
    uint64_t word = 0;
    for (size_t b = 0; b < 8; ++b) word |= uint64_t{bytes[i + b]} << (8 * b);
    uint64_t& lane = lanes[i / 8 % 4];
    lane = mixed(lane ^ word);
  }
  uint64_t value = mixed(length);
  for (const uint64_t lane : lanes) value = mixed(value ^ lane);
  return mixed(value);
}

TEST(Checksums, AreTheDefinitionInAnyPieces) {
  const std::vector<uint8_t> bytes = random_bytes(300);
  for (size_t n = 0; n <= bytes.size(); ++n) {
    const auto part = std::span(bytes).first(n);
    const uint64_t expected = checksum_by_hand({part.begin(), part.end()});
    ASSERT_EQ(checksum_of(part), expected) << n;
    for (const size_t step : {1, 7, 31, 33, 64}) {
      Checksum pieces;
      for (size_t i = 0; i < n; i += step) {
        pieces.add(part.subspan(i, std::min(step, n - i)));
        (void)pieces.value();  // changes nothing
      }
      ASSERT_EQ(pieces.value(), expected) << n << " in pieces of " << step;
    }
  }
}

TEST(Checksums, TellFlippedBitsZerosAndOrder) {
  std::vector<uint8_t> bytes = random_bytes(100);
  std::set<uint64_t> values = {checksum_of(bytes)};
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_TRUE(values.insert(checksum_of(bytes)).second) << bit;
    bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  const std::vector<uint8_t> zeros(100);
  for (size_t n = 0; n <= zeros.size(); ++n) {
    EXPECT_TRUE(values.insert(checksum_of(std::span(zeros).first(n))).second) << n;
  }
  std::rotate(bytes.begin(), bytes.begin() + 32, bytes.end());
  EXPECT_TRUE(values.insert(checksum_of(bytes)).second);
}

}  // namespace
}  // namespace tern
