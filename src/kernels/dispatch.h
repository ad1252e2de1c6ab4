#pragma once
// The kernels in use: one pointer an op, set by select_kernels (kernels/isa.h).
#include <string_view>
#include <vector>

#include "kernels/act_quant/act_quant.h"
#include "kernels/attention/attention.h"
#include "kernels/dense_matmul/dense_matmul.h"
#include "kernels/gated/gated.h"
#include "kernels/gated_grad/gated_grad.h"
#include "kernels/isa.h"
#include "kernels/rmsnorm/rmsnorm.h"
#include "kernels/rmsnorm_grad/rmsnorm_grad.h"
#include "kernels/rope/rotate.h"
#include "kernels/softmax/softmax.h"
#include "kernels/ternary_grad/ternary_grad.h"
#include "kernels/ternary_matmul/ternary_matmul.h"
#include "kernels/ternary_sparse/ternary_sparse.h"
#include "kernels/ternary_unpack/ternary_unpack.h"

namespace tern {

struct KernelTable {
  TernTernaryMatmulFn ternary_matmul;
  TernTernaryUnpackFn ternary_unpack;
  TernSparseRowsFn ternary_rows;
  TernSparseColumnsFn ternary_columns;
  TernDenseMatmulFn dense_matmul;
  TernDenseMatmulQFn dense_matmul_q;
  TernActQuantFn act_quant;
  TernActQuantBlocksFn act_quant_blocks;
  TernRmsNormFn rmsnorm;
  TernRopeRotateFn rope_rotate;
  TernAttentionSegmentFn attention_segment;
  TernAttentionMergeFn attention_merge;
  TernGatedFn relu2;
  TernGatedFn swiglu;
  TernGatedFn geglu;
  // Of training only.
  TernTernaryGradFn ternary_grad;
  TernRmsNormGradFn rmsnorm_grad;
  TernGatedGradFn relu2_grad;
  TernSoftmaxFn softmax;
  TernSoftmaxGradFn softmax_grad;
};

/// The active table; CHECKs that init_kernels or select_kernels ran.
const KernelTable& kernels();
/// The table that `isa` would select: what tests hold against the lines of kernels.inc.
KernelTable kernels_for(Isa isa);

struct KernelName {
  std::string_view op;    ///< its member of KernelTable
  std::string_view name;  ///< of the function in it
};
/// What kernels_for() selects, by name, in the order of the table.
std::vector<KernelName> kernel_names(Isa isa);

/// The totals of a tile's queries, to which segments are added in ascending order, also when there is only
/// one. `out` (row r, head h: [head_dim] at out + r * out_stride + h * head_dim) holds the sums meanwhile.
class AttentionTotal {
 public:
  AttentionTotal(const TernAttention& args, float* out, size_t out_stride);
  /// What attention_segment gave for the segment at `begin`; queries that see none of it are left as they
  /// are.
  void add(int64_t begin, const TernAttentionState* state, const float* acc);
  /// out = A / L.
  void finish();

 private:
  float* out_of(int64_t query) const;
  const TernAttention& args_;
  float* out_;
  size_t out_stride_;
  TernAttentionState total_[TERN_ATTENTION_QUERIES];
};

/// The whole attention of a tile; `scratch` holds rows * heads * head_dim floats.
void attention(const TernAttention& args, float* out, size_t out_stride, float* scratch);

}  // namespace tern
