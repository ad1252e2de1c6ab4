#pragma once
// Log-probabilities of every token of the vocabulary at every counted position of a text, 16 bits each. All
// numbers lie as in the memory of the machine that wrote them; `order` tells which one that was.
//
//     byte  0   8   magic "TERNLOGP"
//           8   4   version, 1
//          12   4   order, 0x01020304
//          16   8   vocab, at least 1
//          24   8   rows: counted positions
//          32   8   context  \  of the windows (eval/windows.h)
//          40   8   stride   /
//          48   8   tokens of the text
//          56  64   SHA-256 of the tokens' ids (int32, little-endian), in lower-case hexadecimal digits
//         120   8   zero
//         128       rows of vocab codes (uint16), in the order of the text; nothing follows them
//
// Of a row, log p_i = -code_i / 2048 - log(sum over j of exp(-code_j / 2048)). The likeliest token (the
// lowest id among equals) and no other has code 0; what is 32 nats or more below it has code 65535.
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/mmap.h"

namespace tern {

using LogitCode = uint16_t;
constexpr double kCodesPerNat = 2048;

/// What the rows of a file belong to; rows of two files can be compared when all of it is equal.
struct LogitsKey {
  uint64_t vocab = 0, rows = 0, context = 0, stride = 0, tokens = 0;
  std::string ids_sha256;
};

/// SHA-256 of token ids as the header has it.
std::string hash_ids(std::span<const int32_t> ids);

/// codes[i] of logits[i], both [vocab]; the logits must be finite.
void encode_logits(std::span<const float> logits, std::span<LogitCode> codes);

/// Writes rows one after the other; the file is there after commit().
class LogitsWriter {
 public:
  /// Errors: as AtomicFile::create().
  static Result<LogitsWriter> create(const std::string& path, const LogitsKey& key);
  /// Whole rows of codes, [n, vocab]. kIo.
  Status write(std::span<const LogitCode> codes);
  /// All rows must have been written. kIo.
  Status commit();

 private:
  LogitsWriter(AtomicFile file, uint64_t codes) : file_(std::move(file)), codes_left_(codes) {}
  AtomicFile file_;
  uint64_t codes_left_;
};

class LogitsReader {
 public:
  /// Opens a file whose rows belong to `key`. kBadFile, kNotFound, kIo; kUnsupported for other versions and
  /// the other byte order; kInvalidArgument says what the file belongs to instead of `key`.
  static Result<LogitsReader> open(const std::string& path, const LogitsKey& key);
  /// Row `r` < rows, [vocab]. What it holds is not checked.
  std::span<const LogitCode> row(uint64_t r) const;
  /// Rows below `r` are not needed any more: their memory is given back.
  void release_below(uint64_t r) const;
  const std::string& path() const { return file_.path(); }

 private:
  LogitsReader(MappedFile file, uint64_t vocab) : file_(std::move(file)), vocab_(vocab) {}
  size_t start_of(uint64_t r) const;
  MappedFile file_;
  uint64_t vocab_;
};

}  // namespace tern
