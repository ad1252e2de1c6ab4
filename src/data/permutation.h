#pragma once
#include <cstdint>

namespace tern {

/// One to one, and every bit of the result depends on every bit of `x` (the finalizer of SplitMix64).
constexpr uint64_t mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

/// A shuffle of 0 .. n - 1 that takes no memory: a Feistel network over the next power of four, walked until
/// the value is below n (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
class Permutation {
 public:
  /// 1 <= n <= 2^62. The same on every machine.
  constexpr Permutation(uint64_t n, uint64_t key) : n_(n), key_(key) {
    while ((uint64_t{1} << 2 * half_bits_) < n) ++half_bits_;
  }

  /// Where `index` < n comes to stand; 4 steps on the average at most.
  constexpr uint64_t operator()(uint64_t index) const {
    do index = rounds(index);
    while (index >= n_);
    return index;
  }

 private:
  static constexpr int kRounds = 6;

  constexpr uint64_t rounds(uint64_t value) const {
    const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
    uint64_t left = value >> half_bits_, right = value & mask;
    for (uint64_t round = 1; round <= kRounds; ++round) {
      const uint64_t next = left ^ (mix64(key_ + mix64(right << 8 | round)) & mask);
      left = right;
      right = next;
    }
    return left << half_bits_ | right;
  }

  uint64_t n_, key_;
  int half_bits_ = 1;
};

}  // namespace tern
