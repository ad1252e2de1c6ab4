#pragma once
#include "train/ops.h"

namespace tern::train {

/// With torch's own operations, on any device. `compute` is the type of matrix products: kFloat, or kBFloat16
/// where the device is fast at it; sums, norms and the residual stream are float32.
class TorchOps final : public Ops {
 public:
  explicit TorchOps(at::ScalarType compute = at::kFloat) : compute_(compute) {}
  Status prepare(std::vector<BitLinear>& linears, float lambda) override;
  at::Tensor embed(const Parameter& table, const at::Tensor& ids) override;
  at::Tensor norm(const at::Tensor& x, const Parameter& weight, float eps) override;
  std::vector<at::Tensor> norm_linears(const at::Tensor& x, const Parameter* norm, float eps,
                                       std::span<const BitLinear* const> linears) override;
  at::Tensor gated_norm_linear(const at::Tensor& gate, const at::Tensor& up, Activation activation,
                               const Parameter* norm, float eps, const BitLinear& linear) override;
  at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       const Segments& segments, const AttentionShape& shape) override;
  at::Tensor nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets) override;
  at::Tensor weighted_nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets,
                          const at::Tensor& weights) override;
  DistilledNll distilled_nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets,
                             const at::Tensor& weights, const SoftTargets& soft) override;
  at::Tensor relation_divergence(const at::Tensor& x, const at::Tensor& y, const Segments& segments,
                                 int64_t heads, const at::Tensor& weights) override;

 private:
  at::Tensor linear_of(const at::Tensor& h, const BitLinear& linear) const;
  at::Tensor product(const at::Tensor& a, const at::Tensor& b) const;

  at::ScalarType compute_;
  float lambda_ = 1;
};

}  // namespace tern::train
