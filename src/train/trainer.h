#pragma once
// One stage of a recipe, step by step.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "data/loader.h"
#include "train/adamw.h"
#include "train/checkpoint.h"
#include "train/export.h"
#include "train/group.h"
#include "train/metrics.h"
#include "train/module.h"
#include "train/objective.h"
#include "train/recipe/recipe.h"
#include "train/teacher.h"

namespace tern::train {

/// What a stage begins with.
struct StageInput {
  const Recipe& recipe;
  const StageRecipe& stage;
  ModelFacts facts;
  std::function<Status(Parameters&)> fill;  ///< gives the parameters their first values
  LoaderOptions data;
  std::vector<std::string> source_names;  ///< of data.sources, as the recipe has them
  Group& group;
  std::string folder;  ///< the stage's own, which is there
};

class Trainer {
 public:
  /// Loads data and model. `input` outlives it. Errors: those of the parts; kInvalidArgument for data of
  /// another kind or tokenizer than the stage's.
  static Result<std::unique_ptr<Trainer>> create(const StageInput& input);

  /// Goes on from the newest checkpoint of the stage's folder, if there is one. Errors: those of Checkpoints.
  Status resume();
  /// Trains to the end, and exports. Errors: kInterrupted on Ctrl-C and its like, behind a checkpoint;
  /// kNonFinite when a loss is none or spikes; kNetwork when another process is gone.
  Status run();
  /// One step: batches, gradients, optimizer. For run(), and for tests.
  Result<StepSums> step();

  int64_t steps_done() const { return step_; }
  const Schedule& schedule() const { return schedule_; }
  Parameters& parameters() { return parameters_; }

 private:
  explicit Trainer(const StageInput& input);
  Status open();
  Status check_data() const;
  Status open_metrics();
  Status find_peak();
  bool due(int64_t every, int64_t step) const {
    return step == schedule_.steps || (every > 0 && step % every == 0);
  }
  Result<StepSums> accumulate();
  Status reduce(StepSums& sums);
  bool is_spike(double loss) const;
  Status handle_spike(double loss);
  Status roll_back();
  Status after_step(const StepSums& sums);
  /// What every line of metrics has.
  Json line() const;
  Json metrics_of(const StepSums& sums) const;
  /// Trits by kind of linear, zeros of activations by layer.
  Json histogram() const;
  Json trits_json(const TritCounts& counts) const;
  Status evaluate();
  Status save();
  Status load(int64_t step, bool with_data);
  /// The flat buffers of a checkpoint; moments whole, whatever this process's share.
  NamedTensors whole_tensors();
  Json state() const;
  Status finish();
  /// As what the model is written: ternary, too, where a blend has come to its end.
  ModelFacts facts_now() const;
  const at::Tensor& exported() const { return average_.defined() ? average_ : parameters_.masters(); }

  const StageInput& in_;
  const StageRecipe& stage_;
  Schedule schedule_;
  Parameters parameters_;
  std::unique_ptr<Ops> ops_;
  std::unique_ptr<Module> module_;
  std::unique_ptr<Teacher> teacher_;  ///< or nullptr
  std::unique_ptr<Objective> objective_;
  std::optional<Loader> loader_;
  std::optional<Batch> held_out_;
  std::vector<int64_t> bounds_;  ///< of each process's share of the optimizer
  AdamW adamw_;
  at::Tensor average_;  ///< of the masters, or undefined
  Checkpoints checkpoints_;
  std::optional<MetricsFile> metrics_;
  ProgressLine progress_;

  int64_t step_ = 0;  ///< steps done
  int64_t tokens_ = 0;
  std::deque<double> recent_;  ///< losses of the last steps
  std::optional<int64_t> best_step_;
  double best_loss_ = 0;
  int64_t roll_backs_ = 0;
  double grad_norm_ = 0;
  int64_t stop_votes_ = 0;  ///< processes that were asked to end
  int64_t steps_here_ = 0;  ///< since the start, or since a checkpoint was loaded
  double trained_seconds_ = 0;
  double peak_gflops_ = 0;   ///< of all processes; 0: not known
  ActivationSample sample_;  ///< of the last step that looked
  // Since the last line of metrics.
  double seconds_ = 0;
  int64_t tokens_since_ = 0, steps_since_ = 0;
};

}  // namespace tern::train
