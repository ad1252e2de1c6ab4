#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "base/interrupt.h"
#include "base/log.h"
#include "models/arch.h"
#include "train/cost.h"
#include "train/cpu/cpu_ops.h"
#include "train/evaluate.h"
#include "train/reference.h"
#include "train/torch_ops.h"

namespace tern::train {
namespace {

constexpr size_t kRecent = 64;         // losses that a spike is measured against
constexpr int64_t kMostRollBacks = 3;  // then something else is wrong

ShardKind kind_of(StageKind stage) {
  return stage == StageKind::kPretrain ? ShardKind::kText
         : stage == StageKind::kSft    ? ShardKind::kChat
                                       : ShardKind::kPairs;
}

std::unique_ptr<Ops> make_ops(bool cuda) {
  if (cuda) return std::make_unique<TorchOps>(at::kBFloat16);
  return std::make_unique<CpuOps>();
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
  TERN_TRY(in_.fill(parameters_));
  TERN_ASSIGN(module_, make_module(in_.facts.config, parameters_, *ops_, {stage_.linears, stage_.recompute}));
  TERN_TRY(module_->prepare(schedule_.lambda(0)));
  if (stage_.average > 0) average_ = parameters_.masters().clone();
  if (stage_.kind == StageKind::kDpo) {
    TERN_ASSIGN(SequenceLogprobs reference,
                reference_logprobs(*module_, in_.data, in_.group, in_.folder + "/reference_logprobs.txt"));
    objective_ = std::make_unique<DpoObjective>(stage_.beta, std::move(reference));
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
  TERN_ASSIGN(metrics_,
              MetricsFile::open(in_.group.first() ? in_.folder + "/metrics.jsonl" : "/dev/null", step_));
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
    seconds_ += seconds_since(start);
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
    TERN_ASSIGN(const StepSums more, objective_->run(*module_, batch, weight));
    sums += more;
  }
  TERN_TRY(reduce(sums));
  return sums;
}

Status Trainer::reduce(StepSums& sums) {
  const std::vector<double> own = {
      sums.loss,   static_cast<double>(sums.units),   static_cast<double>(sums.tokens),
      sums.margin, static_cast<double>(sums.correct), interrupted() ? 1.0 : 0.0};
  const at::Tensor all = at::tensor(own, at::kDouble);
  TERN_TRY(in_.group.sum(all));
  TERN_TRY(in_.group.sum(parameters_.grads()));
  const double* values = all.data_ptr<double>();
  sums = {values[0], std::llround(values[1]), std::llround(values[2]), values[3], std::llround(values[4])};
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
  const auto due = [&](int64_t every) { return last || (every > 0 && step_ % every == 0); };
  if (in_.group.first() && due(stage_.log_every)) {
    const double per_step = seconds_ / static_cast<double>(steps_since_);
    const Json metrics = metrics_of(sums);
    TERN_TRY(metrics_->add(metrics));
    log_info(
        progress_line(metrics, schedule_.steps, per_step * static_cast<double>(schedule_.steps - step_)));
    seconds_ = 0;
    tokens_since_ = steps_since_ = 0;
  }
  if (in_.group.first() && held_out_ && due(stage_.evaluate_every)) TERN_TRY(evaluate());
  if (due(stage_.checkpoint_every) || stop_votes_ > 0) TERN_TRY(save());
  if (stop_votes_ == 0 || last) return {};
  return fail(ErrorCode::kInterrupted, "stopped behind step {} of stage {}; --resume goes on from there",
              step_, stage_.name);
}

Json Trainer::metrics_of(const StepSums& sums) {
  const auto units = static_cast<double>(std::max<int64_t>(1, sums.units));
  const double speed = static_cast<double>(tokens_since_) / std::max(seconds_, 1e-9);
  const int64_t at = step_ - 1;
  Json line = {
      {"step", step_},
      {"tokens", tokens_},
      {"loss", sums.loss / units},
      {"learning_rate", schedule_.learning_rate(at)},
      {"weight_decay", schedule_.weight_decay_at(at)},
      {"grad_norm", grad_norm_},
      {"tokens_per_s", speed},
      {"gflops", speed * flops_per_token(in_.facts.config, static_cast<double>(stage_.sequence) / 2) / 1e9}};
  if (stage_.kind == StageKind::kDpo) {
    line["margin"] = sums.margin / units;
    line["accuracy"] = static_cast<double>(sums.correct) / units;
  }
  if (stage_.linears == LinearMode::kBlend) line["lambda"] = schedule_.lambda(at);
  if (stage_.linears != LinearMode::kTernary || in_.recipe.cuda) return line;
  TritCounts counts;
  for (const BitLinear& linear : module_->linears()) {
    counts.negative += linear.counts().negative;
    counts.zero += linear.counts().zero;
    counts.positive += linear.counts().positive;
    counts.flipped += linear.counts().flipped;
  }
  line["trits"] = {{"negative", counts.negative}, {"zero", counts.zero}, {"positive", counts.positive}};
  line["flips"] = counts.flipped;
  return line;
}

Status Trainer::evaluate() {
  const std::string folder = in_.folder + "/evaluated";
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  TERN_TRY(export_master(in_.facts, parameters_, exported(), folder));
  const Result<HeldOutLoss> loss = engine_loss(folder, *held_out_, static_cast<int>(in_.recipe.threads),
                                               stage_.linears != LinearMode::kTernary);
  std::filesystem::remove_all(folder, ignored);
  if (!loss) return tl::unexpected<Error>(loss.error());
  if (!best_step_ || loss->mean() < best_loss_) {
    best_step_ = step_;
    best_loss_ = loss->mean();
  }
  log_info(fmt::format("step {}: held-out loss {:.4f}", step_, loss->mean()));
  return metrics_->add({{"step", step_}, {"tokens", tokens_}, {"held_out_loss", loss->mean()}});
}

Status Trainer::finish() {
  if (!in_.group.first()) return {};
  const std::string master = in_.folder + "/master";
  TERN_TRY(export_master(in_.facts, parameters_, exported(), master));
  return export_others(master, stage_.exports, in_.folder, static_cast<int>(in_.recipe.threads));
}

}  // namespace tern::train
