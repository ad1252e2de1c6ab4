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
#include "kernels/attention/kernels.inc"
#undef TERN_KERNEL
};

/// One head's query and paged keys and values. Positions from n_keys on hold NaN: a masked key must not be
/// read.
struct Problem {
  Problem(TernKvFormat format_, int32_t d, int64_t n_keys, Random& random, float rise = 0)
      : format(format_), head_dim(d) {
    const size_t width = format == TERN_KV_F16 ? 2 : 4;
    const size_t side_bytes = TERN_KV_PAGE * static_cast<size_t>(d) * width;
    const size_t k_offset = 2 * static_cast<size_t>(random.integer(0, 9)),
                 v_offset = k_offset + side_bytes + 6;
    for (int64_t first = 0; first < n_keys; first += TERN_KV_PAGE) {
      pages.push_back(std::make_unique<uint8_t[]>(v_offset + side_bytes));
      page_pointers.push_back(pages.back().get());
      for (int64_t j = 0; j < TERN_KV_PAGE; ++j) {
        for (int32_t i = 0; i < d; ++i) {
          const auto at = static_cast<size_t>(j * d + i) * width;
          const bool visible = first + j < n_keys;
          const float k = random.normal() + rise * static_cast<float>(first + j) * (i == 0 ? 1.0f : 0.0f);
          store(pages.back().get() + k_offset + at, visible ? k : std::nanf(""));
          store(pages.back().get() + v_offset + at, visible ? random.normal() : std::nanf(""));
        }
      }
    }
    q = random.normal_vector(d);
    args = {q.data(), page_pointers.data(),
            k_offset, v_offset,
            format,   d,
            n_keys,   1 / std::sqrt(static_cast<float>(d))};
  }
  void store(uint8_t* at, float value) const {
    const uint16_t half = f32_to_f16(value);
    if (format == TERN_KV_F16) {
      std::memcpy(at, &half, 2);
    } else {
      std::memcpy(at, &value, 4);
    }
  }
  float load(size_t offset, int64_t key, int64_t i) const {
    const size_t width = format == TERN_KV_F16 ? 2 : 4;
    const uint8_t* at = page_pointers[static_cast<size_t>(key / TERN_KV_PAGE)] + offset +
                        static_cast<size_t>(key % TERN_KV_PAGE * head_dim + i) * width;
    uint16_t half;
    float value;
    if (format == TERN_KV_F16) {
      std::memcpy(&half, at, 2);
      return f16_to_f32(half);
    }
    std::memcpy(&value, at, 4);
    return value;
  }
  std::vector<float> whole() const {
    std::vector<float> out(static_cast<size_t>(head_dim) + 1, kPoison),
        scratch(2 * static_cast<size_t>(head_dim));
    attention(args, out.data(), scratch.data());
    return out;
  }

  TernKvFormat format;
  int32_t head_dim;
  std::vector<std::unique_ptr<uint8_t[]>> pages;
  std::vector<const uint8_t*> page_pointers;
  std::vector<float> q;
  TernAttention args;
};

struct Segment {
  TernAttentionState state;
  std::vector<float> acc;
};
Segment run(TernAttentionSegmentFn kernel, const Problem& problem, int64_t begin) {
  Segment segment{{}, std::vector<float>(static_cast<size_t>(problem.head_dim) + 1, kPoison)};
  kernel(&problem.args, begin, &segment.state, segment.acc.data());
  return segment;
}

/// softmax(q k) v in double, and the error that the float32 path may make (derived below).
void expect_near_double(const Problem& problem) {
  const std::vector<float> out = problem.whole();
  const int64_t n = problem.args.n_keys, d = problem.head_dim;
  std::vector<double> p(static_cast<size_t>(n));
  double greatest = -std::numeric_limits<double>::infinity(), score_error = 0;
  for (int64_t j = 0; j < n; ++j) {
    double dot = 0, magnitude = 0;
    for (int64_t i = 0; i < d; ++i) {
      const double product =
          double{problem.q[static_cast<size_t>(i)]} * problem.load(problem.args.k_offset, j, i);
      dot += product;
      magnitude += std::fabs(product);
    }
    p[static_cast<size_t>(j)] = dot * problem.args.scale;
    greatest = std::max(greatest, p[static_cast<size_t>(j)]);
    // The chain of d/16 FMAs, the tree, the scale, and s - m.
    score_error =
        std::max(score_error, (static_cast<double>(d) / 16 + 8) * kEpsilon * magnitude * problem.args.scale);
  }
  double sum = 0;
  for (double& value : p) sum += value = std::exp(value - greatest);
  for (int64_t i = 0; i < d; ++i) {
    double value = 0, magnitude = 0;
    for (int64_t j = 0; j < n; ++j) {
      const double product = p[static_cast<size_t>(j)] * problem.load(problem.args.v_offset, j, i);
      value += product;
      magnitude += std::fabs(product);
    }
    // Each weight is off by its score's error and the maximum's, 2 ulp of exp, and the rescaling of each
    // block and segment (4 eps each, and s - m again); sums over n keys add n eps. All of it in numerator and
    // denominator.
    const auto keys = static_cast<double>(n);
    const double relative = 2 * score_error + (4 + 8 * std::ceil(keys / 64) + keys + 8) * kEpsilon;
    EXPECT_NEAR(out[static_cast<size_t>(i)], value / sum, 2 * relative * magnitude / sum)
        << "n " << n << " d " << d;
  }
  EXPECT_EQ(out.back(), kPoison);
}

TEST(Attention, ScalarAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(1);
  select_kernels(Isa::kScalar);
  for (const TernKvFormat format : {TERN_KV_F16, TERN_KV_F32}) {
    for (const int64_t n : {1, 2, 63, 64, 65, 130, 1024, 1025, 2049, 3000})
      expect_near_double(Problem(format, 20, n, random));
    for (const float rise : {0.05f, -0.05f}) expect_near_double(Problem(format, 16, 2100, random, rise));
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

TEST(Attention, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(3);
  for (const auto& kernel : runnable(kLines)) {
    for (const TernKvFormat format : {TERN_KV_F16, TERN_KV_F32}) {
      for (const int32_t d : {1, 7, 8, 16, 20, 31, 64, 72, 80, 128}) {
        for (const int64_t n : {1, 3, 17, 63, 64, 65, 200, 1030}) {
          const float rise = n % 2 == 0 ? 0.1f : 0.0f;
          const Problem problem(format, d, n, random, rise);
          for (int64_t begin = 0; begin < n; begin += TERN_KV_SEGMENT) {
            const Segment expected = run(attention_segment_scalar, problem, begin),
                          actual = run(kernel.function, problem, begin);
            const std::string what = fmt::format("{}: d {}, n {}, begin {}", kernel.name, d, n, begin);
            EXPECT_EQ(expected.state.m, actual.state.m) << what;
            expect_same_bits({expected.state.l}, {actual.state.l}, what + ", l");
            expect_same_bits(expected.acc, actual.acc, what);
          }
        }
      }
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
    Problem problem(TERN_KV_F32, 16, 100, random);
    problem.store(problem.pages[1].get() + problem.args.k_offset, bad);
    for (const auto& kernel : runnable(kLines)) {
      const Segment expected = run(attention_segment_scalar, problem, 0),
                    actual = run(kernel.function, problem, 0);
      expect_same_bits({expected.state.l}, {actual.state.l}, kernel.name);
      expect_same_bits(expected.acc, actual.acc, kernel.name);
    }
  }
}

}  // namespace
}  // namespace tern::testing
