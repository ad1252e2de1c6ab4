#include "engine/logit_edits.h"

#include <algorithm>
#include <functional>
#include <span>

namespace tern {
namespace {

/// Calls `edit` with the logit of every id of the text, once, and how often it stands there.
void for_ids(std::vector<double>& logits, std::vector<int32_t> text,
             const std::function<void(double& logit, double count)>& edit) {
  std::sort(text.begin(), text.end());
  for (auto begin = text.begin(); begin != text.end();) {
    const auto end = std::upper_bound(begin, text.end(), *begin);
    if (*begin >= 0 && static_cast<size_t>(*begin) < logits.size()) {
      edit(logits[static_cast<size_t>(*begin)], static_cast<double>(end - begin));
    }
    begin = end;
  }
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
    std::vector<int32_t> ids(text.prompt.begin(), text.prompt.end());
    ids.insert(ids.end(), text.answer.begin(), text.answer.end());
    for_ids(logits, std::move(ids),
            [penalty](double& logit, double) { logit = logit > 0 ? logit / penalty : logit * penalty; });
  }
  if (penalizes_answer(options)) {
    const double frequency = options.frequency_penalty, presence = options.presence_penalty;
    for_ids(logits, {text.answer.begin(), text.answer.end()},
            [=](double& logit, double count) { logit = logit - count * frequency - presence; });
  }
}

void widen_for_bias(const SamplerOptions& options, LogitCut* cut) {
  double greatest = 0;
  for (const LogitBias& bias : options.bias) greatest = std::max<double>(greatest, bias.value);
  cut->top += static_cast<int64_t>(options.bias.size());
  if (greatest > 0) cut->window += greatest + 1e-6;  // and a little more for what a sum of doubles rounds
}

}  // namespace tern
