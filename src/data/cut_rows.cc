// The documents of a set as one row of tokens, cut every `row_tokens`. A cut document loses what stands
// before the cut, since nothing attends over it, so each pass cuts at other places.
#include <algorithm>

#include "data/permutation.h"
#include "data/row_stream.h"

namespace tern {
namespace {

class CutRows final : public RowStream {
 public:
  CutRows(const PreparedSet& set, int64_t row_tokens, uint64_t key)
      : set_(set), row_tokens_(row_tokens), key_(key) {}

  Row next() override {
    const int64_t epoch = cursor_.epoch, rows = rows_of(epoch);
    const Permutation shuffle(static_cast<uint64_t>(rows), epoch_key(epoch));
    const auto place = static_cast<int64_t>(shuffle(static_cast<uint64_t>(cursor_.row)));
    if (++cursor_.row == rows) cursor_ = {.epoch = epoch + 1};
    return row_at(offset(epoch) + place * row_tokens_);
  }

  bool seek(const RowCursor& cursor) override {
    if (cursor.epoch < 0 || cursor.window != 0 || cursor.row < 0 || cursor.row >= rows_of(cursor.epoch))
      return false;
    cursor_ = cursor;
    return true;
  }

  Loader::Facts facts() const override {
    return {
        .documents = set_.documents(), .tokens = set_.tokens(), .rows = rows_of(0), .left_out = 0, .cut = 0};
  }

 private:
  uint64_t epoch_key(int64_t epoch) const { return mix64(key_ + mix64(static_cast<uint64_t>(epoch) + 1)); }

  /// Tokens in front of the first row: fewer than a row, and none where that would cost the only one.
  int64_t offset(int64_t epoch) const {
    if (epoch == 0 || set_.tokens() < 2 * row_tokens_) return 0;
    return static_cast<int64_t>(mix64(~epoch_key(epoch)) % static_cast<uint64_t>(row_tokens_));
  }
  int64_t rows_of(int64_t epoch) const { return (set_.tokens() - offset(epoch)) / row_tokens_; }

  Row row_at(int64_t token) const {
    const int64_t end = token + row_tokens_;
    Row row;
    for (int64_t document = set_.document_of(token); token < end; ++document) {
      const int64_t stop = std::min(end, set_.begin(document + 1));
      row.push_back({.document = document, .token = token, .inputs = static_cast<int32_t>(stop - token)});
      token = stop;
    }
    return row;
  }

  const PreparedSet& set_;
  int64_t row_tokens_;
  uint64_t key_;
};

}  // namespace

Result<std::unique_ptr<RowStream>> make_cut_rows(const PreparedSet& set, int64_t row_tokens, uint64_t key) {
  if (set.kind() != ShardKind::kText) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: is of kind {}, whose documents are not cut: pack them whole", set.folder(),
                shard_kind_name(set.kind()));
  }
  if (set.tokens() < row_tokens) {
    return fail(ErrorCode::kInvalidArgument, "{}: has {} tokens, less than one row of {}", set.folder(),
                set.tokens(), row_tokens);
  }
  return std::make_unique<CutRows>(set, row_tokens, key);
}

}  // namespace tern
