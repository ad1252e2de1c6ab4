#include "train/bit_linear.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "kernels/dispatch.h"
#include "ternary/absmean.h"
#include "ternary/packing.h"
#include "train/parallel.h"

namespace tern::train {
namespace {

static_assert(kT2GroupRows == kLookup4Rows);  // a strip of one is a group of the other

/// Tokens that a thread takes at least: kernels make tables that all rows share.
constexpr int64_t kTokens = 64;

/// Codes of 2 bits that differ; `bytes` is a multiple of 8.
int64_t codes_that_differ(const uint8_t* a, const uint8_t* b, size_t bytes) {
  int64_t count = 0;
  for (size_t i = 0; i < bytes; i += 8) {
    uint64_t x, y;
    std::memcpy(&x, a + i, 8);
    std::memcpy(&y, b + i, 8);
    const uint64_t differ = x ^ y;
    count += std::popcount((differ | differ >> 1) & 0x5555555555555555u);
  }
  return count;
}

}  // namespace

TritCounts& TritCounts::operator+=(const TritCounts& other) {
  negative += other.negative;
  zero += other.zero;
  positive += other.positive;
  flipped += other.flipped;
  return *this;
}

Status BitLinear::prepare(float lambda) {
  lambda_ = lambda;
  if (mode_ == LinearMode::kTernary) return quantize();
  if (mode_ == LinearMode::kBlend) return blend();
  effective_ = weight_->value.detach();
  return {};
}

Status BitLinear::blend() {
  const at::Tensor whole = weight_->value.detach();
  const std::span<const float> weights(whole.data_ptr<float>(), static_cast<size_t>(whole.numel()));
  TERN_ASSIGN(scale_, absmean_scale(weights));
  effective_ = at::empty_like(whole);
  float* const into = effective_.data_ptr<float>();
  const bool first = trits_.empty();
  const std::vector<int8_t> before = std::exchange(trits_, std::vector<int8_t>(weights.size()));
  absmean_quantize(weights, scale_, trits_.data());
  counts_ = {};
  for (size_t i = 0; i < weights.size(); ++i) {
    const int8_t trit = trits_[i];
    into[i] = weights[i] + lambda_ * (static_cast<float>(trit) * scale_ - weights[i]);
    counts_.negative += trit < 0;
    counts_.positive += trit > 0;
    counts_.flipped += !first && trit != before[i];
  }
  counts_.zero = weight_->size - counts_.negative - counts_.positive;
  return {};
}

Status BitLinear::quantize() {
  const float* weights = weight_->value.data_ptr<float>();
  const auto rows = static_cast<size_t>(out()), cols = static_cast<size_t>(in());
  TERN_ASSIGN(scale_, absmean_scale({weights, rows * cols}));
  const bool first = t2x16_.size() == 0;
  if (first) {
    t2x16_ = AlignedBuffer<uint8_t>(t2x16_bytes(rows, cols));
    lookup4_ = AlignedBuffer<uint16_t>(lookup4_strips(rows) * lookup4_strip_size(cols));
  }
  counts_ = {};
  for (size_t strip = 0; strip < lookup4_strips(rows); ++strip) pack_strip(strip, weights);
  counts_.zero = weight_->size - counts_.negative - counts_.positive;
  if (first) counts_.flipped = 0;
  return {};
}

void BitLinear::pack_strip(size_t strip, const float* weights) {
  const auto cols = static_cast<size_t>(in()), row_bytes = static_cast<size_t>(t2_row_bytes(cols));
  const size_t row = strip * kLookup4Rows,
               count = std::min<size_t>(kLookup4Rows, static_cast<size_t>(out()) - row);
  static thread_local std::vector<int8_t> trits;  // kept: this runs for every strip of every step
  static thread_local std::vector<uint8_t> rows, group;
  trits.resize(count * cols);
  rows.resize(count * row_bytes);
  group.resize(kT2GroupRows * row_bytes);

  absmean_quantize({weights + row * cols, trits.size()}, scale_, trits.data());
  for (const int8_t trit : trits) {
    counts_.negative += trit < 0;
    counts_.positive += trit > 0;
  }
  for (size_t r = 0; r < count; ++r)
    encode_t2_row(trits.data() + r * cols, cols, rows.data() + r * row_bytes);
  interleave_t2_group(rows.data(), row_bytes, count, group.data());
  uint8_t* const place = t2x16_.data() + strip * group.size();
  counts_.flipped += codes_that_differ(place, group.data(), group.size());
  std::memcpy(place, group.data(), group.size());
  encode_lookup4_strip(trits.data(), count, cols, lookup4_.data() + strip * lookup4_strip_size(cols));
}

void BitLinear::multiply(const QuantizedRows& rows, const at::Tensor& y) const {
  const int64_t stride = rows.q.size(1);
  const int8_t* q = rows.q.data_ptr<int8_t>();
  const float* a = rows.a.data_ptr<float>();
  const int32_t* sum = rows.sum.data_ptr<int32_t>();
  float* const into = y.data_ptr<float>();
  parallel_for(y.size(0), kTokens, [&](int64_t begin, int64_t end) {
    const TernTernaryMatmul args{.weights = t2x16_.data(),
                                 .row_bytes = static_cast<size_t>(t2_row_bytes(static_cast<uint64_t>(in()))),
                                 .q = q + begin * stride,
                                 .q_stride = static_cast<size_t>(stride),
                                 .q_sum = sum + begin,
                                 .a = a + begin,
                                 .ws = scale_,
                                 .divide = 0,
                                 .tokens = static_cast<int32_t>(end - begin),
                                 .n_begin = 0,
                                 .n_end = static_cast<int32_t>(out()),
                                 .y = into + begin * out(),
                                 .y_stride = static_cast<size_t>(out())};
    kernels().ternary_matmul(&args);
  });
}

void BitLinear::input_gradient(const at::Tensor& dy, const at::Tensor& dx, bool accumulate) const {
  const float* from = dy.data_ptr<float>();
  float* const into = dx.data_ptr<float>();
  parallel_for(dy.size(0), kTokens, [&](int64_t begin, int64_t end) {
    const TernTernaryGrad args{.offsets = lookup4_.data(),
                               .n = out(),
                               .k = in(),
                               .dy = from + begin * out(),
                               .dy_stride = static_cast<size_t>(out()),
                               .ws = scale_,
                               .tokens = static_cast<int32_t>(end - begin),
                               .accumulate = accumulate,
                               .k_begin = 0,
                               .k_end = in(),
                               .dx = into + begin * in(),
                               .dx_stride = static_cast<size_t>(in())};
    kernels().ternary_grad(&args);
  });
}

Status prepare_all(std::vector<BitLinear>& linears, float lambda) {
  std::vector<Status> statuses(linears.size());
  parallel_for(static_cast<int64_t>(linears.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
      statuses[i] = linears[i].prepare(lambda);
  });
  for (size_t i = 0; i < linears.size(); ++i) {
    if (!statuses[i])
      return tl::unexpected<Error>(statuses[i].error().with_context(linears[i].weight().spec.name));
  }
  return {};
}

}  // namespace tern::train
