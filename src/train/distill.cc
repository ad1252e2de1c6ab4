#include "train/distill.h"

#include <algorithm>
#include <numeric>

namespace tern::train {
namespace {

/// [T]: of each token, its document's targets over its length.
at::Tensor shares_of(const Batch& batch, const Segments& segments) {
  const at::Tensor shares = at::zeros({static_cast<int64_t>(batch.targets.size())}, at::kFloat);
  for (const Segments::Part& part : segments.parts) {
    const auto first = batch.targets.begin() + part.begin;
    const auto targets = std::count_if(first, first + part.length, [](int32_t id) { return id >= 0; });
    shares.narrow(0, part.begin, part.length)
        .fill_(static_cast<double>(targets) / static_cast<double>(part.length));
  }
  return shares;
}

}  // namespace

Result<DistillRecipe> fill_in(const DistillRecipe& recipe, const ModelConfig& student,
                              const ModelConfig& teacher) {
  DistillRecipe own = recipe;
  if (own.attention == 0) return own;
  if (own.teacher_layer < 0) own.teacher_layer = teacher.layers - student.layers + own.attention_layer;
  if (own.relation_heads == 0) own.relation_heads = std::gcd(student.kv_heads, teacher.kv_heads);
  if (own.attention_layer >= student.layers || own.teacher_layer < 0 || own.teacher_layer >= teacher.layers) {
    return fail(
        ErrorCode::kInvalidArgument,
        "distill.attention_layer, distill.teacher_layer: {} of {} layers, {} of the teacher's {}: there "
        "is no such layer",
        own.attention_layer, student.layers, own.teacher_layer, teacher.layers);
  }
  for (const ModelConfig* config : {&student, &teacher}) {
    if (config->heads * config->head_dim % own.relation_heads == 0 &&
        config->kv_heads * config->head_dim % own.relation_heads == 0)
      continue;
    return fail(ErrorCode::kInvalidArgument,
                "distill.relation_heads: {} do not divide {} heads and {} kv_heads of {}", own.relation_heads,
                config->heads, config->kv_heads, config->head_dim);
  }
  return own;
}

Result<std::unique_ptr<Objective>> DistillObjective::create(const DistillRecipe& recipe,
                                                            const ModelConfig& student,
                                                            const ModelConfig& other, Module& teacher) {
  TERN_ASSIGN(DistillRecipe whole, fill_in(recipe, student, other));
  return std::unique_ptr<Objective>(new DistillObjective(std::move(whole), teacher));
}

int64_t DistillObjective::units(const Batch& batch) const {
  return LanguageModelObjective().units(batch);
}

Result<StepSums> DistillObjective::run(Module& module, const Batch& batch, double weight) const {
  const Segments segments = segments_of(batch);
  const at::Tensor ids = to_device(batch.ids, module), targets = to_device(batch.targets, module);
  const bool relations = recipe_.attention > 0;
  Projections own{recipe_.attention_layer, {}}, wanted{recipe_.teacher_layer, {}};
  at::Tensor teacher_h;
  {
    const at::NoGradGuard no_grad;
    teacher_h = teacher_.hidden(ids, segments, relations ? &wanted : nullptr);
  }
  const at::Tensor h = module.hidden(ids, segments, relations ? &own : nullptr);
  const at::Tensor weights = at::full({h.size(0)}, weight, h.options());
  StepSums sums{.units = units(batch), .tokens = tokens_of(batch)};
  at::Tensor loss;
  if (recipe_.logits > 0) {
    const SoftTargets soft{teacher_h, teacher_.head(), recipe_.temperature, recipe_.logits};
    const DistilledNll head = module.ops().distilled_nll(h, module.head(), targets, weights, soft);
    loss = head.loss;
    sums.loss = head.nll;
    sums.divergence = head.divergence;
  } else {
    loss = module.ops().weighted_nll(h, module.head(), targets, weights);
    sums.loss = loss.item<double>() / weight;
  }
  if (relations) {
    const double scale = weight * recipe_.attention;
    const at::Tensor shares = shares_of(batch, segments).to(h.device()) * scale;
    at::Tensor sum = at::zeros({}, h.options());
    for (size_t i = 0; i < own.qkv.size(); ++i) {
      sum = sum + module.ops().relation_divergence(own.qkv[i], wanted.qkv[i], segments,
                                                   recipe_.relation_heads, shares);
    }
    sums.relation = sum.item<double>() / scale;
    loss = loss + sum;
  }
  if (loss.requires_grad()) torch::autograd::backward({loss});
  return sums;
}

}  // namespace tern::train
