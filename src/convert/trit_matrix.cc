#include "convert/trit_matrix.h"

#include <bit>
#include <cstring>

#include "base/check.h"
#include "models/parallel.h"
#include "models/weights.h"

namespace tern {
namespace {

/// Codes other than 1 (trit 0) in a t2x16 matrix; what fills it up is code 1.
uint64_t count_nonzero(const Linear& linear) {
  constexpr uint64_t kOnes = 0x5555555555555555u;
  uint64_t count = 0;
  const uint64_t bytes = t2x16_bytes(static_cast<uint64_t>(linear.out), static_cast<uint64_t>(linear.in));
  for (uint64_t i = 0; i < bytes; i += sizeof(uint64_t)) {
    uint64_t codes;
    std::memcpy(&codes, linear.weights + i, sizeof codes);
    codes ^= kOnes;
    count += static_cast<uint64_t>(std::popcount((codes | codes >> 1) & kOnes));
  }
  return count;
}

Result<Linear> load(const ModelFile& file, const TensorSpec& spec, ThreadPool* pool, Arena* memory) {
  TERN_ASSIGN(Linear linear,
              load_linear(file, spec, {.packing = Packing::kT2}, SparseUse::kNone, pool, memory));
  TERN_CHECK(linear.kind != LinearKind::kDense);
  release_pages(file.find(spec)->bytes);
  return linear;
}

/// TQ types: rows are whole blocks, so they are encoded one by one.
void encode_tq_rows(const TritMatrix& matrix, DType type, float scale, ThreadPool* pool,
                    std::vector<uint8_t>& bytes) {
  const auto encode = type == DType::kTQ1_0 ? encode_tq1_0 : encode_tq2_0;
  const uint64_t row_bytes = *dtype_bytes(type, matrix.cols);
  pool->parallel_for(matrix.rows, range_grain(matrix.rows, *pool), [&](size_t begin, size_t end) {
    encode({matrix.trits.data() + begin * matrix.cols, (end - begin) * matrix.cols}, scale,
           bytes.data() + begin * row_bytes);
  });
}

}  // namespace

Result<TritFacts> read_trit_facts(const ModelFile& file, const TensorSpec& spec, ThreadPool* pool) {
  Arena memory;
  TERN_ASSIGN(const Linear linear, load(file, spec, pool, &memory));
  return TritFacts{{linear.scale, linear.scale_op}, count_nonzero(linear)};
}

Result<TritMatrix> read_trits(const ModelFile& file, const TensorSpec& spec, RowOrder order,
                              ThreadPool* pool) {
  Arena memory;
  TERN_ASSIGN(const Linear linear, load(file, spec, pool, &memory));
  TritMatrix matrix{spec.shape[0], spec.shape[1], {}};
  matrix.trits.resize(matrix.rows * matrix.cols);
  pool->parallel_for(matrix.rows, range_grain(matrix.rows, *pool), [&](size_t begin, size_t end) {
    for (size_t r = begin; r < end; ++r) {
      const auto to = static_cast<uint64_t>(order.source(static_cast<int64_t>(r)));
      decode_t2x16_row(linear.weights, r, matrix.cols, matrix.trits.data() + to * matrix.cols);
    }
  });
  return matrix;
}

Result<std::vector<uint8_t>> encode_trits(const TritMatrix& matrix, DType type, I2sLayout layout, float scale,
                                          ThreadPool* pool) {
  const auto [rows, cols] = std::pair(matrix.rows, matrix.cols);
  if (type == DType::kU8) {
    std::vector<uint8_t> bytes((rows + 3) / 4 * cols);
    encode_hf(matrix.trits, rows, cols, bytes.data());
    return bytes;
  }
  TERN_CHECK(dtype_is_ternary(type));
  const auto size = dtype_bytes(type, rows * cols);
  if (!size || (type != DType::kI2_S && !dtype_bytes(type, cols))) {
    return fail(ErrorCode::kUnsupported, "{} cannot hold rows of {}", dtype_info(type).name, cols);
  }
  std::vector<uint8_t> bytes(*size);
  if (type == DType::kI2_S) {
    TERN_TRY(encode_i2s(matrix.trits, rows, cols, layout, scale, bytes.data()));
  } else {
    encode_tq_rows(matrix, type, scale, pool, bytes);
  }
  return bytes;
}

}  // namespace tern
