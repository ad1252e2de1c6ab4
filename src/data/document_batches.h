#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/documents.h"

namespace tern {

/// Some documents of one file, in order.
struct DocumentBatch {
  size_t input;  ///< index of the file
  bool is_json;
  std::vector<RawDocument> documents;
};

/// Bytes of the files that have been read, and their sum.
using ReadProgress = std::function<void(uint64_t done, uint64_t total)>;

/// Reads files one after the other in batches of some 8 MiB, enough for several threads to share.
class DocumentBatches {
 public:
  /// What a file was, once it has been read.
  struct File {
    std::string sha256;
    uint64_t bytes = 0;
    int64_t lines = 0;
  };

  explicit DocumentBatches(std::vector<std::string> inputs, ReadProgress progress);
  /// The next batch; one without documents at the end. Errors of open_documents() and its readers.
  Result<DocumentBatch> next();
  const std::vector<File>& files() const { return files_; }

 private:
  std::vector<std::string> inputs_;
  ReadProgress progress_;
  uint64_t total_ = 0, done_ = 0;           ///< bytes; of whole files
  std::unique_ptr<DocumentReader> reader_;  ///< of the file after files_
  std::vector<File> files_;
};

}  // namespace tern
