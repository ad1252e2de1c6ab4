#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/ranges.h>

namespace tern::train {
namespace {

constexpr std::pair<ScheduleShape, std::string_view> kShapes[] = {
#define TERN_SCHEDULE(enumerator, name) {ScheduleShape::enumerator, name},
#include "train/schedules.inc"
#undef TERN_SCHEDULE
};

/// From 1 to 0 over `length` steps.
double cosine(double at, double length) {
  return 0.5 * (1 + std::cos(std::numbers::pi * at / length));
}
double line(double at, double length) {
  return 1 - at / length;
}

}  // namespace

Result<ScheduleShape> parse_schedule_shape(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [shape, known] : kShapes) {
    if (known == name) return shape;
    names.push_back(known);
  }
  return fail(ErrorCode::kInvalidArgument, "'{}' is no schedule; there are {}", name, fmt::join(names, ", "));
}

std::optional<int64_t> Schedule::switch_step() const {
  if (shape != ScheduleShape::kTwoStageCosine && shape != ScheduleShape::kTwoStageLinear) return std::nullopt;
  return std::llround(switch_at * static_cast<double>(steps));
}

double Schedule::learning_rate(int64_t step) const {
  if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
  const auto at = static_cast<double>(step), all = static_cast<double>(steps),
             rise = static_cast<double>(warmup);
  const auto between = [&](double high, double share) { return last + (high - last) * share; };
  switch (shape) {
    case ScheduleShape::kConstant:
      return peak;
    case ScheduleShape::kCosine:
      return between(peak, cosine(at - rise, all - rise));
    case ScheduleShape::kLinear:
      return between(peak, line(at - rise, all - rise));
    case ScheduleShape::kWsd: {
      const double begin = all * (1 - decay);
      return at < begin ? peak : between(peak, line(at - begin, all - begin));
    }
    case ScheduleShape::kTwoStageCosine:
    case ScheduleShape::kTwoStageLinear: {
      const auto fall = shape == ScheduleShape::kTwoStageCosine ? cosine : line;
      const int64_t second = *switch_step();
      const auto begin = static_cast<double>(second);
      return step < second ? peak * fall(at - rise, all - rise)
                           : between(second_peak, fall(at - begin, all - begin));
    }
  }
  return peak;
}

double Schedule::weight_decay_at(int64_t step) const {
  const std::optional<int64_t> second = switch_step();
  if (!second || step < warmup) return weight_decay;
  return step < *second ? weight_decay * learning_rate(step) / peak : 0;
}

float Schedule::lambda(int64_t step) const {
  if (lambda_steps == 0) return 1;
  return static_cast<float>(std::min(1.0, static_cast<double>(step) / static_cast<double>(lambda_steps)));
}

}  // namespace tern::train
