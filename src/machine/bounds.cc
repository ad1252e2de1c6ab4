#include "machine/bounds.h"

#include <algorithm>

#include "base/check.h"

namespace tern {
namespace {

constexpr int64_t kPromptTokens = 512;

Bound bound_of(const Work& work, const MachineLimits& limits) {
  return {work, limits.threads, memory_bound(work, limits), roofline_speed(work, limits)};
}

Work decode_work(const ModelNeeds& model, int64_t depth) {
  return token_work(model.work, {.prompt = false, .tokens = 1, .depth = depth}, 1, {}).dense;
}

}  // namespace

const MachineLimits& limits_of(const std::vector<MachineLimits>& limits, int threads) {
  TERN_CHECK(!limits.empty());
  const MachineLimits* best = &limits.front();
  for (const MachineLimits& each : limits) {
    if (each.threads <= threads) best = &each;
  }
  return *best;
}

ModelBounds model_bounds(const ModelNeeds& model, const std::vector<MachineLimits>& limits) {
  const MachineLimits& mine = limits_of(limits, model.threads);
  ModelBounds bounds;
  if (!mine.int8.empty()) {
    const int64_t tokens = std::min(model.context, kPromptTokens);
    const SpeedTest test{.prompt = true, .tokens = tokens, .depth = 0};
    bounds.prompt = bound_of(token_work(model.work, test, tokens, {}).dense, mine);
  }
  const Work decode = decode_work(model, 0);
  bounds.decode = bound_of(decode, mine);
  if (model.skippable_bytes() > 0) {
    const Work least{decode.bytes - model.skippable_bytes(),
                     decode.operations - model.closed_gates.operations};
    bounds.skipping = bound_of(least, mine);
  }
  bounds.decode_full = bound_of(decode_work(model, model.context - 1), mine);
  double best = 0;
  for (const MachineLimits& each : limits) best = std::max(best, bound_of(decode, each).tokens_s);
  for (auto each = limits.rbegin(); each != limits.rend(); ++each) {
    if (bound_of(decode, *each).tokens_s * kHardlyMore >= best) bounds.enough_threads = each->threads;
  }
  return bounds;
}

}  // namespace tern
