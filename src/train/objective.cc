#include "train/objective.h"

#include <algorithm>

namespace tern::train {
namespace {

at::Tensor hidden_of(Module& module, const Batch& batch, const Segments& segments) {
  return module.hidden(to_device(batch.ids, module), segments);
}

/// log p of each of the batch's documents, [parts].
at::Tensor logprobs_of(Module& module, const Batch& batch, const Segments& segments) {
  std::vector<int32_t> part_of(
      batch.ids.size());  // padding has no targets: whose part it is counted to is no matter
  for (size_t p = 0; p < segments.parts.size(); ++p) {
    const auto begin = part_of.begin() + segments.parts[p].begin;
    std::fill(begin, begin + segments.parts[p].length, static_cast<int32_t>(p));
  }
  const at::Tensor h = hidden_of(module, batch, segments);
  const at::Tensor nll = module.ops().nll(h, module.head(), to_device(batch.targets, module));
  return at::zeros({static_cast<int64_t>(batch.parts.size())}, nll.options())
      .index_add(0, to_device(part_of, module), -nll);
}

}  // namespace

StepSums& StepSums::operator+=(const StepSums& other) {
  loss += other.loss;
  units += other.units;
  tokens += other.tokens;
  margin += other.margin;
  correct += other.correct;
  divergence += other.divergence;
  relation += other.relation;
  return *this;
}

Segments segments_of(const Batch& batch) {
  Segments segments;
  for (const Segment& part : batch.parts)
    segments.parts.push_back({part.row * batch.row_tokens + part.begin, part.length});
  return segments;
}

int64_t tokens_of(const Batch& batch) {
  int64_t sum = 0;
  for (const Segment& part : batch.parts) sum += part.length;
  return sum;
}

at::Tensor to_device(const std::vector<int32_t>& values, const Module& module) {
  const at::Tensor here = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), here.data_ptr<int64_t>());
  return here.to(module.head().value.device());
}

int64_t LanguageModelObjective::units(const Batch& batch) const {
  return std::count_if(batch.targets.begin(), batch.targets.end(),
                       [](int32_t target) { return target >= 0; });
}

Result<StepSums> LanguageModelObjective::run(Module& module, const Batch& batch, double weight) const {
  const Segments segments = segments_of(batch);
  const at::Tensor h = hidden_of(module, batch, segments);
  const at::Tensor weights = at::full({h.size(0)}, weight, h.options());
  const at::Tensor loss =
      module.ops().weighted_nll(h, module.head(), to_device(batch.targets, module), weights);
  if (loss.requires_grad()) torch::autograd::backward({loss});
  return StepSums{.loss = loss.item<double>() / weight, .units = units(batch), .tokens = tokens_of(batch)};
}

int64_t DpoObjective::units(const Batch& batch) const {
  return static_cast<int64_t>(batch.parts.size()) / 2;
}

Result<StepSums> DpoObjective::run(Module& module, const Batch& batch, double weight) const {
  const Segments segments = segments_of(batch);
  const int64_t pairs = units(batch);
  const at::Tensor reference = at::empty({pairs, 2}, at::kFloat);
  for (int64_t i = 0; i < 2 * pairs; ++i) {
    const Segment& part = batch.parts[static_cast<size_t>(i)];
    const auto found = reference_.find({part.source, part.document});
    if (found == reference_.end()) {
      return fail(ErrorCode::kBadFile,
                  "document {} of source {} has no reference log-probability: the data changed",
                  part.document, part.source);
    }
    reference.data_ptr<float>()[i] = static_cast<float>(found->second);
  }
  const at::Tensor gain =
      logprobs_of(module, batch, segments).view({pairs, 2}) - reference.to(module.head().value.device());
  const at::Tensor margin = beta_ * (gain.select(1, 0) - gain.select(1, 1));
  const at::Tensor losses = at::softplus(-margin);  // -log sigmoid
  if (losses.requires_grad()) torch::autograd::backward({losses.sum() * weight});
  return StepSums{.loss = losses.sum().item<double>(),
                  .units = pairs,
                  .tokens = tokens_of(batch),
                  .margin = margin.sum().item<double>(),
                  .correct = (margin > 0).sum().item<int64_t>()};
}

SequenceLogprobs sequence_logprobs(Module& module, const Batch& batch) {
  const at::NoGradGuard no_grad;
  const at::Tensor sums = logprobs_of(module, batch, segments_of(batch)).cpu();
  SequenceLogprobs found;
  for (size_t i = 0; i < batch.parts.size(); ++i)
    found[{batch.parts[i].source, batch.parts[i].document}] = sums.data_ptr<float>()[i];
  return found;
}

}  // namespace tern::train
