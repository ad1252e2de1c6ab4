#include "data/document_batches.h"

#include <filesystem>
#include <utility>

namespace tern {
namespace {

constexpr size_t kBatchBytes = size_t{8} << 20;
constexpr size_t kBatchDocuments = 8192;

Result<std::vector<RawDocument>> read_some(DocumentReader& reader) {
  std::vector<RawDocument> documents;
  for (size_t bytes = 0; bytes < kBatchBytes && documents.size() < kBatchDocuments;) {
    TERN_ASSIGN(auto document, reader.next());
    if (!document) break;
    bytes += document->text.size();
    documents.push_back(std::move(*document));
  }
  return documents;
}

}  // namespace

DocumentBatches::DocumentBatches(std::vector<std::string> inputs, ReadProgress progress)
    : inputs_(std::move(inputs)), progress_(std::move(progress)) {
  for (const std::string& input : inputs_) {
    std::error_code error;  // a file that is missing is found when it is opened
    const uint64_t size = std::filesystem::file_size(input, error);
    if (!error) total_ += size;
  }
}

Result<DocumentBatch> DocumentBatches::next() {
  while (files_.size() < inputs_.size()) {
    if (!reader_) {
      TERN_ASSIGN(reader_, open_documents(inputs_[files_.size()]));
    }
    DocumentBatch batch{.input = files_.size(), .is_json = reader_->is_json(), .documents = {}};
    TERN_ASSIGN(batch.documents, read_some(*reader_));
    ByteSource& source = reader_->source();
    if (progress_) progress_(done_ + source.position(), total_);
    if (!batch.documents.empty()) return batch;
    files_.push_back({.sha256 = source.sha256(), .bytes = source.size(), .lines = reader_->lines()});
    done_ += source.size();
    reader_.reset();
  }
  return DocumentBatch{};
}

}  // namespace tern
