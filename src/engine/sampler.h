#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "base/error.h"
#include "models/model.h"

namespace tern {

struct SamplerOptions {
  float temperature = 0.0f;         ///< 0: greedy (the lowest id among equals)
  int32_t top_k = 0;                ///< 0: off
  float top_p = 1.0f;               ///< 1: off
  float min_p = 0.0f;               ///< 0: off
  float repetition_penalty = 1.0f;  ///< 1: off; over prompt and answer
  uint64_t seed = 0;
};

/// kInvalidArgument names the option that is out of range.
Status check_sampler_options(const SamplerOptions& options);

/// A counter-based generator (Philox 4x32-10): the draw for (seed, position) is one function of both, so the
/// text does not depend on batching or speculation (docs/numerics.md rule 12). Uniform in [0, 1).
double uniform_at(uint64_t seed, uint64_t position);

/// Picks the next token for `position`. Order as in transformers: repetition penalty, temperature, top-k,
/// top-p, min-p. `history` = prompt and answer so far.
int32_t sample(std::span<const float> logits, const SamplerOptions& options, std::span<const int32_t> history,
               uint64_t position);

/// The logits that sample() looks at: with the others at -infinity it picks the same token. nullopt: it may
/// look at all, as for a repetition penalty, top-p without top-k (which needs the sum over all), or plain
/// sampling.
std::optional<LogitCut> logit_cut(const SamplerOptions& options);

/// log softmax(logits)[id], computed in double with own exp and log.
double log_probability(std::span<const float> logits, int32_t id);

}  // namespace tern
