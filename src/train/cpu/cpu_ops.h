#pragma once
#include <memory>

#include "train/cpu/rotary.h"
#include "train/ops.h"

namespace tern::train {

/// On a CPU, with the engine's kernels (init_kernels() was called): a model's BitLinears give the bits that
/// the engine's give for the same input.
class CpuOps final : public Ops {
 public:
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
  std::unique_ptr<Rotary> rotary_;  ///< made at the first attention: a model has one shape
};

}  // namespace tern::train
