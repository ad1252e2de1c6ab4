#pragma once
// Draws that are the same on every machine and for ever: files are made with them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace tern {

/// xoshiro256++ seeded by SplitMix64 (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
/// 2018).
class SeededRandom {
 public:
  /// Streams of one seed are independent.
  SeededRandom(uint64_t seed, uint64_t stream) {
    uint64_t x = seed * 0x9E3779B97F4A7C15ull ^ (stream + 1) * 0xD1B54A32D192ED03ull;
    for (uint64_t& word : state_) {
      x += 0x9E3779B97F4A7C15ull;
      uint64_t z = x;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
      word = z ^ (z >> 31);
    }
  }

  uint64_t next() {
    const uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// In [0, n), n > 0; as nearly uniform as n is small against 2^32.
  uint64_t below(uint64_t n) {
    const uint64_t bits = next();
    return n <= UINT32_MAX ? (bits >> 32) * n >> 32 : bits % n;
  }
  /// In [low, high].
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low) + 1));
  }
  bool chance(uint64_t percent) { return below(100) < percent; }
  /// One of the items, of which there is at least one.
  template <typename Items>
  const auto& pick(const Items& items) {
    return *(std::begin(items) + static_cast<std::ptrdiff_t>(below(std::size(items))));
  }

  /// Nearly normal, mean 0 and variance 1: the sum of four 16-bit uniforms (Irwin-Hall), exact in any
  /// rounding order.
  float normal() {
    const uint64_t r = next();
    const auto sum =
        static_cast<int32_t>((r & 0xffff) + ((r >> 16) & 0xffff) + ((r >> 32) & 0xffff) + (r >> 48));
    constexpr float kScale = 1.0f / 37837.2266f;  // 65536 * sqrt(4 / 12)
    return static_cast<float>(sum - 131070) * kScale;
  }

 private:
  static uint64_t rotate(uint64_t x, int k) { return x << k | x >> (64 - k); }
  std::array<uint64_t, 4> state_{};
};

}  // namespace tern
