#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tern {

/// A set of hashes, which are uniform already. Grows by doubling: 11 to 23 bytes each, half as much more
/// while it grows.
class HashSet {
 public:
  /// Whether the hash was not there before.
  bool insert(uint64_t hash) {
    if (10 * (size_ + 1) > 7 * slots_.size()) grow();
    const bool is_new = place(key_of(hash));
    size_ += is_new;
    return is_new;
  }
  bool contains(uint64_t hash) const {
    if (slots_.empty()) return false;
    const uint64_t key = key_of(hash);
    for (size_t i = key & mask();; i = (i + 1) & mask()) {
      if (slots_[i] == key) return true;
      if (slots_[i] == kEmpty) return false;
    }
  }
  size_t size() const { return size_; }

 private:
  static constexpr uint64_t kEmpty = 0;
  static uint64_t key_of(uint64_t hash) { return hash == kEmpty ? 1 : hash; }
  size_t mask() const { return slots_.size() - 1; }

  bool place(uint64_t key) {
    size_t i = key & mask();
    while (slots_[i] != kEmpty) {
      if (slots_[i] == key) return false;
      i = (i + 1) & mask();
    }
    slots_[i] = key;
    return true;
  }
  void grow() {
    std::vector<uint64_t> old(slots_.empty() ? 1024 : 2 * slots_.size(), kEmpty);
    old.swap(slots_);
    for (const uint64_t key : old) {
      if (key != kEmpty) place(key);
    }
  }

  std::vector<uint64_t> slots_;  ///< a power of two of them
  size_t size_ = 0;
};

}  // namespace tern
