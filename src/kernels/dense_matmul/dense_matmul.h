#pragma once
// y[t,n] = sum_k w[n,k] * x[t,k] for weights that are not ternary. C-like (docs/numerics.md rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Weight formats of the float path: rule 3 (16 lanes, lane = k mod 16, one FMA chain a lane, tree 8-4-2-1).
/// Block formats: the float path decodes each weight to float32 first (--dense-act f32).
enum TernDenseFormat {
  TERN_DENSE_F32,
  TERN_DENSE_F16,
  TERN_DENSE_BF16,
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) TERN_DENSE_##name,
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT
  TERN_DENSE_SCREEN3  ///< int8 activations only: codes 0 to 7 without a scale (quant/screen3.h)
};

/// Float activations. Any K. Rows [n_begin, n_end) of y are written for every t.
typedef struct TernDenseMatmul {
  const uint8_t* weights;  ///< [N, row_bytes] in the file's own layout, no alignment promised
  size_t row_bytes;
  int32_t format;  ///< TernDenseFormat
  int64_t k;
  const float* x;  ///< [T, x_stride]
  size_t x_stride;
  int32_t tokens;
  int32_t n_begin, n_end;
  float* y;  ///< [T, y_stride]
  size_t y_stride;
} TernDenseMatmul;
typedef void (*TernDenseMatmulFn)(const TernDenseMatmul*);

/// int8 activations with one scale a block of 32 (rule 10). With the integers that the block holds,
///   weight = d_w * w - m_w * mn    (quant/block_formats.h; w and mn have the scales of groups in them, and
///                                   mn is -1 in Q4_1 and Q5_1, which add m)
/// for each block b ascending, one chain a row, both sums exact:
///   acc = fma(d_w * d_a[b], float(sum of w * q over the block), acc)
///   acc = fma(m_w, d_a[b] * float(sum of -mn * q over the block), acc)    formats with m only
/// with acc starting at +0 and d_w, m_w the block's (or super-block's) f16 scales as float32.
/// SCREEN3: acc = fma(d_a[b], float(sum of code * q), acc), codes 0 to 7 as they are.
typedef struct TernDenseMatmulQ {
  const uint8_t* weights;  ///< x16 (quant/x16.h): groups of 16 rows, interleaved; 16 * row_bytes a group
  size_t row_bytes;
  int32_t format;        ///< a block format, or TERN_DENSE_SCREEN3
  int64_t k;             ///< a multiple of the format's block
  const int8_t* q;       ///< [T, q_stride], in [-127, 127]
  size_t q_stride;       ///< a multiple of 64
  const float* d_a;      ///< [T, block_stride] step of each block of 32: x ~ q * d_a
  const int32_t* q_sum;  ///< [T, block_stride]
  size_t block_stride;
  int32_t tokens;
  int32_t n_begin;  ///< a multiple of 16
  int32_t n_end;    ///< a multiple of 16, or N
  float* y;
  size_t y_stride;
} TernDenseMatmulQ;
typedef void (*TernDenseMatmulQFn)(const TernDenseMatmulQ*);

#define TERN_KERNEL(name, min_isa) void name(const TernDenseMatmul* args);
#define TERN_KERNEL_Q(name, min_isa) void name(const TernDenseMatmulQ* args);
#include "kernels/dense_matmul/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_Q

#ifdef __cplusplus
}
#endif
