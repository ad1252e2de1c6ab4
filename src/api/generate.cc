// Generation with the caller's options and callbacks.
#include "api/handles.h"

namespace tern::api {
namespace {

constexpr size_t kOptionsBytes = 136;  // of the first version
static_assert(sizeof(tern_generate_options) >= kOptionsBytes);
constexpr size_t kMaxStopStrings = 4096;

/// The library's struct, and the memory that it points to.
struct Generation : tern_generation {
  GenerateResult result;
};

tern_generate_options default_options() {
  const GenerateOptions engine;
  tern_generate_options options{};
  options.size = sizeof options;
  options.max_tokens = engine.max_tokens;
  options.keep = engine.keep;
  options.temperature = engine.sampler.temperature;
  options.top_k = engine.sampler.top_k;
  options.top_p = engine.sampler.top_p;
  options.min_p = engine.sampler.min_p;
  options.repetition_penalty = engine.sampler.repetition_penalty;
  options.presence_penalty = engine.sampler.presence_penalty;
  options.frequency_penalty = engine.sampler.frequency_penalty;
  options.seed = engine.sampler.seed;
  options.lookup = static_cast<int32_t>(engine.lookup);
  return options;
}

Result<SamplerOptions> sampler_options(const tern_generate_options& given, int64_t vocab) {
  SamplerOptions options;
  options.temperature = given.temperature;
  options.top_k = given.top_k;
  options.top_p = given.top_p;
  options.min_p = given.min_p;
  options.repetition_penalty = given.repetition_penalty;
  options.presence_penalty = given.presence_penalty;
  options.frequency_penalty = given.frequency_penalty;
  options.seed = given.seed;
  TERN_ASSIGN(const auto biases, array(given.bias, given.bias_count, "bias"));
  if (biases.size() > static_cast<size_t>(vocab)) {
    return fail(ErrorCode::kInvalidArgument, "{} biases for a vocabulary of {}: give each token once",
                biases.size(), vocab);
  }
  for (const tern_logit_bias& bias : biases) options.bias.push_back({bias.id, bias.value});
  return options;
}

PickToken picker(const tern_generate_options& given) {
  return [sampler = given.sampler, user = given.user](std::span<const float> logits,
                                                      const TextSoFar& text) -> std::optional<int32_t> {
    const int32_t id = sampler(logits.data(), logits.size(), text.answer.data(), text.answer.size(), user);
    return id == TERN_STOP ? std::nullopt : std::optional(id);
  };
}

Result<GenerateOptions> generate_options(const tern_generate_options& given, int64_t vocab) {
  if (given.reserved != 0) return fail(ErrorCode::kInvalidArgument, "options->reserved must be 0");
  GenerateOptions options;
  if (given.sampler != nullptr) {
    options.pick = picker(given);
  } else {
    TERN_ASSIGN(options.sampler, sampler_options(given, vocab));
  }
  TERN_ASSIGN(const auto stops, array(given.stop, given.stop_count, "stop"));
  if (stops.size() > kMaxStopStrings) {
    return fail(ErrorCode::kInvalidArgument, "{} stop strings: at most {}", stops.size(), kMaxStopStrings);
  }
  for (size_t i = 0; i < stops.size(); ++i) {
    TERN_ASSIGN(const auto stop, utf8(stops[i], fmt::format("stop[{}]", i).c_str()));
    options.stop.emplace_back(stop);
  }
  options.max_tokens = given.max_tokens;
  options.ignore_eos = given.ignore_eos != 0;
  options.logprobs = given.logprobs != 0;
  options.context_shift = given.context_shift != 0;
  options.keep = given.keep;
  options.lookup = given.lookup;
  return options;
}

int32_t stop_code(StopReason reason) {
  switch (reason) {
    case StopReason::kEndOfTurn:
      return TERN_STOP_END_OF_TURN;
    case StopReason::kMaxTokens:
      return TERN_STOP_MAX_TOKENS;
    case StopReason::kStopString:
      return TERN_STOP_STRING;
    case StopReason::kContextFull:
      return TERN_STOP_CONTEXT_FULL;
    case StopReason::kInterrupted:
      return TERN_STOP_CANCELLED;
  }
  return TERN_STOP_CANCELLED;
}

std::unique_ptr<Generation> shown(GenerateResult result) {
  auto made = std::make_unique<Generation>();
  made->result = std::move(result);
  const GenerateResult& r = made->result;
  made->ids = r.ids.data();
  made->id_count = r.ids.size();
  made->text = r.text.c_str();
  made->text_bytes = r.text.size();
  made->logprobs = r.logprobs.empty() ? nullptr : r.logprobs.data();
  made->prompt_tokens = r.prompt_tokens;
  made->cached_tokens = r.cached_tokens;
  made->dropped_tokens = r.dropped_tokens;
  made->prompt_seconds = r.prefill_s;
  made->answer_seconds = r.decode_s;
  made->stop = stop_code(r.stop);
  return made;
}

Status generate(tern_session* session, const tern_generate_options* given, tern_generation** out) {
  TERN_TRY(need(out, "generation"));
  TERN_ASSIGN(const Turn turn, Turn::take(session));
  TERN_ASSIGN(const tern_generate_options read,
              read_options(given, kOptionsBytes, default_options(), "tern_generate_options"));
  TERN_ASSIGN(const GenerateOptions options, generate_options(read, session->engine().config().vocab));
  TERN_ASSIGN(GenerateResult result,
              session->session.generate(session->tokens, options, [&](std::string_view text) {
                if (read.on_text == nullptr || session->cancelled) return;
                const std::string piece(text);
                if (read.on_text(piece.c_str(), piece.size(), read.user) != 0) session->cancelled = true;
              }));
  std::unique_ptr<Generation> made = shown(std::move(result));
  if (made->id_count > 0) {
    session->tokens.insert(session->tokens.end(), made->ids, made->ids + made->id_count);
    session->tokens_changed();
  }
  *out = made.release();
  return {};
}

}  // namespace
}  // namespace tern::api

using namespace tern::api;

tern_status tern_generate_options_init(tern_generate_options* options, size_t size) {
  return call(
      [&] { return write_struct(default_options(), size, kOptionsBytes, options, "tern_generate_options"); });
}

tern_status tern_session_generate(tern_session* session, const tern_generate_options* options,
                                  tern_generation** generation) {
  return call([&] { return generate(session, options, generation); });
}

void tern_generation_free(tern_generation* generation) {
  delete static_cast<Generation*>(generation);
}
