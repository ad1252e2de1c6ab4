#include "models/activations.h"

#include <algorithm>
#include <atomic>

#include "kernels/dispatch.h"
#include "models/parallel.h"

namespace tern {
namespace {

constexpr int64_t kQuantBlock = 32;
constexpr int64_t kBlockStride = 64;  // what TernDenseMatmulQ asks of q_stride

int64_t round_up(int64_t n, int64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

}  // namespace

void Activations::reset(const float* x, int64_t rows, int64_t k) {
  x_ = x;
  rows_ = rows;
  k_ = k;
  have_floats_ = have_rows_ = have_blocks_ = false;
}

std::optional<int64_t> Activations::prepare(ActivationKind kind, ThreadPool* pool) {
  bool& have = kind == ActivationKind::kFloat     ? have_floats_
               : kind == ActivationKind::kRowInt8 ? have_rows_
                                                  : have_blocks_;
  if (have) return std::nullopt;
  have = true;
  const size_t rows = static_cast<size_t>(rows_);
  if (kind == ActivationKind::kRowInt8) {
    row_stride_ = static_cast<size_t>(round_up(k_, static_cast<int64_t>(kT2BlockElements)));
    grown(row_q_, rows * row_stride_);
    grown(row_a_, rows);
    grown(row_sum_, rows);
  } else if (kind == ActivationKind::kBlockInt8) {
    block_q_stride_ = static_cast<size_t>(round_up(k_, kBlockStride));
    block_stride_ = static_cast<size_t>(k_ / kQuantBlock);
    grown(block_q_, rows * block_q_stride_);
    grown(block_d_, rows * block_stride_);
    grown(block_sum_, rows * block_stride_);
  }
  std::atomic<int64_t> bad = rows_;
  pool->parallel_for(rows, range_grain(rows, *pool), [&](size_t begin, size_t end) {
    for (size_t r = begin; r < end; ++r) {
      bool finite = true;
      prepare_row(kind, static_cast<int64_t>(r), finite);
      if (finite) continue;
      int64_t seen = bad;
      while (static_cast<int64_t>(r) < seen && !bad.compare_exchange_weak(seen, static_cast<int64_t>(r))) {
      }
    }
  });
  if (bad < rows_) return bad.load();
  return std::nullopt;
}

void Activations::prepare_row(ActivationKind kind, int64_t row, bool& finite) {
  const float* x = x_ + row * k_;
  const size_t r = static_cast<size_t>(row);
  switch (kind) {
    case ActivationKind::kFloat:
      finite = all_finite(x, k_);
      break;
    case ActivationKind::kRowInt8:
      finite = kernels().act_quant(x, k_, row_q_.data() + r * row_stride_, static_cast<int64_t>(row_stride_),
                                   &row_a_[r], &row_sum_[r]) == 0;
      break;
    case ActivationKind::kBlockInt8:
      finite = kernels().act_quant_blocks(x, k_, block_q_.data() + r * block_q_stride_,
                                          block_d_.data() + r * block_stride_,
                                          block_sum_.data() + r * block_stride_) == 0;
  }
}

void Activations::multiply_t2(const Linear& linear, const uint8_t* weights, const ProductPart& part, float* y,
                              size_t y_stride) const {
  const auto t = static_cast<size_t>(part.t_begin);
  const TernTernaryMatmul args{.weights = weights,
                               .row_bytes = linear.row_bytes,
                               .q = row_q_.data() + t * row_stride_,
                               .q_stride = row_stride_,
                               .q_sum = row_sum_.data() + t,
                               .a = row_a_.data() + t,
                               .ws = linear.scale,
                               .divide = linear.scale_op == ScaleOp::kDivide,
                               .tokens = static_cast<int32_t>(part.t_end - part.t_begin),
                               .n_begin = static_cast<int32_t>(part.begin),
                               .n_end = static_cast<int32_t>(part.end),
                               .y = y + t * y_stride,
                               .y_stride = y_stride};
  kernels().ternary_matmul(&args);
}

void Activations::multiply_t5(const Linear& linear, const ProductPart& part, float* y,
                              size_t y_stride) const {
  // Few tokens: what has been unpacked is still in the first-level cache. Many: kernels make tables that many
  // rows share.
  constexpr int64_t kFewTokens = 32, kFewRows = 16, kManyRows = 512;
  const auto group_rows = static_cast<int64_t>(kT2GroupRows);
  const int64_t most = part.t_end - part.t_begin < kFewTokens ? kFewRows : kManyRows;
  const size_t pieces = t5_pieces(linear.row_bytes), t2_bytes = kT2GroupRows * linear.row_bytes;
  static thread_local AlignedBuffer<uint8_t> scratch;  // kept: it is asked for hundreds of times a token
  // A group's last piece may be unpacked beyond the group, where the next one begins.
  uint8_t* const t2 = grown(scratch, static_cast<size_t>(most) * linear.row_bytes + kT5PieceFrom);
  for (int64_t first = part.begin; first < part.end; first += most) {
    const int64_t last = std::min(first + most, part.end);
    for (int64_t row = first; row < last; row += group_rows) {
      const auto group = static_cast<size_t>(row / group_rows),
                 at = static_cast<size_t>((row - first) / group_rows);
      const TernTernaryUnpack args{linear.weights + group * pieces * kT5PieceBytes, pieces,
                                   t2 + at * t2_bytes};
      kernels().ternary_unpack(&args);
    }
    multiply_t2(linear, t2, {part.t_begin, part.t_end, 0, last - first}, y + first, y_stride);
  }
}

void Activations::multiply(const Linear& linear, const ProductPart& part, float* y, size_t y_stride) const {
  const auto t = static_cast<size_t>(part.t_begin);
  const int32_t tokens = static_cast<int32_t>(part.t_end - part.t_begin),
                n_begin = static_cast<int32_t>(part.begin), n_end = static_cast<int32_t>(part.end);
  switch (linear.activations) {
    case ActivationKind::kRowInt8:
      return linear.t5 ? multiply_t5(linear, part, y, y_stride)
                       : multiply_t2(linear, linear.weights, part, y, y_stride);
    case ActivationKind::kBlockInt8: {
      const TernDenseMatmulQ args{.weights = linear.weights,
                                  .row_bytes = linear.row_bytes,
                                  .format = linear.format,
                                  .k = k_,
                                  .q = block_q_.data() + t * block_q_stride_,
                                  .q_stride = block_q_stride_,
                                  .d_a = block_d_.data() + t * block_stride_,
                                  .q_sum = block_sum_.data() + t * block_stride_,
                                  .block_stride = block_stride_,
                                  .tokens = tokens,
                                  .n_begin = n_begin,
                                  .n_end = n_end,
                                  .y = y + t * y_stride,
                                  .y_stride = y_stride};
      return kernels().dense_matmul_q(&args);
    }
    case ActivationKind::kFloat: {
      const TernDenseMatmul args{.weights = linear.weights,
                                 .row_bytes = linear.row_bytes,
                                 .format = linear.format,
                                 .k = k_,
                                 .x = x_ + part.t_begin * k_,
                                 .x_stride = static_cast<size_t>(k_),
                                 .tokens = tokens,
                                 .n_begin = n_begin,
                                 .n_end = n_end,
                                 .y = y + t * y_stride,
                                 .y_stride = y_stride};
      return kernels().dense_matmul(&args);
    }
  }
}

BlockRow Activations::block_row(int64_t row) const {
  const auto r = static_cast<size_t>(row);
  return {x_ + row * k_, block_q_.data() + r * block_q_stride_, block_d_.data() + r * block_stride_,
          block_sum_.data() + r * block_stride_};
}

TernSparseToken Activations::sparse_token(const Linear& linear) const {
  return {row_q_.data(), row_sum_[0], row_a_[0], linear.scale, linear.scale_op == ScaleOp::kDivide};
}

void Activations::multiply_rows(const Linear& linear, const int32_t* list, int64_t begin, int64_t end,
                                float* y) const {
  const TernSparseRows args{.token = sparse_token(linear),
                            .rows = linear.rows,
                            .row_bytes = linear.row_bytes,
                            .list = list,
                            .begin = begin,
                            .end = end,
                            .y = y};
  kernels().ternary_rows(&args);
}

void Activations::multiply_columns(const Linear& linear, std::span<const int32_t> list, int64_t begin,
                                   int64_t end, float* y) const {
  const TernSparseColumns args{.token = sparse_token(linear),
                               .columns = linear.columns,
                               .k = linear.in,
                               .n = linear.out,
                               .list = list.data(),
                               .count = static_cast<int64_t>(list.size()),
                               .chunk_begin = begin,
                               .chunk_end = end,
                               .y = y};
  kernels().ternary_columns(&args);
}

void Activations::nonzero_inputs(std::vector<int32_t>& list) const {
  list.resize(static_cast<size_t>(k_));
  size_t count = 0;
  for (int64_t k = 0; k < k_; ++k) {
    list[count] = static_cast<int32_t>(k);
    count += row_q_[static_cast<size_t>(k)] != 0;
  }
  list.resize(count);
}

}  // namespace tern
