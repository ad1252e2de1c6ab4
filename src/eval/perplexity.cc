#include "eval/perplexity.h"

#include <mutex>
#include <vector>

#include "base/math_f64.h"
#include "eval/logits_file.h"
#include "eval/rolling.h"
#include "eval/text_task.h"
#include "models/parallel.h"

namespace tern {
namespace {

constexpr double kLn2 = 0.69314718055994530942;

LogitsKey key_of(const Engine& engine, const TextTask& task) {
  return {.vocab = static_cast<uint64_t>(engine.config().vocab),
          .rows = task.windows().counted(),
          .context = static_cast<uint64_t>(task.context),
          .stride = static_cast<uint64_t>(task.stride),
          .tokens = task.ids.size(),
          .ids_sha256 = hash_ids(task.ids)};
}

/// What comes of the rows of a slice, and what is done with it.
class Evaluation {
 public:
  static Result<Evaluation> begin(const Engine& engine, const Tokenizer& tokenizer, const TextTask& task,
                                  const PerplexityOptions& options) {
    Evaluation evaluation(engine, tokenizer, task, options);
    if (!options.kl_to && !options.save_logits) return evaluation;
    const LogitsKey key = key_of(engine, task);
    if (options.kl_to) {
      TERN_ASSIGN(evaluation.saved_, LogitsReader::open(*options.kl_to, key));
      evaluation.meter_.emplace();
    }
    if (options.save_logits) {
      TERN_ASSIGN(LogitsWriter writer, LogitsWriter::create(*options.save_logits, key));
      evaluation.writer_.emplace(std::move(writer));
    }
    return evaluation;
  }

  /// Rows are looked at side by side, and added up one after the other.
  Status add(const LogitSlice& slice) {
    const size_t n = slice.targets.size();
    logprobs_.resize(n);
    if (saved_) divergences_.resize(n);
    if (writer_) codes_.resize(n * slice.vocab);
    TERN_TRY(look_at_all(slice));
    if (writer_) TERN_TRY(writer_->write(codes_));
    for (const double logprob : logprobs_) report_.logprobs.add(logprob);
    if (saved_) {
      for (const Divergence& divergence : divergences_) totals_.add(divergence);
      saved_->release_below(report_.logprobs.count());
    }
    const auto first = static_cast<size_t>(slice.targets.data() - task_.ids.data());
    if (task_.reversible) count_units(first, first + n);
    if (options_.on_progress) options_.on_progress(report_.logprobs.count(), report_.to_count);
    return {};
  }

  Result<PerplexityReport> finish() {
    if (writer_ && report_.complete()) TERN_TRY(writer_->commit());
    if (saved_) report_.kl = totals_.summarize();
    return report_;
  }

  uint64_t counted() const { return report_.logprobs.count(); }

 private:
  Evaluation(const Engine& engine, const Tokenizer& tokenizer, const TextTask& task,
             const PerplexityOptions& options)
      : engine_(engine), tokenizer_(tokenizer), task_(task), options_(options), walk_(task.text) {
    report_.context = task.context;
    report_.stride = task.stride;
    report_.tokens = task.ids.size();
    report_.to_count = task.windows().counted();
    if (task.reversible) report_.units.emplace();
  }

  Status look_at_all(const LogitSlice& slice) {
    const std::lock_guard turn(engine_.pass_mutex());
    return parallel_rows(engine_.pool(), slice.targets.size(), 1, [&](size_t begin, size_t end) -> Status {
      for (size_t i = begin; i < end; ++i) TERN_TRY(look_at(slice, i));
      return {};
    });
  }

  Status look_at(const LogitSlice& slice, size_t i) {
    const std::span<const float> row = slice.row(i);
    const int32_t target = slice.targets[i];
    const LogNormalizer normalizer = log_normalizer(row);
    logprobs_[i] = normalizer.log_probability(row[static_cast<size_t>(target)]);
    if (writer_) encode_logits(row, std::span(codes_).subspan(i * slice.vocab, slice.vocab));
    if (!saved_) return {};
    const uint64_t r = report_.logprobs.count() + i;
    const auto divergence = meter_->measure(saved_->row(r), row, normalizer, target);
    if (!divergence) {
      return tl::unexpected(divergence.error().with_context(fmt::format("{}: row {}", saved_->path(), r)));
    }
    divergences_[i] = *divergence;
    return {};
  }

  /// Tokens [walked_, begin) are not counted, [begin, end) are.
  void count_units(size_t begin, size_t end) {
    for (; walked_ < end; ++walked_) {
      const TextUnits units = walk_.take(task_.piece(tokenizer_, walked_).size());
      if (walked_ < begin) continue;
      report_.units->bytes += units.bytes;
      report_.units->words += units.words;
    }
  }

  const Engine& engine_;
  const Tokenizer& tokenizer_;
  const TextTask& task_;
  const PerplexityOptions& options_;
  std::optional<LogitsReader> saved_;
  std::optional<DivergenceMeter> meter_;
  std::optional<LogitsWriter> writer_;
  PerplexityReport report_;
  DivergenceTotals totals_;
  TextWalk walk_;
  size_t walked_ = 0;  ///< tokens
  // Of the slice at hand.
  std::vector<double> logprobs_;
  std::vector<Divergence> divergences_;
  std::vector<LogitCode> codes_;
};

}  // namespace

double PerplexityReport::perplexity() const {
  return exp_f64(-logprobs.mean());
}

double PerplexityReport::standard_error() const {
  return perplexity() * logprobs.standard_error();
}

std::optional<double> PerplexityReport::per(uint64_t count) const {
  if (count == 0) return std::nullopt;
  return exp_f64(-logprobs.sum() / static_cast<double>(count));
}

std::optional<double> PerplexityReport::bits_per_byte() const {
  if (!units || units->bytes == 0) return std::nullopt;
  return -logprobs.sum() / (static_cast<double>(units->bytes) * kLn2);
}

Result<PerplexityReport> evaluate_text(const Engine& engine, std::string_view text,
                                       const PerplexityOptions& options) {
  TERN_ASSIGN(const Tokenizer* tokenizer, engine.tokenizer());
  TERN_ASSIGN(const TextTask task, make_text_task(engine, *tokenizer, text, options.context, options.stride));
  TERN_ASSIGN(Evaluation evaluation, Evaluation::begin(engine, *tokenizer, task, options));
  const Status rolled = roll_logits(engine, task.ids, task.windows(),
                                    [&evaluation](const LogitSlice& slice) { return evaluation.add(slice); });
  if (!rolled) {
    const bool stopped = rolled.error().code() == ErrorCode::kInterrupted;
    if (!stopped) return tl::unexpected(rolled.error());
    if (evaluation.counted() == 0)
      return fail(ErrorCode::kInterrupted, "interrupted before a token was counted");
  }
  return evaluation.finish();
}

}  // namespace tern
