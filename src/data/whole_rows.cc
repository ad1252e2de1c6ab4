// Whole documents in rows, best fit: a window of them, longest first, each into the row that it leaves the
// least room in.
#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "data/permutation.h"
#include "data/row_stream.h"

namespace tern {
namespace {

/// Units of a window. More would leave less padding (a window ends with some half empty row) and cost more to
/// plan again at a restart.
constexpr int64_t kWindow = 1024;

class WholeRows final : public RowStream {
 public:
  WholeRows(const PreparedSet& set, int64_t row_tokens, uint64_t key)
      : set_(set), row_tokens_(row_tokens), key_(key) {
    for (int64_t unit = 0; unit < units(); ++unit) count(unit);
    facts_.rows = (inputs_ + row_tokens_ - 1) / row_tokens_;
  }

  bool has_rows() const { return inputs_ > 0; }
  Loader::Facts facts() const override { return facts_; }

  /// Only where has_rows().
  Row next() override {
    ready();
    Row row = std::move(rows_[static_cast<size_t>(cursor_.row)]);
    if (++cursor_.row == static_cast<int64_t>(rows_.size())) ready();
    return row;
  }

  bool seek(const RowCursor& cursor) override {
    if (cursor.epoch < 0 || cursor.window < 0 || cursor.window >= windows() || cursor.row < 0) return false;
    const std::vector<Row> rows = plan(cursor.epoch, cursor.window);
    // 0 is where every stream begins, be its window empty or not.
    if (cursor.row > 0 && cursor.row >= static_cast<int64_t>(rows.size())) return false;
    cursor_ = cursor;
    planned_ = false;
    return true;
  }

 private:
  /// What is packed: a document, or the two of a pair.
  int64_t documents_a_unit() const { return set_.kind() == ShardKind::kPairs ? 2 : 1; }
  int64_t units() const { return set_.documents() / documents_a_unit(); }
  int64_t windows() const { return (units() + kWindow - 1) / kWindow; }
  uint64_t epoch_key(int64_t epoch) const { return mix64(key_ + mix64(static_cast<uint64_t>(epoch) + 1)); }

  /// A document's last token is nobody's input.
  int64_t inputs_of(int64_t document) const { return set_.begin(document + 1) - set_.begin(document) - 1; }

  /// The parts of a unit that go into one row each: one, but for texts that are longer than a row. None when
  /// it is left out.
  std::vector<Row> parts_of(int64_t unit) const {
    const int64_t first = unit * documents_a_unit();
    if (set_.kind() == ShardKind::kPairs) {
      const int64_t chosen = inputs_of(first), rejected = inputs_of(first + 1);
      if (chosen < 1 || rejected < 1 || chosen > row_tokens_ - rejected) return {};
      return {{part(first, 0, chosen), part(first + 1, 0, rejected)}};
    }
    std::vector<Row> parts;
    const int64_t inputs = inputs_of(first);
    for (int64_t at = 0; at < inputs; at += row_tokens_) {
      parts.push_back({part(first, at, std::min(row_tokens_, inputs - at))});
      if (set_.kind() == ShardKind::kChat) break;
    }
    return parts;
  }
  RowPart part(int64_t document, int64_t at, int64_t inputs) const {
    return {.document = document, .token = set_.begin(document) + at, .inputs = static_cast<int32_t>(inputs)};
  }

  static int64_t length(const Row& row) {
    int64_t sum = 0;
    for (const RowPart& part : row) sum += part.inputs;
    return sum;
  }

  /// What parts_of() makes of the unit, counted without making it.
  void count(int64_t unit) {
    const int64_t first = unit * documents_a_unit();
    int64_t inputs = inputs_of(first);
    if (set_.kind() == ShardKind::kPairs) {
      const int64_t rejected = inputs_of(first + 1);
      const bool fits = inputs >= 1 && rejected >= 1 && inputs <= row_tokens_ - rejected;
      inputs = fits ? inputs + rejected : 0;
    } else if (set_.kind() == ShardKind::kChat && inputs > row_tokens_) {
      inputs = row_tokens_;
      ++facts_.cut;
    }
    inputs_ += inputs;
    if (inputs == 0) facts_.left_out += documents_a_unit();
  }

  /// The next row is there.
  void ready() {
    if (!planned_) rows_ = plan(cursor_.epoch, cursor_.window);
    planned_ = true;
    while (cursor_.row >= static_cast<int64_t>(rows_.size())) {
      cursor_.row = 0;
      if (++cursor_.window == windows()) cursor_ = {.epoch = cursor_.epoch + 1};
      rows_ = plan(cursor_.epoch, cursor_.window);
    }
  }

  std::vector<Row> plan(int64_t epoch, int64_t window) const {
    const Permutation shuffle(static_cast<uint64_t>(units()), epoch_key(epoch));
    std::vector<Row> parts;
    for (int64_t i = window * kWindow; i < std::min(units(), (window + 1) * kWindow); ++i) {
      for (Row& part : parts_of(static_cast<int64_t>(shuffle(static_cast<uint64_t>(i)))))
        parts.push_back(std::move(part));
    }
    std::stable_sort(parts.begin(), parts.end(),
                     [](const Row& a, const Row& b) { return length(a) > length(b); });
    std::vector<Row> packed = pack(parts);
    if (packed.empty()) return packed;
    // Long documents were packed first, and no step shall have only those.
    const Permutation order(packed.size(), mix64(epoch_key(epoch) ^ static_cast<uint64_t>(window)));
    std::vector<Row> rows(packed.size());
    for (size_t i = 0; i < packed.size(); ++i) rows[order(i)] = std::move(packed[i]);
    return rows;
  }

  std::vector<Row> pack(const std::vector<Row>& parts) const {
    std::vector<Row> rows;
    std::set<std::pair<int64_t, size_t>> room;  // of each row
    for (const Row& part : parts) {
      const int64_t needed = length(part);
      const auto best = room.lower_bound({needed, 0});
      std::pair<int64_t, size_t> taken{row_tokens_, rows.size()};
      if (best == room.end()) {
        rows.emplace_back();
      } else {
        taken = *best;
        room.erase(best);
      }
      rows[taken.second].insert(rows[taken.second].end(), part.begin(), part.end());
      room.insert({taken.first - needed, taken.second});
    }
    return rows;
  }

  const PreparedSet& set_;
  int64_t row_tokens_;
  uint64_t key_;
  Loader::Facts facts_{
      .documents = set_.documents(), .tokens = set_.tokens(), .rows = 0, .left_out = 0, .cut = 0};
  int64_t inputs_ = 0;     ///< of one pass
  std::vector<Row> rows_;  ///< of the cursor's window, once planned_
  bool planned_ = false;
};

}  // namespace

Result<std::unique_ptr<RowStream>> make_whole_rows(const PreparedSet& set, int64_t row_tokens, uint64_t key) {
  auto rows = std::make_unique<WholeRows>(set, row_tokens, key);
  if (!rows->has_rows()) {
    return fail(ErrorCode::kInvalidArgument, "{}: none of its {} documents fits a row of {} tokens",
                set.folder(), set.documents(), row_tokens);
  }
  return rows;
}

}  // namespace tern
