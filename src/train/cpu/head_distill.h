#pragma once
#include "train/operation.h"

namespace tern::train {

/// Ops::distilled_nll. Inputs: h [T, n]; the head's table [vocab, n]; targets int64 [T], -1 where nothing is
/// asked; weights [T]; the teacher's h [T, m] and table [vocab, m]. Outputs: the loss; {sum of nll, sum of
/// divergence} in double. Logits of both models exist for some hundred tokens at a time, and gradients are
/// made on the way forward.
class HeadDistilledNll final : public Operation {
 public:
  HeadDistilledNll(double temperature, double weight) : temperature_(temperature), weight_(weight) {}
  Tensors forward(const Tensors& inputs, bool recorded) override;
  Tensors backward(const Tensors& grads) override;

 private:
  double temperature_, weight_;
  at::Tensor of_h_;
};

}  // namespace tern::train
