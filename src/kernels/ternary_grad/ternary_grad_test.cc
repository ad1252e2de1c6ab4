#include "kernels/ternary_grad/ternary_grad.h"

#include "kernels/testing.h"
#include "ternary/packing.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernTernaryGradFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/ternary_grad/kernels.inc"
#undef TERN_KERNEL
};

struct Problem {
  Problem(int64_t t_, int64_t n_, int64_t k_, Random& random, bool nasty)
      : t(t_),
        n(n_),
        k(k_),
        dy_stride(n_ + random.integer(0, 5)),
        dx_stride(k_ + random.integer(0, 5)),
        trits(static_cast<size_t>(n * k)),
        dy(nasty ? random.nasty_vector(t * dy_stride) : random.normal_vector(t * dy_stride)),
        before(random.normal_vector(t * dx_stride)) {
    for (int8_t& trit : trits) trit = static_cast<int8_t>(random.integer(-1, 1));
    for (int64_t row = 0; row < n; row += static_cast<int64_t>(kLookup4Rows)) {
      std::vector<uint16_t> strip(lookup4_strip_size(static_cast<uint64_t>(k)));
      encode_lookup4_strip(trits.data() + row * k, static_cast<uint64_t>(std::min<int64_t>(16, n - row)),
                           static_cast<uint64_t>(k), strip.data());
      offsets.insert(offsets.end(), strip.begin(), strip.end());
    }
  }
  std::vector<float> run(TernTernaryGradFn kernel, bool accumulate, int64_t k_begin, int64_t k_end) const {
    std::vector<float> dx = accumulate ? before : std::vector<float>(before.size(), kPoison);
    const TernTernaryGrad args{.offsets = offsets.data(),
                               .n = n,
                               .k = k,
                               .dy = dy.data(),
                               .dy_stride = static_cast<size_t>(dy_stride),
                               .ws = ws,
                               .tokens = static_cast<int32_t>(t),
                               .accumulate = accumulate,
                               .k_begin = k_begin,
                               .k_end = k_end,
                               .dx = dx.data(),
                               .dx_stride = static_cast<size_t>(dx_stride)};
    kernel(&args);
    return dx;
  }
  int64_t t, n, k, dy_stride, dx_stride;
  std::vector<int8_t> trits;
  std::vector<uint16_t> offsets;
  std::vector<float> dy, before;
  float ws = 0.37f;
};

TEST(TernaryGrad, ScalarAgreesWithTheDoubleProduct) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const int64_t n : {1, 4, 15, 16, 17, 130, 640}) {
    for (const bool accumulate : {false, true}) {
      const Problem problem(3, n, 9, random, false);
      const std::vector<float> dx =
          problem.run(ternary_grad_f32_lookup4_f32_scalar, accumulate, 0, problem.k);
      for (int64_t t = 0; t < problem.t; ++t) {
        for (int64_t k = 0; k < problem.k; ++k) {
          double sum = 0, magnitude = 0;
          for (int64_t row = 0; row < n; ++row) {
            const double value = problem.dy[static_cast<size_t>(t * problem.dy_stride + row)];
            const int trit = problem.trits[static_cast<size_t>(row * problem.k + k)];
            sum += trit * value;
            magnitude += std::fabs(trit * value);
          }
          const auto at = static_cast<size_t>(t * problem.dx_stride + k);
          const double old = accumulate ? problem.before[at] : 0.0;
          // Two additions within a group and a chain of n/4 of them, then the product, and the last addition.
          const double tolerance =
              kEpsilon *
              (std::fabs(problem.ws) * magnitude * (static_cast<double>(n) / 4 + 5) + std::fabs(old));
          EXPECT_NEAR(dx[at], old + sum * problem.ws, tolerance)
              << "n " << n << ", token " << t << ", k " << k;
        }
      }
    }
  }
}

TEST(TernaryGrad, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(2);
  for (const auto& kernel : runnable(kLines)) {
    for (const int64_t t : {1, 15, 16, 33, 48}) {
      for (const int64_t n : {1, 16, 30, 52}) {
        for (const int64_t k : {1, 16, 50, 97}) {
          const Problem problem(t, n, k, random, k == 50);
          const int64_t begin = random.integer(0, k - 1), end = random.integer(begin, k);
          for (const bool accumulate : {false, true}) {
            expect_same_bits(
                problem.run(ternary_grad_f32_lookup4_f32_scalar, accumulate, begin, end),
                problem.run(kernel.function, accumulate, begin, end),
                fmt::format("{}: t {}, n {}, k {} of [{}, {})", kernel.name, t, n, k, begin, end));
          }
        }
      }
    }
  }
}

// Wider than what kernels keep at once.
TEST(TernaryGrad, WideMatrices) {
  TERN_TRACE_SEED();
  Random random(3);
  const Problem problem(17, 20, 4100, random, false);
  const std::vector<float> expected = problem.run(ternary_grad_f32_lookup4_f32_scalar, false, 0, problem.k);
  for (const auto& kernel : runnable(kLines))
    expect_same_bits(expected, problem.run(kernel.function, false, 0, problem.k), kernel.name);
}

}  // namespace
}  // namespace tern::testing
