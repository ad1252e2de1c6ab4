#pragma once
// Compressed streams, piece by piece, in bounded memory.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tern {

/// Undoes one compression. Several streams that follow each other (members, frames) are one text.
class Decoder {
 public:
  virtual ~Decoder() = default;
  struct Step {
    size_t taken, given;  ///< bytes of `in` and of `out`
  };
  /// Decodes as far as `in` and `out` go. kBadFile says what is broken.
  virtual Result<Step> step(std::span<const uint8_t> in, std::span<char> out) = 0;
  /// Whether the input may end here: not within a stream.
  virtual bool at_border() const = 0;
};

/// For a file that starts with `head` (its first bytes, as many as there are up to 4): gzip and zstd are
/// known by them, all else is taken as it is. A zstd window may have 128 MiB. kOutOfMemory.
Result<std::unique_ptr<Decoder>> make_decoder(std::span<const uint8_t> head);

}  // namespace tern
