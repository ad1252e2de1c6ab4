#pragma once
// How well a model predicts a text (docs/evaluation.md).
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/session.h"
#include "eval/divergence.h"
#include "eval/moments.h"
#include "eval/text_units.h"

namespace tern {

struct PerplexityOptions {
  int64_t context = 0;  ///< tokens of a window; 0: what the engine's context allows, at most 2,048
  int64_t stride = 0;   ///< tokens from window to window; 0: half the context
  std::optional<std::string> save_logits = {};  ///< file to write, of this model (eval/logits_file.h)
  std::optional<std::string> kl_to = {};        ///< file to compare with, of another model
  /// Called with the tokens counted so far and all that there are to count.
  std::function<void(uint64_t counted, uint64_t total)> on_progress = {};
};

/// All but `tokens` and `to_count` is about the counted tokens.
struct PerplexityReport {
  int64_t context = 0, stride = 0;
  uint64_t tokens = 0;    ///< of the text, with the beginning-of-text token if the tokenizer adds one
  uint64_t to_count = 0;  ///< more than logprobs.count() after Ctrl-C
  Moments logprobs;       ///< natural logarithms, in the order of the text
  /// nullopt when tokens do not give the text back: some are unknown, or the tokenizer changes text.
  std::optional<TextUnits> units;
  std::optional<DivergenceSummary> kl;  ///< with options.kl_to

  bool complete() const { return logprobs.count() == to_count; }
  double perplexity() const;
  /// Of perplexity(), from the spread of the log-probabilities, as if they were independent.
  double standard_error() const;
  /// exp(-log-likelihood / units): perplexity per word or per byte; nullopt when there are none.
  std::optional<double> per(uint64_t count) const;
  std::optional<double> word_perplexity() const { return units ? per(units->words) : std::nullopt; }
  std::optional<double> byte_perplexity() const { return units ? per(units->bytes) : std::nullopt; }
  std::optional<double> bits_per_byte() const;
};

/// Evaluates `text` with the engine's tokenizer, special tokens in it taken as text. After Ctrl-C it is a
/// report of what was counted, if anything was, and nothing is saved. Errors: kInvalidArgument (context and
/// stride; less than two tokens), kNotFound (no tokenizer); as roll_logits(), LogitsWriter, LogitsReader.
Result<PerplexityReport> evaluate_text(const Engine& engine, std::string_view text,
                                       const PerplexityOptions& options);

}  // namespace tern
