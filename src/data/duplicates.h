#pragma once
// Documents that were there before, exactly or nearly.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "data/hash_set.h"

namespace tern {

/// MinHash over windows of 8 words: `kBands` bands of `kBandRows` values. Two documents that share the part s
/// of their windows (of all that either has) have a band in common with probability 1 - (1 - s^8)^14: 5% at s
/// = 0.5, 56% at 0.7, 92% at 0.8, 99.96% at 0.9. The values come from one hash a window (Li, Owen and Zhang,
/// "One permutation hashing", 2012), places that got none are filled as Shrivastava, "Optimal densification",
/// 2017.
constexpr size_t kBands = 14, kBandRows = 8, kShingleWords = 8;
/// Shorter documents have too few windows for an estimate and are compared exactly alone.
constexpr size_t kMinShingles = 32;
using Bands = std::array<uint64_t, kBands>;

/// Nothing for a document of fewer than kMinShingles + 7 words.
std::optional<Bands> min_hash_bands(const std::vector<uint64_t>& words);

/// The documents so far, as hashes: 11 to 23 bytes a document that stays for its text, and 160 to 320 for its
/// bands. (8 bytes a hash in tables that are 35 to 70% full, half as much more while one grows.)
class Duplicates {
 public:
  enum class Verdict { kNew, kExact, kNear };
  /// `hash` is of the whole text. A document that is not new leaves no trace: what is like it alone may stay.
  /// Bands are compared where there are any.
  Verdict add(uint64_t hash, const std::optional<Bands>& bands);

 private:
  HashSet texts_, bands_;
};

}  // namespace tern
