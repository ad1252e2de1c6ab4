#pragma once
// The kernels in use: one pointer an op, set by select_kernels (kernels/isa.h).
#include "kernels/act_quant/act_quant.h"
#include "kernels/attention/attention.h"
#include "kernels/dense_matmul/dense_matmul.h"
#include "kernels/gated/gated.h"
#include "kernels/isa.h"
#include "kernels/rmsnorm/rmsnorm.h"
#include "kernels/ternary_matmul/ternary_matmul.h"
#include "kernels/ternary_sparse/ternary_sparse.h"

namespace tern {

struct KernelTable {
  TernTernaryMatmulFn ternary_matmul;
  TernSparseRowsFn ternary_rows;
  TernSparseColumnsFn ternary_columns;
  TernDenseMatmulFn dense_matmul;
  TernDenseMatmulQFn dense_matmul_q;
  TernActQuantFn act_quant;
  TernActQuantBlocksFn act_quant_blocks;
  TernRmsNormFn rmsnorm;
  TernAttentionSegmentFn attention_segment;
  TernGatedFn relu2;
  TernGatedFn swiglu;
};

/// The active table; CHECKs that init_kernels or select_kernels ran.
const KernelTable& kernels();
/// The table that `isa` would select: what tests hold against the lines of kernels.inc.
KernelTable kernels_for(Isa isa);

/// The whole attention of one query row (segments ascending, merged by one formula, also for one segment):
/// m' = max(M, m); c1 = exp(M - m'); c2 = exp(m - m'); L = fma(l, c2, L*c1); A = fma(acc, c2, A*c1); out = A
/// / L. `scratch` holds 2 * head_dim floats.
void attention(const TernAttention& args, float* out, float* scratch);

}  // namespace tern
