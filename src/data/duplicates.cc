#include "data/duplicates.h"

#include <algorithm>
#include <limits>

#include "data/permutation.h"
#include "data/words.h"

namespace tern {
namespace {

constexpr size_t kValues = kBands * kBandRows;
constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();
using Values = std::array<uint64_t, kValues>;

/// The smallest hash of each of kValues equal parts of all hashes.
Values smallest_of_each_part(const std::vector<uint64_t>& hashes) {
  Values values;
  values.fill(kNone);
  for (const uint64_t hash : hashes) {
    const auto part = static_cast<size_t>((hash >> 32) * kValues >> 32);
    values[part] = std::min(values[part], hash);
  }
  return values;
}

/// Parts without a hash take that of another, which depends on the empty part and on chance alone: so
/// documents with the same neighbours take the same.
Values filled(const Values& values) {
  Values all = values;
  for (size_t part = 0; part < kValues; ++part) {
    for (uint64_t attempt = 1; all[part] == kNone; ++attempt)
      all[part] = values[mix64(part << 32 | attempt) % kValues];
  }
  return all;
}

}  // namespace

std::optional<Bands> min_hash_bands(const std::vector<uint64_t>& words) {
  const std::vector<uint64_t> shingles = window_hashes(words, kShingleWords);
  if (shingles.size() < kMinShingles) return std::nullopt;
  const Values values = filled(smallest_of_each_part(shingles));
  Bands bands;
  for (size_t band = 0; band < kBands; ++band) {
    bands[band] = band + 1;
    for (size_t row = 0; row < kBandRows; ++row)
      bands[band] = mix64(bands[band] + values[band * kBandRows + row]);
  }
  return bands;
}

Duplicates::Verdict Duplicates::add(uint64_t hash, const std::optional<Bands>& bands) {
  if (texts_.contains(hash)) return Verdict::kExact;
  if (bands) {
    const bool near =
        std::any_of(bands->begin(), bands->end(), [&](uint64_t band) { return bands_.contains(band); });
    if (near) return Verdict::kNear;
    for (const uint64_t band : *bands) bands_.insert(band);
  }
  texts_.insert(hash);
  return Verdict::kNew;
}

}  // namespace tern
