#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tern::train {
namespace {

Schedule schedule(ScheduleShape shape) {
  return {.shape = shape,
          .steps = 1000,
          .warmup = 100,
          .peak = 1e-3,
          .second_peak = 2e-4,
          .last = 1e-5,
          .switch_at = 0.6,
          .decay = 0.1,
          .weight_decay = 0.1,
          .lambda_steps = 0};
}

TEST(Schedules, NamesAndTheirErrors) {
  for (const char* name : {"constant", "cosine", "linear", "two-stage-cosine", "two-stage-linear", "wsd"})
    EXPECT_TRUE(parse_schedule_shape(name)) << name;
  const auto wrong = parse_schedule_shape("cosinus");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message(),
            "'cosinus' is no schedule; there are constant, cosine, linear, two-stage-cosine, "
            "two-stage-linear, wsd");
}

TEST(Schedules, AllRiseLinearly) {
  for (const char* name : {"constant", "cosine", "linear", "two-stage-cosine", "two-stage-linear", "wsd"}) {
    const Schedule s = schedule(parse_schedule_shape(name).value());
    EXPECT_DOUBLE_EQ(s.learning_rate(0), 1e-5) << name;
    EXPECT_DOUBLE_EQ(s.learning_rate(49), 5e-4) << name;
    EXPECT_DOUBLE_EQ(s.learning_rate(99), 1e-3) << name;
    EXPECT_DOUBLE_EQ(s.learning_rate(100), 1e-3) << name;
  }
}

TEST(Schedules, ShapesAtKnownPoints) {
  EXPECT_DOUBLE_EQ(schedule(ScheduleShape::kConstant).learning_rate(999), 1e-3);
  EXPECT_DOUBLE_EQ(schedule(ScheduleShape::kCosine).learning_rate(550), (1e-3 + 1e-5) / 2);
  EXPECT_NEAR(schedule(ScheduleShape::kCosine).learning_rate(1000), 1e-5, 1e-18);
  EXPECT_DOUBLE_EQ(schedule(ScheduleShape::kLinear).learning_rate(550), (1e-3 + 1e-5) / 2);
  EXPECT_DOUBLE_EQ(schedule(ScheduleShape::kWsd).learning_rate(899), 1e-3);
  EXPECT_DOUBLE_EQ(schedule(ScheduleShape::kWsd).learning_rate(950), (1e-3 + 1e-5) / 2);
}

// The report: a cosine, an abrupt drop, another cosine from a much lower peak; no decay of weights in the
// second.
TEST(Schedules, TwoStagesOfTheReport) {
  const Schedule s = schedule(ScheduleShape::kTwoStageCosine);
  EXPECT_EQ(s.switch_step(), 600);
  const auto first = [](int64_t step) {
    return 1e-3 * 0.5 * (1 + std::cos(M_PI * static_cast<double>(step - 100) / 900));
  };
  EXPECT_DOUBLE_EQ(s.learning_rate(400), first(400));
  EXPECT_DOUBLE_EQ(s.learning_rate(599), first(599));
  EXPECT_DOUBLE_EQ(s.learning_rate(600), 2e-4);
  EXPECT_DOUBLE_EQ(s.learning_rate(800), (2e-4 + 1e-5) / 2);
  EXPECT_DOUBLE_EQ(s.weight_decay_at(0), 0.1);
  EXPECT_DOUBLE_EQ(s.weight_decay_at(400), first(400) * 100);
  EXPECT_EQ(s.weight_decay_at(600), 0);
  EXPECT_EQ(s.weight_decay_at(999), 0);
}

TEST(Schedules, TwoLinesOfTheTrainingTips) {
  const Schedule s = schedule(ScheduleShape::kTwoStageLinear);
  EXPECT_DOUBLE_EQ(s.learning_rate(550), 5e-4);
  EXPECT_DOUBLE_EQ(s.learning_rate(600), 2e-4);
  EXPECT_DOUBLE_EQ(s.learning_rate(800), (2e-4 + 1e-5) / 2);
}

TEST(Schedules, OneStageKeepsItsDecayAndHasNoSwitch) {
  const Schedule s = schedule(ScheduleShape::kCosine);
  EXPECT_FALSE(s.switch_step());
  EXPECT_EQ(s.weight_decay_at(999), 0.1);
}

TEST(Schedules, LambdaRisesToOne) {
  Schedule s = schedule(ScheduleShape::kConstant);
  EXPECT_EQ(s.lambda(0), 1);
  s.lambda_steps = 1000;
  EXPECT_EQ(s.lambda(0), 0);
  EXPECT_EQ(s.lambda(250), 0.25f);
  EXPECT_EQ(s.lambda(5000), 1);
}

}  // namespace
}  // namespace tern::train
