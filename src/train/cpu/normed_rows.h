#pragma once
// Rows that are normalized and then multiplied, by the engine's kernels.
#include "train/bit_linear.h"
#include "train/operation.h"

namespace tern::train {

/// RMSNorm of rows x, or of relu(gate)^2 * up, which is made again where it is needed rather than kept.
class NormedRows {
 public:
  /// `x` is {x} or {gate, up}, [T, n] each, contiguous; `weight` is the norm's.
  NormedRows(Tensors x, at::Tensor weight, float eps)
      : x_(std::move(x)), weight_(std::move(weight)), eps_(eps) {}

  /// [T, n] floats.
  at::Tensor floats() const;
  /// As BitLinears take them. A row that is not finite gets a scale of NaN, which ends in the loss.
  QuantizedRows quantized() const;
  /// From the gradient of the rows (which it writes into) those of x_; adds to the weight's.
  Tensors gradients(const at::Tensor& of_rows) const;

 private:
  int64_t count() const { return x_[0].size(0); }
  int64_t width() const { return x_[0].size(1); }
  /// Row t before it is normalized: in place, or made in `scratch`.
  const float* row(int64_t t, float* scratch) const;
  void norm_row(int64_t t, float* scratch, float* into) const;

  Tensors x_;
  at::Tensor weight_;
  float eps_;
};

/// q / a, [T, width].
at::Tensor dequantized(const QuantizedRows& rows);

}  // namespace tern::train
