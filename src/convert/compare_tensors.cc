#include "convert/compare_tensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>

#include "base/mmap.h"
#include "models/parallel.h"
#include "models/row_order.h"
#include "models/weights.h"
#include "quant/blocks.h"

namespace tern::internal {
namespace {

/// A NaN is larger than everything.
double larger(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}

/// Elements that differ, and the first of them.
template <typename T>
struct Mismatch {
  uint64_t count = 0, row = 0, column = 0;
  T a{}, b{};
  double max_abs = 0;

  void add(uint64_t r, uint64_t c, T x, T y) {
    max_abs = larger(max_abs, std::fabs(static_cast<double>(x) - static_cast<double>(y)));
    if (count++ > 0) return;
    row = r;
    column = c;
    a = x;
    b = y;
  }
  /// Adds those of other rows.
  void merge(const Mismatch& other) {
    if (other.count == 0) return;
    const uint64_t sum = count + other.count;
    const double apart = larger(max_abs, other.max_abs);
    if (count == 0 || other.row < row) *this = other;
    count = sum;
    max_abs = apart;
  }
};

/// Runs compare(row, mismatch) for all rows in parallel.
template <typename T>
Result<Mismatch<T>> compare_rows(
    size_t rows, ThreadPool* pool,
    const std::function<Status(size_t begin, size_t end, Mismatch<T>&)>& compare) {
  std::mutex mutex;
  Mismatch<T> all;
  TERN_TRY(
      parallel_rows(pool, rows, range_grain(rows, *pool, 16, 64), [&](size_t begin, size_t end) -> Status {
        Mismatch<T> here;
        TERN_TRY(compare(begin, end, here));
        const std::lock_guard lock(mutex);
        all.merge(here);
        return {};
      }));
  return all;
}

/// The rows of a tensor in the model's order as float32.
class Rows {
 public:
  Rows(const ModelFile& file, const TensorSpec& spec)
      : entry_(*file.find(spec)),
        order_(spec.rope_rows && file.config().llama_rope_rows ? file.config().head_dim : 0),
        cols_(spec.shape.back()),
        row_bytes_(*dtype_bytes(entry_.dtype, cols_)),
        less_one_(spec.role == TensorRole::kNorm && file.config().norms_less_one) {}
  Status read(size_t row, float* values) const {
    const auto source = static_cast<uint64_t>(order_.source(static_cast<int64_t>(row)));
    TERN_TRY(dequantize(entry_.dtype, entry_.bytes.data() + source * row_bytes_, cols_, values));
    if (less_one_) std::transform(values, values + cols_, values, [](float w) { return 1.0f + w; });
    return {};
  }
  /// Gives the pages of what has been compared back. Rows in another order are left to compare_tensors().
  void release(size_t begin, size_t end) const {
    if (order_.as_stored())
      release_pages(entry_.bytes.subspan(begin * row_bytes_, (end - begin) * row_bytes_));
  }
  std::string_view type() const { return dtype_info(entry_.dtype).name; }

 private:
  const TensorEntry& entry_;
  RowOrder order_;
  uint64_t cols_, row_bytes_;
  bool less_one_;
};

Status compare_values(const TensorPair& pair, ThreadPool* pool, VerifyReport& report) {
  const Rows rows_a(pair.file_a, pair.a), rows_b(pair.file_b, pair.b);
  const size_t cols = pair.a.shape.back(), rows = pair.a.shape.size() == 1 ? 1 : pair.a.shape[0];
  ++report.float_tensors;
  report.values += rows * cols;
  TERN_ASSIGN(const Mismatch<float> mismatch,
              compare_rows<float>(rows, pool, [&](size_t begin, size_t end, Mismatch<float>& here) -> Status {
                std::vector<float> x(cols), y(cols);
                for (size_t r = begin; r < end; ++r) {
                  TERN_TRY(rows_a.read(r, x.data()));
                  TERN_TRY(rows_b.read(r, y.data()));
                  if (std::memcmp(x.data(), y.data(), cols * sizeof(float)) == 0) continue;
                  for (size_t c = 0; c < cols; ++c) {
                    if (std::bit_cast<uint32_t>(x[c]) != std::bit_cast<uint32_t>(y[c]))
                      here.add(r, c, x[c], y[c]);
                  }
                }
                rows_a.release(begin, end);
                rows_b.release(begin, end);
                return {};
              }));
  if (mismatch.count == 0) return {};
  const std::string a = fmt::format("{}", mismatch.a), b = fmt::format("{}", mismatch.b);
  report.differences.push_back({"values", pair.a.name, a, b,
                                fmt::format("{} of {} values differ ({} against {}), first in row {}, column "
                                            "{}: {} against {}; at most {:.6g} "
                                            "apart",
                                            mismatch.count, rows * cols, rows_a.type(), rows_b.type(),
                                            mismatch.row, mismatch.column, a, b, mismatch.max_abs),
                                mismatch.count, mismatch.row, mismatch.column, mismatch.max_abs});
  return {};
}

std::string scale_text(const Linear& linear) {
  return fmt::format("{} by {}", linear.scale_op == ScaleOp::kMultiply ? "multiplies" : "divides",
                     linear.scale);
}

void compare_scales(const TensorPair& pair, const Linear& a, const Linear& b, VerifyReport& report) {
  if (a.scale_op == b.scale_op && std::bit_cast<uint32_t>(a.scale) == std::bit_cast<uint32_t>(b.scale))
    return;
  const std::string x = scale_text(a), y = scale_text(b);
  report.differences.push_back({"scale", pair.a.name, x, y, fmt::format("scale {}, against {}", x, y), 1, 0,
                                0, std::fabs(static_cast<double>(a.scale) - static_cast<double>(b.scale))});
}

/// Both as the engine's t2x16: equal bytes are equal trits, since what fills up rows and groups is always
/// trit 0.
Status compare_trits(const TensorPair& pair, ThreadPool* pool, VerifyReport& report) {
  Arena memory;
  TERN_ASSIGN(const Linear a, load_linear(pair.file_a, pair.a, {}, SparseUse::kNone, pool, &memory));
  TERN_ASSIGN(const Linear b, load_linear(pair.file_b, pair.b, {}, SparseUse::kNone, pool, &memory));
  const size_t rows = static_cast<size_t>(a.out), cols = static_cast<size_t>(a.in);
  ++report.ternary_tensors;
  report.trits += rows * cols;
  compare_scales(pair, a, b, report);
  if (std::memcmp(a.weights, b.weights, t2x16_bytes(rows, cols)) == 0) return {};
  TERN_ASSIGN(
      const Mismatch<int8_t> mismatch,
      compare_rows<int8_t>(rows, pool, [&](size_t begin, size_t end, Mismatch<int8_t>& here) -> Status {
        std::vector<int8_t> x(cols), y(cols);
        for (size_t r = begin; r < end; ++r) {
          decode_t2x16_row(a.weights, r, cols, x.data());
          decode_t2x16_row(b.weights, r, cols, y.data());
          for (size_t c = 0; c < cols; ++c) {
            if (x[c] != y[c]) here.add(r, c, x[c], y[c]);
          }
        }
        return {};
      }));
  const std::string x = fmt::format("{:+d}", mismatch.a), y = fmt::format("{:+d}", mismatch.b);
  report.differences.push_back(
      {"trits", pair.a.name, x, y,
       fmt::format("{} of {} trits differ, first in row {}, column {}: {} against {}", mismatch.count,
                   rows * cols, mismatch.row, mismatch.column, x, y),
       mismatch.count, mismatch.row, mismatch.column, mismatch.max_abs});
  return {};
}

std::string_view kind_name(LinearKind kind) {
  return kind == LinearKind::kDense           ? "dense"
         : kind == LinearKind::kTernaryStored ? "trits"
                                              : "masters, quantized at load";
}

}  // namespace

Status compare_tensors(const TensorPair& pair, ThreadPool* pool, VerifyReport& report) {
  if (pair.a.shape != pair.b.shape) {
    const std::string a = fmt::format("[{}]", fmt::join(pair.a.shape, ", ")),
                      b = fmt::format("[{}]", fmt::join(pair.b.shape, ", "));
    report.differences.push_back({"shape", pair.a.name, a, b, fmt::format("shape {} against {}", a, b)});
    return {};
  }
  const LinearKind a = pair.file_a.linear_kind(pair.a), b = pair.file_b.linear_kind(pair.b);
  if ((a == LinearKind::kDense) != (b == LinearKind::kDense)) {
    report.differences.push_back({"kind", pair.a.name, std::string(kind_name(a)), std::string(kind_name(b)),
                                  fmt::format("{} against {}", kind_name(a), kind_name(b))});
    return {};
  }
  // Masters that become the same trits are not the same for somebody who trains them on.
  const bool masters = a == LinearKind::kTernaryOnline && a == b;
  if (a == LinearKind::kDense || masters) TERN_TRY(compare_values(pair, pool, report));
  if (a != LinearKind::kDense) TERN_TRY(compare_trits(pair, pool, report));
  release_pages(pair.file_a.find(pair.a)->bytes);
  release_pages(pair.file_b.find(pair.b)->bytes);
  return {};
}

}  // namespace tern::internal
