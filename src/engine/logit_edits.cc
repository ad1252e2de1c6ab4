#include "engine/logit_edits.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace tern {
namespace {

/// How often each id stands in the texts, [vocab].
std::vector<uint32_t> counts_of(std::initializer_list<std::span<const int32_t>> texts, size_t vocab) {
  std::vector<uint32_t> counts(vocab);
  for (const std::span<const int32_t> text : texts) {
    for (const int32_t id : text) {
      if (id >= 0 && static_cast<size_t>(id) < vocab) ++counts[static_cast<size_t>(id)];
    }
  }
  return counts;
}

bool penalizes_answer(const SamplerOptions& options) {
  return options.presence_penalty != 0.0f || options.frequency_penalty != 0.0f;
}

}  // namespace

bool penalizes(const SamplerOptions& options) {
  return options.repetition_penalty != 1.0f || penalizes_answer(options);
}

bool edits_logits(const SamplerOptions& options) {
  return penalizes(options) || !options.bias.empty();
}

void edit_logits(std::vector<double>& logits, const SamplerOptions& options, const TextSoFar& text) {
  for (const LogitBias& bias : options.bias) {
    if (bias.id >= 0 && static_cast<size_t>(bias.id) < logits.size()) {
      logits[static_cast<size_t>(bias.id)] += bias.value;
    }
  }
  if (options.repetition_penalty != 1.0f) {
    const double penalty = options.repetition_penalty;
    const std::vector<uint32_t> counts = counts_of({text.prompt, text.answer}, logits.size());
    for (size_t id = 0; id < logits.size(); ++id) {
      double& logit = logits[id];
      if (counts[id] > 0) logit = logit > 0 ? logit / penalty : logit * penalty;
    }
  }
  if (penalizes_answer(options)) {
    const double frequency = options.frequency_penalty, presence = options.presence_penalty;
    const std::vector<uint32_t> counts = counts_of({text.answer}, logits.size());
    for (size_t id = 0; id < logits.size(); ++id) {
      if (counts[id] > 0) logits[id] = logits[id] - counts[id] * frequency - presence;
    }
  }
}

void widen_for_bias(const SamplerOptions& options, LogitCut* cut) {
  double greatest = 0;
  for (const LogitBias& bias : options.bias) greatest = std::max<double>(greatest, bias.value);
  cut->top += static_cast<int64_t>(options.bias.size());
  if (greatest > 0) cut->window += greatest + 1e-6;  // and a little more for what a sum of doubles rounds
}

}  // namespace tern
