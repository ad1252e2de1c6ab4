#pragma once
// A model with its tokenizer, ready to generate: what `tern run`, `chat`, `bench` and the library use.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "engine/drafter.h"
#include "engine/kv_cache.h"
#include "engine/sampler.h"
#include "models/model.h"
#include "models/model_file.h"
#include "tokenizer/chat_template.h"
#include "tokenizer/tokenizer.h"

namespace tern {

struct EngineOptions {
  OpenOptions open;
  LoadOptions load;
  int threads = 0;  ///< 0: all that this process may use
  TernKvFormat kv = TERN_KV_F16;
  int64_t context = 0;  ///< 0: the model's max_positions, at most 32,768
};

/// Weights, tokenizer and threads; sessions share it (one forward pass at a time).
class Engine {
 public:
  /// Opens and loads `path`; warnings of the file go to `base/log.h`.
  static Result<std::unique_ptr<Engine>> open(const std::string& path, const EngineOptions& options);
  const ModelFile& file() const { return *file_; }
  const Model& model() const { return *model_; }
  const ModelConfig& config() const { return model_->config(); }
  /// kNotFound with the remedy (--tokenizer) when the model has none.
  Result<const Tokenizer*> tokenizer() const;
  /// The model's chat template, parsed; kNotFound with the remedy (--chat-template), or its own error.
  Result<std::unique_ptr<ChatTemplate>> chat_template() const;
  ThreadPool* pool() const { return pool_.get(); }
  const EngineOptions& options() const { return options_; }
  int64_t context() const { return options_.context; }
  /// Every token that ends a turn: the file's eos list and the tokenizer's known end-of-turn tokens.
  const std::vector<int32_t>& stop_tokens() const { return stop_tokens_; }

 private:
  EngineOptions options_;
  std::unique_ptr<ThreadPool> pool_;
  std::shared_ptr<const ModelFile> file_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::vector<int32_t> stop_tokens_;
};

struct GenerateOptions {
  int64_t max_tokens = 128;  ///< -1: until the context is full
  SamplerOptions sampler;
  std::vector<std::string> stop;  ///< stop strings: the text ends before the first match
  bool ignore_eos = false;
  int64_t chunk = 512;  ///< prompt tokens a forward pass, 1 to kMaxChunk
  bool logprobs = false;
  int64_t lookup = 8;  ///< most guesses checked by one pass, 0 (off) to kMaxLookup. The text is the same
  Drafter* drafter = nullptr;  ///< makes the guesses instead of Lookup; not owned
};

enum class StopReason { kEndOfTurn, kMaxTokens, kStopString, kContextFull, kInterrupted };
std::string_view stop_reason_name(StopReason reason);

struct GenerateResult {
  std::vector<int32_t> ids;      ///< generated, end-of-turn token included when one was drawn
  std::string text;              ///< decoded, without it
  std::vector<double> logprobs;  ///< one an id when asked for
  StopReason stop = StopReason::kMaxTokens;
  int64_t prompt_tokens = 0, cached_tokens = 0;
  int64_t drafted = 0, accepted = 0;  ///< guesses run, and those that saved a pass
  double prefill_s = 0, decode_s = 0;
};

/// One sequence. Tokens that a new prompt shares with what was run before are not computed again.
class Session {
 public:
  explicit Session(const Engine& engine);
  /// Runs `prompt` and generates; `on_text` (may be empty) gets text as it is complete, never half a
  /// character. Errors: kContextFull when the prompt does not fit, kInvalidArgument, kNonFinite. An answer
  /// that fills the context ends with StopReason::kContextFull.
  Result<GenerateResult> generate(std::span<const int32_t> prompt, const GenerateOptions& options,
                                  const std::function<void(std::string_view)>& on_text);
  /// Logits of every token of `ids` from an empty cache, [n, vocab], prefilled in chunks.
  Result<std::vector<float>> logits(std::span<const int32_t> ids, int64_t chunk);
  /// Runs `ids` after what is cached; gives the last token's logits, [vocab], as far as `cut` asks for them.
  Result<std::vector<float>> extend(std::span<const int32_t> ids, int64_t chunk,
                                    const std::optional<LogitCut>& cut = std::nullopt);
  void reset() { rewind(0); }
  /// Forgets all but the first `tokens` of what is cached (of fewer, nothing).
  void rewind(size_t tokens) { cached_.resize(std::min(tokens, cached_.size())); }
  const std::vector<int32_t>& cached() const { return cached_; }

 private:
  /// Drops what is cached beyond the prefix shared with `prompt`; gives the prefix's length (<
  /// prompt.size()).
  Result<size_t> reuse_prefix(std::span<const int32_t> prompt);
  /// Guesses that may be run behind the token `result` ends with: never beyond the context or the last token
  /// asked for.
  size_t most_guesses(const GenerateOptions& options, const GenerateResult& result) const;
  /// Runs `tokens` behind what is cached without making them part of it: the next run overwrites them.
  /// `logits` gets those of tokens [logits_from, n), [n - logits_from, vocab].
  Status run_behind(std::span<const int32_t> tokens, size_t logits_from, const std::optional<LogitCut>& cut,
                    float* logits);
  /// Forgets all but the first `keep` cached tokens and runs `ids` behind them, in passes of `chunk`. Gives
  /// the logits of the last `rows` of `ids`, [rows, vocab], as far as `cut` asks for them. After an error the
  /// passes before it are cached.
  Result<std::vector<float>> run_chunks(size_t keep, std::span<const int32_t> ids, size_t rows, int64_t chunk,
                                        const std::optional<LogitCut>& cut);

  const Engine& engine_;
  KvCache kv_;
  std::vector<int32_t> cached_;
};

}  // namespace tern
