#pragma once
// Softmax of a row and its derivative, for training: attention's scores and the head's logits. C-like
// (docs/numerics.md rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a softmax was made with: z_i = s_i * scale, max = max z_i, sum = sum of exp(z_i - max). So the log of
/// the sum of exp(z_i) is max + log(sum).
typedef struct TernSoftmaxRow {
  float max, sum;
} TernSoftmaxRow;

/// In place: s_i becomes p_i = exp(z_i - max) * (1 / sum) for the first `visible` >= 1 of n elements, the
/// others +0. exp of kernels/exp.h; sum by rule 3. scale > 0.
typedef void (*TernSoftmaxFn)(float* s, int64_t visible, int64_t n, float scale, TernSoftmaxRow* row);

/// The way back: s_i becomes p_i again, and dp_i, the derivative with respect to p_i, becomes that with
/// respect to s_i: (p_i * (dp_i - delta)) * scale, where delta = sum of p * dp. Beyond `visible` both become
/// +0.
typedef void (*TernSoftmaxGradFn)(float* s, float* dp, int64_t visible, int64_t n, float scale,
                                  const TernSoftmaxRow* row, float delta);

#define TERN_KERNEL(name, min_isa) \
  void name(float* s, int64_t visible, int64_t n, float scale, TernSoftmaxRow* row);
#define TERN_KERNEL_GRAD(name, min_isa)                                                              \
  void name(float* s, float* dp, int64_t visible, int64_t n, float scale, const TernSoftmaxRow* row, \
            float delta);
#include "kernels/softmax/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_GRAD

#ifdef __cplusplus
}
#endif
