#pragma once
// What is done to logits before temperature and cuts, in this order: bias, repetition penalty, frequency and
// presence penalty. All in double, so that the same ids and options give the same bits.
#include <vector>

#include "engine/sampler.h"

namespace tern {

/// Whether some option edits logits by what stands in the text.
bool penalizes(const SamplerOptions& options);
/// Whether edit_logits() may change any.
bool edits_logits(const SamplerOptions& options);

/// logits[vocab], in place. Ids outside the vocabulary are left out.
/// Bias (OpenAI's logit_bias): value added to the logit of each id.
/// Repetition penalty (transformers' RepetitionPenaltyLogitsProcessor): the logit of each id in prompt or
/// answer is divided by it if positive, else multiplied.
/// Frequency and presence penalty (OpenAI's): logit - count * frequency - presence for each id that stands
/// `count` > 0 times in the answer; the prompt does not count.
void edit_logits(std::vector<double>& logits, const SamplerOptions& options, const TextSoFar& text);

/// Makes a cut for plain logits one for biased ones. Say n ids have a bias of at most b > 0 (or b = 0), and
/// without it the `top` best matter, and what is within `window` of them. The best `top` without a bias are
/// among the best top + n of all, so a biased token that matters has logit + b >= (the (top + n)-th best) -
/// window.
void widen_for_bias(const SamplerOptions& options, LogitCut* cut);

}  // namespace tern
