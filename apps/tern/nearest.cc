#include "apps/tern/nearest.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tern {
namespace {

/// Insertions, deletions and substitutions between `a` and `b`.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, substituted}));
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view word, std::span<const std::string_view> names) {
  constexpr size_t kMostRead = 32;
  std::string nearest;
  size_t nearest_distance = 3;  // farther words are no misspelling
  for (const std::string_view name : names) {
    const size_t distance = edit_distance(word.substr(0, kMostRead), name);
    if (distance < nearest_distance) {
      nearest = name;
      nearest_distance = distance;
    }
  }
  return nearest;
}

}  // namespace tern
