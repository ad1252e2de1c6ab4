#include "train/cpu/cpu_ops.h"

#include "train/cpu/attention.h"
#include "train/cpu/embedding.h"
#include "train/cpu/head_loss.h"
#include "train/cpu/norm_linears.h"

namespace tern::train {
namespace {

void add_zeros(const at::Tensor& gate, const at::Tensor& up, const Parameter& norm, float eps,
               const at::Tensor& rows, ActivationZeros& zeros) {
  const at::NoGradGuard no_grad;
  const at::Tensor some_gate = gate.index_select(0, rows), some_up = up.index_select(0, rows);
  const QuantizedRows h = NormedRows({some_gate, some_up}, norm.value, eps).quantized();
  zeros.values += some_gate.numel();
  zeros.gated += some_gate.numel() - (some_gate.relu().square() * some_up).count_nonzero().item<int64_t>();
  zeros.quantized += some_gate.numel() - h.q.narrow(1, 0, h.width).count_nonzero().item<int64_t>();
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

std::vector<at::Tensor> CpuOps::norm_linears(const at::Tensor& x, const Parameter& norm, float eps,
                                             std::span<const BitLinear* const> linears) {
  Tensors inputs = {x, norm.value};
  for (const BitLinear* linear : linears) inputs.push_back(linear->weight().value);
  return record(std::make_shared<NormLinears>(eps, linears), inputs);
}

at::Tensor CpuOps::gated_norm_linear(const at::Tensor& gate, const at::Tensor& up, const Parameter& norm,
                                     float eps, const BitLinear& linear) {
  if (sample_ != nullptr) add_zeros(gate, up, norm, eps, sample_->rows, sample_->zeros[&linear]);
  const BitLinear* const one = &linear;
  const Tensors inputs = {gate, up, norm.value, linear.weight().value};
  return record(std::make_shared<NormLinears>(eps, std::span(&one, 1)), inputs)[0];
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

}  // namespace tern::train
