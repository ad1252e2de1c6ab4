#include "models/head_screen.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <vector>

#include "base/check.h"
#include "base/mmap.h"
#include "models/activations.h"
#include "models/parallel.h"
#include "quant/blocks.h"
#include "quant/screen3.h"

namespace tern {
namespace {

// The step, in units of a row's root mean square, with the least mean square error for normally distributed
// weights and eight levels (Max, "Quantizing for minimum distortion", 1960, table II).
constexpr float kStep = 0.5860f;
constexpr float kMiddle = 3.5f;
constexpr double kRounding = 0x1p-24;  // of one float operation, relative
// Of the sums of squares in float below: 16 chains of cols / 16 additions, each of which may lose kRounding.
constexpr double kSumRounding = 1e-4;
// Beyond what squares that underflow take off a row's length.
constexpr double kSquareUnderflow = 1e-19;
// Beyond what products could underflow by, where weights and activations stay within the limits below.
constexpr float kUnderflow = 1e-30f;
constexpr double kLeastLength = 1e-12, kGreatestNorm = 1e9, kGreatestLength = 1e18;
constexpr int64_t kGreatestCols = 1 << 14;
// Whose pages of the file are given back together: a head is too large to be in memory twice.
constexpr size_t kGroupsAtOnce = 64;
constexpr int64_t kLeastRows = 1024;  // a smaller head costs little

/// At least the root of the sum of square(i), i < n, a multiple of 16.
template <typename Square>
double root_of_squares(int64_t n, const Square& square) {
  float lanes[16] = {};
  for (int64_t i = 0; i < n; i += 16) {
    for (int64_t lane = 0; lane < 16; ++lane) lanes[lane] += square(i + lane);
  }
  double sum = 0;
  for (const float lane : lanes) sum += lane;
  return std::sqrt(sum * (1 + kSumRounding)) + kSquareUnderflow;
}

float round_up(double value) {
  return std::nextafter(static_cast<float>(value), FLT_MAX);
}

bool is_screened(DType dtype) {
  // Q4_1's minimum cancels against its codes, so that a row's length says nothing about what rounding may
  // lose.
  return dtype == DType::kQ8_0 || dtype == DType::kQ6_K || dtype == DType::kF16 || dtype == DType::kBF16 ||
         dtype == DType::kF32;
}

}  // namespace

std::optional<uint64_t> HeadScreen::memory(const Linear& head, DType dtype) {
  if (!is_screened(dtype) || head.out < kLeastRows || head.in % static_cast<int64_t>(kScreen3Block) != 0 ||
      head.in > kGreatestCols) {
    return std::nullopt;
  }
  const auto rows = static_cast<uint64_t>(head.out);
  return x16_bytes(rows, screen3_row_bytes(static_cast<uint64_t>(head.in))) + 3 * rows * sizeof(float);
}

std::optional<HeadScreen> HeadScreen::make(const Linear& head, const TensorEntry& entry, ThreadPool* pool,
                                           Arena* memory) {
  if (!HeadScreen::memory(head, entry.dtype)) return std::nullopt;
  HeadScreen screen;
  screen.head_activations_ = head.activations;
  screen.codes_.name = head.name;
  screen.codes_.out = head.out;
  screen.codes_.in = head.in;
  screen.codes_.activations = ActivationKind::kBlockInt8;
  screen.codes_.format = TERN_DENSE_SCREEN3;
  screen.codes_.row_bytes = screen3_row_bytes(static_cast<uint64_t>(head.in));
  const auto count = static_cast<size_t>(head.out), groups = (count + kX16Rows - 1) / kX16Rows;
  for (AlignedBuffer<float>* values : {&screen.step_, &screen.error_, &screen.norm_}) {
    *values = AlignedBuffer<float>(count);
  }
  uint8_t* const codes = memory->take(groups * kX16Rows * screen.codes_.row_bytes);
  screen.codes_.weights = codes;
  pool->parallel_for(groups, range_grain(groups, *pool), [&](size_t begin, size_t end) {
    for (size_t g = begin; g < end; g += kGroupsAtOnce) {
      const size_t stop = std::min(g + kGroupsAtOnce, end);
      for (size_t i = g; i < stop; ++i) screen.copy_group(entry, static_cast<int64_t>(i), codes);
      const size_t first = g * kX16Rows, last = std::min(stop * kX16Rows, count);
      release_pages(entry.bytes.subspan(first * head.row_bytes, (last - first) * head.row_bytes));
    }
  });
  for (const float norm : screen.norm_.span()) {
    if (!(norm <= kGreatestNorm)) return std::nullopt;
    screen.greatest_norm_ = std::max(screen.greatest_norm_, norm);
  }
  return screen;
}

void HeadScreen::copy_group(const TensorEntry& entry, int64_t group, uint8_t* out) {
  const int64_t cols = codes_.in, first = group * static_cast<int64_t>(kX16Rows);
  const int64_t count = std::min<int64_t>(static_cast<int64_t>(kX16Rows), codes_.out - first);
  const size_t file_row = *dtype_bytes(entry.dtype, static_cast<uint64_t>(cols));
  const double root = std::sqrt(static_cast<double>(cols));
  std::vector<float> w(static_cast<size_t>(cols));
  std::vector<uint8_t> codes(kX16Rows * static_cast<size_t>(cols));
  for (int64_t r = 0; r < count; ++r) {
    const auto n = static_cast<size_t>(first + r);
    TERN_CHECK(
        dequantize(entry.dtype, entry.bytes.data() + n * file_row, static_cast<uint64_t>(cols), w.data())
            .has_value());
    const float* const weight = w.data();
    const double norm = root_of_squares(cols, [weight](int64_t i) { return weight[i] * weight[i]; });
    norm_[n] = round_up(norm * 1.0001);
    if (!(norm_[n] <= kGreatestNorm)) return;  // make() gives up
    const float step = static_cast<float>(norm / root) * kStep, inverse = 1 / step;
    uint8_t* const code = codes.data() + static_cast<size_t>(r * cols);
    for (int64_t i = 0; i < cols; ++i) {
      code[i] =
          static_cast<uint8_t>(static_cast<int32_t>(std::clamp(weight[i] * inverse + 4.0f, 0.0f, 7.0f)));
    }
    const double left = root_of_squares(cols, [weight, code, step](int64_t i) {
      const float e = weight[i] - (static_cast<float>(code[i]) - kMiddle) * step;
      return e * e;
    });
    // What rounding may lose, as parts of |x|. The logit itself: a chain of at most `cols` products and sums,
    // after a dequantized weight that may be two roundings off. The copy: a chain of blocks whose terms are
    // at most 7 |x|_1, then a handful of operations. `left`: three roundings a weight.
    const double chain = static_cast<double>(cols) + 16, copy = root * static_cast<double>(step);
    const double lost =
        kRounding * (chain * norm + (chain / kScreen3Block + 16) * 7 * copy + 4 * (norm + kMiddle * copy));
    step_[n] = step;
    error_[n] = round_up((left + lost) * 1.0001);
  }
  pack_screen3(codes.data(), static_cast<uint64_t>(cols),
               out + static_cast<size_t>(first) * screen3_row_bytes(static_cast<uint64_t>(cols)));
}

std::optional<ScreenedRow> HeadScreen::measure(const Activations& activations, int64_t row) const {
  const BlockRow x = activations.block_row(row);
  double sum = 0, squares = 0, rest = 0;
  for (int64_t b = 0; b < codes_.in / static_cast<int64_t>(kScreen3Block); ++b) {
    const double d = x.d[b];
    int32_t q_squares = 0;
    for (int64_t i = 32 * b; i < 32 * b + 32; ++i) {
      const double left = static_cast<double>(x.x[i]) - d * x.q[i];
      rest += left * left;
      q_squares += x.q[i] * x.q[i];
    }
    sum += d * x.q_sum[b];
    squares += d * d * q_squares;
  }
  const double length = std::sqrt(squares) * 1.0001;
  if (!(length >= kLeastLength && length <= kGreatestLength && length * greatest_norm_ < 1e30))
    return std::nullopt;
  ScreenedRow measured;
  measured.offset = static_cast<float>(kMiddle * sum);
  measured.length = round_up(length);
  if (head_activations_ == ActivationKind::kFloat) measured.rest = round_up(std::sqrt(rest) * 1.0001);
  return measured;
}

void HeadScreen::bound_groups(const Activations& activations, const ScreenedRow* rows, int64_t begin,
                              int64_t end, float* scratch, size_t scratch_stride, float* bounds,
                              size_t stride) const {
  const auto group_rows = static_cast<int64_t>(kX16Rows);
  activations.multiply(codes_, begin * group_rows, std::min(end * group_rows, codes_.out), scratch,
                       scratch_stride);
  for (int64_t t = 0; t < activations.rows(); ++t) {
    const ScreenedRow& row = rows[t];
    const float* scores = scratch + static_cast<size_t>(t) * scratch_stride;
    for (int64_t g = begin; g < end; ++g) {
      const auto first = static_cast<size_t>(g * group_rows),
                 last = std::min(first + kX16Rows, static_cast<size_t>(codes_.out));
      float most = -FLT_MAX;
      for (size_t n = first; n < last; ++n) {
        const float bound =
            step_[n] * (scores[n] - row.offset) + (error_[n] * row.length + norm_[n] * row.rest) + kUnderflow;
        most = most > bound ? most : bound;
      }
      bounds[static_cast<size_t>(t) * stride + static_cast<size_t>(g)] = most;
    }
  }
}

}  // namespace tern
