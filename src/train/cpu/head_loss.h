#pragma once
#include <functional>

#include "train/operation.h"

namespace tern::train {

// Logits of a model exist for some hundred tokens at a time, so that memory does not grow with tokens times
// vocabulary. Inputs of both: h [T, n]; the head's table [vocab, n]; targets int64 [T], -1 where nothing is
// asked.

/// Ops::nll: -log softmax(h table^T)[target] of each row, 0 where nothing is asked. Logits are made again on
/// the way back.
class HeadNll final : public Operation {
 public:
  Tensors forward(const Tensors& inputs, bool recorded) override;
  Tensors backward(const Tensors& grads) override;

 private:
  at::Tensor h_, table_, targets_;
};

/// Ops::weighted_nll, with weights [T] as fourth input: gradients are made on the way forward.
class HeadWeightedNll final : public Operation {
 public:
  Tensors forward(const Tensors& inputs, bool recorded) override;
  Tensors backward(const Tensors& grads) override;

 private:
  at::Tensor of_h_;
};

}  // namespace tern::train
