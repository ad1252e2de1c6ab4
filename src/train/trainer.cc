#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "base/interrupt.h"
#include "base/log.h"
#include "machine/limits.h"
#include "models/arch.h"
#include "train/cost.h"
#include "train/distill.h"
#include "train/evaluate.h"
#include "train/materials.h"
#include "train/reference.h"

namespace tern::train {
namespace {

constexpr size_t kRecent = 64;         // losses that a spike is measured against
constexpr int64_t kMostRollBacks = 3;  // then something else is wrong

ShardKind kind_of(StageKind stage) {
  return stage == StageKind::kPretrain ? ShardKind::kText
         : stage == StageKind::kSft    ? ShardKind::kChat
                                       : ShardKind::kPairs;
}

/// Some hundred of a batch's tokens, none of them padding, evenly spread: int64 rows of its pass.
at::Tensor rows_to_look_at(const Batch& batch) {
  constexpr int64_t kMost = 256;
  const int64_t stride = std::max<int64_t>(1, tokens_of(batch) / kMost);
  std::vector<int64_t> rows;
  int64_t token = 0;
  for (const Segments::Part& part : segments_of(batch).parts) {
    for (int64_t i = 0; i < part.length; ++i) {
      if (token++ % stride == 0) rows.push_back(part.begin + i);
    }
  }
  return at::tensor(rows, at::kLong);
}

/// "model.layers.3.mlp.down_proj.weight" -> "down_proj".
std::string kind_of_linear(std::string_view name) {
  const std::string_view module = module_of(name);
  return std::string(module.substr(module.rfind('.') + 1));
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Trainer::Trainer(const StageInput& input)
    : in_(input),
      stage_(input.stage),
      schedule_(input.stage.schedule),
      parameters_((*arch_by_name(input.facts.config.arch))->tensor_table(input.facts.config),
                  input.recipe.cuda ? at::kCUDA : at::kCPU),
      ops_(make_ops(input.recipe.cuda)),
      bounds_(even_bounds(parameters_.size(), input.group.world())),
      adamw_(parameters_, stage_.adamw, bounds_[static_cast<size_t>(input.group.rank())],
             bounds_[static_cast<size_t>(input.group.rank()) + 1]),
      checkpoints_(input.folder + "/checkpoints", stage_.keep) {}

Result<std::unique_ptr<Trainer>> Trainer::create(const StageInput& input) {
  std::unique_ptr<Trainer> trainer(new Trainer(input));
  TERN_TRY(trainer->open());
  return trainer;
}

Status Trainer::open() {
  TERN_ASSIGN(loader_, Loader::open(in_.data));
  TERN_TRY(check_data());
  if (schedule_.steps == 0) {
    double rows = 0;
    for (size_t i = 0; i < in_.data.sources.size(); ++i) {
      if (in_.data.sources[i].weight > 0) rows += static_cast<double>(loader_->facts(i).rows);
    }
    schedule_.steps =
        std::max<int64_t>(1, std::llround(stage_.epochs * rows / static_cast<double>(stage_.rows_per_step)));
    schedule_.warmup = std::min(schedule_.warmup, schedule_.steps - 1);
  }
  if (schedule_.lambda(schedule_.steps) < 1 && stage_.linears == LinearMode::kBlend &&
      !stage_.exports.empty()) {
    return fail(
        ErrorCode::kInvalidArgument,
        "stage {}: its {} steps end before schedule.lambda_steps, on the way to trits: leave export out",
        stage_.name, schedule_.steps);
  }
  TERN_TRY(in_.fill(parameters_));
  TERN_ASSIGN(module_, make_module(in_.facts.config, parameters_, *ops_, {stage_.linears, stage_.recompute}));
  TERN_TRY(module_->prepare(schedule_.lambda(0)));
  if (stage_.average > 0) average_ = parameters_.masters().clone();
  if (stage_.kind == StageKind::kDpo) {
    TERN_ASSIGN(SequenceLogprobs reference,
                reference_logprobs(*module_, in_.data, in_.group, in_.folder + "/reference_logprobs.txt"));
    objective_ = std::make_unique<DpoObjective>(stage_.beta, std::move(reference));
  } else if (stage_.distill) {
    TERN_ASSIGN(teacher_, Teacher::open(stage_.distill->teacher, in_.facts, in_.recipe.cuda));
    TERN_ASSIGN(objective_, DistillObjective::create(*stage_.distill, in_.facts.config, teacher_->config(),
                                                     teacher_->module()));
  } else {
    objective_ = std::make_unique<LanguageModelObjective>();
  }
  if (in_.group.first() && stage_.kind != StageKind::kDpo) {
    Result<Batch> held_out = held_out_batch(in_.data, stage_.evaluate_rows);
    if (held_out) {
      held_out_ = std::move(*held_out);
    } else {
      log_info(fmt::format("stage {}: no held-out loss: {}", stage_.name, held_out.error().message()));
    }
  }
  return {};
}

Status Trainer::check_data() const {
  if (loader_->kind() != kind_of(stage_.kind)) {
    return fail(ErrorCode::kInvalidArgument, "stage {}: its data is of kind {}, but must be {}", stage_.name,
                shard_kind_name(loader_->kind()), shard_kind_name(kind_of(stage_.kind)));
  }
  if (loader_->vocab() > in_.facts.config.vocab) {
    return fail(
        ErrorCode::kInvalidArgument,
        "stage {}: its data has a vocabulary of {}, the model one of {}: they come from different tokenizers",
        stage_.name, loader_->vocab(), in_.facts.config.vocab);
  }
  return {};
}

Status Trainer::run() {
  TERN_TRY(open_metrics());
  TERN_TRY(find_peak());
  while (step_ < schedule_.steps) {
    const auto start = std::chrono::steady_clock::now();
    TERN_ASSIGN(const StepSums sums, step());
    const double loss = sums.loss / static_cast<double>(std::max<int64_t>(1, sums.units));
    if (is_spike(loss)) {
      TERN_TRY(handle_spike(loss));
      continue;
    }
    recent_.push_back(loss);
    if (recent_.size() > kRecent) recent_.pop_front();
    const double seconds = seconds_since(start);
    seconds_ += seconds;
    trained_seconds_ += seconds;
    tokens_since_ += sums.tokens;
    ++steps_since_;
    TERN_TRY(after_step(sums));
  }
  return finish();
}

Status Trainer::open_metrics() {
  if (!in_.group.first()) return {};
  TERN_ASSIGN(metrics_, MetricsFile::open(in_.folder + "/metrics.jsonl", step_));
  return {};
}

Status Trainer::find_peak() {
  double own = 1000 * in_.recipe.peak_tflops;
  if (own == 0 && !in_.recipe.cuda) {
    TERN_ASSIGN(own, measure_float32_gflops(at::get_num_threads()));
  }
  const at::Tensor all = at::full({1}, own, at::kDouble);
  TERN_TRY(in_.group.sum(all));
  peak_gflops_ = all.item<double>();
  return {};
}

Result<StepSums> Trainer::step() {
  if (step_ == schedule_.switch_step() && !stage_.second_mix.empty()) {
    std::vector<double> weights;
    for (const std::string& name : in_.source_names) {
      const auto found = stage_.second_mix.find(name);
      weights.push_back(found == stage_.second_mix.end() ? 0 : found->second);
    }
    TERN_TRY(loader_->set_weights(weights));
  }
  TERN_TRY(module_->prepare(schedule_.lambda(step_)));
  TERN_ASSIGN(const StepSums sums, accumulate());
  grad_norm_ = parameters_.grads().norm().item<double>();
  const double scale = stage_.clip > 0 ? std::min(1.0, stage_.clip / (grad_norm_ + 1e-6)) : 1.0;
  if (std::isfinite(sums.loss) && std::isfinite(grad_norm_)) {
    adamw_.step(schedule_.learning_rate(step_), schedule_.weight_decay_at(step_), scale);
    TERN_TRY(in_.group.share(parameters_.masters(), bounds_));
    parameters_.refresh();
    if (average_.defined()) average_.lerp_(parameters_.masters(), 1 - stage_.average);
  }
  ++step_;
  ++steps_here_;
  tokens_ += sums.tokens;
  return sums;
}

Result<StepSums> Trainer::accumulate() {
  loader_->next_step();
  const RowRange own = rank_rows(stage_.rows_per_step, in_.group.rank(), in_.group.world());
  std::vector<Batch> batches;
  int64_t units = 0;
  for (int64_t row = 0; row < own.rows; row += stage_.rows_per_pass) {
    TERN_ASSIGN(Batch batch, loader_->batch(own.first + row, std::min(stage_.rows_per_pass, own.rows - row)));
    units += objective_->units(batch);
    if (objective_->units(batch) > 0) batches.push_back(std::move(batch));
  }
  const at::Tensor all_units = at::full({1}, static_cast<double>(units), at::kDouble);
  TERN_TRY(in_.group.sum(all_units));
  const double weight = stage_.sum_loss ? 1 : 1 / std::max(1.0, all_units.item<double>());
  parameters_.grads().zero_();
  StepSums sums;
  for (const Batch& batch : batches) {
    // One pass of the step is enough to see how sparse it is.
    const bool look = in_.group.first() && &batch == batches.data() && due(stage_.histogram_every, step_ + 1);
    if (look) sample_ = {.rows = rows_to_look_at(batch), .zeros = {}};
    ops_->look_at(look ? &sample_ : nullptr);
    TERN_ASSIGN(const StepSums more, objective_->run(*module_, batch, weight));
    sums += more;
  }
  TERN_TRY(reduce(sums));
  return sums;
}

Status Trainer::reduce(StepSums& sums) {
  const std::vector<double> own = {sums.loss,
                                   static_cast<double>(sums.units),
                                   static_cast<double>(sums.tokens),
                                   sums.margin,
                                   static_cast<double>(sums.correct),
                                   interrupted() ? 1.0 : 0.0,
                                   sums.divergence,
                                   sums.relation};
  const at::Tensor all = at::tensor(own, at::kDouble);
  TERN_TRY(in_.group.sum(all));
  TERN_TRY(in_.group.sum(parameters_.grads()));
  const double* values = all.data_ptr<double>();
  sums = {.loss = values[0],
          .units = std::llround(values[1]),
          .tokens = std::llround(values[2]),
          .margin = values[3],
          .correct = std::llround(values[4]),
          .divergence = values[6],
          .relation = values[7]};
  stop_votes_ = std::llround(values[5]);
  return {};
}

bool Trainer::is_spike(double loss) const {
  if (!std::isfinite(loss) || !std::isfinite(grad_norm_)) return true;
  if (stage_.spike == 0 || recent_.size() < kRecent / 4) return false;
  double sum = 0;
  for (const double value : recent_) sum += value;
  return loss > stage_.spike * sum / static_cast<double>(recent_.size());
}

Status Trainer::handle_spike(double loss) {
  progress_.keep();
  const std::vector<int64_t> saved = checkpoints_.steps();
  const std::string what = fmt::format("stage {}, step {}: the loss is {:.4g}, the gradient's norm {:.4g}",
                                       stage_.name, step_, loss, grad_norm_);
  if (stage_.on_spike == OnSpike::kStop || saved.empty() || roll_backs_ == kMostRollBacks) {
    return fail(ErrorCode::kNonFinite, "{}; {}", what,
                saved.empty()
                    ? "there is no checkpoint"
                    : fmt::format("the checkpoint of step {} stays: lower the learning rate or the clipping, "
                                  "then go on with --resume",
                                  saved.back()));
  }
  log_warning(fmt::format("{}: back to step {}, with the data that follows", what, saved.back()));
  return roll_back();
}

Status Trainer::after_step(const StepSums& sums) {
  const bool last = step_ == schedule_.steps;
  if (in_.group.first() && due(stage_.log_every, step_)) {
    const Json metrics = metrics_of(sums);
    TERN_TRY(metrics_->add(metrics));
    progress_.show(progress_line(metrics, schedule_.steps));
    seconds_ = 0;
    tokens_since_ = steps_since_ = 0;
  }
  if (in_.group.first() && due(stage_.histogram_every, step_)) TERN_TRY(metrics_->add(histogram()));
  if (in_.group.first() && held_out_ && due(stage_.evaluate_every, step_)) TERN_TRY(evaluate());
  if (due(stage_.checkpoint_every, step_) || stop_votes_ > 0) TERN_TRY(save());
  if (stop_votes_ == 0 || last) return {};
  return fail(ErrorCode::kInterrupted, "stopped behind step {} of stage {}; --resume goes on from there",
              step_, stage_.name);
}

Json Trainer::line() const {
  const auto& stages = in_.recipe.stages;
  const auto own = std::find_if(stages.begin(), stages.end(),
                                [&](const StageRecipe& stage) { return stage.name == stage_.name; });
  return {
      {"step", step_}, {"stage", stage_.name}, {"stage_number", own - stages.begin()}, {"tokens", tokens_}};
}

Json Trainer::metrics_of(const StepSums& sums) const {
  const auto units = static_cast<double>(std::max<int64_t>(1, sums.units));
  const double speed = static_cast<double>(tokens_since_) / std::max(seconds_, 1e-9);
  const double gflops =
      speed * flops_per_token(in_.facts.config, static_cast<double>(stage_.sequence) / 2) / 1e9;
  const int64_t at = step_ - 1;
  Json line = this->line();
  line.update({{"loss", sums.loss / units},
               {"learning_rate", schedule_.learning_rate(at)},
               {"weight_decay", schedule_.weight_decay_at(at)},
               {"grad_norm", grad_norm_},
               {"tokens_per_second", speed},
               {"gflops", gflops},
               {"seconds", trained_seconds_},
               {"eta", seconds_ / static_cast<double>(std::max<int64_t>(1, steps_since_)) *
                           static_cast<double>(schedule_.steps - step_)}});
  if (peak_gflops_ > 0) line["mfu"] = gflops / peak_gflops_;
  if (stage_.kind == StageKind::kDpo) {
    line["margin"] = sums.margin / units;
    line["accuracy"] = static_cast<double>(sums.correct) / units;
  }
  if (stage_.distill && stage_.distill->logits > 0) line["logits_divergence"] = sums.divergence / units;
  if (stage_.distill && stage_.distill->attention > 0) line["attention_divergence"] = sums.relation / units;
  if (stage_.linears == LinearMode::kBlend) line["lambda"] = schedule_.lambda(at);
  TritCounts counts;
  for (const BitLinear& linear : module_->linears()) counts += linear.counts();
  if (counts.all() > 0) line["trits"] = trits_json(counts);
  return line;
}

Json Trainer::trits_json(const TritCounts& counts) const {
  const auto share = [&](int64_t count) {
    return static_cast<double>(count) / static_cast<double>(counts.all());
  };
  Json trits = {{"negative", share(counts.negative)},
                {"zero", share(counts.zero)},
                {"positive", share(counts.positive)}};
  if (steps_here_ > 1) trits["flips"] = share(counts.flipped);  // else there is no step before
  return trits;
}

Json Trainer::histogram() const {
  Json line = this->line();
  std::map<std::string, TritCounts> kinds;
  for (const BitLinear& linear : module_->linears())
    kinds[kind_of_linear(linear.weight().spec.name)] += linear.counts();
  for (const auto& [kind, counts] : kinds) {
    if (counts.all() > 0) line["trits_by_kind"][kind] = trits_json(counts);
  }
  for (const auto& [linear, zeros] : sample_.zeros) {
    const auto share = [&](int64_t count) {
      return static_cast<double>(count) / static_cast<double>(std::max<int64_t>(1, zeros.values));
    };
    line["gate_zeros"].push_back(share(zeros.gated));
    if (linear->mode() != LinearMode::kDense) line["down_zeros"].push_back(share(zeros.quantized));
  }
  return line;
}

ModelFacts Trainer::facts_now() const {
  ModelFacts facts = in_.facts;
  const bool ternary = stage_.linears == LinearMode::kTernary ||
                       (stage_.linears == LinearMode::kBlend && schedule_.lambda(step_) == 1);
  facts.config.linear = ternary ? LinearKind::kTernaryOnline : LinearKind::kDense;
  return facts;
}

Status Trainer::evaluate() {
  progress_.keep();
  const std::string folder = in_.folder + "/evaluated";
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  const ModelFacts facts = facts_now();
  TERN_TRY(export_master(facts, parameters_, exported(), folder));
  const Result<HeldOutLoss> loss = engine_loss(folder, *held_out_, threads_of(in_.recipe), facts.config);
  std::filesystem::remove_all(folder, ignored);
  if (!loss) return tl::unexpected<Error>(loss.error());
  if (!best_step_ || loss->mean() < best_loss_) {
    best_step_ = step_;
    best_loss_ = loss->mean();
  }
  log_info(fmt::format("step {}: held-out loss {:.4f}", step_, loss->mean()));
  Json line = this->line();
  line["held_out_loss"] = loss->mean();
  return metrics_->add(line);
}

Status Trainer::finish() {
  progress_.keep();
  if (!in_.group.first()) return {};
  // The master gets its name last: a stage that has one is done, and a resumed run passes it over.
  const std::string master = in_.folder + "/master", made = in_.folder + "/exporting";
  std::error_code error;
  std::filesystem::remove_all(made, error);
  TERN_TRY(export_master(facts_now(), parameters_, exported(), made));
  TERN_TRY(export_others(made, stage_.exports, in_.folder, threads_of(in_.recipe)));
  std::filesystem::remove_all(master, error);
  std::filesystem::rename(made, master, error);
  if (error) return fail(ErrorCode::kIo, "{}: {}", master, error.message());
  return {};
}

}  // namespace tern::train
