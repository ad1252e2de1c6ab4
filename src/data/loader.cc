#include "data/loader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "data/permutation.h"
#include "data/row_stream.h"

namespace tern {
namespace {

constexpr int64_t kMaxRowTokens = int64_t{1} << 24;
constexpr int64_t kMaxRowsPerStep = int64_t{1} << 24;
constexpr int64_t kStateVersion = 1;

std::string_view packing_name(RowPacking packing) {
  return packing == RowPacking::kCut ? "cut" : "whole";
}

Status check_sizes(const LoaderOptions& options) {
  if (options.sources.empty())
    return fail(ErrorCode::kInvalidArgument, "no folder of prepared data was named");
  if (options.row_tokens < 1 || options.row_tokens > kMaxRowTokens) {
    return fail(ErrorCode::kInvalidArgument, "rows of {} tokens: from 1 to {} are possible",
                options.row_tokens, kMaxRowTokens);
  }
  if (options.rows_per_step < 1 || options.rows_per_step > kMaxRowsPerStep) {
    return fail(ErrorCode::kInvalidArgument, "{} rows a step: from 1 to {} are possible",
                options.rows_per_step, kMaxRowsPerStep);
  }
  return {};
}

Status check_weights(const std::vector<double>& weights, size_t sources) {
  if (weights.size() != sources) {
    return fail(ErrorCode::kInvalidArgument, "{} weights for {} sources of data", weights.size(), sources);
  }
  double sum = 0;
  for (const double weight : weights) {
    if (!(weight >= 0) || !std::isfinite(sum += weight)) {
      return fail(ErrorCode::kInvalidArgument, "a source's weight is {}: it must be a number from 0 up",
                  weight);
    }
  }
  if (sum > 0) return {};
  return fail(ErrorCode::kInvalidArgument, "no source of data has a weight above 0");
}

Status check_same(const PreparedSet& set, const PreparedSet& first) {
  const auto differ = [&](std::string_view what) {
    return fail(ErrorCode::kInvalidArgument, "{} and {} differ in {}: prepare both alike", first.folder(),
                set.folder(), what);
  };
  if (set.kind() != first.kind()) return differ("kind");
  if (set.vocab() != first.vocab() || set.tokenizer_sha256() != first.tokenizer_sha256())
    return differ("tokenizer");
  return {};
}

/// A source in Loader::state().
struct SourceState {
  int64_t documents, tokens, rows, mixed;
  double weight;
  RowCursor cursor;
};

/// From 0 to what a double holds exactly: nobody counts further.
Result<int64_t> state_count(const Json& object, const char* key, std::string_view what) {
  TERN_ASSIGN(const auto value, json_int(object, key, what));
  if (value && *value >= 0 && *value <= int64_t{1} << 53) return *value;
  return fail(ErrorCode::kBadFile, "{}: field '{}' is no count", what, key);
}

Result<SourceState> read_source_state(const Json& source, std::string_view what) {
  SourceState state{};
  TERN_ASSIGN(state.documents, state_count(source, "documents", what));
  TERN_ASSIGN(state.tokens, state_count(source, "tokens", what));
  TERN_ASSIGN(state.rows, state_count(source, "rows", what));
  TERN_ASSIGN(state.mixed, state_count(source, "mixed", what));
  TERN_ASSIGN(const auto weight, json_number(source, "weight", what));
  state.weight = weight.value_or(-1);
  TERN_ASSIGN(state.cursor.epoch, state_count(source, "epoch", what));
  TERN_ASSIGN(state.cursor.window, state_count(source, "window", what));
  TERN_ASSIGN(state.cursor.row, state_count(source, "row", what));
  return state;
}

}  // namespace

struct Loader::Impl {
  struct Source {
    std::unique_ptr<PreparedSet> set;
    std::unique_ptr<RowStream> stream;
    double weight = 0;
    int64_t rows = 0;   ///< taken in all
    int64_t mixed = 0;  ///< taken since the weights were set
  };
  struct PlannedRow {
    int32_t source;
    Row parts;
  };

  LoaderOptions options;
  std::vector<Source> sources;
  int64_t step = 0;
  std::vector<PlannedRow> planned;

  /// The source that is furthest behind its share: every stretch of rows has the mixture, as nearly as whole
  /// rows can. (IEEE arithmetic in a fixed order, hence the same on every machine.)
  size_t choose() const {
    double sum = 0;
    int64_t mixed = 0;
    for (const Source& source : sources) {
      sum += source.weight;
      mixed += source.mixed;
    }
    size_t best = 0;
    double most = -1;
    for (size_t i = 0; i < sources.size(); ++i) {
      if (sources[i].weight == 0) continue;
      const double behind =
          static_cast<double>(mixed + 1) * sources[i].weight / sum - static_cast<double>(sources[i].mixed);
      if (behind > most) {
        most = behind;
        best = i;
      }
    }
    return best;
  }

  void set_weights(const std::vector<double>& weights) {
    for (size_t i = 0; i < sources.size(); ++i) {
      sources[i].weight = weights[i];
      sources[i].mixed = 0;
    }
  }

  Status fill(const PlannedRow& row, size_t at, Batch* batch) const {
    const PreparedSet& set = *sources[static_cast<size_t>(row.source)].set;
    const auto row_index = static_cast<int32_t>(at / static_cast<size_t>(options.row_tokens));
    int32_t begin = 0;
    for (size_t number = 0; number < row.parts.size(); ++number) {
      const RowPart& part = row.parts[number];
      batch->parts.push_back({.row = row_index,
                              .begin = begin,
                              .length = part.inputs,
                              .source = row.source,
                              .document = part.document});
      TERN_TRY(fill_part(set, part, static_cast<int32_t>(number), at, batch));
      begin += part.inputs;
      at += static_cast<size_t>(part.inputs);
    }
    return {};
  }

  static Status fill_part(const PreparedSet& set, const RowPart& part, int32_t number, size_t at,
                          Batch* batch) {
    const auto inputs = static_cast<size_t>(part.inputs);
    // The token behind the last input is a target, where there is one.
    const int64_t end = std::min(part.token + part.inputs + 1, set.begin(part.document + 1));
    std::vector<int32_t> ids(static_cast<size_t>(end - part.token));
    TERN_TRY(set.read(part.token, ids));
    std::copy_n(ids.begin(), inputs, batch->ids.begin() + static_cast<ptrdiff_t>(at));
    for (size_t i = 0; i < inputs; ++i) {
      batch->positions[at + i] = static_cast<int32_t>(i);
      batch->segments[at + i] = number;
      const int64_t next = part.token + static_cast<int64_t>(i) + 1;
      const bool wanted = i + 1 < ids.size() && (set.kind() == ShardKind::kText || set.is_target(next));
      if (wanted) batch->targets[at + i] = ids[i + 1];
    }
    return {};
  }
};

RowRange rank_rows(int64_t rows_per_step, int64_t rank, int64_t world) {
  TERN_CHECK(rank >= 0 && rank < world);
  const int64_t share = rows_per_step / world, more = rows_per_step % world;
  return {.first = rank * share + std::min(rank, more), .rows = share + (rank < more)};
}

Loader::Loader() : impl_(std::make_unique<Impl>()) {}
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;
Loader::~Loader() = default;

Result<Loader> Loader::open(const LoaderOptions& options) {
  TERN_TRY(check_sizes(options));
  Loader loader;
  Impl& impl = *loader.impl_;
  impl.options = options;
  std::vector<double> weights;
  for (size_t i = 0; i < options.sources.size(); ++i) {
    Impl::Source source;
    TERN_ASSIGN(PreparedSet set, PreparedSet::open(options.sources[i].folder, options.split, options.verify));
    if (i > 0) TERN_TRY(check_same(set, *impl.sources[0].set));
    source.set = std::make_unique<PreparedSet>(std::move(set));
    const auto make_rows = options.packing == RowPacking::kCut ? make_cut_rows : make_whole_rows;
    const uint64_t key = mix64(options.seed ^ mix64(i + 1));
    TERN_ASSIGN(source.stream, make_rows(*source.set, options.row_tokens, key));
    impl.sources.push_back(std::move(source));
    weights.push_back(options.sources[i].weight);
  }
  TERN_TRY(loader.set_weights(weights));
  return loader;
}

ShardKind Loader::kind() const {
  return impl_->sources[0].set->kind();
}

int64_t Loader::vocab() const {
  return impl_->sources[0].set->vocab();
}

Loader::Facts Loader::facts(size_t source) const {
  return impl_->sources[source].stream->facts();
}

Loader::Seen Loader::seen(size_t source) const {
  const Impl::Source& of = impl_->sources[source];
  return {.epoch = of.stream->cursor().epoch, .rows = of.rows};
}

void Loader::next_step() {
  impl_->planned.clear();
  for (int64_t i = 0; i < impl_->options.rows_per_step; ++i) {
    const size_t chosen = impl_->choose();
    Impl::Source& source = impl_->sources[chosen];
    impl_->planned.push_back({static_cast<int32_t>(chosen), source.stream->next()});
    ++source.rows;
    ++source.mixed;
  }
  ++impl_->step;
}

Result<Batch> Loader::batch(int64_t first, int64_t rows) const {
  const auto planned = static_cast<int64_t>(impl_->planned.size());
  TERN_CHECK(first >= 0 && rows >= 0 && first <= planned && rows <= planned - first);
  Batch batch;
  batch.rows = rows;
  batch.row_tokens = impl_->options.row_tokens;
  const auto width = static_cast<size_t>(batch.row_tokens);
  const size_t size = static_cast<size_t>(rows) * width;
  batch.ids.assign(size, 0);
  batch.targets.assign(size, -1);
  batch.positions.assign(size, 0);
  batch.segments.assign(size, -1);
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
    TERN_TRY(impl_->fill(impl_->planned[static_cast<size_t>(first) + row], row * width, &batch));
  }
  return batch;
}

Status Loader::set_weights(const std::vector<double>& weights) {
  TERN_TRY(check_weights(weights, impl_->sources.size()));
  impl_->set_weights(weights);
  return {};
}

Json Loader::state() const {
  Json sources = Json::array();
  for (const Impl::Source& source : impl_->sources) {
    const RowCursor cursor = source.stream->cursor();
    sources.push_back({{"documents", source.set->documents()},
                       {"tokens", source.set->tokens()},
                       {"weight", source.weight},
                       {"rows", source.rows},
                       {"mixed", source.mixed},
                       {"epoch", cursor.epoch},
                       {"window", cursor.window},
                       {"row", cursor.row}});
  }
  return {{"version", kStateVersion},
          {"seed", impl_->options.seed},
          {"packing", packing_name(impl_->options.packing)},
          {"split", split_name(impl_->options.split)},
          {"row_tokens", impl_->options.row_tokens},
          {"step", impl_->step},
          {"sources", std::move(sources)}};
}

Status Loader::restore(const Json& state, std::string_view what) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kBadFile, "{}: the data loader cannot go on from it: {}", what, why);
  };
  const Json mine = this->state();
  for (const char* key : {"version", "seed", "packing", "split", "row_tokens"}) {
    const Json* theirs = json_field(state, key);
    if (theirs == nullptr || *theirs != mine[key]) return refuse(fmt::format("'{}' is another", key));
  }
  TERN_ASSIGN(const int64_t step, state_count(state, "step", what));
  const Json* sources = json_field(state, "sources");
  if (sources == nullptr || !sources->is_array() || sources->size() != impl_->sources.size())
    return refuse(fmt::format("it is not of {} sources", impl_->sources.size()));
  std::vector<SourceState> read;
  std::vector<double> weights;
  for (const Json& source : *sources) {
    TERN_ASSIGN(const SourceState one, read_source_state(source, what));
    read.push_back(one);
    weights.push_back(one.weight);
  }
  if (const Status good = check_weights(weights, weights.size()); !good)
    return refuse(good.error().message());
  for (size_t i = 0; i < read.size(); ++i) {
    Impl::Source& source = impl_->sources[i];
    if (read[i].documents != source.set->documents() || read[i].tokens != source.set->tokens())
      return refuse(fmt::format("{} is not the data that it was made with", source.set->folder()));
    if (!source.stream->seek(read[i].cursor)) return refuse("its place in the data does not exist");
  }
  impl_->set_weights(weights);
  for (size_t i = 0; i < read.size(); ++i) {
    impl_->sources[i].rows = read[i].rows;
    impl_->sources[i].mixed = read[i].mixed;
  }
  impl_->step = step;
  impl_->planned.clear();
  return {};
}

}  // namespace tern
