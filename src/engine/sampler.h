#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "models/model.h"

namespace tern {

/// A number to add to a token's logit.
struct LogitBias {
  int32_t id = 0;
  float value = 0;  ///< -100 (in practice never drawn) to 100
};

struct SamplerOptions {
  float temperature = 0.0f;          ///< 0: greedy (the lowest id among equals)
  int32_t top_k = 0;                 ///< 0: off
  float top_p = 1.0f;                ///< 1: off
  float min_p = 0.0f;                ///< 0: off
  float repetition_penalty = 1.0f;   ///< 1: off; over prompt and answer
  float presence_penalty = 0.0f;     ///< 0: off; off the logit of every token of the answer
  float frequency_penalty = 0.0f;    ///< 0: off; off it for every time that it stands in the answer
  std::vector<LogitBias> bias = {};  ///< each id once
  uint64_t seed = 0;
};

/// kInvalidArgument names the option that is out of range.
Status check_sampler_options(const SamplerOptions& options);
/// kInvalidArgument names an id of options.bias that is outside the vocabulary, or there twice.
Status check_bias_ids(const SamplerOptions& options, int64_t vocab);

/// What stands before the token to draw.
struct TextSoFar {
  std::span<const int32_t> prompt, answer;
};

/// A counter-based generator (Philox 4x32-10): the draw for (seed, position) is one function of both, so the
/// text does not depend on batching or speculation (docs/numerics.md rule 12). Uniform in [0, 1).
double uniform_at(uint64_t seed, uint64_t position);

/// Picks the next token for `position`. The logits are edited first (engine/logit_edits.h: bias, repetition
/// penalty, frequency and presence penalty), then cut as in transformers: temperature, top-k, top-p, min-p.
int32_t sample(std::span<const float> logits, const SamplerOptions& options, const TextSoFar& text,
               uint64_t position);

/// The logits that sample() looks at: with the others at -infinity it picks the same token. Of options.bias
/// only values count. nullopt: it may look at all, as for a penalty, top-p without top-k (which needs the sum
/// over all), or plain sampling.
std::optional<LogitCut> logit_cut(const SamplerOptions& options);

}  // namespace tern
