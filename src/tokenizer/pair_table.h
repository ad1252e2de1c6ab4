#pragma once
// Merges keyed by the pair of tokens they join: open addressing, built once, then read by any number of
// threads.
#include <cstdint>
#include <limits>
#include <vector>

namespace tern {

class PairTable {
 public:
  static constexpr uint32_t kNoRank = std::numeric_limits<uint32_t>::max();

  struct Merge {
    uint32_t rank = kNoRank;  ///< lower merges first; kNoRank: the pair does not merge
    int32_t result = -1;
  };

  /// Room for `count` merges at half load at most, so that a miss ends after a probe or two.
  explicit PairTable(size_t count = 0) {
    size_t capacity = 16;
    while (capacity < 2 * count) capacity *= 2;
    slots_.resize(capacity);
  }

  /// False when the pair is there already; it then keeps what it had. At most `count` pairs may go in.
  bool insert(int32_t left, int32_t right, Merge merge) {
    Slot& slot = slots_[slot_of(key_of(left, right))];
    if (slot.merge.rank != kNoRank) return false;
    slot = {key_of(left, right), merge};
    return true;
  }

  Merge find(int32_t left, int32_t right) const { return slots_[slot_of(key_of(left, right))].merge; }

 private:
  struct Slot {
    uint64_t key = 0;
    Merge merge;
  };

  static uint64_t key_of(int32_t left, int32_t right) {
    return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
  }

  /// The slot of `key`, or the free one where it would go.
  size_t slot_of(uint64_t key) const {
    const size_t mask = slots_.size() - 1;
    // Fibonacci hashing; the high half of the product is the well mixed one.
    size_t at = (key * 0x9E3779B97F4A7C15u >> 32) & mask;
    while (slots_[at].merge.rank != kNoRank && slots_[at].key != key) at = (at + 1) & mask;
    return at;
  }

  std::vector<Slot> slots_;
};

}  // namespace tern
