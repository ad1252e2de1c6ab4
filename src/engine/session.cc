#include "engine/session.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/interrupt.h"
#include "engine/limits.h"
#include "engine/lookahead.h"
#include "engine/lookup.h"
#include "engine/stop_strings.h"
#include "models/kv_shift.h"

namespace tern {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Status check_options(const GenerateOptions& options, int64_t vocab, int64_t context) {
  if (!options.pick) {
    TERN_TRY(check_sampler_options(options.sampler));
    TERN_TRY(check_bias_ids(options.sampler, vocab));
  }
  for (const std::string& stop : options.stop) {
    if (stop.empty())
      return fail(ErrorCode::kInvalidArgument, "a stop string is empty: it would end any text");
  }
  if (options.max_tokens < -1) {
    return fail(ErrorCode::kInvalidArgument, "{} tokens to generate: must be 0 or more, or -1 for no limit",
                options.max_tokens);
  }
  if (options.lookup < 0 || options.lookup > kMaxLookup) {
    return fail(ErrorCode::kInvalidArgument, "lookup {}: must be 0 (off) to {}", options.lookup, kMaxLookup);
  }
  if (options.top_logprobs < 0 || options.top_logprobs > kMaxTopLogprobs) {
    return fail(ErrorCode::kInvalidArgument, "{} logprobs for each token: must be 0 to {}",
                options.top_logprobs, kMaxTopLogprobs);
  }
  if (options.context_shift && (options.keep < 0 || options.keep > context - 2)) {
    return fail(ErrorCode::kInvalidArgument,
                "keep {}: must be 0 or more, and the context of {} needs room for two tokens behind it",
                options.keep, context);
  }
  return {};
}

void add_logprobs(std::span<const float> logits, const GenerateOptions& options, GenerateResult* result) {
  if (!options.logprobs) return;
  const LogSoftmax softmax(logits);
  result->logprobs.push_back(softmax.of(result->ids.back()));
  if (options.top_logprobs > 0) {
    result->top_logprobs.push_back(softmax.top(static_cast<size_t>(options.top_logprobs)));
  }
}

/// Nothing: whoever picks wants no more.
Result<std::optional<int32_t>> next_token(std::span<const float> logits, const GenerateOptions& options,
                                          const TextSoFar& text) {
  if (!options.pick) return sample(logits, options.sampler, text, text.prompt.size() + text.answer.size());
  const std::optional<int32_t> id = options.pick(logits, text);
  if (id && (*id < 0 || static_cast<size_t>(*id) >= logits.size())) {
    return fail(ErrorCode::kInvalidArgument, "the sampler gave token id {}, outside the vocabulary of {}",
                *id, logits.size());
  }
  return id;
}

}  // namespace

std::optional<LogitCut> logit_cut(const GenerateOptions& options) {
  // A log-probability needs the sum over all logits.
  return options.logprobs || options.pick ? std::nullopt : logit_cut(options.sampler);
}

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

Result<Session::PromptPlan> Session::plan_prompt(std::span<const int32_t> prompt,
                                                 const GenerateOptions& options) {
  if (prompt.empty())
    return fail(ErrorCode::kInvalidArgument, "the prompt is empty; give at least one token");
  const auto rest = [&](size_t from) {
    return std::vector(prompt.begin() + static_cast<ptrdiff_t>(from), prompt.end());
  };
  // The last prompt token is always run again: its logits are needed.
  const size_t shared = text_.shared_with(prompt.first(prompt.size() - 1));
  const auto keep = static_cast<size_t>(options.keep), room = static_cast<size_t>(kv_.max_positions());
  // Behind a dropped stretch positions stand for this text alone, and for who accepts that.
  const bool goes_on = options.context_shift && text_.exact() == keep && shared >= keep + text_.dropped();
  rewind(text_.dropped() > 0 && goes_on ? shared - text_.dropped() : std::min(shared, text_.exact()));
  const size_t begin = text_.size() + text_.dropped();
  if (!options.context_shift || prompt.size() - text_.dropped() <= room) return PromptPlan{rest(begin), {}};
  // It keeps as many tokens as a shift would: its last ones.
  const size_t end = prompt.size() - std::max<size_t>((room - keep) / 2, 1);
  if (begin > end) {
    TERN_TRY(shift(keep, end - keep - text_.dropped()));
    return PromptPlan{rest(begin), {}};
  }
  rewind(keep);
  PromptPlan plan{rest(end), prompt.subspan(keep, end - keep)};
  const auto kept = prompt.subspan(text_.size(), keep - text_.size());
  plan.run.insert(plan.run.begin(), kept.begin(), kept.end());
  return plan;
}

Status Session::shift(size_t keep, size_t drop) {
  CachedText text = std::exchange(text_, {});  // while rows move, and where that ends half-way
  {
    const std::lock_guard turn(engine_.pass_mutex());
    TERN_TRY(shift_kv(engine_.config(), *kv_.view(), static_cast<int64_t>(keep), static_cast<int64_t>(drop),
                      static_cast<int64_t>(text.size()), engine_.pool()));
  }
  text.drop(keep, drop);
  text_ = std::move(text);
  return {};
}

Status Session::run_behind(std::span<const int32_t> tokens, size_t logits_from,
                           const std::optional<LogitCut>& cut, float* logits) {
  return run_pass({.tokens = tokens, .logits_from = logits_from, .cut = cut}, logits);
}

Status Session::run_pass(SequenceChunk chunk, float* logits) {
  chunk.pos0 = static_cast<int64_t>(text_.size());
  chunk.kv = kv_.view();
  TERN_TRY(kv_.reserve(chunk.pos0 + static_cast<int64_t>(chunk.tokens.size())));
  const std::lock_guard turn(engine_.pass_mutex());
  return engine_.model().forward({&chunk, 1}, engine_.pool(), logits);
}

bool Session::cancelled() const {
  return interrupted() || (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed));
}

Status Session::extend_hidden(std::span<const int32_t> ids, std::span<float> states) {
  TERN_CHECK(states.size() == ids.size() * static_cast<size_t>(engine_.config().hidden));
  TERN_TRY(prepare(text_.size(), ids, kMaxChunk));
  TERN_TRY(run_pass({.tokens = ids, .logits_from = ids.size(), .hidden = states.data()}, nullptr));
  text_.append(ids);
  return {};
}

Status Session::prepare(size_t keep, std::span<const int32_t> ids, int64_t chunk) {
  if (ids.empty()) return fail(ErrorCode::kInvalidArgument, "no tokens to run");
  if (chunk < 1 || chunk > kMaxChunk) {
    return fail(ErrorCode::kInvalidArgument, "chunk {}: must be 1 to {}", chunk, kMaxChunk);
  }
  rewind(keep);
  return kv_.check_fits(static_cast<int64_t>(text_.size() + ids.size()));
}

Status Session::run_chunks(std::span<const int32_t> ids, size_t rows, int64_t chunk,
                           const std::optional<LogitCut>& cut, float* logits) {
  const size_t first_row = ids.size() - rows;
  for (size_t begin = 0; begin < ids.size();) {
    if (cancelled()) return fail(ErrorCode::kInterrupted, "interrupted while reading the prompt");
    const auto part = ids.subspan(begin, std::min(static_cast<size_t>(chunk), ids.size() - begin));
    const size_t logits_from = std::clamp(first_row, begin, begin + part.size()) - begin;
    TERN_TRY(run_behind(part, logits_from, cut, logits));
    text_.append(part);
    logits += (part.size() - logits_from) * vocab();
    begin += part.size();
  }
  return {};
}

Result<std::vector<float>> Session::extend(std::span<const int32_t> ids, int64_t chunk,
                                           const std::optional<LogitCut>& cut) {
  TERN_TRY(prepare(text_.size(), ids, chunk));
  std::vector<float> logits(vocab());
  TERN_TRY(run_chunks(ids, 1, chunk, cut, logits.data()));
  return logits;
}

Result<std::vector<float>> Session::logits_behind(std::span<const int32_t> text, int64_t chunk) {
  TERN_ASSIGN(const PromptPlan plan, plan_prompt(text, {}));
  return extend(plan.run, chunk);
}

Status Session::extend_into(std::span<const int32_t> ids, int64_t chunk, std::span<float> last) {
  const size_t rows = last.size() / vocab();
  TERN_CHECK(rows * vocab() == last.size() && rows <= ids.size());
  TERN_TRY(prepare(text_.size(), ids, chunk));
  return run_chunks(ids, rows, chunk, std::nullopt, last.data());
}

Result<std::vector<float>> Session::logits(std::span<const int32_t> ids, int64_t chunk) {
  TERN_TRY(prepare(0, ids, chunk));
  std::vector<float> logits(ids.size() * vocab());
  TERN_TRY(run_chunks(ids, ids.size(), chunk, std::nullopt, logits.data()));
  return logits;
}

size_t Session::most_guesses(const GenerateOptions& options, const GenerateResult& result) const {
  int64_t most = std::min(options.lookup, kv_.max_positions() - static_cast<int64_t>(text_.size()) - 1);
  if (options.max_tokens >= 0) {
    most = std::min(most, options.max_tokens - static_cast<int64_t>(result.ids.size()) - 1);
  }
  return static_cast<size_t>(std::max<int64_t>(most, 0));
}

Result<GenerateResult> Session::generate(std::span<const int32_t> prompt, const GenerateOptions& options,
                                         const std::function<void(std::string_view)>& on_text) {
  TERN_TRY(check_options(options, engine_.config().vocab, kv_.max_positions()));
  GenerateResult result;
  result.prompt_tokens = static_cast<int64_t>(prompt.size());
  const auto keep = static_cast<size_t>(options.keep);
  const std::optional<LogitCut> cut = logit_cut(options);
  auto start = std::chrono::steady_clock::now();
  TERN_ASSIGN(const PromptPlan plan, plan_prompt(prompt, options));
  result.cached_tokens = static_cast<int64_t>(prompt.size() - plan.run.size());
  TERN_ASSIGN(std::vector<float> logits, extend(plan.run, options.chunk, cut));
  if (!plan.skipped.empty()) text_.skip(keep, plan.skipped);
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
  const std::vector<int32_t>& ends = engine_.stop_tokens();

  start = std::chrono::steady_clock::now();
  while (true) {
    if (options.max_tokens >= 0 && static_cast<int64_t>(result.ids.size()) >= options.max_tokens) break;
    std::optional<int32_t> next;
    if (!cancelled()) {
      TERN_ASSIGN(next, next_token(ahead.logits(), options, {prompt, result.ids}));
    }
    if (!next) {
      result.stop = StopReason::kInterrupted;
      break;
    }
    const int32_t id = *next;
    result.ids.push_back(id);
    add_logprobs(ahead.logits(), options, &result);
    if (!options.ignore_eos && std::binary_search(ends.begin(), ends.end(), id)) {
      result.stop = StopReason::kEndOfTurn;
      break;
    }
    if (decoder) emit(stops.add(decoder->add(id)));
    if (stops.found()) {
      result.stop = StopReason::kStopString;
      break;
    }
    if (options.max_tokens >= 0 && static_cast<int64_t>(result.ids.size()) >= options.max_tokens) break;
    if (static_cast<int64_t>(text_.size()) >= kv_.max_positions()) {
      if (!options.context_shift) {
        result.stop = StopReason::kContextFull;
        break;
      }
      TERN_TRY(shift(keep, std::max<size_t>((text_.size() - keep) / 2, 1)));
    }
    TERN_TRY(ahead.advance(id, most_guesses(options, result)));
    text_.append(id);
  }
  result.dropped_tokens = static_cast<int64_t>(text_.dropped());
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
