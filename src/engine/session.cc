#include "engine/session.h"

#include <algorithm>

#include "base/interrupt.h"
#include "engine/limits.h"
#include "engine/lookahead.h"
#include "engine/lookup.h"
#include "engine/stop_strings.h"

namespace tern {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

std::string_view stop_reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::kEndOfTurn:
      return "end_of_turn";
    case StopReason::kMaxTokens:
      return "max_tokens";
    case StopReason::kStopString:
      return "stop_string";
    case StopReason::kContextFull:
      return "context_full";
    case StopReason::kInterrupted:
      return "interrupted";
  }
  return "";
}

Session::Session(const Engine& engine)
    : engine_(engine), kv_(engine.config(), engine.options().kv, engine.context()) {}

Result<size_t> Session::reuse_prefix(std::span<const int32_t> prompt) {
  if (prompt.empty())
    return fail(ErrorCode::kInvalidArgument, "the prompt is empty; give at least one token");
  // The last prompt token is always run again: its logits are needed.
  const size_t limit = std::min(cached_.size(), prompt.size() - 1);
  const size_t shared = static_cast<size_t>(
      std::mismatch(cached_.begin(), cached_.begin() + static_cast<ptrdiff_t>(limit), prompt.begin()).first -
      cached_.begin());
  cached_.resize(shared);
  return shared;
}

Status Session::run_behind(std::span<const int32_t> tokens, size_t logits_from,
                           const std::optional<LogitCut>& cut, float* logits) {
  const auto pos0 = static_cast<int64_t>(cached_.size());
  TERN_TRY(kv_.reserve(pos0 + static_cast<int64_t>(tokens.size())));
  const SequenceChunk chunk{
      .tokens = tokens, .pos0 = pos0, .kv = kv_.view(), .logits_from = logits_from, .cut = cut};
  return engine_.model().forward({&chunk, 1}, engine_.pool(), logits);
}

Result<std::vector<float>> Session::run_chunks(size_t keep, std::span<const int32_t> ids, size_t rows,
                                               int64_t chunk, const std::optional<LogitCut>& cut) {
  if (ids.empty()) return fail(ErrorCode::kInvalidArgument, "no tokens to run");
  if (chunk < 1 || chunk > kMaxChunk) {
    return fail(ErrorCode::kInvalidArgument, "chunk {}: must be 1 to {}", chunk, kMaxChunk);
  }
  rewind(keep);
  TERN_TRY(kv_.check_fits(static_cast<int64_t>(cached_.size() + ids.size())));
  const auto vocab = static_cast<size_t>(engine_.config().vocab);
  const size_t first_row = ids.size() - rows;
  std::vector<float> logits(rows * vocab);
  float* next = logits.data();
  for (size_t begin = 0; begin < ids.size();) {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted while reading the prompt");
    const auto part = ids.subspan(begin, std::min(static_cast<size_t>(chunk), ids.size() - begin));
    const size_t logits_from = std::clamp(first_row, begin, begin + part.size()) - begin;
    TERN_TRY(run_behind(part, logits_from, cut, next));
    cached_.insert(cached_.end(), part.begin(), part.end());
    next += (part.size() - logits_from) * vocab;
    begin += part.size();
  }
  return logits;
}

Result<std::vector<float>> Session::extend(std::span<const int32_t> ids, int64_t chunk,
                                           const std::optional<LogitCut>& cut) {
  return run_chunks(cached_.size(), ids, 1, chunk, cut);
}

Result<std::vector<float>> Session::logits(std::span<const int32_t> ids, int64_t chunk) {
  return run_chunks(0, ids, ids.size(), chunk, std::nullopt);
}

size_t Session::most_guesses(const GenerateOptions& options, const GenerateResult& result) const {
  int64_t most = std::min(options.lookup, kv_.max_positions() - static_cast<int64_t>(cached_.size()) - 1);
  if (options.max_tokens >= 0) {
    most = std::min(most, options.max_tokens - static_cast<int64_t>(result.ids.size()) - 1);
  }
  return static_cast<size_t>(std::max<int64_t>(most, 0));
}

Result<GenerateResult> Session::generate(std::span<const int32_t> prompt, const GenerateOptions& options,
                                         const std::function<void(std::string_view)>& on_text) {
  TERN_TRY(check_sampler_options(options.sampler));
  if (options.max_tokens < -1) {
    return fail(ErrorCode::kInvalidArgument, "{} tokens to generate: must be 0 or more, or -1 for no limit",
                options.max_tokens);
  }
  if (options.lookup < 0 || options.lookup > kMaxLookup) {
    return fail(ErrorCode::kInvalidArgument, "lookup {}: must be 0 (off) to {}", options.lookup, kMaxLookup);
  }
  GenerateResult result;
  result.prompt_tokens = static_cast<int64_t>(prompt.size());
  TERN_ASSIGN(const size_t shared, reuse_prefix(prompt));
  result.cached_tokens = static_cast<int64_t>(shared);

  // A log-probability needs the sum over all logits.
  const std::optional<LogitCut> cut = options.logprobs ? std::nullopt : logit_cut(options.sampler);
  auto start = std::chrono::steady_clock::now();
  TERN_ASSIGN(std::vector<float> logits, extend(prompt.subspan(shared), options.chunk, cut));
  result.prefill_s = seconds_since(start);

  const Result<const Tokenizer*> tokenizer = engine_.tokenizer();  // ids alone are an answer too
  std::optional<StreamDecoder> decoder;
  if (tokenizer) decoder.emplace(**tokenizer);
  StopStrings stops(options.stop);
  const auto emit = [&](const std::string& text) {
    result.text += text;
    if (on_text && !text.empty()) on_text(text);
  };
  Lookup lookup;
  Drafter* drafter = options.lookup == 0 ? nullptr : options.drafter != nullptr ? options.drafter : &lookup;
  Lookahead ahead(prompt, std::move(logits), drafter,
                  [this, &cut](std::span<const int32_t> tokens, float* rows) {
                    return run_behind(tokens, 0, cut, rows);
                  });
  std::vector<int32_t> history(prompt.begin(), prompt.end());
  const std::vector<int32_t>& ends = engine_.stop_tokens();

  start = std::chrono::steady_clock::now();
  while (true) {
    if (options.max_tokens >= 0 && static_cast<int64_t>(result.ids.size()) >= options.max_tokens) break;
    if (interrupted()) {
      result.stop = StopReason::kInterrupted;
      break;
    }
    const int32_t id = sample(ahead.logits(), options.sampler, history, history.size());
    result.ids.push_back(id);
    if (options.logprobs) result.logprobs.push_back(log_probability(ahead.logits(), id));
    if (!options.ignore_eos && std::binary_search(ends.begin(), ends.end(), id)) {
      result.stop = StopReason::kEndOfTurn;
      break;
    }
    history.push_back(id);
    if (decoder) emit(stops.add(decoder->add(id)));
    if (stops.found()) {
      result.stop = StopReason::kStopString;
      break;
    }
    if (options.max_tokens >= 0 && static_cast<int64_t>(result.ids.size()) >= options.max_tokens) break;
    if (static_cast<int64_t>(cached_.size()) >= kv_.max_positions()) {
      result.stop = StopReason::kContextFull;
      break;
    }
    TERN_TRY(ahead.advance(id, most_guesses(options, result)));
    cached_.push_back(id);
  }
  result.drafted = ahead.drafted();
  result.accepted = ahead.accepted();
  result.decode_s = seconds_since(start);
  if (decoder) {
    emit(stops.add(decoder->finish()));
    emit(stops.finish());
  }
  return result;
}

}  // namespace tern
