#pragma once
// The documents of a file of text, before anything is known of what is in them.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "data/byte_source.h"

namespace tern {

/// A piece of a corpus as it stands in its file.
struct RawDocument {
  int64_t line = 0;  ///< where it begins, from 1
  std::string text;
  /// Why there is no document: "longer than 16 MiB". Otherwise empty.
  std::string broken;
};

class DocumentReader {
 public:
  virtual ~DocumentReader() = default;
  /// Nothing at the end. Errors of ByteSource::read(), kInterrupted.
  virtual Result<std::optional<RawDocument>> next() = 0;
  virtual ByteSource& source() = 0;
  /// Lines so far.
  virtual int64_t lines() const = 0;
  /// Whether each document is JSON, otherwise text.
  virtual bool is_json() const = 0;
};

/// Reads NAME.jsonl, .ndjson (a document a line; blank lines are none) and NAME.txt, each also with .gz,
/// .gzip, .zst or .zstd behind it; compression is told by the content. A text is one document, or several
/// between lines of nothing but <|endoftext|> or <|end_of_text|>; a long one ends at the first blank line
/// behind 256 KiB, or at any line's end behind 1 MiB. Errors: kInvalidArgument for another name; those of
/// ByteSource::open().
Result<std::unique_ptr<DocumentReader>> open_documents(const std::string& path);

}  // namespace tern
