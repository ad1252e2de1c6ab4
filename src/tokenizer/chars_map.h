#pragma once
// sentencepiece's `precompiled_charsmap`: which characters to replace by what. A trie of the double-array
// kind (u32 its bytes, then the units) and behind it the replacements, each ended by a byte 0.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tern {

class CharsMap {
 public:
  CharsMap() = default;  ///< replaces nothing
  /// kBadFile when the sizes do not fit, kUnsupported for replacements of over 256 bytes. What the units
  /// point at is checked when it is used: a hostile map replaces nothing, or something odd.
  static Result<CharsMap> create(std::string_view blob);

  /// Appends what the longest match that `text` begins with (of up to 64 bytes) is replaced by; without one
  /// its first character, or its first bytes that are none. The bytes that this stands for; `text` must not
  /// be empty.
  size_t replace_first(std::string_view text, std::string* out) const;

 private:
  struct Match {
    size_t length = 0;  ///< in bytes; 0: none
    std::string_view replacement;
  };
  Match longest_match(std::string_view text) const;

  std::vector<uint32_t> units_;
  std::string replacements_;
  std::array<bool, 256> starts_{};  ///< bytes that some match may start with
};

}  // namespace tern
