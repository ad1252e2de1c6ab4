#pragma once
// Rows that are normalized and then multiplied, by the engine's kernels.
#include "models/config.h"
#include "train/bit_linear.h"
#include "train/operation.h"

namespace tern::train {

/// RMSNorm of rows x, or of act(gate) * up, which is made again where it is needed rather than kept.
class NormedRows {
 public:
  /// `x` is {x} or {gate, up}, [T, n] each, contiguous; `weight` is the norm's, undefined where there is none
  /// and the rows are taken as they are. `activation`: kRelu2 or kSwiglu.
  NormedRows(Tensors x, at::Tensor weight, float eps, Activation activation = Activation::kRelu2)
      : x_(std::move(x)), weight_(std::move(weight)), eps_(eps), activation_(activation) {}

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
  /// From dh, the derivative with respect to row t before the norm, those of gate (into dh) and up.
  void gate_gradients(int64_t t, float* dh, float* of_up) const;

  Tensors x_;
  at::Tensor weight_;
  float eps_;
  Activation activation_;
};

/// q / a, [T, width].
at::Tensor dequantized(const QuantizedRows& rows);

}  // namespace tern::train
