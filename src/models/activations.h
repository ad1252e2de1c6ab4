#pragma once
// The input rows of linears in the form that their kernels take.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/finite.h"
#include "base/thread_pool.h"
#include "kernels/ternary_sparse/ternary_sparse.h"
#include "models/linear.h"

namespace tern {

/// Grows and never shrinks; what it held is lost when it grows.
template <typename T>
T* grown(AlignedBuffer<T>& buffer, size_t n) {
  if (buffer.size() < n) buffer = AlignedBuffer<T>(n);
  return buffer.data();
}

/// A row and its int8 form; valid until reset() or the next prepare().
struct BlockRow {
  const float* x;        ///< [k]
  const int8_t* q;       ///< [k], in [-127, 127]
  const float* d;        ///< [k / 32]: x ~ q * d
  const int32_t* q_sum;  ///< [k / 32]
};

/// A rectangle of a product: for tokens [t_begin, t_end), rows [begin, end) of the linear.
struct ProductPart {
  int64_t t_begin, t_end, begin, end;
};

/// [T, k] floats and what has been made of them. Linears that read the same rows share one Activations.
class Activations {
 public:
  /// Starts with new rows: `x` is [rows, k] and must outlive the use.
  void reset(const float* x, int64_t rows, int64_t k);
  int64_t rows() const { return rows_; }
  /// Makes the rows ready for `kind`. Returns the first row that holds a NaN or infinity, if any.
  std::optional<int64_t> prepare(ActivationKind kind, ThreadPool* pool);
  /// A part of linear * x into y [rows, y_stride], whose first element is that of token 0 and row 0;
  /// prepare() was called for its kind. part.begin is a multiple of 16.
  void multiply(const Linear& linear, const ProductPart& part, float* y, size_t y_stride) const;
  /// Rows [begin, end) for every token.
  void multiply(const Linear& linear, int64_t begin, int64_t end, float* y, size_t y_stride) const {
    multiply(linear, {0, rows_, begin, end}, y, y_stride);
  }

  /// Row `row`, prepared as kBlockInt8.
  BlockRow block_row(int64_t row) const;

  // One row, prepared as kRowInt8, against part of a ternary linear (docs/numerics.md rule 8).
  /// Rows list[begin .. end) of linear * x into y; linear.rows is there.
  void multiply_rows(const Linear& linear, const int32_t* list, int64_t begin, int64_t end, float* y) const;
  /// Chunks [begin, end) of TERN_COLUMN_CHUNK rows of linear * x into y; linear.columns is there and `list`
  /// is nonzero_inputs().
  void multiply_columns(const Linear& linear, std::span<const int32_t> list, int64_t begin, int64_t end,
                        float* y) const;
  /// The k of every q that is not 0, ascending.
  void nonzero_inputs(std::vector<int32_t>& list) const;

 private:
  /// Of multiply(): a ternary linear's rows from t2x16 `weights`, or its own in t5x16.
  void multiply_t2(const Linear& linear, const uint8_t* weights, const ProductPart& part, float* y,
                   size_t y_stride) const;
  void multiply_t5(const Linear& linear, const ProductPart& part, float* y, size_t y_stride) const;
  void prepare_row(ActivationKind kind, int64_t row, bool& finite);
  TernSparseToken sparse_token(const Linear& linear) const;
  const float* x_ = nullptr;
  int64_t rows_ = 0, k_ = 0;
  bool have_floats_ = false, have_rows_ = false, have_blocks_ = false;
  // One scale a row.
  AlignedBuffer<int8_t> row_q_;
  AlignedBuffer<float> row_a_;
  AlignedBuffer<int32_t> row_sum_;
  size_t row_stride_ = 0;
  // One scale a block of 32.
  AlignedBuffer<int8_t> block_q_;
  AlignedBuffer<float> block_d_;
  AlignedBuffer<int32_t> block_sum_;
  size_t block_q_stride_ = 0, block_stride_ = 0;
};

}  // namespace tern
