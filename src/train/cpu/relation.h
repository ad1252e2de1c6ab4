#pragma once
#include "train/operation.h"
#include "train/ops.h"

namespace tern::train {

/// Ops::relation_divergence. Inputs: x [T, n]; the teacher's y [T, m]; weights [T]. The gradient of x is made
/// on the way forward; of a relation some hundred rows exist at a time.
class RelationDivergence final : public Operation {
 public:
  RelationDivergence(const Segments& segments, int64_t heads) : segments_(segments), heads_(heads) {}
  Tensors forward(const Tensors& inputs, bool recorded) override;
  Tensors backward(const Tensors& grads) override;

 private:
  /// One head of one document: its part of the sum.
  double add_part(const Segments::Part& part, int64_t head, const at::Tensor& x, const at::Tensor& y,
                  const float* weights) const;

  Segments segments_;
  int64_t heads_;
  at::Tensor of_x_;  ///< undefined when nobody asks
};

}  // namespace tern::train
