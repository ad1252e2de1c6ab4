#include "data/words.h"

#include "data/permutation.h"

namespace tern {
namespace {

/// FNV-1a's.
constexpr uint64_t kBasis = 0xCBF29CE484222325ull, kPrime = 0x100000001B3ull;

/// The byte as it counts in a word; 0 when it is of none.
constexpr uint8_t letter(char c) {
  const auto byte = static_cast<uint8_t>(c);
  if ('A' <= byte && byte <= 'Z') return static_cast<uint8_t>(byte - 'A' + 'a');
  const bool counts = ('a' <= byte && byte <= 'z') || ('0' <= byte && byte <= '9') || byte >= 0x80;
  return counts ? byte : 0;
}

}  // namespace

std::vector<uint64_t> word_hashes(std::string_view text) {
  std::vector<uint64_t> words;
  uint64_t hash = kBasis;
  const auto end_word = [&] {
    if (hash != kBasis) words.push_back(mix64(hash));
    hash = kBasis;
  };
  for (const char c : text) {
    if (const uint8_t byte = letter(c); byte != 0) {
      hash = (hash ^ byte) * kPrime;
    } else {
      end_word();
    }
  }
  end_word();
  return words;
}

std::vector<uint64_t> window_hashes(const std::vector<uint64_t>& words, size_t n) {
  if (words.size() < n) return {};
  uint64_t power = 1;  // kPrime^n
  for (size_t i = 0; i < n; ++i) power *= kPrime;
  std::vector<uint64_t> windows;
  windows.reserve(words.size() - n + 1);
  uint64_t sum = 0;  // words[i - n + 1] * kPrime^(n-1) + .. + words[i]
  for (size_t i = 0; i < words.size(); ++i) {
    sum = sum * kPrime + words[i];
    if (i >= n) sum -= words[i - n] * power;
    if (i + 1 >= n) windows.push_back(mix64(sum));
  }
  return windows;
}

}  // namespace tern
