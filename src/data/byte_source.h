#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "base/mmap.h"
#include "data/decoder.h"
#include "net/digest.h"

namespace tern {

/// The text of a file that is plain, gzip or zstd, read once from beginning to end. What has been read does
/// not stay in memory.
class ByteSource {
 public:
  /// Errors: kNotFound, kIo, kBadFile (not a regular file), kOutOfMemory.
  static Result<ByteSource> open(const std::string& path);

  /// Fills `out` from its beginning; fewer bytes than it has only at the end. kBadFile, with the path, for
  /// broken or truncated streams, and for those that grow 1,000 times, as no text does.
  Result<size_t> read(std::span<char> out);

  const std::string& path() const { return file_.path(); }
  /// Bytes of the file itself, all and those that were taken.
  uint64_t size() const { return file_.bytes().size(); }
  uint64_t position() const { return position_; }
  /// SHA-256 of the file, once everything has been read.
  std::string sha256() { return digest_.hex(); }

 private:
  ByteSource() = default;
  /// The next piece of the file that the decoder has not had; empty at the end.
  std::span<const uint8_t> piece();
  Status check_growth() const;

  MappedFile file_;
  std::unique_ptr<Decoder> decoder_;
  Digest digest_{DigestKind::kSha256};
  uint64_t position_ = 0;  ///< the decoder has had all before
  uint64_t hashed_ = 0;    ///< the digest has had all before
  uint64_t given_ = 0;     ///< bytes of text so far
};

}  // namespace tern
