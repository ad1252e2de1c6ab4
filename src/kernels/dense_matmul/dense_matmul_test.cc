#include "kernels/dense_matmul/dense_matmul.h"

#include <cstring>
#include <numeric>

#include "kernels/testing.h"
#include "quant/blocks.h"
#include "quant/screen3.h"
#include "quant/x16.h"
#include "tensor/float16.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernDenseMatmulFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#define TERN_KERNEL_Q(name, min_isa)
#include "kernels/dense_matmul/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_Q
};
const std::vector<Kernel<TernDenseMatmulQFn>> kLinesQ = {
#define TERN_KERNEL(name, min_isa)
#define TERN_KERNEL_Q(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/dense_matmul/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_Q
};

struct FormatInfo {
  TernDenseFormat format;
  DType dtype;
  std::vector<size_t> f16_at;  ///< where a block's f16 scales stand
  std::vector<int64_t> ks;
};
const std::vector<int64_t> kAnyK = {1, 2, 15, 16, 17, 31, 32, 33, 100, 576};
const std::vector<int64_t> kBlockK = {32, 64, 96, 320, 576};
const std::vector<FormatInfo> kFormats = {
    {TERN_DENSE_F32, DType::kF32, {}, kAnyK},
    {TERN_DENSE_F16, DType::kF16, {}, kAnyK},
    {TERN_DENSE_BF16, DType::kBF16, {}, kAnyK},
    {TERN_DENSE_Q8_0, DType::kQ8_0, {0}, kBlockK},
    {TERN_DENSE_Q4_1, DType::kQ4_1, {0, 2}, kBlockK},
    {TERN_DENSE_Q6_K, DType::kQ6_K, {208}, {256, 512, 1024}},
};

bool is_block(const FormatInfo& info) {
  return !info.f16_at.empty();
}

void store_u16(uint8_t* at, uint16_t value) {
  std::memcpy(at, &value, sizeof value);
}

enum class Fill { kNasty, kNormal, kGreatest };

/// [rows, k] weights of a format, misaligned. Blocks hold any bits, but finite scales.
struct Weights {
  Weights(const FormatInfo& format_info, int64_t k, int32_t rows, Fill fill, Random& random)
      : info(format_info),
        row_bytes(*dtype_bytes(info.dtype, static_cast<uint64_t>(k))),
        bytes(row_bytes * static_cast<size_t>(rows), static_cast<size_t>(random.integer(0, 15))) {
    const size_t n = row_bytes * static_cast<size_t>(rows);
    if (!is_block(info)) {
      const size_t width = static_cast<size_t>(dtype_info(info.dtype).block_bytes);
      for (size_t i = 0; i < n; i += width) {
        const float value = fill == Fill::kNasty ? random.nasty() : random.normal();
        if (info.dtype == DType::kF32) std::memcpy(bytes.data() + i, &value, 4);
        if (info.dtype == DType::kF16) store_u16(bytes.data() + i, f32_to_f16(value));
        if (info.dtype == DType::kBF16) store_u16(bytes.data() + i, f32_to_bf16(value));
      }
      return;
    }
    for (size_t i = 0; i < n; ++i)
      bytes.data()[i] = fill == Fill::kGreatest ? 0x80 : static_cast<uint8_t>(random.bits());
    for (size_t block = 0; block < n; block += static_cast<size_t>(dtype_info(info.dtype).block_bytes)) {
      for (const size_t at : info.f16_at) {
        const float scale = fill == Fill::kNasty ? random.nasty() : 0.01f * random.normal();
        const uint16_t bits = f32_to_f16(std::clamp(scale, -60000.0f, 60000.0f));
        store_u16(bytes.data() + block + at, bits);
      }
    }
  }
  std::vector<float> row(int32_t n, int64_t k) {
    std::vector<float> values(static_cast<size_t>(k));
    EXPECT_TRUE(dequantize(info.dtype, bytes.data() + static_cast<size_t>(n) * row_bytes,
                           static_cast<uint64_t>(k), values.data()));
    return values;
  }

  const FormatInfo& info;
  size_t row_bytes;
  MisalignedBytes bytes;
};

struct Problem {
  Problem(const FormatInfo& info, int64_t k, int32_t rows, int32_t tokens, Fill fill, Random& random)
      : weights(info, k, rows, fill, random) {
    args = {weights.bytes.data(),
            weights.row_bytes,
            info.format,
            k,
            nullptr,
            static_cast<size_t>(k),
            tokens,
            0,
            rows,
            nullptr,
            static_cast<size_t>(rows)};
    x = fill == Fill::kNasty ? random.nasty_vector(k * tokens) : random.normal_vector(k * tokens);
    args.x = x.data();
  }
  std::vector<float> run(TernDenseMatmulFn kernel) const {
    std::vector<float> y(args.y_stride * static_cast<size_t>(args.tokens), kPoison);
    TernDenseMatmul call = args;
    call.y = y.data();
    kernel(&call);
    return y;
  }
  Weights weights;
  std::vector<float> x;
  TernDenseMatmul args;
};

struct ProblemQ {
  ProblemQ(const FormatInfo& info, int64_t k, int32_t rows, int32_t tokens, Fill fill, Random& random)
      : weights(info, k, rows, fill, random), x16(x16_bytes(static_cast<uint64_t>(rows), weights.row_bytes)) {
    for (int32_t n = 0; n < rows; n += 16) {
      std::vector<const uint8_t*> group;
      for (int32_t r = n; r < std::min(n + 16, rows); ++r)
        group.push_back(weights.bytes.data() + static_cast<size_t>(r) * weights.row_bytes);
      interleave_x16(info.dtype, group, weights.row_bytes,
                     x16.data() + static_cast<size_t>(n) * weights.row_bytes);
    }
    const auto q_stride = static_cast<size_t>((k + 63) / 64 * 64), blocks = static_cast<size_t>(k / 32);
    q.assign(q_stride * static_cast<size_t>(tokens), 0);
    for (size_t t = 0; t < static_cast<size_t>(tokens); ++t) {
      for (size_t b = 0; b < blocks; ++b) {
        int8_t* const at = q.data() + t * q_stride + 32 * b;
        const int8_t greatest = random.integer(0, 1) == 0 ? int8_t{127} : int8_t{-127};
        for (int j = 0; j < 32; ++j) {
          at[j] = fill == Fill::kGreatest ? greatest : static_cast<int8_t>(random.integer(-127, 127));
        }
        q_sum.push_back(std::accumulate(at, at + 32, 0));
        d_a.push_back(fill == Fill::kNasty ? std::fabs(random.nasty()) : std::fabs(random.normal()));
      }
    }
    args = {x16.data(),  weights.row_bytes,
            info.format, k,
            q.data(),    q_stride,
            d_a.data(),  q_sum.data(),
            blocks,      tokens,
            0,           rows,
            nullptr,     static_cast<size_t>(rows)};
  }
  std::vector<float> run(TernDenseMatmulQFn kernel) const {
    std::vector<float> y(args.y_stride * static_cast<size_t>(args.tokens), kPoison);
    TernDenseMatmulQ call = args;
    call.y = y.data();
    kernel(&call);
    return y;
  }
  Weights weights;
  std::vector<uint8_t> x16;  ///< the same, interleaved
  std::vector<int8_t> q;
  std::vector<float> d_a;
  std::vector<int32_t> q_sum;
  TernDenseMatmulQ args;
};

void take_some_rows(TernDenseMatmul* args, int32_t rows, Random& random) {
  args->n_begin = static_cast<int32_t>(random.integer(0, rows - 1));
  args->n_end = static_cast<int32_t>(random.integer(args->n_begin, rows));
  args->y_stride += static_cast<size_t>(random.integer(0, 3));
}

void take_some_groups(TernDenseMatmulQ* args, int32_t rows, Random& random) {
  args->n_begin = static_cast<int32_t>(16 * random.integer(0, (rows - 1) / 16));
  args->n_end = static_cast<int32_t>(
      std::min<int64_t>(rows, 16 * random.integer(args->n_begin / 16, (rows + 15) / 16)));
  args->y_stride += static_cast<size_t>(random.integer(0, 3));
}

TEST(DenseMatmul, ScalarAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const FormatInfo& info : kFormats) {
    for (const int64_t k : info.ks) {
      Problem problem(info, k, 3, 2, Fill::kNormal, random);
      const std::vector<float> y = problem.run(dense_matmul_f32_any_f32_1x1_scalar);
      for (int32_t n = 0; n < 3; ++n) {
        const std::vector<float> w = problem.weights.row(n, k);
        for (size_t t = 0; t < 2; ++t) {
          double sum = 0, magnitude = 0;
          for (size_t i = 0; i < w.size(); ++i) {
            const double product = double{w[i]} * problem.x[t * w.size() + i];
            sum += product;
            magnitude += std::fabs(product);
          }
          // One rounding an FMA of the lane's chain and one a level of the tree, each of at most all
          // magnitudes.
          const double tolerance = (std::ceil(static_cast<double>(k) / 16) + 4) * kEpsilon * magnitude * 1.01;
          EXPECT_NEAR(y[t * 3 + static_cast<size_t>(n)], sum, tolerance)
              << dtype_info(info.dtype).name << " k " << k;
        }
      }
    }
  }
}

TEST(DenseMatmulQ, ScalarAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(2);
  for (const FormatInfo& info : kFormats) {
    if (!is_block(info)) continue;
    for (const int64_t k : info.ks) {
      ProblemQ problem(info, k, 3, 2, Fill::kNormal, random);
      const std::vector<float> y = problem.run(dense_matmul_q8_x16_f32_1x1_scalar);
      for (int32_t n = 0; n < 3; ++n) {
        const std::vector<float> w = problem.weights.row(n, k);
        for (size_t t = 0; t < 2; ++t) {
          double sum = 0, magnitude = 0;
          for (size_t i = 0; i < w.size(); ++i) {
            const size_t block = i / 32;
            const double q = problem.q[t * problem.args.q_stride + i];
            const double step = problem.d_a[t * problem.args.block_stride + block];
            sum += double{w[i]} * q * step;
            double greatest_term = std::fabs(w[i]);
            if (info.format == TERN_DENSE_Q4_1) {  // w = d*code + m may cancel: count both
              const uint8_t* at = problem.weights.bytes.data() +
                                  static_cast<size_t>(n) * problem.weights.row_bytes + 20 * block;
              const auto d = f16_to_f32(static_cast<uint16_t>(at[0] | at[1] << 8));
              const auto m = f16_to_f32(static_cast<uint16_t>(at[2] | at[3] << 8));
              greatest_term = 15 * std::fabs(double{d}) + std::fabs(double{m});
            }
            magnitude += greatest_term * std::fabs(q) * step;
          }
          // A block: one or two FMAs and the product before each; the oracle's weights were rounded twice.
          const double roundings = 2 * static_cast<double>(k / 32) + 5;
          EXPECT_NEAR(y[t * 3 + static_cast<size_t>(n)], sum, roundings * kEpsilon * magnitude * 1.01)
              << dtype_info(info.dtype).name << " k " << k;
        }
      }
    }
  }
}

TEST(DenseMatmul, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(3);
  for (const auto& kernel : runnable(kLines)) {
    for (const FormatInfo& info : kFormats) {
      for (const int64_t k : info.ks) {
        for (const int32_t tokens : {1, 2, 3, 4, 5, 9}) {
          const auto rows = static_cast<int32_t>(random.integer(1, 11));
          Problem problem(info, k, rows, tokens, tokens % 2 == 0 ? Fill::kNormal : Fill::kNasty, random);
          take_some_rows(&problem.args, rows, random);
          expect_same_bits(
              problem.run(dense_matmul_f32_any_f32_1x1_scalar), problem.run(kernel.function),
              fmt::format("{}: {} k {}, rows [{}, {}), {} tokens", kernel.name, dtype_info(info.dtype).name,
                          k, problem.args.n_begin, problem.args.n_end, tokens));
        }
      }
    }
  }
}

// Products that underflow to -0 in a lane that the last group does not reach, and weights that are no
// numbers.
TEST(DenseMatmul, EveryKernelAgreesOnUnderflowAndNonFiniteWeights) {
  TERN_TRACE_SEED();
  Random random(4);
  for (const auto& kernel : runnable(kLines)) {
    for (const float bad :
         {-1e-30f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
      for (const int64_t k : {17, 31, 40}) {
        Problem problem(kFormats.front(), k, 5, 1, Fill::kNormal, random);
        for (size_t i = 0; i < static_cast<size_t>(5 * k); ++i)
          std::memcpy(problem.weights.bytes.data() + 4 * i, &bad, 4);
        std::fill(problem.x.begin(), problem.x.end(), 1e-30f);
        expect_same_bits(problem.run(dense_matmul_f32_any_f32_1x1_scalar), problem.run(kernel.function),
                         kernel.name);
      }
    }
  }
}

TEST(DenseMatmulQ, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(5);
  for (const auto& kernel : runnable(kLinesQ)) {
    for (const FormatInfo& info : kFormats) {
      if (!is_block(info)) continue;
      for (const Fill fill : {Fill::kNormal, Fill::kNasty, Fill::kGreatest}) {
        for (const int64_t k : info.ks) {
          for (const int32_t tokens : {1, 2, 3, 4, 5, 9, 15}) {
            const auto rows = static_cast<int32_t>(random.integer(1, 40));
            ProblemQ problem(info, k, rows, tokens, fill, random);
            take_some_groups(&problem.args, rows, random);
            expect_same_bits(
                problem.run(dense_matmul_q8_x16_f32_1x1_scalar), problem.run(kernel.function),
                fmt::format("{}: {} k {}, rows [{}, {}), {} tokens", kernel.name, dtype_info(info.dtype).name,
                            k, problem.args.n_begin, problem.args.n_end, tokens));
          }
        }
      }
    }
  }
}

/// Codes of screen3, packed, as a problem whose other parts are of Q8_0's.
struct Screen3Problem {
  Screen3Problem(int64_t k, int32_t rows, int32_t tokens, Fill fill, Random& random)
      : base(kFormats[3], k, rows, tokens, fill, random),
        codes(static_cast<size_t>((rows + 15) / 16 * 16 * k)),
        packed(codes.size() / 32 * 12) {
    for (uint8_t& code : codes)
      code = fill == Fill::kGreatest ? 7 : static_cast<uint8_t>(random.integer(0, 7));
    const auto cols = static_cast<size_t>(k);
    for (size_t n = 0; n < static_cast<size_t>(rows); n += 16)
      pack_screen3(codes.data() + n * cols, cols, packed.data() + n * screen3_row_bytes(cols));
    base.args.weights = packed.data();
    base.args.row_bytes = screen3_row_bytes(cols);
    base.args.format = TERN_DENSE_SCREEN3;
  }
  ProblemQ base;
  std::vector<uint8_t> codes;  ///< [rows rounded up to 16, k]
  std::vector<uint8_t> packed;
};

TEST(DenseMatmulQ, Screen3ScalarAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(8);
  for (const int64_t k : kBlockK) {
    Screen3Problem problem(k, 21, 2, Fill::kNormal, random);
    const TernDenseMatmulQ& args = problem.base.args;
    const std::vector<float> y = problem.base.run(dense_matmul_q8_x16_f32_1x1_scalar);
    for (size_t n = 0; n < 21; ++n) {
      for (size_t t = 0; t < 2; ++t) {
        double sum = 0, magnitude = 0;
        for (size_t i = 0; i < static_cast<size_t>(k); ++i) {
          const double product = double{args.d_a[t * args.block_stride + i / 32]} *
                                 args.q[t * args.q_stride + i] *
                                 problem.codes[n * static_cast<size_t>(k) + i];
          sum += product;
          magnitude += std::fabs(product);
        }
        EXPECT_NEAR(y[t * 21 + n], sum, static_cast<double>(k / 32 + 2) * kEpsilon * magnitude * 1.01)
            << "k " << k;
      }
    }
  }
}

TEST(DenseMatmulQ, EveryKernelGivesTheBitsOfTheScalarOneOnScreen3) {
  TERN_TRACE_SEED();
  Random random(9);
  for (const auto& kernel : runnable(kLinesQ)) {
    for (const Fill fill : {Fill::kNormal, Fill::kNasty, Fill::kGreatest}) {
      for (const int64_t k : kBlockK) {
        for (const int32_t tokens : {1, 2, 3, 4, 5, 9, 15}) {
          const auto rows = static_cast<int32_t>(random.integer(1, 40));
          Screen3Problem problem(k, rows, tokens, fill, random);
          take_some_groups(&problem.base.args, rows, random);
          expect_same_bits(problem.base.run(dense_matmul_q8_x16_f32_1x1_scalar),
                           problem.base.run(kernel.function),
                           fmt::format("{}: k {}, rows [{}, {}), {} tokens", kernel.name, k,
                                       problem.base.args.n_begin, problem.base.args.n_end, tokens));
        }
      }
    }
  }
}

// More tokens than share a pass over the rows.
TEST(DenseMatmul, ManyTokens) {
  TERN_TRACE_SEED();
  Random random(6);
  for (const auto& kernel : runnable(kLines)) {
    Problem problem(kFormats[1], 33, 9, 75, Fill::kNormal, random);
    expect_same_bits(problem.run(dense_matmul_f32_any_f32_1x1_scalar), problem.run(kernel.function),
                     kernel.name);
  }
}

TEST(DenseMatmulQ, ManyTokens) {
  TERN_TRACE_SEED();
  Random random(7);
  for (const auto& kernel : runnable(kLinesQ)) {
    for (const FormatInfo& info : kFormats) {
      if (!is_block(info)) continue;
      ProblemQ problem(info, info.ks.front(), 20, 275, Fill::kNormal, random);
      expect_same_bits(problem.run(dense_matmul_q8_x16_f32_1x1_scalar), problem.run(kernel.function),
                       fmt::format("{}: {}", kernel.name, dtype_info(info.dtype).name));
    }
  }
}

}  // namespace
}  // namespace tern::testing
