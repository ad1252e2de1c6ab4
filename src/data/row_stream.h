#pragma once
// The rows of one source, one after the other without end: pass after pass, shuffled anew in each.
#include <cstdint>
#include <memory>
#include <vector>

#include "data/loader.h"

namespace tern {

/// Inputs [token, token + inputs) of a document. What each is to predict is the token that follows it in
/// there.
struct RowPart {
  int64_t document, token;
  int32_t inputs;  ///< at least 1
};
using Row = std::vector<RowPart>;

/// Where a stream stands: behind so many whole passes, windows of this one, and rows of this window (kCut has
/// one window a pass).
struct RowCursor {
  int64_t epoch = 0, window = 0, row = 0;
};

class RowStream {
 public:
  virtual ~RowStream() = default;
  /// Takes the next row. Looks at lengths alone.
  virtual Row next() = 0;
  RowCursor cursor() const { return cursor_; }
  /// Whether the stream can stand there; it then does.
  virtual bool seek(const RowCursor& cursor) = 0;
  virtual Loader::Facts facts() const = 0;

 protected:
  RowCursor cursor_;
};

/// `set` must outlive the stream, `key` decides the order. kInvalidArgument when there is not one row.
Result<std::unique_ptr<RowStream>> make_cut_rows(const PreparedSet& set, int64_t row_tokens, uint64_t key);
Result<std::unique_ptr<RowStream>> make_whole_rows(const PreparedSet& set, int64_t row_tokens, uint64_t key);

}  // namespace tern
