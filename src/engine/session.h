#pragma once
// A model with its tokenizer, ready to generate: what `tern run`, `chat`, `bench` and the library use.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "engine/cached_text.h"
#include "engine/drafter.h"
#include "engine/kv_cache.h"
#include "engine/logprobs.h"
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

/// Weights, tokenizer and threads; sessions share it, also on several threads: they take turns.
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
  /// How a chat becomes ids: as the model's file or --chat-encoding says, else whole.
  ChatEncoding chat_encoding() const { return file_->chat_encoding().value_or(ChatEncoding::kWhole); }
  ThreadPool* pool() const { return pool_.get(); }
  /// Held by whoever uses model() or pool() to compute, which take one caller at a time: a session holds it
  /// during each pass.
  std::mutex& pass_mutex() const { return pass_mutex_; }
  const EngineOptions& options() const { return options_; }
  int64_t context() const { return options_.context; }
  /// engine/fingerprint.h; computed by the first call, which reads the whole file.
  uint64_t fingerprint() const;
  /// Every token that ends a turn: the file's eos list and the tokenizer's known end-of-turn tokens.
  const std::vector<int32_t>& stop_tokens() const { return stop_tokens_; }

 private:
  EngineOptions options_;
  std::unique_ptr<ThreadPool> pool_;
  std::shared_ptr<const ModelFile> file_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::vector<int32_t> stop_tokens_;
  mutable std::optional<uint64_t> fingerprint_;
  mutable std::mutex pass_mutex_;
};

/// The next token's id from all logits, or nothing: the answer ends there (StopReason::kInterrupted).
using PickToken = std::function<std::optional<int32_t>(std::span<const float> logits, const TextSoFar& text)>;

struct GenerateOptions {
  int64_t max_tokens = 128;  ///< -1: until the context is full
  SamplerOptions sampler;
  std::vector<std::string> stop;  ///< stop strings: the text ends before the first match
  bool ignore_eos = false;
  int64_t chunk = 512;       ///< prompt tokens a forward pass, 1 to kMaxChunk
  bool logprobs = false;     ///< of the model's own distribution (engine/logprobs.h)
  int64_t top_logprobs = 0;  ///< likeliest tokens beside each drawn one, to kMaxTopLogprobs; with logprobs
  /// When the context is full, drops the older half of what is cached behind the first `keep` tokens and goes
  /// on (models/kv_shift.h), in place of StopReason::kContextFull; of a prompt that does not fit, as much.
  /// The answer is then not that of the whole text.
  bool context_shift = false;
  int64_t keep = 4;    ///< tokens at the beginning that are never dropped, at most the context - 2
  int64_t lookup = 8;  ///< most guesses checked by one pass, 0 (off) to kMaxLookup. The text is the same
  Drafter* drafter = nullptr;  ///< makes the guesses instead of Lookup; not owned
  PickToken pick;              ///< draws in place of `sampler`, which is not looked at then
};

/// The logits that an answer needs; nullopt: all, and the head's screen is of no use.
std::optional<LogitCut> logit_cut(const GenerateOptions& options);

enum class StopReason { kEndOfTurn, kMaxTokens, kStopString, kContextFull, kInterrupted };
std::string_view stop_reason_name(StopReason reason);

struct GenerateResult {
  std::vector<int32_t> ids;      ///< generated, end-of-turn token included when one was drawn
  std::string text;              ///< decoded, without it
  std::vector<double> logprobs;  ///< one an id when asked for
  std::vector<std::vector<TokenLogprob>> top_logprobs;  ///< one list an id when asked for, likeliest first
  StopReason stop = StopReason::kMaxTokens;
  int64_t prompt_tokens = 0;
  int64_t cached_tokens = 0;   ///< of these, not run: cached, or dropped
  int64_t dropped_tokens = 0;  ///< of the text in the end; 0: the answer is exactly that of the whole text
  int64_t drafted = 0, accepted = 0;  ///< guesses run, and those that saved a pass
  double prefill_s = 0, decode_s = 0;
};

/// One sequence. Tokens that a new prompt shares with what was run before are not computed again.
class Session {
 public:
  explicit Session(const Engine& engine);
  /// Runs `prompt` and generates; `on_text` (may be empty) gets text as it is complete, never half a
  /// character. Errors: kContextFull when the prompt does not fit, kInvalidArgument, kNonFinite. An answer
  /// that fills the context ends with StopReason::kContextFull, unless options.context_shift.
  Result<GenerateResult> generate(std::span<const int32_t> prompt, const GenerateOptions& options,
                                  const std::function<void(std::string_view)>& on_text);
  /// Logits behind `text`, [vocab]. As for generate(), what it shares with what was run before is not run
  /// again.
  Result<std::vector<float>> logits_behind(std::span<const int32_t> text, int64_t chunk);
  /// Logits of every token of `ids` from an empty cache, [n, vocab], prefilled in chunks.
  Result<std::vector<float>> logits(std::span<const int32_t> ids, int64_t chunk);
  /// Runs `ids` after what is cached; gives the last token's logits, [vocab], as far as `cut` asks for them.
  Result<std::vector<float>> extend(std::span<const int32_t> ids, int64_t chunk,
                                    const std::optional<LogitCut>& cut = std::nullopt);
  /// Runs `ids` after what is cached; `last` gets the logits of the last of them, [last.size() / vocab,
  /// vocab]; empty: of none.
  Status extend_into(std::span<const int32_t> ids, int64_t chunk, std::span<float> last);
  /// Runs `ids` after what is cached in one pass; `states` gets what the last norm makes of each of them,
  /// [n, hidden].
  Status extend_hidden(std::span<const int32_t> ids, std::span<float> states);
  /// While `*flag` is set, generate() and whatever runs prompts end as by Ctrl-C. It must outlive the
  /// session; nullptr: nobody cancels.
  void set_cancel(const std::atomic<bool>* flag) { cancel_ = flag; }
  void reset() { rewind(0); }
  /// Forgets all but the first `tokens` of what is cached (of fewer, nothing).
  void rewind(size_t tokens) { text_.rewind(tokens); }
  /// The tokens whose keys and values are cached, by position.
  const std::vector<int32_t>& cached() const { return text_.tokens(); }
  /// Writes what is cached to a file (engine/session_file.cc has its layout), as far as it is the beginning
  /// of a text. Errors: those of AtomicFile.
  Status save(const std::string& path) const;
  /// Takes over what save() wrote, as far as the context has room, in place of what is cached. Errors:
  /// kNotFound; kBadFile when the file is damaged; kInvalidArgument when it is no such file, or of another
  /// model or type of cache; kUnsupported when it is of another version. The session is empty then.
  Status restore(const std::string& path);

 private:
  /// What of a prompt is to be run behind the cached tokens. Tokens before it that are not cached either are
  /// `skipped`: they stand behind the first options.keep.
  struct PromptPlan {
    std::vector<int32_t> run;
    std::span<const int32_t> skipped;
  };
  /// Keeps of the cache what the prompt shares with it, and makes room for the rest if options.context_shift.
  Result<PromptPlan> plan_prompt(std::span<const int32_t> prompt, const GenerateOptions& options);
  /// As models/kv_shift.h; after an error or exception nothing is cached.
  Status shift(size_t keep, size_t drop);
  /// Guesses that may be run behind the token `result` ends with: never beyond the context or the last token
  /// asked for.
  size_t most_guesses(const GenerateOptions& options, const GenerateResult& result) const;
  /// Runs `tokens` behind what is cached without making them part of it: the next run overwrites them.
  /// `logits` gets those of tokens [logits_from, n), [n - logits_from, vocab].
  Status run_behind(std::span<const int32_t> tokens, size_t logits_from, const std::optional<LogitCut>& cut,
                    float* logits);
  /// Forgets all but the first `keep` cached tokens and checks that `ids` can be run behind them. After
  /// kInvalidArgument nothing is forgotten.
  Status prepare(size_t keep, std::span<const int32_t> ids, int64_t chunk);
  /// Runs `ids`, for which prepare() was called, in passes of `chunk`. `logits` gets those of the last `rows`
  /// of them, [rows, vocab], as far as `cut` asks for them. After an error the passes before it are cached.
  Status run_chunks(std::span<const int32_t> ids, size_t rows, int64_t chunk,
                    const std::optional<LogitCut>& cut, float* logits);
  size_t vocab() const { return static_cast<size_t>(engine_.config().vocab); }
  /// The pass of `chunk`, whose tokens lie behind what is cached.
  Status run_pass(SequenceChunk chunk, float* logits);
  bool cancelled() const;

  const Engine& engine_;
  KvCache kv_;
  CachedText text_;
  const std::atomic<bool>* cancel_ = nullptr;
};

}  // namespace tern
