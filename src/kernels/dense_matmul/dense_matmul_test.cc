#include "kernels/dense_matmul/dense_matmul.h"

#include <cstring>
#include <numeric>

#include "kernels/testing.h"
#include "quant/blocks.h"
#include "quant/screen3.h"
#include "quant/testing.h"
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
};
const std::vector<FormatInfo> kFormats = {
    {TERN_DENSE_F32, DType::kF32},
    {TERN_DENSE_F16, DType::kF16},
    {TERN_DENSE_BF16, DType::kBF16},
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) {TERN_DENSE_##name, DType::k##name},
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT
};
constexpr FormatInfo kF32 = {TERN_DENSE_F32, DType::kF32}, kF16 = {TERN_DENSE_F16, DType::kF16},
                     kQ8_0 = {TERN_DENSE_Q8_0, DType::kQ8_0};

const std::vector<int64_t> kBlockK = {32, 64, 96, 320, 576};

std::vector<int64_t> ks_of(const FormatInfo& info) {
  const int elements = dtype_info(info.dtype).block_elements;
  if (elements == 1) return {1, 2, 15, 16, 17, 31, 32, 33, 100, 576};
  return elements == 32 ? kBlockK : std::vector<int64_t>{256, 512, 1024};
}

bool is_block(const FormatInfo& info) {
  return dtype_info(info.dtype).block_elements > 1;
}

void store_u16(uint8_t* at, uint16_t value) {
  std::memcpy(at, &value, sizeof value);
}

/// kBytes..: every byte of codes and scales of groups, which makes some formats' greatest products, and
/// activations of 127 or -127.
enum class Fill { kNasty, kNormal, kBytes00, kBytes80, kBytesFF };

bool is_greatest(Fill fill) {
  return fill != Fill::kNasty && fill != Fill::kNormal;
}

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
    for (size_t i = 0; i < n; ++i) {
      bytes.data()[i] = fill == Fill::kBytes00   ? 0
                        : fill == Fill::kBytes80 ? 0x80
                        : fill == Fill::kBytesFF ? 0xff
                                                 : static_cast<uint8_t>(random.bits());
    }
    set_f16_scales(info.dtype, bytes.data(), n, [&](size_t) {
      const float scale = fill == Fill::kNasty ? random.nasty() : 0.01f * random.normal();
      return std::clamp(scale, -60000.0f, 60000.0f);
    });
  }
  std::vector<float> row(int32_t n, int64_t k) {
    std::vector<float> values(static_cast<size_t>(k));
    EXPECT_TRUE(dequantize(info.dtype, bytes.data() + static_cast<size_t>(n) * row_bytes,
                           static_cast<uint64_t>(k), values.data()));
    return values;
  }

  /// The same without m: what is left of d * code - m.
  std::vector<float> row_without_m(int32_t n, int64_t k) {
    const std::vector<size_t> places = f16_places(info.dtype);
    if (places.size() < 2) return row(n, k);
    const auto block_bytes = static_cast<size_t>(dtype_info(info.dtype).block_bytes);
    uint8_t* const first = bytes.data() + static_cast<size_t>(n) * row_bytes;
    const std::vector<uint8_t> kept(first, first + row_bytes);
    for (size_t at = places[1]; at < row_bytes; at += block_bytes) store_u16(first + at, 0);
    std::vector<float> values = row(n, k);
    std::copy(kept.begin(), kept.end(), first);
    return values;
  }

  FormatInfo info;
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
    const auto q_stride = static_cast<size_t>((k + 63) / 64 * 64), blocks = static_cast<size_t>(k / 32);
    q.assign(q_stride * static_cast<size_t>(tokens), 0);
    for (size_t t = 0; t < static_cast<size_t>(tokens); ++t) {
      for (size_t b = 0; b < blocks; ++b) {
        int8_t* const at = q.data() + t * q_stride + 32 * b;
        const int8_t greatest = random.integer(0, 1) == 0 ? int8_t{127} : int8_t{-127};
        for (int j = 0; j < 32; ++j) {
          at[j] = is_greatest(fill) ? greatest : static_cast<int8_t>(random.integer(-127, 127));
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
    interleave();
  }
  /// `x16` of `weights`.
  void interleave() {
    for (int32_t n = 0; n < args.n_end; n += 16) {
      std::vector<const uint8_t*> group;
      for (int32_t r = n; r < std::min(n + 16, args.n_end); ++r)
        group.push_back(weights.bytes.data() + static_cast<size_t>(r) * weights.row_bytes);
      interleave_x16(weights.info.dtype, group, weights.row_bytes,
                     x16.data() + static_cast<size_t>(n) * weights.row_bytes);
    }
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
    for (const int64_t k : ks_of(info)) {
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
    for (const int64_t k : ks_of(info)) {
      ProblemQ problem(info, k, 3, 2, Fill::kNormal, random);
      const std::vector<float> y = problem.run(dense_matmul_q8_x16_f32_1x1_scalar);
      for (int32_t n = 0; n < 3; ++n) {
        const std::vector<float> w = problem.weights.row(n, k), d_part = problem.weights.row_without_m(n, k);
        for (size_t t = 0; t < 2; ++t) {
          double sum = 0, magnitude = 0;
          for (size_t i = 0; i < w.size(); ++i) {
            const size_t block = i / 32;
            const double q = problem.q[t * problem.args.q_stride + i];
            const double step = problem.d_a[t * problem.args.block_stride + block];
            sum += double{w[i]} * q * step;
            // d*code - m may cancel: count both.
            const double greatest_term = std::fabs(double{d_part[i]}) + std::fabs(double{w[i]} - d_part[i]);
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
      for (const int64_t k : ks_of(info)) {
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
        Problem problem(kF32, k, 5, 1, Fill::kNormal, random);
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
      for (const Fill fill : {Fill::kNormal, Fill::kNasty, Fill::kBytes00, Fill::kBytes80, Fill::kBytesFF}) {
        for (const int64_t k : ks_of(info)) {
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

// Blocks whose integers fit Q8_0 are such blocks for the kernels: the same bits, whatever holds them.
TEST(DenseMatmulQ, FormatsWithTheSameIntegersGiveTheSameBits) {
  TERN_TRACE_SEED();
  Random random(10);
  constexpr int32_t kRowCount = 18, kTokens = 3;
  constexpr int64_t kK = 512;
  for (const FormatInfo& info : kFormats) {
    if (info.dtype != DType::kQ4_0 && info.dtype != DType::kQ5_0 && info.dtype != DType::kIQ4_NL) continue;
    ProblemQ problem(info, kK, kRowCount, kTokens, Fill::kNormal, random);
    ProblemQ same(kQ8_0, kK, kRowCount, kTokens, Fill::kNormal, random);
    const auto from = static_cast<size_t>(dtype_info(info.dtype).block_bytes);
    for (size_t b = 0; b < static_cast<size_t>(kRowCount * kK / 32); ++b) {
      std::vector<uint8_t> block(problem.weights.bytes.data() + b * from,
                                 problem.weights.bytes.data() + (b + 1) * from);
      uint8_t* const out = same.weights.bytes.data() + b * 34;
      std::memcpy(out, block.data(), 2);
      store_u16(block.data(), f32_to_f16(1.0f));
      float integers[32];
      ASSERT_TRUE(dequantize(info.dtype, block.data(), 32, integers));
      for (int j = 0; j < 32; ++j) out[2 + j] = static_cast<uint8_t>(static_cast<int8_t>(integers[j]));
    }
    same.interleave();
    same.args.q = problem.args.q;
    same.args.d_a = problem.args.d_a;
    same.args.q_sum = problem.args.q_sum;
    for (const auto& kernel : runnable(kLinesQ)) {
      expect_same_bits(same.run(dense_matmul_q8_x16_f32_1x1_scalar), problem.run(kernel.function),
                       fmt::format("{}: {}", kernel.name, dtype_info(info.dtype).name));
    }
  }
}

/// Codes of screen3, packed, as a problem whose other parts are of Q8_0's.
struct Screen3Problem {
  Screen3Problem(int64_t k, int32_t rows, int32_t tokens, Fill fill, Random& random)
      : base(kQ8_0, k, rows, tokens, fill, random),
        codes(static_cast<size_t>((rows + 15) / 16 * 16 * k)),
        packed(codes.size() / 32 * 12) {
    for (uint8_t& code : codes)
      code = fill == Fill::kBytesFF ? 7 : static_cast<uint8_t>(random.integer(0, 7));
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
    for (const Fill fill : {Fill::kNormal, Fill::kNasty, Fill::kBytesFF}) {
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
    Problem problem(kF16, 33, 9, 75, Fill::kNormal, random);
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
      ProblemQ problem(info, ks_of(info).front(), 20, 275, Fill::kNormal, random);
      expect_same_bits(problem.run(dense_matmul_q8_x16_f32_1x1_scalar), problem.run(kernel.function),
                       fmt::format("{}: {}", kernel.name, dtype_info(info.dtype).name));
    }
  }
}

}  // namespace
}  // namespace tern::testing
