#include "tokenizer/chars_map.h"

#include <algorithm>
#include <cstring>

#include "tokenizer/utf8.h"

namespace tern {
namespace {

// A unit of the trie: whether a leaf follows, the label that leads here, and how far away its children are.
bool has_leaf(uint32_t unit) {
  return (unit >> 8 & 1) != 0;
}
uint32_t label(uint32_t unit) {
  return unit & 0x800000FFu;
}
uint32_t offset(uint32_t unit) {
  return unit >> 10 << ((unit & 1u << 9) >> 6);
}
uint32_t value(uint32_t leaf) {
  return leaf & 0x7FFFFFFFu;
}

/// Bytes that may come of one character: the longest of NFKC has 33. A stranger's map could make gigabytes of
/// a page.
constexpr size_t kMaxReplacement = 256;

/// Bytes of what is replaced; real maps have up to a dozen. A stranger's could lead in circles, from each
/// character to the end of the text.
constexpr size_t kMaxMatch = 64;

size_t longest_replacement(std::string_view replacements) {
  size_t longest = 0;
  while (!replacements.empty()) {
    const size_t length = std::min(replacements.find('\0'), replacements.size());
    longest = std::max(longest, length);
    replacements.remove_prefix(std::min(length + 1, replacements.size()));
  }
  return longest;
}

}  // namespace

Result<CharsMap> CharsMap::create(std::string_view blob) {
  CharsMap map;
  if (blob.empty()) return map;
  uint32_t size = 0;
  if (blob.size() >= sizeof size) std::memcpy(&size, blob.data(), sizeof size);  // little-endian, as we are
  if (size == 0 || size % sizeof(uint32_t) != 0 || size > blob.size() - sizeof size) {
    return fail(ErrorCode::kBadFile, "precompiled_charsmap: a trie of {} bytes in {} does not fit", size,
                blob.size());
  }
  map.units_.resize(size / sizeof(uint32_t));
  std::memcpy(map.units_.data(), blob.data() + sizeof size, size);
  map.replacements_ = blob.substr(sizeof size + size);
  if (const size_t longest = longest_replacement(map.replacements_); longest > kMaxReplacement) {
    return fail(ErrorCode::kUnsupported, "precompiled_charsmap: a replacement of {} bytes: {} at most",
                longest, kMaxReplacement);
  }
  for (uint32_t byte = 0; byte < 256; ++byte) {
    const uint64_t child = uint64_t{offset(map.units_[0])} ^ byte;
    map.starts_[byte] = child < map.units_.size() && label(map.units_[child]) == byte;
  }
  return map;
}

CharsMap::Match CharsMap::longest_match(std::string_view text) const {
  Match match;
  uint64_t at = offset(units_[0]);
  for (size_t i = 0; i < std::min(text.size(), kMaxMatch); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    at ^= byte;
    if (at >= units_.size() || label(units_[at]) != byte) break;
    const uint32_t unit = units_[at];
    at ^= offset(unit);
    if (!has_leaf(unit) || at >= units_.size()) continue;
    const uint32_t begin = value(units_[at]);
    if (begin >= replacements_.size()) continue;
    const std::string_view rest = std::string_view(replacements_).substr(begin);
    match = {i + 1, rest.substr(0, rest.find('\0'))};
  }
  return match;
}

size_t CharsMap::replace_first(std::string_view text, std::string* out) const {
  const Match match = starts_[static_cast<uint8_t>(text[0])] ? longest_match(text) : Match();
  if (match.length > 0) {
    *out += match.replacement;
    return match.length;
  }
  const size_t length = utf8_step(text).length;
  *out += text.substr(0, length);
  return length;
}

}  // namespace tern
