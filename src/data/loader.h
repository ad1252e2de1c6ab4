#pragma once
// Batches for training: which documents stand in which row of which step, the same for any number of ranks.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "data/prepared_set.h"

namespace tern {

/// How documents become rows of a fixed number of tokens.
enum class RowPacking {
  /// The row of all documents is cut every `row_tokens` tokens, at another place in each epoch: no padding,
  /// but
  /// documents are cut too. kText only.
  kCut,
  /// Whole documents, the best fit of some 1,000 at a time. Longer ones than a row are cut (kText), lose
  /// their
  /// end (kChat) or are left out (kPairs, whose two documents stand in one row, the chosen first).
  kWhole
};

struct LoaderOptions {
  struct Source {
    std::string folder;
    double weight = 1;  ///< its share of the rows: weight / sum of weights; 0 leaves it out for now
  };
  std::vector<Source> sources;
  Split split = Split::kTrain;
  VerifyShards verify = VerifyShards::kHashes;
  RowPacking packing = RowPacking::kCut;
  int64_t row_tokens = 0;     ///< tokens of a row, the model's sequence length
  int64_t rows_per_step = 0;  ///< of all ranks and micro-batches together
  uint64_t seed = 0;
};

/// Part of a document in a row. It attends to itself alone, and its positions count from 0.
struct Segment {
  int32_t row;       ///< within the batch
  int32_t begin;     ///< within the row
  int32_t length;    ///< inputs, at least 1
  int32_t source;    ///< index of LoaderOptions::sources
  int64_t document;  ///< within the source; of kPairs even ones are chosen, odd ones rejected
};

/// `rows` x `row_tokens` each, row by row. Behind a row's last segment is padding.
struct Batch {
  int64_t rows = 0, row_tokens = 0;
  std::vector<int32_t> ids;        ///< inputs; 0 in padding
  std::vector<int32_t> targets;    ///< the token that follows, or -1 where nothing is to be predicted
  std::vector<int32_t> positions;  ///< within the segment; 0 in padding
  std::vector<int32_t> segments;   ///< 0, 1, .. within the row; -1 in padding
  std::vector<Segment> parts;      ///< those segments, in order
};

/// The rows of a step that a rank computes: `rows` of them from `first` on.
struct RowRange {
  int64_t first, rows;
};
/// Even shares in order, the first ranks one more where they do not divide.
RowRange rank_rows(int64_t rows_per_step, int64_t rank, int64_t world);

/// Every rank has a loader of its own and calls next_step() for each step; it then takes its rows only.
/// Nothing depends on the number of ranks, and planning touches lengths of documents only.
class Loader {
 public:
  /// Errors of PreparedSet::open(); kInvalidArgument when sources do not fit together (kind, tokenizer), a
  /// weight or size makes no sense, or a source has not one row.
  static Result<Loader> open(const LoaderOptions& options);
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;
  ~Loader();

  ShardKind kind() const;
  int64_t vocab() const;
  /// What a source is, once it is cut into rows.
  struct Facts {
    int64_t documents, tokens;
    int64_t rows;      ///< of one pass: exact for kCut, for kWhole what they would be without padding
    int64_t left_out;  ///< documents: those of pairs that no row has room for, and those of a single token
    int64_t cut;       ///< conversations that lose their end
  };
  Facts facts(size_t source) const;

  /// Plans the rows of the step after the last one (the first, after open()).
  void next_step();
  /// Rows [first, first + rows) of the planned step. kBadFile when a shard has an id outside the vocabulary.
  Result<Batch> batch(int64_t first, int64_t rows) const;

  /// Another mixture from the next step on (a stage of training). Sources go on where they were, so that
  /// nothing is seen twice before all has been seen once. kInvalidArgument.
  Status set_weights(const std::vector<double>& weights);

  /// All that is needed to go on behind the planned step: some hundred bytes.
  Json state() const;
  /// The other way round, on a loader opened with the same options; only rows_per_step may be another, and
  /// the weights, which are in the state. kBadFile, naming `what`, when it is not the state of such a loader,
  /// which is then of no more use.
  Status restore(const Json& state, std::string_view what);

  /// How far a source has been read. With one row a step, `epoch` goes up with the last row of a pass: so a
  /// held-out split is read exactly once.
  struct Seen {
    int64_t epoch;  ///< passes that are complete
    int64_t rows;   ///< in all
  };
  Seen seen(size_t source) const;

 private:
  Loader();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern
