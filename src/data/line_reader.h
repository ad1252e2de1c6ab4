#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/byte_source.h"

namespace tern {

/// The lines of a text, numbered from 1. They end at "\n" or "\r\n"; a byte order mark in front is dropped.
class LineReader {
 public:
  /// Lines of more bytes are skipped.
  static constexpr size_t kMaxLine = size_t{16} << 20;

  explicit LineReader(ByteSource source) : source_(std::move(source)) {}

  struct Line {
    int64_t number;
    std::string_view text;  ///< until the next call; empty when the line was too long
    bool too_long;
  };
  /// Nothing at the end. Errors of ByteSource::read(), kInterrupted.
  Result<std::optional<Line>> next();

  ByteSource& source() { return source_; }
  /// Lines so far.
  int64_t lines() const { return number_; }

 private:
  std::optional<Line> line(std::string_view text, bool too_long);
  /// Reads on behind what is left in the buffer. Whether there was something.
  Result<bool> refill();

  ByteSource source_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;  ///< of what has been read and not given
  int64_t number_ = 0;
};

}  // namespace tern
