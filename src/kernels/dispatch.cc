#include "kernels/dispatch.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "base/check.h"
#include "kernels/exp.h"

namespace tern {
namespace {

// Written before any thread that computes is started, only read afterwards.
struct Selection {
  bool selected = false;
  Isa isa = Isa::kScalar;
  KernelTable table{};
};
Selection g_selection;

}  // namespace

KernelTable kernels_for(Isa isa) {
  KernelTable table{};
#define TERN_SELECT(op, name, min_isa) \
  if (isa_allows(isa, Isa::min_isa)) table.op = name;

#define TERN_KERNEL(name, min_isa) TERN_SELECT(ternary_matmul, name, min_isa)
#include "kernels/ternary_matmul/kernels.inc"
#undef TERN_KERNEL

#define TERN_KERNEL_ROWS(name, min_isa) TERN_SELECT(ternary_rows, name, min_isa)
#define TERN_KERNEL_COLUMNS(name, min_isa) TERN_SELECT(ternary_columns, name, min_isa)
#include "kernels/ternary_sparse/kernels.inc"
#undef TERN_KERNEL_ROWS
#undef TERN_KERNEL_COLUMNS

#define TERN_KERNEL(name, min_isa) TERN_SELECT(dense_matmul, name, min_isa)
#define TERN_KERNEL_Q(name, min_isa) TERN_SELECT(dense_matmul_q, name, min_isa)
#include "kernels/dense_matmul/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_Q

#define TERN_KERNEL(name, min_isa) TERN_SELECT(act_quant, name, min_isa)
#define TERN_KERNEL_BLOCKS(name, min_isa) TERN_SELECT(act_quant_blocks, name, min_isa)
#include "kernels/act_quant/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_BLOCKS

#define TERN_KERNEL(name, min_isa) TERN_SELECT(rmsnorm, name, min_isa)
#include "kernels/rmsnorm/kernels.inc"
#undef TERN_KERNEL

#define TERN_KERNEL(name, min_isa) TERN_SELECT(attention_segment, name, min_isa)
#include "kernels/attention/kernels.inc"
#undef TERN_KERNEL

#define TERN_KERNEL_RELU2(name, min_isa) TERN_SELECT(relu2, name, min_isa)
#define TERN_KERNEL_SWIGLU(name, min_isa) TERN_SELECT(swiglu, name, min_isa)
#include "kernels/gated/kernels.inc"
#undef TERN_KERNEL_RELU2
#undef TERN_KERNEL_SWIGLU
#undef TERN_SELECT
  return table;
}

void select_kernels(Isa isa) {
  const std::vector<Isa> supported = supported_isas();
  TERN_CHECK(std::find(supported.begin(), supported.end(), isa) != supported.end());
  g_selection = {true, isa, kernels_for(isa)};
}

Status init_kernels() {
  const char* forced = std::getenv("TERN_ISA");
  Isa isa = supported_isas().back();
  if (forced != nullptr && *forced != '\0') {
    TERN_ASSIGN(isa, parse_isa(forced));
  }
  select_kernels(isa);
  return {};
}

Isa active_isa() {
  TERN_CHECK(g_selection.selected);
  return g_selection.isa;
}

const KernelTable& kernels() {
  TERN_CHECK(g_selection.selected);
  return g_selection.table;
}

void attention(const TernAttention& args, float* out, float* scratch) {
  const TernAttentionSegmentFn segment = kernels().attention_segment;
  float* const segment_acc = scratch;
  float* const total_acc = scratch + args.head_dim;
  float total_m = -std::numeric_limits<float>::infinity();
  float total_l = 0;
  std::fill_n(total_acc, args.head_dim, 0.0f);
  for (int64_t begin = 0; begin < args.n_keys; begin += TERN_KV_SEGMENT) {
    TernAttentionState state;
    segment(&args, begin, &state, segment_acc);
    const float m = state.m > total_m ? state.m : total_m;
    const float c1 = exp_f32(total_m - m);
    const float c2 = exp_f32(state.m - m);
    total_l = std::fma(state.l, c2, total_l * c1);
    for (int32_t i = 0; i < args.head_dim; ++i) {
      total_acc[i] = std::fma(segment_acc[i], c2, total_acc[i] * c1);
    }
    total_m = m;
  }
  for (int32_t i = 0; i < args.head_dim; ++i) out[i] = total_acc[i] / total_l;
}

}  // namespace tern
