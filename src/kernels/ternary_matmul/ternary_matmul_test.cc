#include "kernels/ternary_matmul/ternary_matmul.h"

#include <numeric>

#include "base/aligned_buffer.h"
#include "kernels/testing.h"
#include "ternary/packing.h"

#if defined(__x86_64__)
void ternary_matmul_avxvnni_body_evex(const TernTernaryMatmul* args);  // x86_avx512vnni_test.cc
#endif

namespace tern::testing {
namespace {

const std::vector<Kernel<TernTernaryMatmulFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/ternary_matmul/kernels.inc"
#undef TERN_KERNEL
#if defined(__x86_64__)
    {"the body of the AVX-VNNI kernel", Isa::kAvx512Vnni, ternary_matmul_avxvnni_body_evex},
#endif
};

enum class Fill { kRandom, kGreatest, kLeast, kAlternating, kZero };
constexpr Fill kFills[] = {Fill::kRandom, Fill::kGreatest, Fill::kLeast, Fill::kAlternating, Fill::kZero};

int8_t trit_of(Fill fill, int64_t i, Random& random) {
  switch (fill) {
    case Fill::kRandom:
      return static_cast<int8_t>(random.integer(-1, 1));
    case Fill::kGreatest:
      return 1;
    case Fill::kLeast:
      return -1;
    case Fill::kAlternating:
      return i % 2 == 0 ? 1 : -1;
    default:
      return 0;
  }
}

int8_t q_of(Fill fill, int64_t i, Random& random) {
  if (fill == Fill::kRandom) return static_cast<int8_t>(random.integer(-127, 127));
  if (fill == Fill::kAlternating) return i % 2 == 0 ? 127 : -127;
  return fill == Fill::kLeast ? -127 : 127;
}

/// A product and all that its arguments point to.
struct Problem {
  Problem(int64_t k_, int32_t rows_, int32_t tokens_, Fill fill, Random& random)
      : k(k_),
        rows(rows_),
        tokens(tokens_),
        trits(static_cast<size_t>(k_ * rows_)),
        weights(t2x16_bytes(static_cast<uint64_t>(rows_), static_cast<uint64_t>(k_))),
        q_stride(static_cast<size_t>((k_ + 127) / 128 * 128)),
        q(q_stride * static_cast<size_t>(tokens_)) {
    for (size_t i = 0; i < trits.size(); ++i) trits[i] = trit_of(fill, static_cast<int64_t>(i), random);
    const size_t row_bytes = t2_row_bytes(static_cast<uint64_t>(k)), all = static_cast<size_t>(rows);
    std::vector<uint8_t> t2(all * row_bytes);
    for (size_t n = 0; n < all; ++n) {
      encode_t2_row(trits.data() + n * static_cast<size_t>(k), static_cast<uint64_t>(k),
                    t2.data() + n * row_bytes);
    }
    for (size_t n = 0; n < all; n += kT2GroupRows) {
      interleave_t2_group(t2.data() + n * row_bytes, row_bytes, std::min<size_t>(kT2GroupRows, all - n),
                          weights.data() + n * row_bytes);
    }
    for (int32_t t = 0; t < tokens; ++t) {
      int8_t* row = q.data() + static_cast<size_t>(t) * q_stride;
      for (int64_t i = 0; i < k; ++i) row[i] = q_of(fill, i, random);
      q_sum.push_back(std::accumulate(row, row + k, 0));
      a.push_back(std::fabs(random.normal()) + 0.01f);
    }
    args = {weights.data(),
            row_bytes,
            q.data(),
            q_stride,
            q_sum.data(),
            a.data(),
            0.37f,
            0,
            tokens,
            0,
            rows,
            nullptr,
            static_cast<size_t>(rows)};
  }
  std::vector<float> run(TernTernaryMatmulFn kernel) const {
    std::vector<float> y(args.y_stride * static_cast<size_t>(tokens), kPoison);
    TernTernaryMatmul call = args;
    call.y = y.data();
    kernel(&call);
    return y;
  }

  int64_t k;
  int32_t rows, tokens;
  std::vector<int8_t> trits;
  AlignedBuffer<uint8_t> weights;
  size_t q_stride;
  AlignedBuffer<int8_t> q;
  std::vector<int32_t> q_sum;
  std::vector<float> a;
  TernTernaryMatmul args;
};

TEST(TernaryMatmul, ScalarIsTheExactInteger) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const Fill fill : kFills) {
    for (const int64_t k : {1, 5, 128, 130, 2561, 131072}) {
      Problem problem(k, 3, 2, fill, random);
      problem.args.ws = 1;
      std::fill(problem.a.begin(), problem.a.end(), 1.0f);
      const std::vector<float> y = problem.run(ternary_matmul_i8_t2x16_i32_1x1_scalar);
      for (size_t t = 0; t < 2; ++t) {
        for (size_t n = 0; n < 3; ++n) {
          int64_t sum = 0;
          for (size_t i = 0; i < static_cast<size_t>(k); ++i) {
            sum +=
                int64_t{problem.trits[n * static_cast<size_t>(k) + i]} * problem.q[t * problem.q_stride + i];
          }
          ASSERT_EQ(y[t * 3 + n], static_cast<double>(sum)) << "k " << k << " row " << n << " token " << t;
        }
      }
    }
  }
}

TEST(TernaryMatmul, DividesTwiceOrMultipliesOnce) {
  TERN_TRACE_SEED();
  Random random(2);
  Problem problem(256, 4, 1, Fill::kGreatest, random);  // every sum is 256 * 127
  problem.a[0] = 3.0f;
  problem.args.ws = 0.7f;
  EXPECT_EQ(problem.run(ternary_matmul_i8_t2x16_i32_1x1_scalar)[0], 256.0f * 127.0f / 3.0f * 0.7f);
  problem.args.divide = 1;
  EXPECT_EQ(problem.run(ternary_matmul_i8_t2x16_i32_1x1_scalar)[0], 256.0f * 127.0f / 3.0f / 0.7f);
}

TEST(TernaryMatmul, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(3);
  for (const auto& kernel : runnable(kLines)) {
    for (const Fill fill : kFills) {
      for (const int64_t k : {1, 31, 127, 128, 129, 640, 1024, 1152, 2304}) {
        for (const int32_t tokens : {1, 2, 3, 4, 5, 6, 7, 8, 9, 37, 70}) {
          const auto rows = static_cast<int32_t>(random.integer(1, 70));
          Problem problem(k, rows, tokens, fill, random);
          problem.args.divide = static_cast<int32_t>(random.integer(0, 1));
          problem.args.n_begin = static_cast<int32_t>(random.integer(0, (rows - 1) / 16)) * 16;
          const bool to_the_end = random.integer(0, 1) == 1;
          problem.args.n_end =
              to_the_end ? rows
                         : static_cast<int32_t>(random.integer(problem.args.n_begin / 16, rows / 16)) * 16;
          problem.args.y_stride += static_cast<size_t>(random.integer(0, 3));
          expect_same_bits(problem.run(ternary_matmul_i8_t2x16_i32_1x1_scalar), problem.run(kernel.function),
                           fmt::format("{}: k {}, rows [{}, {}), {} tokens", kernel.name, k,
                                       problem.args.n_begin, problem.args.n_end, tokens));
        }
      }
    }
  }
}

// More rows than share the lookup tables, and fewer; tokens by tables, by tiles beside them and left over.
TEST(TernaryMatmul, EveryKernelServesManyRows) {
  TERN_TRACE_SEED();
  Random random(5);
  for (const auto& kernel : runnable(kLines)) {
    for (const int32_t rows : {528, 1100, 3130}) {
      for (const int32_t tokens : {28, 64, 130}) {
        const int64_t k = 128 * random.integer(1, 6);
        Problem problem(k, rows, tokens, kFills[random.integer(0, 3)], random);
        problem.args.n_begin = static_cast<int32_t>(16 * random.integer(0, 2));
        expect_same_bits(problem.run(ternary_matmul_i8_t2x16_i32_1x1_scalar), problem.run(kernel.function),
                         fmt::format("{}: k {}, rows [{}, {}), {} tokens", kernel.name, k,
                                     problem.args.n_begin, rows, tokens));
      }
    }
  }
}

// More columns than any kernel rearranges of its activations at a time, for each number of tokens left over.
TEST(TernaryMatmul, EveryKernelServesLongRows) {
  TERN_TRACE_SEED();
  Random random(6);
  for (const auto& kernel : runnable(kLines)) {
    for (int32_t tokens = 1; tokens <= 8; ++tokens) {
      Problem problem(8321, 20, tokens, Fill::kRandom, random);
      expect_same_bits(problem.run(ternary_matmul_i8_t2x16_i32_1x1_scalar), problem.run(kernel.function),
                       fmt::format("{}: {} tokens", kernel.name, tokens));
    }
  }
}

TEST(TernaryMatmul, EveryKernelIsExactAtTheGreatestK) {
  TERN_TRACE_SEED();
  Random random(4);
  for (const auto& kernel : runnable(kLines)) {
    for (const Fill fill : {Fill::kGreatest, Fill::kLeast, Fill::kAlternating, Fill::kRandom}) {
      // Rows and tokens as a kernel needs them to take tables.
      const bool together = kernel.min_isa == Isa::kZen4, tables = together || kernel.min_isa == Isa::kAvx2;
      if (together && fill != Fill::kGreatest) continue;  // the scalar kernel is slow
      Problem problem(131072, together ? 512 : 18, tables ? 33 : 5, fill, random);
      expect_same_bits(problem.run(ternary_matmul_i8_t2x16_i32_1x1_scalar), problem.run(kernel.function),
                       kernel.name);
    }
  }
}

}  // namespace
}  // namespace tern::testing
