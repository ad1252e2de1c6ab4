#pragma once
#include "train/operation.h"

namespace tern::train {

/// Rows of a table. Inputs: the table [vocab, n]; ids int64 [T].
class EmbeddingRows final : public Operation {
 public:
  Tensors forward(const Tensors& inputs, bool recorded) override;
  Tensors backward(const Tensors& grads) override;

 private:
  at::Tensor table_, ids_;
};

}  // namespace tern::train
