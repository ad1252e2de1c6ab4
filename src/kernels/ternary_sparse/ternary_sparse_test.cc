// Against ternary_matmul's own reference on the whole matrix: what is skipped must not show.
#include "kernels/ternary_sparse/ternary_sparse.h"

#include <numeric>

#include "base/aligned_buffer.h"
#include "kernels/ternary_matmul/ternary_matmul.h"
#include "kernels/testing.h"
#include "ternary/packing.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernSparseRowsFn>> kRowLines = {
#define TERN_KERNEL_ROWS(name, min_isa) {#name, Isa::min_isa, name},
#define TERN_KERNEL_COLUMNS(name, min_isa)
#include "kernels/ternary_sparse/kernels.inc"
#undef TERN_KERNEL_ROWS
#undef TERN_KERNEL_COLUMNS
};
const std::vector<Kernel<TernSparseColumnsFn>> kColumnLines = {
#define TERN_KERNEL_ROWS(name, min_isa)
#define TERN_KERNEL_COLUMNS(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/ternary_sparse/kernels.inc"
#undef TERN_KERNEL_ROWS
#undef TERN_KERNEL_COLUMNS
};

/// One product in every layout; `share` of the inputs are not 0. `greatest`: all trits +1 and all q +-127.
struct Problem {
  Problem(int64_t k_, int64_t n_, double share, bool greatest, Random& random)
      : k(static_cast<size_t>(k_)),
        n(static_cast<size_t>(n_)),
        row_bytes(t2_row_bytes(k)),
        rows(n * row_bytes, static_cast<size_t>(random.integer(0, 15))),
        interleaved(t2x16_bytes(n, k)),
        columns(t2_columns_bytes(n, k)),
        q(row_bytes * 4) {
    std::vector<int8_t> trits(k);
    for (size_t r = 0; r < n; ++r) {
      for (int8_t& trit : trits) trit = greatest ? int8_t{1} : static_cast<int8_t>(random.integer(-1, 1));
      encode_t2_row(trits.data(), k, rows.data() + r * row_bytes);
    }
    for (size_t r = 0; r < n; r += kT2GroupRows) {
      interleave_t2_group(rows.data() + r * row_bytes, row_bytes, std::min<size_t>(kT2GroupRows, n - r),
                          interleaved.data() + r * row_bytes);
    }
    for (size_t b = 0; b * kT2BlockElements < n; ++b)
      transpose_t2_block(rows.data(), n, k, b, columns.data());
    const int64_t sign = random.integer(0, 1) == 0 ? 127 : -127;
    for (size_t i = 0; i < k; ++i) {
      if (static_cast<double>(random.integer(0, 999)) >= 1000 * share) continue;
      q[i] = static_cast<int8_t>(greatest ? sign : random.integer(-127, 127));
      if (q[i] != 0) active.push_back(static_cast<int32_t>(i));
    }
    const float a = std::fabs(random.normal()) + 0.01f;
    token = {q.data(), std::accumulate(q.data(), q.data() + k, 0), a, 0.37f,
             static_cast<int32_t>(random.integer(0, 1))};
    const TernTernaryMatmul all{.weights = interleaved.data(),
                                .row_bytes = row_bytes,
                                .q = q.data(),
                                .q_stride = q.size(),
                                .q_sum = &token.q_sum,
                                .a = &token.a,
                                .ws = token.ws,
                                .divide = token.divide,
                                .tokens = 1,
                                .n_begin = 0,
                                .n_end = static_cast<int32_t>(n),
                                .y = nullptr,
                                .y_stride = n};
    expected.resize(n);
    TernTernaryMatmul call = all;
    call.y = expected.data();
    ternary_matmul_i8_t2x16_i32_1x1_scalar(&call);
  }
  size_t k, n, row_bytes;
  MisalignedBytes rows;
  AlignedBuffer<uint8_t> interleaved, columns;
  AlignedBuffer<int8_t> q;
  std::vector<int32_t> active;
  TernSparseToken token{};
  std::vector<float> expected;
};

TEST(TernarySparse, RowsOfTheListAndNoOthers) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const auto& kernel : runnable(kRowLines)) {
    for (const int64_t k : {1, 128, 129, 640, 1152, 2304}) {
      for (const int64_t n : {1, 3, 4, 37}) {
        Problem problem(k, n, 0.5, k == 2304, random);
        std::vector<int32_t> list;
        for (int64_t r = n - 1; r >= 0; --r) {
          if (random.integer(0, 2) > 0) list.push_back(static_cast<int32_t>(r));
        }
        const int64_t begin = random.integer(0, static_cast<int64_t>(list.size())),
                      end = random.integer(begin, static_cast<int64_t>(list.size()));
        std::vector<float> y(problem.n, kPoison), expected(problem.n, kPoison);
        for (int64_t i = begin; i < end; ++i) {
          const auto row = static_cast<size_t>(list[static_cast<size_t>(i)]);
          expected[row] = problem.expected[row];
        }
        const TernSparseRows args{
            problem.token, problem.rows.data(), problem.row_bytes, list.data(), begin, end, y.data()};
        kernel.function(&args);
        expect_same_bits(expected, y, fmt::format("{}: k {}, n {}", kernel.name, k, n));
      }
    }
  }
}

TEST(TernarySparse, ColumnsOfTheListGiveTheWholeProduct) {
  TERN_TRACE_SEED();
  Random random(2);
  for (const auto& kernel : runnable(kColumnLines)) {
    for (const int64_t n : {1, 100, 128, 130, 256, 300, 640}) {
      for (const int64_t k : {1, 2, 3, 5, 128, 300, 1000}) {
        for (const double share : {0.0, 0.01, 0.3, 1.0}) {
          Problem problem(k, n, share, share == 1.0, random);
          const int64_t chunks = (n + TERN_COLUMN_CHUNK - 1) / TERN_COLUMN_CHUNK;
          const int64_t begin = random.integer(0, chunks - 1), end = random.integer(begin, chunks);
          std::vector<float> y(problem.n, kPoison), expected(problem.n, kPoison);
          for (int64_t r = begin * TERN_COLUMN_CHUNK; r < std::min(n, end * TERN_COLUMN_CHUNK); ++r) {
            expected[static_cast<size_t>(r)] = problem.expected[static_cast<size_t>(r)];
          }
          const TernSparseColumns args{problem.token,
                                       problem.columns.data(),
                                       k,
                                       n,
                                       problem.active.data(),
                                       static_cast<int64_t>(problem.active.size()),
                                       begin,
                                       end,
                                       y.data()};
          kernel.function(&args);
          expect_same_bits(expected, y, fmt::format("{}: k {}, n {}, share {}", kernel.name, k, n, share));
        }
      }
    }
  }
}

TEST(TernarySparse, ExactAtTheGreatestK) {
  TERN_TRACE_SEED();
  Random random(3);
  Problem problem(131072, 6, 1.0, true, random);
  const std::vector<int32_t> list = {0, 1, 2, 3, 4, 5};
  for (const auto& kernel : runnable(kRowLines)) {
    std::vector<float> y(6);
    const TernSparseRows args{problem.token, problem.rows.data(), problem.row_bytes, list.data(), 0, 6,
                              y.data()};
    kernel.function(&args);
    expect_same_bits(problem.expected, y, kernel.name);
  }
  for (const auto& kernel : runnable(kColumnLines)) {
    std::vector<float> y(6);
    const TernSparseColumns args{problem.token,
                                 problem.columns.data(),
                                 131072,
                                 6,
                                 problem.active.data(),
                                 static_cast<int64_t>(problem.active.size()),
                                 0,
                                 1,
                                 y.data()};
    kernel.function(&args);
    expect_same_bits(problem.expected, y, kernel.name);
  }
}

}  // namespace
}  // namespace tern::testing
