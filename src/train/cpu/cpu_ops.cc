#include "train/cpu/cpu_ops.h"

#include "train/cpu/attention.h"
#include "train/cpu/embedding.h"
#include "train/cpu/head_distill.h"
#include "train/cpu/head_loss.h"
#include "train/cpu/norm_linears.h"
#include "train/cpu/relation.h"

namespace tern::train {
namespace {

at::Tensor weight_of(const Parameter* norm) {
  return norm == nullptr ? at::Tensor() : norm->value;
}

void add_zeros(const at::Tensor& gate, const at::Tensor& up, Activation activation, const Parameter* norm,
               float eps, const at::Tensor& rows, ActivationZeros& zeros) {
  const at::NoGradGuard no_grad;
  const Tensors some = {gate.index_select(0, rows), up.index_select(0, rows)};
  const at::Tensor gated = NormedRows(some, at::Tensor(), eps, activation).floats();
  const QuantizedRows h = NormedRows(some, weight_of(norm), eps, activation).quantized();
  zeros.values += gated.numel();
  zeros.gated += gated.numel() - gated.count_nonzero().item<int64_t>();
  zeros.quantized += gated.numel() - h.q.narrow(1, 0, h.width).count_nonzero().item<int64_t>();
}

}  // namespace

Status CpuOps::prepare(std::vector<BitLinear>& linears, float lambda) {
  return prepare_all(linears, lambda);
}

at::Tensor CpuOps::embed(const Parameter& table, const at::Tensor& ids) {
  return record(std::make_shared<EmbeddingRows>(), {table.value, ids})[0];
}

at::Tensor CpuOps::norm(const at::Tensor& x, const Parameter& weight, float eps) {
  return record(std::make_shared<Norm>(eps), {x, weight.value})[0];
}

std::vector<at::Tensor> CpuOps::norm_linears(const at::Tensor& x, const Parameter* norm, float eps,
                                             std::span<const BitLinear* const> linears) {
  Tensors inputs = {x};
  if (norm != nullptr) inputs.push_back(norm->value);
  for (const BitLinear* linear : linears) inputs.push_back(linear->weight().value);
  return record(std::make_shared<NormLinears>(norm != nullptr, eps, linears), inputs);
}

at::Tensor CpuOps::gated_norm_linear(const at::Tensor& gate, const at::Tensor& up, Activation activation,
                                     const Parameter* norm, float eps, const BitLinear& linear) {
  if (sample_ != nullptr) add_zeros(gate, up, activation, norm, eps, sample_->rows, sample_->zeros[&linear]);
  const BitLinear* const one = &linear;
  Tensors inputs = {gate, up};
  if (norm != nullptr) inputs.push_back(norm->value);
  inputs.push_back(linear.weight().value);
  return record(std::make_shared<NormLinears>(norm != nullptr, eps, std::span(&one, 1), activation),
                inputs)[0];
}

at::Tensor CpuOps::attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                             const Segments& segments, const AttentionShape& shape) {
  if (rotary_ == nullptr) rotary_ = std::make_unique<Rotary>(shape);
  rotary_->reserve(segments.longest());
  return record(std::make_shared<Attention>(segments, shape, *rotary_), {q, k, v})[0];
}

at::Tensor CpuOps::nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets) {
  return record(std::make_shared<HeadNll>(), {h, table.value, targets})[0];
}

at::Tensor CpuOps::weighted_nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets,
                                const at::Tensor& weights) {
  return record(std::make_shared<HeadWeightedNll>(), {h, table.value, targets, weights})[0];
}

DistilledNll CpuOps::distilled_nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets,
                                   const at::Tensor& weights, const SoftTargets& soft) {
  const auto operation = std::make_shared<HeadDistilledNll>(soft.temperature, soft.weight);
  const Tensors inputs = {h, table.value, targets, weights, soft.h, soft.table.value.detach()};
  const Tensors outputs = record(operation, inputs);
  const at::Tensor sums = outputs[1].detach();
  return {outputs[0], sums[0].item<double>(), sums[1].item<double>()};
}

at::Tensor CpuOps::relation_divergence(const at::Tensor& x, const at::Tensor& y, const Segments& segments,
                                       int64_t heads, const at::Tensor& weights) {
  return record(std::make_shared<RelationDivergence>(segments, heads), {x, y, weights})[0];
}

}  // namespace tern::train
