// Which kernel a level selects, by name, for every level that exists on this architecture, present or not.
#include "kernels/dispatch.h"

#include <map>

#include "kernels/testing.h"

namespace tern::testing {
namespace {

struct Line {
  const char* op;
  const char* name;
  Isa min_isa;
  void (*function)();
};

/// Every line of every table, in order, under the name of its slot of KernelTable.
const std::vector<Line>& all_lines() {
#define TERN_LINE(op, name, min_isa) {#op, #name, Isa::min_isa, reinterpret_cast<void (*)()>(name)},
  static const std::vector<Line> lines = {
#define TERN_KERNEL(name, min_isa) TERN_LINE(ternary_matmul, name, min_isa)
#include "kernels/ternary_matmul/kernels.inc"
#undef TERN_KERNEL
#define TERN_KERNEL(name, min_isa) TERN_LINE(ternary_unpack, name, min_isa)
#include "kernels/ternary_unpack/kernels.inc"
#undef TERN_KERNEL
#define TERN_KERNEL_ROWS(name, min_isa) TERN_LINE(ternary_rows, name, min_isa)
#define TERN_KERNEL_COLUMNS(name, min_isa) TERN_LINE(ternary_columns, name, min_isa)
#include "kernels/ternary_sparse/kernels.inc"
#undef TERN_KERNEL_ROWS
#undef TERN_KERNEL_COLUMNS
#define TERN_KERNEL(name, min_isa) TERN_LINE(dense_matmul, name, min_isa)
#define TERN_KERNEL_Q(name, min_isa) TERN_LINE(dense_matmul_q, name, min_isa)
#include "kernels/dense_matmul/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_Q
#define TERN_KERNEL(name, min_isa) TERN_LINE(act_quant, name, min_isa)
#define TERN_KERNEL_BLOCKS(name, min_isa) TERN_LINE(act_quant_blocks, name, min_isa)
#include "kernels/act_quant/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_BLOCKS
#define TERN_KERNEL(name, min_isa) TERN_LINE(rmsnorm, name, min_isa)
#include "kernels/rmsnorm/kernels.inc"
#undef TERN_KERNEL
#define TERN_KERNEL(name, min_isa) TERN_LINE(rope_rotate, name, min_isa)
#include "kernels/rope/kernels.inc"
#undef TERN_KERNEL
#define TERN_KERNEL(name, min_isa) TERN_LINE(attention_segment, name, min_isa)
#define TERN_KERNEL_MERGE(name, min_isa) TERN_LINE(attention_merge, name, min_isa)
#include "kernels/attention/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_MERGE
#define TERN_KERNEL_RELU2(name, min_isa) TERN_LINE(relu2, name, min_isa)
#define TERN_KERNEL_SWIGLU(name, min_isa) TERN_LINE(swiglu, name, min_isa)
#define TERN_KERNEL_GEGLU(name, min_isa) TERN_LINE(geglu, name, min_isa)
#include "kernels/gated/kernels.inc"
#undef TERN_KERNEL_RELU2
#undef TERN_KERNEL_SWIGLU
#undef TERN_KERNEL_GEGLU
#define TERN_KERNEL(name, min_isa) TERN_LINE(ternary_grad, name, min_isa)
#include "kernels/ternary_grad/kernels.inc"
#undef TERN_KERNEL
#define TERN_KERNEL(name, min_isa) TERN_LINE(rmsnorm_grad, name, min_isa)
#include "kernels/rmsnorm_grad/kernels.inc"
#undef TERN_KERNEL
#define TERN_KERNEL(name, min_isa) TERN_LINE(relu2_grad, name, min_isa)
#include "kernels/gated_grad/kernels.inc"
#undef TERN_KERNEL
#define TERN_KERNEL(name, min_isa) TERN_LINE(softmax, name, min_isa)
#define TERN_KERNEL_GRAD(name, min_isa) TERN_LINE(softmax_grad, name, min_isa)
#include "kernels/softmax/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_GRAD
  };
#undef TERN_LINE
  return lines;
}

/// op -> name of the kernel that the level selects.
std::map<std::string, std::string> selected(Isa isa) {
  const KernelTable table = kernels_for(isa);
  std::map<std::string, std::string> names;
  const auto name = [&](const char* op, auto pointer) {
    for (const Line& line : all_lines()) {
      if (reinterpret_cast<void (*)()>(pointer) == line.function && std::string(line.op) == op)
        names[op] = line.name;
    }
  };
  name("ternary_matmul", table.ternary_matmul);
  name("ternary_unpack", table.ternary_unpack);
  name("ternary_rows", table.ternary_rows);
  name("ternary_columns", table.ternary_columns);
  name("dense_matmul", table.dense_matmul);
  name("dense_matmul_q", table.dense_matmul_q);
  name("act_quant", table.act_quant);
  name("act_quant_blocks", table.act_quant_blocks);
  name("rmsnorm", table.rmsnorm);
  name("rope_rotate", table.rope_rotate);
  name("attention_segment", table.attention_segment);
  name("attention_merge", table.attention_merge);
  name("relu2", table.relu2);
  name("swiglu", table.swiglu);
  name("geglu", table.geglu);
  name("ternary_grad", table.ternary_grad);
  name("rmsnorm_grad", table.rmsnorm_grad);
  name("relu2_grad", table.relu2_grad);
  name("softmax", table.softmax);
  name("softmax_grad", table.softmax_grad);
  return names;
}

TEST(Dispatch, ScalarSelectsTheFirstLineOfEveryTable) {
  std::map<std::string, std::string> first;
  for (const Line& line : all_lines()) first.try_emplace(line.op, line.name);
  EXPECT_EQ(first.size(), 20u);
  EXPECT_EQ(selected(Isa::kScalar), first);
}

TEST(Dispatch, NamesOfEachLevel) {
  const std::map<std::string, std::string> scalar = selected(Isa::kScalar);
#if defined(__x86_64__)
  const std::map<std::string, std::string> avx2 = {
      {"ternary_matmul", "ternary_matmul_i8_t2x16_i32_16x2_avx2"},
      {"ternary_unpack", "ternary_unpack_t5_t2_avx2"},
      {"ternary_rows", "ternary_rows_i8_t2_i32_4_avx2"},
      {"ternary_columns", "ternary_columns_i8_t2_i32_2_avx2"},
      {"dense_matmul", "dense_matmul_f32_any_f32_4x1_avx2"},
      {"dense_matmul_q", "dense_matmul_q8_x16_f32_16x4_avx2"},
      {"act_quant", "act_quant_f32_i8_avx2"},
      {"act_quant_blocks", "act_quant_blocks_f32_i8_avx2"},
      {"rmsnorm", "rmsnorm_f32_f32_avx2"},
      {"rope_rotate", "rope_rotate_avx2"},
      {"attention_segment", "attention_segment_avx2"},
      {"attention_merge", "attention_merge_avx2"},
      {"relu2", "relu2_f32_avx2"},
      {"swiglu", "swiglu_f32_avx2"},
      {"geglu", "geglu_f32_avx2"},
      {"ternary_grad", "ternary_grad_f32_lookup4_f32_16_avx2"},
      {"rmsnorm_grad", "rmsnorm_grad_f32_avx2"},
      {"relu2_grad", "relu2_grad_f32_avx2"},
      {"softmax", "softmax_f32_avx2"},
      {"softmax_grad", "softmax_grad_f32_avx2"},
  };
  EXPECT_EQ(selected(Isa::kAvx2), avx2);
  EXPECT_EQ(selected(Isa::kAvxVnni)["ternary_matmul"], "ternary_matmul_i8_t2x16_i32_16x4_avxvnni");
  EXPECT_EQ(selected(Isa::kAvx512Vnni)["ternary_matmul"], "ternary_matmul_i8_t2x16_i32_32x8_avx512vnni");
  EXPECT_EQ(selected(Isa::kAvx512Vnni)["attention_segment"], "attention_segment_avx512vnni");
  EXPECT_EQ(selected(Isa::kAvx512Vnni)["attention_merge"], "attention_merge_avx2");
  EXPECT_EQ(selected(Isa::kAvx512Vnni)["ternary_grad"], "ternary_grad_f32_lookup4_f32_16_avx512vnni");
  EXPECT_EQ(selected(Isa::kAvx512Vbmi)["ternary_matmul"], "ternary_matmul_i8_t2x16_i32_32x8_avx512vnni");
  EXPECT_EQ(selected(Isa::kAvx512Vbmi)["ternary_unpack"], "ternary_unpack_t5_t2_avx512vbmi");
  EXPECT_EQ(selected(Isa::kZen4)["ternary_matmul"], "ternary_matmul_i8_t2x16_i32_64x3_avx512zen4");
  EXPECT_EQ(selected(Isa::kZen4)["ternary_unpack"], "ternary_unpack_t5_t2_avx512vbmi");
  EXPECT_EQ(selected(Isa::kNeon), scalar);
#elif defined(__aarch64__)
  EXPECT_EQ(selected(Isa::kAvx2), scalar);
  EXPECT_EQ(selected(Isa::kNeon)["ternary_matmul"], "ternary_matmul_i8_t2x16_i32_16x1_neon");
  EXPECT_EQ(selected(Isa::kDotProd)["ternary_matmul"], "ternary_matmul_i8_t2x16_i32_16x4_dotprod");
  EXPECT_EQ(selected(Isa::kDotProd)["rmsnorm"], "rmsnorm_f32_f32_neon");
  EXPECT_EQ(selected(Isa::kDotProd)["ternary_grad"], "ternary_grad_f32_lookup4_f32_16_neon");
  EXPECT_EQ(selected(Isa::kI8mm)["ternary_matmul"], "ternary_matmul_i8_t2x16_i32_8x8_i8mm");
  EXPECT_EQ(selected(Isa::kI8mm)["dense_matmul_q"], "dense_matmul_q8_x16_f32_16x4_dotprod");
#endif
}

TEST(Dispatch, NamesAreThoseOfTheKernelsSelected) {
  for (const Isa isa : compiled_isas()) {
    std::map<std::string, std::string> names;
    for (const KernelName& kernel : kernel_names(isa)) {
      EXPECT_TRUE(names.emplace(kernel.op, kernel.name).second) << kernel.op << " twice";
    }
    EXPECT_EQ(names, selected(isa)) << isa_name(isa);
  }
}

// No line is dead: some level selects it (the last allowed line wins, so a later one can hide an earlier
// one).
TEST(Dispatch, EveryLineIsSelectedByTheLevelThatItNeeds) {
  for (const Line& line : all_lines()) EXPECT_EQ(selected(line.min_isa)[line.op], line.name);
}

TEST(Dispatch, SelectedTableIsTheOneOfItsLevel) {
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    EXPECT_EQ(active_isa(), isa);
    EXPECT_EQ(kernels().ternary_matmul, kernels_for(isa).ternary_matmul);
    EXPECT_EQ(kernels().swiglu, kernels_for(isa).swiglu);
  }
}

}  // namespace
}  // namespace tern::testing
