#pragma once
#include <span>
#include <vector>

#include "train/cpu/normed_rows.h"

namespace tern::train {

/// h = RMSNorm(x), or of act(gate) * up; each linear of h. Inputs: x, or gate and up; the norm's weight, if
/// it is `normed`; the linears' weights. Of h only its int8 form is kept.
class NormLinears final : public Operation {
 public:
  NormLinears(bool normed, float eps, std::span<const BitLinear* const> linears,
              Activation activation = Activation::kRelu2)
      : normed_(normed), eps_(eps), activation_(activation), linears_(linears.begin(), linears.end()) {}
  Tensors forward(const Tensors& inputs, bool recorded) override;
  Tensors backward(const Tensors& grads) override;

 private:
  bool ternary() const { return linears_.front()->mode() == LinearMode::kTernary; }
  /// What linears that are not ternary multiply.
  at::Tensor activations() const;

  bool normed_;
  float eps_;
  Activation activation_;
  std::vector<const BitLinear*> linears_;
  std::optional<NormedRows> source_;
  QuantizedRows rows_;  ///< of ternary ones
};

/// RMSNorm alone. Inputs: x, its weight.
class Norm final : public Operation {
 public:
  explicit Norm(float eps) : eps_(eps) {}
  Tensors forward(const Tensors& inputs, bool recorded) override;
  Tensors backward(const Tensors& grads) override;

 private:
  float eps_;
  std::optional<NormedRows> source_;
};

}  // namespace tern::train
