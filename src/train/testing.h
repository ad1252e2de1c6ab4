#pragma once
// What the tests of the trainer share: seeded tensors, tiny models, and how far two tensors are apart.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "kernels/testing.h"
#include "models/arch.h"
#include "models/config.h"
#include "train/module.h"
#include "train/parameters.h"
#include "train/torch.h"

namespace tern::train::testing {

using tern::testing::Random;

/// Standard normal.
inline at::Tensor random_tensor(Random& random, std::vector<int64_t> sizes) {
  const at::Tensor tensor = at::empty(sizes, at::kFloat);
  for (int64_t i = 0; i < tensor.numel(); ++i) tensor.data_ptr<float>()[i] = random.normal();
  return tensor;
}

inline at::Tensor random_ids(Random& random, int64_t n, int64_t vocab) {
  const at::Tensor ids = at::empty({n}, at::kLong);
  for (int64_t i = 0; i < n; ++i) ids.data_ptr<int64_t>()[i] = random.integer(0, vocab - 1);
  return ids;
}

/// |a - b| / |b| in the Frobenius norm.
inline double distance(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor wanted = b.detach().to(at::kDouble);
  return ((a.detach().to(at::kDouble) - wanted).norm() / wanted.norm().clamp_min(1e-30)).item<double>();
}

inline std::vector<float> floats_of(const at::Tensor& tensor) {
  const at::Tensor whole = tensor.detach().contiguous();
  return {whole.data_ptr<float>(), whole.data_ptr<float>() + whole.numel()};
}

/// A parameter of its own, outside of a model.
struct LoneParameter {
  explicit LoneParameter(const at::Tensor& from, TensorRole role = TensorRole::kLinear) {
    parameter.spec.name = "lone";
    parameter.spec.role = role;
    for (const int64_t extent : from.sizes()) parameter.spec.shape.push_back(static_cast<uint64_t>(extent));
    parameter.size = from.numel();
    parameter.value = from.clone().set_requires_grad(true);
    parameter.value.mutable_grad() = at::zeros_like(from);
  }
  const at::Tensor& grad() const { return parameter.value.grad(); }
  Parameter parameter;
};

/// Its sizes are multiples of nothing in particular.
inline ModelConfig tiny_config() {
  ModelConfig config;
  config.arch = "bitnet";
  config.source_arch = "bitnet";
  config.hidden = 48;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 12;
  config.ffn = 70;
  config.vocab = 61;
  config.max_positions = 64;
  config.rope_theta = 10000;
  config.tied_head = true;
  config.sub_norms = true;
  config.activation = Activation::kRelu2;
  config.linear = LinearKind::kTernaryOnline;
  return config;
}

inline std::vector<TensorSpec> table_of(const ModelConfig& config) {
  return arch_by_name(config.arch).value()->tensor_table(config);
}

/// Parameters that are not only noise: norms differ from 1, weights are large enough to matter.
inline void make_lively(Parameters& parameters, uint64_t seed) {
  parameters.initialize(seed, 0.3f);
  const at::NoGradGuard no_grad;
  Random random(seed);
  for (const Parameter& parameter : parameters.all()) {
    if (parameter.spec.role == TensorRole::kNorm)
      parameter.slice(parameters.masters()).add_(random_tensor(random, {parameter.size}), 0.1);
  }
  parameters.refresh();
}

/// Tests that compute with our kernels: chosen once.
class WithKernels : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(init_kernels()); }
};

}  // namespace tern::train::testing
