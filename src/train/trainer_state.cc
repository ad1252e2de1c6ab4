// What of a Trainer lies in checkpoints.
#include "base/log.h"
#include "train/trainer.h"

namespace tern::train {
namespace {

Json number_or_null(const std::optional<int64_t>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace

NamedTensors Trainer::whole_tensors() {
  const auto whole = [&](const at::Tensor& share) {
    if (in_.group.world() == 1) return share;
    const at::Tensor all = at::zeros_like(parameters_.masters());
    all.narrow(0, adamw_.begin(), adamw_.end() - adamw_.begin()).copy_(share);
    return all;
  };
  NamedTensors tensors = {{"masters", parameters_.masters()},
                          {"first_moment", whole(adamw_.first_moment())},
                          {"second_moment", whole(adamw_.second_moment())}};
  if (average_.defined()) tensors["average"] = average_;
  return tensors;
}

Json Trainer::state() const {
  return {{"optimizer_steps", adamw_.steps()},
          {"tokens", tokens_},
          {"seconds", trained_seconds_},
          {"loader", loader_->state()},
          {"recent", recent_},
          {"best_step", number_or_null(best_step_)},
          {"best_loss", best_loss_},
          {"roll_backs", roll_backs_}};
}

Status Trainer::save() {
  const NamedTensors tensors = whole_tensors();
  for (const char* name : {"first_moment", "second_moment"})
    TERN_TRY(in_.group.share(tensors.at(name), bounds_));
  if (in_.group.first()) {
    // A full disk is no reason to lose what has been trained: the checkpoint before stays, and the next may
    // fit.
    const Status saved = checkpoints_.save(step_, state(), tensors, best_step_);
    if (!saved) {
      progress_.keep();
      log_warning(fmt::format("no checkpoint of step {}: {}", step_, saved.error().message()));
    }
  }
  return in_.group.wait();
}

Status Trainer::resume() {
  const std::vector<int64_t> saved = checkpoints_.steps();
  if (saved.empty()) return {};
  return load(saved.back(), true);
}

Status Trainer::roll_back() {
  const int64_t count = roll_backs_ + 1;
  TERN_TRY(load(checkpoints_.steps().back(), false));
  roll_backs_ = count;
  return open_metrics();
}

Status Trainer::load(int64_t step, bool with_data) {
  const NamedTensors tensors = whole_tensors();
  TERN_ASSIGN(const Json state, checkpoints_.load(step, tensors));
  const auto own = [&](const char* name) {
    const at::Tensor& all = tensors.at(name);
    return in_.group.world() == 1 ? all : all.narrow(0, adamw_.begin(), adamw_.end() - adamw_.begin());
  };
  adamw_.first_moment().copy_(own("first_moment"));
  adamw_.second_moment().copy_(own("second_moment"));
  parameters_.refresh();

  const std::string what = checkpoints_.folder();
  const auto number = [&](const char* key, int64_t& into) -> Status {
    TERN_ASSIGN(const auto value, json_int(state, key, what));
    if (!value || *value < 0) return fail(ErrorCode::kBadFile, "{}: step {}: no '{}'", what, step, key);
    into = *value;
    return {};
  };
  int64_t optimizer_steps = 0;
  TERN_TRY(number("optimizer_steps", optimizer_steps));
  TERN_TRY(number("tokens", tokens_));
  TERN_TRY(number("roll_backs", roll_backs_));
  adamw_.set_steps(optimizer_steps);
  TERN_ASSIGN(best_step_, json_int(state, "best_step", what));
  TERN_ASSIGN(const auto best_loss, json_number(state, "best_loss", what));
  best_loss_ = best_loss.value_or(0);
  TERN_ASSIGN(const auto seconds, json_number(state, "seconds", what));
  trained_seconds_ = seconds.value_or(0);
  recent_.clear();
  if (const Json* recent = json_field(state, "recent"); recent != nullptr && recent->is_array()) {
    for (const Json& loss : *recent) recent_.push_back(loss.is_number() ? loss.get<double>() : 0);
  }
  const Json* loader = json_field(state, "loader");
  if (loader == nullptr) return fail(ErrorCode::kBadFile, "{}: step {}: no 'loader'", what, step);
  if (with_data) TERN_TRY(loader_->restore(*loader, what));
  step_ = step;
  steps_here_ = 0;
  // What prepare() compares trits with, to count flips.
  return module_->prepare(schedule_.lambda(step_));
}

}  // namespace tern::train
