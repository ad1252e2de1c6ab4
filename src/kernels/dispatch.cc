#include "kernels/dispatch.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <vector>

#include "base/check.h"

namespace tern {
namespace {

// Written before any thread that computes is started, only read afterwards.
struct Selection {
  bool selected = false;
  Isa isa = Isa::kScalar;
  KernelTable table{};
};
Selection g_selection;

/// `visit(pointer of the table, op, kernel, its name)` for every kernel that `isa` allows, weakest first.
template <typename Visit>
void for_each_kernel(Isa isa, const Visit& visit) {
#define TERN_SELECT(op, name, min_isa) \
  if (isa_allows(isa, Isa::min_isa)) visit(&KernelTable::op, #op, name, #name);

#define TERN_KERNEL(name, min_isa) TERN_SELECT(ternary_matmul, name, min_isa)
#include "kernels/ternary_matmul/kernels.inc"
#undef TERN_KERNEL

#define TERN_KERNEL(name, min_isa) TERN_SELECT(ternary_unpack, name, min_isa)
#include "kernels/ternary_unpack/kernels.inc"
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

#define TERN_KERNEL(name, min_isa) TERN_SELECT(rope_rotate, name, min_isa)
#include "kernels/rope/kernels.inc"
#undef TERN_KERNEL

#define TERN_KERNEL(name, min_isa) TERN_SELECT(attention_segment, name, min_isa)
#define TERN_KERNEL_MERGE(name, min_isa) TERN_SELECT(attention_merge, name, min_isa)
#include "kernels/attention/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_MERGE

#define TERN_KERNEL_RELU2(name, min_isa) TERN_SELECT(relu2, name, min_isa)
#define TERN_KERNEL_SWIGLU(name, min_isa) TERN_SELECT(swiglu, name, min_isa)
#define TERN_KERNEL_GEGLU(name, min_isa) TERN_SELECT(geglu, name, min_isa)
#include "kernels/gated/kernels.inc"
#undef TERN_KERNEL_RELU2
#undef TERN_KERNEL_SWIGLU
#undef TERN_KERNEL_GEGLU

#define TERN_KERNEL(name, min_isa) TERN_SELECT(ternary_grad, name, min_isa)
#include "kernels/ternary_grad/kernels.inc"
#undef TERN_KERNEL

#define TERN_KERNEL(name, min_isa) TERN_SELECT(rmsnorm_grad, name, min_isa)
#include "kernels/rmsnorm_grad/kernels.inc"
#undef TERN_KERNEL

#define TERN_KERNEL(name, min_isa) TERN_SELECT(relu2_grad, name, min_isa)
#include "kernels/gated_grad/kernels.inc"
#undef TERN_KERNEL

#define TERN_KERNEL(name, min_isa) TERN_SELECT(softmax, name, min_isa)
#define TERN_KERNEL_GRAD(name, min_isa) TERN_SELECT(softmax_grad, name, min_isa)
#include "kernels/softmax/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_GRAD
#undef TERN_SELECT
}

}  // namespace

KernelTable kernels_for(Isa isa) {
  KernelTable table{};
  for_each_kernel(
      isa, [&table](auto slot, std::string_view, auto kernel, std::string_view) { table.*slot = kernel; });
  return table;
}

std::vector<KernelName> kernel_names(Isa isa) {
  std::vector<KernelName> names;
  for_each_kernel(isa, [&names](auto, std::string_view op, auto, std::string_view name) {
    const auto found =
        std::find_if(names.begin(), names.end(), [op](const KernelName& known) { return known.op == op; });
    if (found == names.end()) {
      names.push_back({op, name});
    } else {
      found->name = name;
    }
  });
  return names;
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

AttentionTotal::AttentionTotal(const TernAttention& args, float* out, size_t out_stride)
    : args_(args), out_(out), out_stride_(out_stride) {
  for (int64_t i = 0; i < args_.rows * args_.heads; ++i) {
    total_[i] = {-std::numeric_limits<float>::infinity(), 0.0f};
    std::fill_n(out_of(i), args_.head_dim, 0.0f);
  }
}

float* AttentionTotal::out_of(int64_t query) const {
  return out_ + static_cast<size_t>(query / args_.heads) * out_stride_ + query % args_.heads * args_.head_dim;
}

void AttentionTotal::add(int64_t begin, const TernAttentionState* state, const float* acc) {
  for (int64_t i = 0; i < args_.rows * args_.heads; ++i) {
    const int64_t first = tern_attention_first_key(args_.n_keys + i / args_.heads, args_.window);
    if (first >= begin + TERN_KV_SEGMENT) continue;
    kernels().attention_merge(state + i, acc + i * args_.head_dim, args_.head_dim, total_ + i, out_of(i));
  }
}

void AttentionTotal::finish() {
  for (int64_t i = 0; i < args_.rows * args_.heads; ++i) {
    float* const out = out_of(i);
    for (int32_t k = 0; k < args_.head_dim; ++k) out[k] = out[k] / total_[i].l;
  }
}

void attention(const TernAttention& args, float* out, size_t out_stride, float* scratch) {
  AttentionTotal total(args, out, out_stride);
  const int64_t first = tern_attention_first_key(args.n_keys, args.window);
  for (int64_t begin = first / TERN_KV_SEGMENT * TERN_KV_SEGMENT; begin < args.n_keys;
       begin += TERN_KV_SEGMENT) {
    TernAttentionState state[TERN_ATTENTION_QUERIES];
    kernels().attention_segment(&args, begin, state, scratch);
    total.add(begin, state, scratch);
  }
  total.finish();
}

}  // namespace tern
