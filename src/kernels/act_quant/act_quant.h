#pragma once
// Activation quantization. C-like (docs/numerics.md rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One row. a = 127/max(absmax, 1e-5); q = clamp(round_half_even(x*a), -127, 127); absmax on the integer bit
/// pattern of |x| (rule 5). q[k .. q_padded) is set to 0. Returns 0, or 1 when x holds a NaN or infinity (q
/// then undefined).
typedef int32_t (*TernActQuantFn)(const float* x, int64_t k, int8_t* q, int64_t q_padded, float* a,
                                  int32_t* q_sum);

/// One row in blocks of 32 (k a multiple of 32): d = absmax/127; id = absmax > 0 ? 127/absmax : 0;
/// q = clamp(round_half_even(x*id), -127, 127). d and q_sum per block. Returns 1 on a NaN or infinity. When
/// 127/absmax overflows (absmax denormal) the block counts as zero: d = 0, q = 0.
typedef int32_t (*TernActQuantBlocksFn)(const float* x, int64_t k, int8_t* q, float* d, int32_t* q_sum);

#define TERN_KERNEL(name, min_isa) \
  int32_t name(const float* x, int64_t k, int8_t* q, int64_t q_padded, float* a, int32_t* q_sum);
#define TERN_KERNEL_BLOCKS(name, min_isa) \
  int32_t name(const float* x, int64_t k, int8_t* q, float* d, int32_t* q_sum);
#include "kernels/act_quant/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_BLOCKS

#ifdef __cplusplus
}
#endif
