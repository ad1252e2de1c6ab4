#include "train/start.h"

#include "train/export.h"
#include "train/module.h"

namespace tern::train {
namespace {

Status put_in_sub_norms(bool wanted, const std::string& path, ModelConfig& config) {
  if (wanted == config.sub_norms) return {};
  if (!wanted) {
    return fail(ErrorCode::kInvalidArgument,
                "model.sub_norms: {} has them, and without them it would be another model", path);
  }
  if (config.heads * config.head_dim != config.hidden) {
    return fail(
        ErrorCode::kInvalidArgument,
        "model.sub_norms: {} has {} heads of {}, which do not make its hidden size {}: sub-norms need that",
        path, config.heads, config.head_dim, config.hidden);
  }
  config.sub_norms = true;
  config.arch = config.source_arch = "bitnet";
  return {};
}

Status check_stage(const StageRecipe& stage, const ModelConfig& config) {
  const std::string problem = export_problem(stage, config.activation, config.sub_norms);
  if (!problem.empty()) return fail(ErrorCode::kInvalidArgument, "stage.{}.export: {}", stage.name, problem);
  if (stage.sequence > config.max_positions) {
    return fail(ErrorCode::kInvalidArgument, "stage.{}.sequence: is longer than the model's {} positions",
                stage.name, config.max_positions);
  }
  if (stage.distill && stage.distill->attention > 0 && stage.distill->attention_layer >= config.layers) {
    return fail(ErrorCode::kInvalidArgument, "stage.{}.distill.attention_layer: the model has layers 0 to {}",
                stage.name, config.layers - 1);
  }
  return {};
}

}  // namespace

Result<StartingModel> open_masters(const std::string& path, std::optional<Activation> activation,
                                   std::optional<bool> sub_norms) {
  OpenOptions options;
  options.linear = "ternary-online";
  if (activation) options.activation = hidden_act_name(*activation);
  Result<std::shared_ptr<const ModelFile>> file = ModelFile::open(path, options);
  if (!file) {
    if (file.error().code() != ErrorCode::kAmbiguous) return tl::unexpected<Error>(file.error());
    return tl::unexpected<Error>(file.error().with_context("model.activation decides"));
  }
  StartingModel start{std::move(*file), {}};
  TERN_TRY(check_masters(*start.file));
  start.config = start.file->config();
  const Status trainable = check_trainable(start.config);
  if (!trainable) return tl::unexpected<Error>(trainable.error().with_context(path));
  if (sub_norms) TERN_TRY(put_in_sub_norms(*sub_norms, path, start.config));
  if (!start.file->tokenizer()) {
    const std::string& problem = start.file->tokenizer_problem();
    return fail(ErrorCode::kUnsupported, "{}: no tokenizer, which the trained model needs{}{}", path,
                problem.empty() ? "" : ": ", problem);
  }
  return start;
}

Result<StartingModel> open_start(const Recipe& recipe) {
  TERN_ASSIGN(StartingModel start, open_masters(recipe.init_from, recipe.activation, recipe.sub_norms));
  for (const StageRecipe& stage : recipe.stages) TERN_TRY(check_stage(stage, start.config));
  return start;
}

}  // namespace tern::train
