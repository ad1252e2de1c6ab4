#include "kernels/attention/attention.h"

#include <cstring>
#include <memory>

#include "kernels/dispatch.h"
#include "kernels/exp.h"
#include "kernels/testing.h"
#include "tensor/float16.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernAttentionSegmentFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#define TERN_KERNEL_MERGE(name, min_isa)
#include "kernels/attention/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_MERGE
};
const std::vector<Kernel<TernAttentionMergeFn>> kMergeLines = {
#define TERN_KERNEL(name, min_isa)
#define TERN_KERNEL_MERGE(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/attention/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_MERGE
};
constexpr TernKvFormat kFormats[] = {TERN_KV_F16, TERN_KV_F32, TERN_KV_I8};

struct Shape {
  int32_t rows = 1, heads = 1;
};

/// A tile's queries and paged keys and values. Positions that no row sees hold NaN: a masked key must not be
/// used. (int8 has no NaN: there it is the scale.)
struct Problem {
  Problem(TernKvFormat format_, int32_t d, int64_t n_keys, Random& random, float rise = 0, Shape shape = {},
          int64_t window = 0)
      : format(format_), head_dim(d), rows(shape.rows), heads(shape.heads) {
    const size_t side_bytes =
        TERN_KV_PAGE * (static_cast<size_t>(d) * width() + (format == TERN_KV_I8 ? sizeof(float) : 0));
    const size_t k_offset = 2 * static_cast<size_t>(random.integer(0, 9)),
                 v_offset = k_offset + side_bytes + 6;
    const int64_t seen = n_keys + rows - 1, unseen = window == 0 ? 0 : n_keys - window;
    for (int64_t first = 0; first < seen; first += TERN_KV_PAGE) {
      pages.push_back(std::make_unique<uint8_t[]>(v_offset + side_bytes));
      page_pointers.push_back(pages.back().get());
      for (int64_t j = 0; j < TERN_KV_PAGE; ++j) {
        std::vector<float> k = random.normal_vector(d), v = random.normal_vector(d);
        k[0] += rise * static_cast<float>(first + j);
        if (first + j >= seen || first + j < unseen) k.assign(k.size(), std::nanf("")), v = k;
        store_row(pages.back().get() + k_offset, j, k);
        store_row(pages.back().get() + v_offset, j, v);
      }
    }
    const size_t q_stride = static_cast<size_t>(heads * d) + 3;
    q = random.normal_vector(static_cast<int64_t>(q_stride) * rows);
    args = {.q = q.data(),
            .q_stride = q_stride,
            .rows = rows,
            .heads = heads,
            .pages = page_pointers.data(),
            .k_offset = k_offset,
            .v_offset = v_offset,
            .format = format,
            .head_dim = d,
            .n_keys = n_keys,
            .window = window,
            .scale = 1 / std::sqrt(static_cast<float>(d))};
  }
  size_t width() const { return format == TERN_KV_I8 ? 1 : format == TERN_KV_F16 ? 2 : 4; }
  size_t scales() const { return TERN_KV_PAGE * static_cast<size_t>(head_dim) * width(); }
  int64_t queries() const { return int64_t{rows} * heads; }

  /// Position j of a page's K or V.
  void store_row(uint8_t* side, int64_t j, const std::vector<float>& row) const {
    uint8_t* const at = side + static_cast<size_t>(j * head_dim) * width();
    if (format != TERN_KV_I8) {
      for (size_t i = 0; i < row.size(); ++i) store(at + i * width(), row[i]);
      return;
    }
    float greatest = 0;
    for (const float value : row) greatest = std::max(greatest, std::fabs(value));
    const float scale = std::isnan(row[0]) ? row[0] : greatest / 127;
    for (size_t i = 0; i < row.size(); ++i)
      at[i] = static_cast<uint8_t>(std::isnan(row[i]) ? 127 : std::lrint(row[i] / scale));
    std::memcpy(side + scales() + static_cast<size_t>(j) * sizeof scale, &scale, sizeof scale);
  }
  void store(uint8_t* at, float value) const {
    const uint16_t half = f32_to_f16(value);
    if (format == TERN_KV_F16) {
      std::memcpy(at, &half, 2);
    } else {
      std::memcpy(at, &value, 4);
    }
  }
  double load(size_t offset, int64_t key, int64_t i) const {
    const uint8_t* const side = page_pointers[static_cast<size_t>(key / TERN_KV_PAGE)] + offset;
    const uint8_t* const at = side + static_cast<size_t>(key % TERN_KV_PAGE * head_dim + i) * width();
    uint16_t half;
    float value;
    switch (format) {
      case TERN_KV_F16:
        std::memcpy(&half, at, 2);
        return f16_to_f32(half);
      case TERN_KV_I8:
        std::memcpy(&value, side + scales() + static_cast<size_t>(key % TERN_KV_PAGE) * 4, 4);
        return double{value} * static_cast<int8_t>(*at);
      default:
        std::memcpy(&value, at, 4);
        return value;
    }
  }
  /// [rows, heads * head_dim], and poison behind every row.
  size_t out_stride() const { return static_cast<size_t>(heads * head_dim) + 1; }
  std::vector<float> whole() const {
    std::vector<float> out(static_cast<size_t>(rows) * out_stride(), kPoison),
        scratch(static_cast<size_t>(queries() * head_dim));
    attention(args, out.data(), out_stride(), scratch.data());
    return out;
  }

  TernKvFormat format;
  int32_t head_dim, rows, heads;
  std::vector<std::unique_ptr<uint8_t[]>> pages;
  std::vector<const uint8_t*> page_pointers;
  std::vector<float> q;
  TernAttention args;
};

struct Segment {
  std::vector<float> m, l, acc;
};
Segment run(TernAttentionSegmentFn kernel, const Problem& problem, int64_t begin) {
  std::vector<TernAttentionState> state(static_cast<size_t>(problem.queries()));
  Segment segment{
      {}, {}, std::vector<float>(static_cast<size_t>(problem.queries() * problem.head_dim) + 1, kPoison)};
  kernel(&problem.args, begin, state.data(), segment.acc.data());
  for (const TernAttentionState& s : state) {
    segment.m.push_back(s.m);
    segment.l.push_back(s.l);
  }
  return segment;
}

/// softmax(q k) v in double, and the error that the float32 path may make (derived below).
void expect_near_double(const Problem& problem) {
  const std::vector<float> out = problem.whole();
  const int64_t n = problem.args.n_keys, d = problem.head_dim;
  const int64_t first = tern_attention_first_key(n, problem.args.window);
  std::vector<double> p(static_cast<size_t>(n));
  double greatest = -std::numeric_limits<double>::infinity(), score_error = 0;
  for (int64_t j = first; j < n; ++j) {
    double dot = 0, magnitude = 0;
    for (int64_t i = 0; i < d; ++i) {
      const double product = problem.q[static_cast<size_t>(i)] * problem.load(problem.args.k_offset, j, i);
      dot += product;
      magnitude += std::fabs(product);
    }
    p[static_cast<size_t>(j)] = dot * problem.args.scale;
    greatest = std::max(greatest, p[static_cast<size_t>(j)]);
    // The chain of d/16 FMAs, the tree, the scales, and s - m.
    score_error =
        std::max(score_error, (static_cast<double>(d) / 16 + 9) * kEpsilon * magnitude * problem.args.scale);
  }
  double sum = 0;
  for (auto j = static_cast<size_t>(first); j < p.size(); ++j) sum += p[j] = std::exp(p[j] - greatest);
  for (int64_t i = 0; i < d; ++i) {
    double value = 0, magnitude = 0;
    for (int64_t j = first; j < n; ++j) {
      const double product = p[static_cast<size_t>(j)] * problem.load(problem.args.v_offset, j, i);
      value += product;
      magnitude += std::fabs(product);
    }
    // Each weight is off by its score's error and the maximum's, 2 ulp of exp, the value's scale, and the
    // rescaling of each block and segment (4 eps each, and s - m again); sums over n keys add n eps. All of
    // it in numerator and denominator.
    const auto keys = static_cast<double>(n);
    const double relative = 2 * score_error + (4 + 8 * std::ceil(keys / 64) + keys + 9) * kEpsilon;
    EXPECT_NEAR(out[static_cast<size_t>(i)], value / sum, 2 * relative * magnitude / sum)
        << "n " << n << " d " << d;
  }
  EXPECT_EQ(out.back(), kPoison);
}

TEST(Attention, ScalarAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(1);
  select_kernels(Isa::kScalar);
  for (const TernKvFormat format : kFormats) {
    for (const int64_t n : {1, 2, 63, 64, 65, 130, 1024, 1025, 2049, 3000})
      expect_near_double(Problem(format, 20, n, random));
    for (const float rise : {0.05f, -0.05f}) expect_near_double(Problem(format, 16, 2100, random, rise));
  }
}

TEST(Attention, AWindowAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(9);
  select_kernels(Isa::kScalar);
  for (const TernKvFormat format : kFormats) {
    for (const int64_t n : {1, 64, 65, 130, 1024, 1100, 2500}) {
      for (const int64_t window : {1, 2, 16, 63, 64, 100, 1024, 4000})
        expect_near_double(Problem(format, 20, n, random, 0, {}, std::min(window, n)));
    }
  }
}

TEST(Attention, AWindowOfAllKeysGivesTheBitsOfNone) {
  TERN_TRACE_SEED();
  Random random(10);
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    for (const int64_t n : {1, 50, 1030}) {
      Problem problem(TERN_KV_F16, 24, n, random, 0.01f, {3, 2});
      const std::vector<float> all = problem.whole();
      problem.args.window = n + 2;  // what the last row sees
      expect_same_bits(all, problem.whole(), fmt::format("{}: n {}", isa_name(isa), n));
    }
  }
}

TEST(Attention, OneKeyIsItsValue) {
  TERN_TRACE_SEED();
  Random random(2);
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    const Problem problem(TERN_KV_F32, 40, 1, random);
    const std::vector<float> out = problem.whole();
    for (int64_t i = 0; i < 40; ++i)
      EXPECT_EQ(out[static_cast<size_t>(i)], problem.load(problem.args.v_offset, 0, i));
  }
}

void expect_bits_of_scalar(const Problem& problem) {
  const int64_t n = problem.args.n_keys;
  for (int64_t begin = 0; begin < n; begin += TERN_KV_SEGMENT) {
    const Segment expected = run(attention_segment_scalar, problem, begin);
    for (const auto& kernel : runnable(kLines)) {
      const Segment actual = run(kernel.function, problem, begin);
      const std::string what = fmt::format("{}: format {}, d {}, n {}, begin {}, {} rows of {} heads",
                                           kernel.name, static_cast<int>(problem.format), problem.head_dim, n,
                                           begin, problem.rows, problem.heads);
      EXPECT_EQ(expected.m, actual.m) << what;
      expect_same_bits(expected.l, actual.l, what + ", l");
      expect_same_bits(expected.acc, actual.acc, what);
    }
  }
}

// All shapes of a tile's last groups, with as many rows as its last page has room for.
TEST(Attention, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(3);
  const Shape shapes[] = {{1, 1}, {1, 2}, {1, 3}, {1, 4}, {2, 5}, {7, 1}, {3, 2}, {8, 4}, {1, 32}};
  size_t next = 0;
  for (const TernKvFormat format : kFormats) {
    for (const int32_t d : {1, 7, 8, 16, 20, 31, 64, 72, 80, 128}) {
      for (const int64_t n : {1, 3, 17, 61, 62, 63, 64, 65, 130}) {
        Shape shape = shapes[next++ % std::size(shapes)];
        shape.rows = static_cast<int32_t>(std::min<int64_t>(shape.rows, 64 - (n - 1) % 64));
        expect_bits_of_scalar(Problem(format, d, n, random, n % 2 == 0 ? 0.1f : 0.0f, shape));
      }
    }
    for (const Shape shape : shapes) {
      expect_bits_of_scalar(Problem(format, 40, 60, random, 0, {std::min(shape.rows, 5), shape.heads}));
    }
    // Windows that begin in one page or two, in the last one too, and in the segment before.
    for (const Shape shape : shapes) {
      for (const int64_t n : {33, 65, 193, 1030, 2049}) {
        for (const int64_t window : {1, 5, 33, 64, 70, 130, 1023, 1025}) {
          const auto room = static_cast<int32_t>(64 - (n - 1) % 64);
          expect_bits_of_scalar(Problem(format, 24, n, random, 0.01f,
                                        {std::min(shape.rows, room), shape.heads}, std::min(window, n)));
        }
      }
    }
    expect_bits_of_scalar(Problem(format, 20, 1030, random, 0.1f, {3, 2}));
    expect_bits_of_scalar(Problem(format, 330, 70, random, 0, {2, 5}));  // a key too long for the buffer
  }
}

// Bits do not depend on what else is in the tile: each query alone, at its own number of keys.
TEST(Attention, AQueryAloneGivesItsBitsInATile) {
  TERN_TRACE_SEED();
  Random random(7);
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    for (const auto& [format, window] : {std::pair(TERN_KV_F16, 0),
                                         {TERN_KV_F32, 0},
                                         {TERN_KV_I8, 0},
                                         {TERN_KV_F16, 3},
                                         {TERN_KV_F32, 66},
                                         {TERN_KV_I8, 1023}}) {
      // The last window begins in the first segment for some rows, in the second for others.
      const Problem problem(format, 24, window == 1023 ? 2045 : 1025, random, 0.01f,
                            {window == 1023 ? 4 : 6, 3}, window);
      const std::vector<float> together = problem.whole();
      for (int32_t i = 0; i < problem.rows * 3; ++i) {
        const int32_t r = i / 3, h = i % 3;
        TernAttention args = problem.args;
        args.q += static_cast<size_t>(r) * args.q_stride + static_cast<size_t>(h * 24);
        args.rows = args.heads = 1;
        args.n_keys += r;
        std::vector<float> alone(24), scratch(24);
        attention(args, alone.data(), 24, scratch.data());
        const auto in_tile = together.begin() + r * static_cast<int64_t>(problem.out_stride()) + h * 24;
        expect_same_bits(alone, {in_tile, in_tile + 24}, fmt::format("{}: query {}", isa_name(isa), i));
      }
      EXPECT_EQ(together.back(), kPoison);
    }
  }
}

TEST(Attention, EveryLevelGivesTheBitsOfScalarAcrossSegments) {
  TERN_TRACE_SEED();
  Random random(4);
  for (const int64_t n : {1024, 1025, 2048, 2049, 2500}) {
    const Problem problem(TERN_KV_F16, 24, n, random, 0.01f);
    select_kernels(Isa::kScalar);
    const std::vector<float> expected = problem.whole();
    for (const Isa isa : supported_isas()) {
      select_kernels(isa);
      expect_same_bits(expected, problem.whole(), fmt::format("{}: n {}", isa_name(isa), n));
    }
  }
}

TEST(Attention, EveryMergeGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(8);
  const float infinity = std::numeric_limits<float>::infinity();
  for (const int64_t d : {1, 15, 16, 20, 64, 100, 128}) {
    for (const float m : {-infinity, -3.0f, 0.0f, 120.0f, infinity, std::nanf("")}) {
      const TernAttentionState state{random.normal(), 3 + random.normal()}, before{m, 2 + random.normal()};
      const std::vector<float> acc = random.nasty_vector(d), total_acc = random.nasty_vector(d);
      const auto merged = [&](TernAttentionMergeFn kernel) {
        TernAttentionState total = before;
        std::vector<float> result = total_acc;
        result.push_back(kPoison);
        kernel(&state, acc.data(), d, &total, result.data());
        result.insert(result.end(), {total.m, total.l});
        return result;
      };
      for (const auto& kernel : runnable(kMergeLines))
        expect_same_bits(merged(attention_merge_scalar), merged(kernel.function), kernel.name);
    }
  }
}

// One-hot values show the weights themselves: exp on both sides of its cutoff, where no other kernel shows
// it.
TEST(Attention, WeightsAreExpOfTheScores) {
  TERN_TRACE_SEED();
  Random random(6);
  Problem problem(TERN_KV_F32, 64, 64, random);
  problem.args.scale = 1;
  std::fill(problem.q.begin(), problem.q.end(), 0.0f);
  problem.q[0] = 1;
  const float cutoff = -87.0f;
  for (int round = 0; round < 200; ++round) {
    std::vector<float> scores = {0.0f, cutoff, std::nextafter(cutoff, 0.0f),
                                 std::nextafter(cutoff, 2 * cutoff)};
    while (scores.size() < 64) scores.push_back(static_cast<float>(random.integer(-1000000, 0)) * 1e-4f);
    for (int64_t j = 0; j < 64; ++j) {
      for (int64_t i = 0; i < 64; ++i) {
        uint8_t* const page = problem.pages[0].get() + (64 * j + i) * 4;
        problem.store(page + problem.args.k_offset, i == 0 ? scores[static_cast<size_t>(j)] : 0.0f);
        problem.store(page + problem.args.v_offset, i == j ? 1.0f : 0.0f);
      }
    }
    std::vector<float> expected;
    for (const float score : scores) expected.push_back(exp_f32(score));
    expected.push_back(kPoison);
    for (const auto& kernel : runnable(kLines))
      expect_same_bits(expected, run(kernel.function, problem, 0).acc, kernel.name);
  }
}

// A NaN or an infinite score spoils the row on every level alike.
TEST(Attention, NonFiniteScoresPropagate) {
  TERN_TRACE_SEED();
  Random random(5);
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    Problem problem(TERN_KV_F32, 16, 100, random, 0, {2, 3});
    problem.store(problem.pages[1].get() + problem.args.k_offset, bad);
    for (const auto& kernel : runnable(kLines)) {
      const Segment expected = run(attention_segment_scalar, problem, 0),
                    actual = run(kernel.function, problem, 0);
      expect_same_bits(expected.l, actual.l, kernel.name);
      expect_same_bits(expected.acc, actual.acc, kernel.name);
    }
  }
}

}  // namespace
}  // namespace tern::testing
