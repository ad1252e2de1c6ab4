#pragma once
// Operations whose derivatives are written by hand.
#include <memory>
#include <vector>

#include "train/torch.h"

namespace tern::train {

using Tensors = std::vector<at::Tensor>;

/// One use of an operation: made, run forward and, where a gradient is asked for, run backward once.
class Operation {
 public:
  virtual ~Operation() = default;
  /// `recorded`: backward() will come, so keep what it needs. Without autograd.
  virtual Tensors forward(const Tensors& inputs, bool recorded) = 0;
  /// From the gradients of the outputs (undefined where nothing depends on one) those of the inputs. For an
  /// input that is a parameter it adds to its grad(), which is there, and gives an undefined one: so nothing
  /// is copied. The operation is gone afterwards.
  virtual Tensors backward(const Tensors& grads) = 0;
};

/// Runs `operation` and puts it into autograd's graph if an input needs a gradient.
Tensors record(std::shared_ptr<Operation> operation, const Tensors& inputs);

}  // namespace tern::train
