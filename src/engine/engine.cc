#include <algorithm>
#include <new>
#include <system_error>

#include "base/log.h"
#include "engine/fingerprint.h"
#include "engine/limits.h"
#include "engine/packing_choice.h"
#include "engine/session.h"

namespace tern {
namespace {

/// End-of-turn tokens that a tokenizer may carry beside the file's own eos list.
constexpr std::string_view kTurnEnds[] = {
    "<|eot_id|>",       // LLaMA 3
    "<|eom_id|>",       // LLaMA 3, before a tool answers
    "<|end_of_text|>",  // LLaMA 3
    "<|im_end|>",       // ChatML: Qwen2, SmolLM2
    "<|endoftext|>",    // GPT-2, Qwen2
    "<end_of_turn>",    // Gemma
    "<|end|>",          // Phi-3
};

Status check_options(const EngineOptions& options) {
  if (options.threads < 0 || options.threads > kMaxThreads) {
    return fail(ErrorCode::kInvalidArgument, "threads {}: must be 0 (all) to {}", options.threads,
                kMaxThreads);
  }
  if (options.context < 0 || options.context > kMaxContext) {
    return fail(ErrorCode::kInvalidArgument, "context {}: must be 0 (the model's own) to {}", options.context,
                kMaxContext);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(const std::string& path, const EngineOptions& options) {
  TERN_TRY(check_options(options));
  const int threads = options.threads > 0 ? options.threads : available_threads();
  try {
    auto engine = std::make_unique<Engine>();
    engine->options_ = options;
    engine->pool_ = std::make_unique<ThreadPool>(threads);
    engine->options_.threads = engine->pool_->threads();
    reset_float_environment();
    TERN_ASSIGN(engine->file_, ModelFile::open(path, options.open));
    for (const std::string& warning : engine->file_->warnings()) log_warning(warning);
    engine->options_.load.packing = decide_packing(options.load.packing, *engine->file_, engine->pool_.get());
    TERN_ASSIGN(engine->model_, Model::load(engine->file_, engine->options_.load, engine->pool_.get()));

    const ModelConfig& config = engine->config();
    if (options.context == 0) engine->options_.context = std::min(config.max_positions, kDefaultContext);
    if (engine->options_.context > config.max_positions) {
      warn("--context {} is beyond the {} positions that the model was trained for", options.context,
           config.max_positions);
    }
    engine->stop_tokens_ = config.eos;
    if (engine->file_->tokenizer()) {
      auto tokenizer = Tokenizer::create(*engine->file_->tokenizer());
      if (!tokenizer) {
        return tl::unexpected(tokenizer.error().with_context(options.open.tokenizer.value_or(path)));
      }
      engine->tokenizer_ = std::move(*tokenizer);
      for (const std::string_view name : kTurnEnds) {
        const int32_t id = engine->tokenizer_->find_special(name);
        if (id >= 0) engine->stop_tokens_.push_back(id);
      }
    }
    std::sort(engine->stop_tokens_.begin(), engine->stop_tokens_.end());
    engine->stop_tokens_.erase(std::unique(engine->stop_tokens_.begin(), engine->stop_tokens_.end()),
                               engine->stop_tokens_.end());
    return engine;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory, "{}: not enough memory to load the model", path);
  } catch (const std::system_error& error) {
    return fail(ErrorCode::kOutOfMemory, "cannot start {} threads ({}): give fewer with --threads", threads,
                error.what());
  }
}

uint64_t Engine::fingerprint() const {
  const std::lock_guard turn(pass_mutex_);
  if (!fingerprint_) fingerprint_ = model_fingerprint(*file_, options_.load, pool_.get());
  return *fingerprint_;
}

Result<const Tokenizer*> Engine::tokenizer() const {
  if (tokenizer_ == nullptr) {
    return fail(ErrorCode::kNotFound, "{}: the model carries no tokenizer; name one with --tokenizer FILE",
                file_->path());
  }
  return tokenizer_.get();
}

Result<std::unique_ptr<ChatTemplate>> Engine::chat_template() const {
  if (file_->chat_template().empty()) {
    return fail(ErrorCode::kNotFound,
                "{}: the model carries no chat template; name one with --chat-template FILE", file_->path());
  }
  return ChatTemplate::parse(file_->chat_template());
}

}  // namespace tern
