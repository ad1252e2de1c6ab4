#pragma once
// What changes from step to step: learning rate, weight decay, and the way to ternary weights. Pure functions
// of the step, so that a resumed run goes on as if it had never stopped.
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace tern::train {

enum class ScheduleShape {
#define TERN_SCHEDULE(enumerator, name) enumerator,
#include "train/schedules.inc"
#undef TERN_SCHEDULE
};
/// As recipes spell it, e.g. "two-stage-cosine". kInvalidArgument lists the names.
Result<ScheduleShape> parse_schedule_shape(std::string_view name);

/// Steps count from 0. The rate rises linearly over the first `warmup` steps, then follows the shape:
///   constant           peak
///   cosine             half a cosine from peak to `last`
///   linear             from peak to `last`
///   two-stage-cosine   the cosine from peak that would reach 0 at the end, cut off at `switch_at`, then
///   another from
///                      second_peak to `last`: the rate drops at once (BitNet b1.58 2B4T)
///   two-stage-linear   the same with lines (BitNet's Training Tips)
///   wsd                peak, then over the last `decay` of the steps a line to `last`
struct Schedule {
  ScheduleShape shape = ScheduleShape::kCosine;
  int64_t steps = 0;  ///< of the stage
  int64_t warmup = 0;
  double peak = 0, second_peak = 0, last = 0;
  double switch_at = 0.5;  ///< share of the steps, of two-stage shapes
  double decay = 0.2;      ///< share of the steps, of wsd
  /// At the start. Two-stage shapes let it fall as the first stage's rate does, relative to its peak, and
  /// switch it off in the second; others keep it.
  double weight_decay = 0;
  /// kBlend's lambda = min(step / lambda_steps, 1); 0: always 1.
  int64_t lambda_steps = 0;

  /// The first step of the second stage, which is also where a mixture of data changes; nothing for other
  /// shapes.
  std::optional<int64_t> switch_step() const;
  double learning_rate(int64_t step) const;
  double weight_decay_at(int64_t step) const;
  float lambda(int64_t step) const;
};

}  // namespace tern::train
