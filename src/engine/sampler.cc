#include "engine/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/math_f64.h"
#include "engine/logit_edits.h"

namespace tern {
namespace {

constexpr float kGreatestPenalty = 2, kGreatestBias = 100;  // OpenAI's

Status check_within(const char* name, float value, float greatest) {
  if (value >= -greatest && value <= greatest) return {};
  return fail(ErrorCode::kInvalidArgument, "{} {}: must be between -{} and {} (0: off)", name, value,
              greatest, greatest);
}

struct Candidate {
  double logit;
  int32_t id;
};

/// Higher logit first; the lower id among equals, so that the order is total.
bool before(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

template <typename Logits>
int32_t argmax(const Logits& logits) {
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

/// exp((logit - best) / temperature) of each sorted candidate, not normalized. The best's is 1 at any
/// temperature; in double nothing overflows before.
std::vector<double> weights_of(const std::vector<Candidate>& candidates, double temperature) {
  std::vector<double> weights(candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) {
    weights[i] = exp_f64((candidates[i].logit - candidates[0].logit) / temperature);
  }
  return weights;
}

/// The candidates that top-k keeps, sorted.
std::vector<Candidate> top_candidates(const std::vector<double>& logits, int32_t top_k) {
  std::vector<Candidate> candidates(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) candidates[i] = {logits[i], static_cast<int32_t>(i)};
  const size_t keep = top_k > 0 ? std::min<size_t>(top_k, candidates.size()) : candidates.size();
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<ptrdiff_t>(keep), candidates.end(),
                    before);
  candidates.resize(keep);
  return candidates;
}

}  // namespace

Status check_sampler_options(const SamplerOptions& o) {
  if (!(o.temperature >= 0.0f && o.temperature <= 100.0f)) {
    return fail(ErrorCode::kInvalidArgument, "temperature {}: must be between 0 (greedy) and 100",
                o.temperature);
  }
  if (o.top_k < 0) return fail(ErrorCode::kInvalidArgument, "top-k {}: must be 0 (off) or more", o.top_k);
  if (!(o.top_p > 0.0f && o.top_p <= 1.0f)) {
    return fail(ErrorCode::kInvalidArgument, "top-p {}: must be above 0 and at most 1 (off)", o.top_p);
  }
  if (!(o.min_p >= 0.0f && o.min_p <= 1.0f)) {
    return fail(ErrorCode::kInvalidArgument, "min-p {}: must be between 0 (off) and 1", o.min_p);
  }
  if (!(o.repetition_penalty > 0.0f && o.repetition_penalty <= 100.0f)) {
    return fail(ErrorCode::kInvalidArgument,
                "repetition penalty {}: must be above 0 (1: off) and at most 100", o.repetition_penalty);
  }
  TERN_TRY(check_within("presence penalty", o.presence_penalty, kGreatestPenalty));
  TERN_TRY(check_within("frequency penalty", o.frequency_penalty, kGreatestPenalty));
  for (const LogitBias& bias : o.bias) TERN_TRY(check_within("logit bias", bias.value, kGreatestBias));
  return {};
}

Status check_bias_ids(const SamplerOptions& options, int64_t vocab) {
  std::vector<int32_t> ids;
  for (const LogitBias& bias : options.bias) {
    if (bias.id < 0 || bias.id >= vocab) {
      return fail(ErrorCode::kInvalidArgument, "logit bias: token id {} is outside the vocabulary of {}",
                  bias.id, vocab);
    }
    ids.push_back(bias.id);
  }
  std::sort(ids.begin(), ids.end());
  if (const auto twice = std::adjacent_find(ids.begin(), ids.end()); twice != ids.end()) {
    return fail(ErrorCode::kInvalidArgument, "logit bias: token id {} is given twice; give it once", *twice);
  }
  return {};
}

double uniform_at(uint64_t seed, uint64_t position) {
  // Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11), counter = position,
  // key = seed.
  std::array<uint32_t, 4> c = {static_cast<uint32_t>(position), static_cast<uint32_t>(position >> 32), 0, 0};
  auto key0 = static_cast<uint32_t>(seed);
  auto key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53u} * c[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<uint32_t>(product1 >> 32) ^ c[1] ^ key0, static_cast<uint32_t>(product1),
         static_cast<uint32_t>(product0 >> 32) ^ c[3] ^ key1, static_cast<uint32_t>(product0)};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  const uint64_t bits = (uint64_t{c[1]} << 32 | c[0]) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

int32_t sample(std::span<const float> logits, const SamplerOptions& options, const TextSoFar& text,
               uint64_t position) {
  if (options.temperature == 0.0f && !edits_logits(options)) return argmax(logits);
  std::vector<double> scores(logits.begin(), logits.end());
  edit_logits(scores, options, text);
  if (options.temperature == 0.0f) return argmax(scores);

  const std::vector<Candidate> candidates = top_candidates(scores, options.top_k);
  std::vector<double> weights = weights_of(candidates, options.temperature);
  if (options.top_p < 1.0f) {
    // The smallest prefix whose probability reaches top_p.
    const double limit = options.top_p * std::accumulate(weights.begin(), weights.end(), 0.0);
    double sum = 0;
    size_t keep = 0;
    while (keep < weights.size() && sum < limit) sum += weights[keep++];
    weights.resize(std::max<size_t>(keep, 1));
  }
  if (options.min_p > 0.0f) {
    // The best weight is 1, so the bound on p/p_max is a bound on the weight itself.
    size_t keep = 1;
    while (keep < weights.size() && weights[keep] >= options.min_p) ++keep;
    weights.resize(keep);
  }
  double target = uniform_at(options.seed, position) * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    target -= weights[i];
    if (target < 0) return candidates[i].id;
  }
  return candidates[weights.size() - 1].id;
}

std::optional<LogitCut> logit_cut(const SamplerOptions& options) {
  // Beyond so many a screen would keep most rows of the head anyway.
  constexpr int64_t kGreatestTop = 1024;
  if (penalizes(options)) return std::nullopt;
  LogitCut cut;
  if (options.temperature > 0.0f && options.top_k > 0) {
    cut.top = options.top_k;
  } else if (options.temperature > 0.0f) {
    if (options.top_p < 1.0f || options.min_p == 0.0f) return std::nullopt;
    // exp((logit - best) / temperature) >= min_p, and a little more for what exp() rounds.
    const double window = -log_f64(options.min_p) * options.temperature;
    cut.window = window * (1 + 1e-9) + 1e-9 * options.temperature;
  }
  widen_for_bias(options, &cut);
  return cut.top <= kGreatestTop ? std::optional(cut) : std::nullopt;
}

}  // namespace tern
