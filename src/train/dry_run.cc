#include "train/dry_run.h"

#include <chrono>

#include "base/mmap.h"
#include "train/cost.h"
#include "train/export.h"
#include "train/start.h"
#include "train/teacher.h"

namespace tern::train {
namespace {

/// GFLOP/s of a float matrix product of the size that training has.
double product_speed() {
  const at::NoGradGuard no_grad;
  const at::Tensor a = at::ones({1024, 1024}), b = at::ones({1024, 1024});
  at::Tensor c = at::mm(a, b);
  int64_t count = 0;
  const auto start = std::chrono::steady_clock::now();
  double seconds = 0;
  while (seconds < 0.3) {
    at::mm_out(c, a, b);
    ++count;
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return static_cast<double>(count) * 2 * 1024 * 1024 * 1024 / seconds / 1e9;
}

std::string amount(double value, std::string_view unit) {
  constexpr std::pair<double, const char*> kSteps[] = {
      {1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
  for (const auto& [size, letter] : kSteps) {
    if (value >= size) return fmt::format("{:.3g} {}{}", value / size, letter, unit);
  }
  return fmt::format("{:.3g} {}", value, unit);
}

std::string duration(double seconds) {
  constexpr double kHour = 3600, kDay = 24 * kHour, kYear = 365 * kDay;
  if (seconds >= 2 * kYear) return fmt::format("{:.0f} years", seconds / kYear);
  if (seconds >= 2 * kDay) return fmt::format("{:.1f} days", seconds / kDay);
  if (seconds >= kHour) return fmt::format("{:.1f} h", seconds / kHour);
  return fmt::format("{:.1f} min", seconds / 60);
}

/// The model that will be trained. Of a new one whose tokenizer is not there yet, as far as the recipe says
/// it.
Result<ModelConfig> planned_model(const Recipe& recipe) {
  if (!recipe.init_from.empty()) {
    TERN_ASSIGN(StartingModel start, open_start(recipe));
    return std::move(start.config);
  }
  ModelConfig config = recipe.model;
  if (recipe.tokenizer.empty()) config.vocab = recipe.tokenizer_size;
  const bool known = config.vocab > 0 && (recipe.tokenizer.empty() || !path_exists(recipe.tokenizer));
  if (known) return config;
  TERN_ASSIGN(ModelFacts facts, new_model_facts(recipe.model, recipe.tokenizer));
  return std::move(facts.config);
}

}  // namespace

Status dry_run(const Recipe& recipe) {
  TERN_ASSIGN(const ModelConfig config, planned_model(recipe));
  const ParameterCounts counts = count_parameters(config);
  const double speed = product_speed();
  fmt::print("{}: {} parameters: {} in linears, {} in the embedding, {} in norms\n", recipe.path,
             counts.all(), counts.linears, counts.embedding, counts.norms);
  fmt::print("float matrix products run at {:.0f} GFLOP/s here\n", speed);
  for (const StageRecipe& stage : recipe.stages) {
    const MemoryEstimate memory = estimate_memory(config, stage, 1);
    const double tokens = static_cast<double>(stage.rows_per_step * stage.sequence);
    const double keys = static_cast<double>(stage.sequence) / 2;
    double step_flops = tokens * flops_per_token(config, keys), teacher_bytes = 0;
    if (stage.distill) {
      TERN_ASSIGN(const auto teacher, open_teacher_file(stage.distill->teacher));
      step_flops += tokens * flops_per_token(teacher->config(), keys) / 3;  // forward alone
      teacher_bytes = teacher_memory(teacher->config());
    }
    fmt::print("\nstage {}: {} a step\n", stage.name, amount(tokens, "tokens"));
    fmt::print("  memory, about: {} ({} for parameters, {} for a pass)\n", amount(memory.all(), "B"),
               amount(memory.parameters, "B"), amount(memory.activations, "B"));
    if (stage.distill) fmt::print("  and {} for the teacher\n", amount(teacher_bytes, "B"));
    fmt::print("  {} a step: {:.1f} s at that speed\n", amount(step_flops, "FLOP"), step_flops / speed / 1e9);
    if (stage.schedule.steps > 0) {
      const auto steps = static_cast<double>(stage.schedule.steps);
      fmt::print("  {} steps, {}: {}\n", stage.schedule.steps, amount(tokens * steps, "tokens"),
                 duration(step_flops * steps / speed / 1e9));
    } else {
      fmt::print("  {} epochs of the data\n", stage.epochs);
    }
  }
  return {};
}

}  // namespace tern::train
