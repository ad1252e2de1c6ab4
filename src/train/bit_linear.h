#pragma once
// The linears of a block, as training computes them on a CPU: multiplied by the engine's own kernel.
#include <cstdint>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/error.h"
#include "train/parameters.h"
#include "train/torch.h"

namespace tern::train {

enum class LinearMode {
  kTernary,  ///< BitLinear: trits times int8 activations
  kDense,    ///< the same model without quantization, to compare with
  kBlend     ///< on the way from dense to ternary: w + lambda * (q(w) - w), and activations alike
};

/// Activations as BitLinears take them, one scale a row (kernels/act_quant).
struct QuantizedRows {
  at::Tensor q;    ///< int8 [T, stride], stride a multiple of 128; zero beyond the width
  at::Tensor a;    ///< [T]
  at::Tensor sum;  ///< int32 [T]
  int64_t width = 0;
};

/// What a step's quantization found in a matrix.
struct TritCounts {
  int64_t negative = 0, zero = 0, positive = 0;
  int64_t flipped = 0;  ///< differ from those of the step before
  int64_t all() const { return negative + zero + positive; }
  TritCounts& operator+=(const TritCounts& other);
};

/// y = x W^T, W [out, in].
class BitLinear {
 public:
  BitLinear(const Parameter& weight, LinearMode mode) : weight_(&weight), mode_(mode) {}

  const Parameter& weight() const { return *weight_; }
  LinearMode mode() const { return mode_; }
  int64_t out() const { return static_cast<int64_t>(weight_->spec.shape[0]); }
  int64_t in() const { return static_cast<int64_t>(weight_->spec.shape[1]); }
  float scale() const { return scale_; }
  float lambda() const { return lambda_; }
  const TritCounts& counts() const { return counts_; }

  /// Makes the weight ready for the kernels; once a step, behind Parameters::refresh(). `lambda` is kBlend's.
  /// kNonFinite names the tensor.
  Status prepare(float lambda);
  /// Of kDense and kBlend: the weight that is multiplied with.
  const at::Tensor& effective() const { return effective_; }

  // Of kTernary.
  /// y [T, out] = rows * W^T, every bit as the engine has it.
  void multiply(const QuantizedRows& rows, const at::Tensor& y) const;
  /// dx [T, in] = dy W, or dx += dy W.
  void input_gradient(const at::Tensor& dy, const at::Tensor& dx, bool accumulate) const;

 private:
  Status quantize();
  Status blend();
  void pack_strip(size_t strip, const float* weights);

  const Parameter* weight_;
  LinearMode mode_;
  float scale_ = 0, lambda_ = 1;
  TritCounts counts_;
  AlignedBuffer<uint8_t> t2x16_;     ///< for multiply()
  AlignedBuffer<uint16_t> lookup4_;  ///< for input_gradient()
  at::Tensor effective_;
  std::vector<int8_t> trits_;  ///< of kBlend
};

/// prepare() of all of them, in parallel.
Status prepare_all(std::vector<BitLinear>& linears, float lambda);

}  // namespace tern::train
