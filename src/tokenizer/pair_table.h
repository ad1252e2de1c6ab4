#pragma once
// Merges keyed by the pair of tokens they join: open addressing, built once, then read by any number of
// threads.
#include <cstddef>
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

  /// kCrowded: so many others want the places nearby that somebody has chosen the ids for it.
  enum class Inserted { kYes, kKnown, kCrowded };

  /// A pair that is there already keeps what it had. At most `count` pairs may go in.
  Inserted insert(int32_t left, int32_t right, Merge merge) {
    const uint64_t key = key_of(left, right);
    Slot& slot = slots_[slot_of(key)];
    if (slot.merge.rank != kNoRank) return slot.key == key ? Inserted::kKnown : Inserted::kCrowded;
    slot = {key, merge};
    return Inserted::kYes;
  }

  Merge find(int32_t left, int32_t right) const {
    const uint64_t key = key_of(left, right);
    const Slot& slot = slots_[slot_of(key)];
    return slot.key == key ? slot.merge : Merge();
  }

 private:
  /// From where a key belongs to where it is.
  static constexpr size_t kMaxDistance = 1024;

  struct Slot {
    uint64_t key = 0;
    Merge merge;
  };

  static uint64_t key_of(int32_t left, int32_t right) {
    return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
  }

  /// The slot of `key`, or the free one where it would go, or the last one where it might be.
  size_t slot_of(uint64_t key) const {
    const size_t mask = slots_.size() - 1;
    // Fibonacci hashing; the high half of the product is the well mixed one.
    const size_t home = (key * 0x9E3779B97F4A7C15u >> 32) & mask;
    size_t distance = 0;
    const auto at = [&] { return (home + distance) & mask; };
    while (distance < kMaxDistance && slots_[at()].merge.rank != kNoRank && slots_[at()].key != key)
      ++distance;
    return at();
  }

  std::vector<Slot> slots_;
};

}  // namespace tern
