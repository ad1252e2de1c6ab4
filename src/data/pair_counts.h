#pragma once
#include <cstdint>
#include <queue>
#include <unordered_map>
#include <vector>

#include "data/permutation.h"

namespace tern {

/// Two symbols that follow each other.
struct SymbolPair {
  int32_t left, right;
};

/// How often each pair stands in the words, in which of them, and which is the most frequent.
class PairCounts {
 public:
  /// `count` more of the pair, which now also stands in `word`.
  void add(SymbolPair pair, uint64_t count, uint32_t word) {
    Entry& entry = entries_[key_of(pair)];
    entry.count += count;
    if (entry.words.empty() || entry.words.back() != word) entry.words.push_back(word);
    if (!entry.waits) risen_.push_back(key_of(pair));
    entry.waits = true;
  }
  /// `count` fewer, if it was not taken away. Its words stay, though it may stand in them no longer.
  void remove(SymbolPair pair, uint64_t count) {
    if (const auto found = entries_.find(key_of(pair)); found != entries_.end()) found->second.count -= count;
  }

  struct Best {
    SymbolPair pair;
    uint64_t count;
    std::vector<uint32_t> words;  ///< perhaps some that have it no longer, or twice
  };
  /// Takes the most frequent pair away: of those, the one of the lowest left and then right symbol. count is
  /// 0 when there is none.
  Best take() {
    for (const uint64_t key : risen_) {
      Entry& entry = entries_[key];
      entry.waits = false;
      if (entry.count > 0) queue_.push({entry.count, key});
    }
    risen_.clear();
    while (!queue_.empty()) {
      const Queued top = queue_.top();
      queue_.pop();
      const auto found = entries_.find(top.key);
      if (found == entries_.end()) continue;
      if (found->second.count != top.count) {  // it was pushed again if it rose; it fell
        if (found->second.count > 0 && found->second.count < top.count)
          queue_.push({found->second.count, top.key});
        continue;
      }
      Best best{.pair = pair_of(top.key), .count = top.count, .words = std::move(found->second.words)};
      entries_.erase(found);
      return best;
    }
    return {};
  }

 private:
  struct Entry {
    uint64_t count = 0;
    std::vector<uint32_t> words;
    bool waits = false;  ///< in risen_
  };
  struct Queued {
    uint64_t count, key;
    bool operator<(const Queued& other) const {  // the queue's top is the largest
      return count != other.count ? count < other.count : key > other.key;
    }
  };
  struct Hash {
    size_t operator()(uint64_t key) const { return mix64(key); }
  };
  static uint64_t key_of(SymbolPair pair) {
    return static_cast<uint64_t>(pair.left) << 32 | static_cast<uint32_t>(pair.right);
  }
  static SymbolPair pair_of(uint64_t key) {
    return {.left = static_cast<int32_t>(key >> 32), .right = static_cast<int32_t>(key)};
  }

  std::unordered_map<uint64_t, Entry, Hash> entries_;
  std::priority_queue<Queued>
      queue_;                    ///< counts may be of earlier; those that have risen since are there again
  std::vector<uint64_t> risen_;  ///< to be pushed
};

}  // namespace tern
