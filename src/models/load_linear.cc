// One linear from any packing to what the kernels take.
#include <algorithm>
#include <cstring>
#include <functional>
#include <vector>

#include "base/check.h"
#include "models/linear_scale.h"
#include "models/parallel.h"
#include "models/row_order.h"
#include "models/weights.h"
#include "quant/blocks.h"
#include "quant/x16.h"
#include "ternary/absmean.h"
#include "ternary/packing.h"

namespace tern {
namespace {

// Groups whose pages of the file are given back together.
constexpr size_t kGroupsAtOnce = 64;

/// What the loaders of the packings share.
struct Source {
  const TensorEntry& entry;
  RowOrder order;
  ThreadPool* pool;
  /// The bytes of the model's row r.
  std::span<const uint8_t> row(int64_t r, uint64_t row_bytes) const {
    return entry.bytes.subspan(static_cast<uint64_t>(order.source(r)) * row_bytes, row_bytes);
  }
};

/// t2 rows on their way to the layouts that kernels take: in the mapped file, or made in `owned`.
struct T2Rows {
  const uint8_t* data = nullptr;
  AlignedBuffer<uint8_t> owned;
};

T2Rows make_rows(const Linear& linear) {
  T2Rows rows;
  rows.owned = AlignedBuffer<uint8_t>(static_cast<size_t>(linear.out) * linear.row_bytes);
  rows.data = rows.owned.data();
  return rows;
}

/// The file's rows in the model's order: where they are, or copied by `make`.
template <typename Make>
const uint8_t* rows_in_order(const Source& source, const Linear& linear, const Make& make) {
  if (source.order.as_stored()) return source.entry.bytes.data();
  uint8_t* const rows = make();
  for (int64_t r = 0; r < linear.out; ++r) {
    std::memcpy(rows + static_cast<size_t>(r) * linear.row_bytes, source.row(r, linear.row_bytes).data(),
                linear.row_bytes);
  }
  return rows;
}

/// Runs produce(row, trits) for every row and encodes what it gives.
Status encode_rows(const Source& source, const Linear& linear, T2Rows& t2,
                   const std::function<Status(int64_t row, int8_t* trits)>& produce) {
  t2 = make_rows(linear);
  const size_t rows = static_cast<size_t>(linear.out), cols = static_cast<size_t>(linear.in);
  return parallel_rows(source.pool, rows, range_grain(rows, *source.pool),
                       [&](size_t begin, size_t end) -> Status {
                         std::vector<int8_t> trits(cols);
                         for (size_t r = begin; r < end; ++r) {
                           TERN_TRY(produce(static_cast<int64_t>(r), trits.data()));
                           encode_t2_row(trits.data(), cols, t2.owned.data() + r * linear.row_bytes);
                         }
                         return {};
                       });
}

Result<float> load_i2s(const Source& source, I2sLayout layout, const Linear& linear, T2Rows& t2) {
  const uint64_t rows = static_cast<uint64_t>(linear.out), cols = static_cast<uint64_t>(linear.in),
                 n = rows * cols;
  if (layout != I2sLayout::kPublished || cols % kT2BlockElements != 0) {
    // Another layout, or blocks that straddle rows: the whole matrix as trits, then row by row.
    std::vector<int8_t> trits(n);
    float scale = 0.0f;
    TERN_TRY(decode_i2s(source.entry.bytes, rows, cols, layout, trits.data(), &scale));
    TERN_TRY(encode_rows(source, linear, t2, [&](int64_t r, int8_t* row) -> Status {
      std::memcpy(row, trits.data() + static_cast<uint64_t>(source.order.source(r)) * cols, cols);
      return {};
    }));
    return scale;
  }
  const auto codes = source.entry.bytes.first(n / 4);
  TERN_TRY(parallel_rows(
      source.pool, codes.size(), range_grain(codes.size(), *source.pool, 65536),
      [&](size_t begin, size_t end) -> Status {
        if (!has_code3(codes.subspan(begin, end - begin))) return {};
        return fail(ErrorCode::kBadFile,
                    "I2_S code 3 within bytes {} .. {}, which no layout has: the file is broken or was "
                    "packed in another way",
                    begin, end);
      }));
  t2.data = rows_in_order(source, linear, [&] {
    t2 = make_rows(linear);
    return t2.owned.data();
  });
  float scale = 0.0f;
  std::memcpy(&scale, source.entry.bytes.data() + n / 4, sizeof scale);
  return scale;
}

/// TQ1_0 and TQ2_0: a row is whole blocks. All-zero rows store scale 0 and say nothing.
Result<float> load_tq(const Source& source, const Linear& linear, T2Rows& t2) {
  const uint64_t cols = static_cast<uint64_t>(linear.in);
  const uint64_t file_row = *dtype_bytes(source.entry.dtype, cols);
  const auto decode = source.entry.dtype == DType::kTQ1_0 ? decode_tq1_0 : decode_tq2_0;
  std::vector<float> scales(static_cast<size_t>(linear.out));
  TERN_TRY(encode_rows(source, linear, t2, [&](int64_t r, int8_t* row) {
    return decode(source.row(r, file_row), cols, row, &scales[static_cast<size_t>(r)]);
  }));
  float scale = 0.0f;
  for (size_t r = 0; r < scales.size(); ++r) {
    if (scales[r] == 0.0f || scales[r] == scale) continue;
    if (scale != 0.0f) {
      return fail(ErrorCode::kUnsupported, "row {} has scale {} where others have {}: not one scale a matrix",
                  r, scales[r], scale);
    }
    scale = scales[r];
  }
  return scale;
}

/// Hugging Face: packed row p holds output rows p, p + quarter, p + 2 quarter, p + 3 quarter (those that
/// exist).
Status load_hf_packed(const Source& source, const Linear& linear, T2Rows& t2) {
  t2 = make_rows(linear);
  const size_t rows = static_cast<size_t>(linear.out), cols = static_cast<size_t>(linear.in),
               quarter = (rows + 3) / 4;
  return parallel_rows(
      source.pool, quarter, range_grain(quarter, *source.pool), [&](size_t begin, size_t end) -> Status {
        std::vector<int8_t> trits(4 * cols);
        for (size_t p = begin; p < end; ++p) {
          const size_t real = (rows - p + quarter - 1) / quarter;
          TERN_TRY(decode_hf(source.entry.bytes.subspan(p * cols, cols), real, cols, trits.data()));
          for (size_t i = 0; i < real; ++i) {
            encode_t2_row(trits.data() + i * cols, cols,
                          t2.owned.data() + (i * quarter + p) * linear.row_bytes);
          }
        }
        return {};
      });
}

/// Float masters: THE absmean over the matrix in the model's row order.
Result<float> load_masters(const Source& source, const Linear& linear, T2Rows& t2) {
  const size_t rows = static_cast<size_t>(linear.out), cols = static_cast<size_t>(linear.in);
  const uint64_t file_row = *dtype_bytes(source.entry.dtype, cols);
  AlignedBuffer<float> masters(rows * cols);
  TERN_TRY(parallel_rows(
      source.pool, rows, range_grain(rows, *source.pool), [&](size_t begin, size_t end) -> Status {
        for (size_t r = begin; r < end; ++r) {
          TERN_TRY(dequantize(source.entry.dtype, source.row(static_cast<int64_t>(r), file_row).data(), cols,
                              masters.data() + r * cols));
        }
        return {};
      }));
  TERN_ASSIGN(const float scale, absmean_scale(masters.span()));
  TERN_TRY(encode_rows(source, linear, t2, [&](int64_t r, int8_t* row) -> Status {
    absmean_quantize(masters.span().subspan(static_cast<size_t>(r) * cols, cols), scale, row);
    return {};
  }));
  return scale;
}

std::optional<TernDenseFormat> dense_format(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return TERN_DENSE_F32;
    case DType::kF16:
      return TERN_DENSE_F16;
    case DType::kBF16:
      return TERN_DENSE_BF16;
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) \
  case DType::k##name:                                         \
    return TERN_DENSE_##name;
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT
    default:
      return std::nullopt;
  }
}

Status describe_dense(const TensorEntry& entry, const LoadOptions& options, Linear& linear) {
  const std::optional<TernDenseFormat> format = dense_format(entry.dtype);
  if (!format) {
    return fail(ErrorCode::kUnsupported, "type {} cannot be a dense matrix", dtype_info(entry.dtype).name);
  }
  linear.format = *format;
  const bool blocks = dtype_info(entry.dtype).block_elements > 1;
  linear.activations = blocks && !options.dense_act_f32 ? ActivationKind::kBlockInt8 : ActivationKind::kFloat;
  linear.row_bytes = *dtype_bytes(entry.dtype, static_cast<uint64_t>(linear.in));
  return {};
}

/// Of `weights` as kernels take them, the last group filled up.
size_t laid_out_bytes(const Linear& linear) {
  const auto rows = static_cast<size_t>(linear.out);
  if (linear.kind == LinearKind::kDense) {
    const bool blocks = linear.activations == ActivationKind::kBlockInt8;
    return blocks ? x16_bytes(rows, linear.row_bytes) : rows * linear.row_bytes;
  }
  const size_t groups = (rows + kT2GroupRows - 1) / kT2GroupRows;
  return groups * (linear.t5 ? t5_pieces(linear.row_bytes) * kT5PieceBytes : kT2GroupRows * linear.row_bytes);
}

/// Blocks that meet int8 activations become x16; everything else is copied as it is, because memory of our
/// own comes in huge pages, which the mapped file's does not. An embedding row is read from the file again
/// when it is asked for.
void load_dense(const Source& source, Arena* memory, Linear& linear) {
  const size_t rows = static_cast<size_t>(linear.out), row_bytes = linear.row_bytes;
  const bool blocks = linear.activations == ActivationKind::kBlockInt8;
  uint8_t* const weights = memory->take(laid_out_bytes(linear));
  const size_t groups = (rows + kX16Rows - 1) / kX16Rows;
  source.pool->parallel_for(groups, range_grain(groups, *source.pool), [&](size_t begin, size_t end) {
    for (size_t g = begin; g < end; ++g) {
      const size_t first = g * kX16Rows, count = std::min<size_t>(kX16Rows, rows - first);
      const uint8_t* group[kX16Rows];
      for (size_t r = 0; r < count; ++r)
        group[r] = source.row(static_cast<int64_t>(first + r), row_bytes).data();
      uint8_t* const out = weights + first * row_bytes;
      if (blocks) {
        interleave_x16(source.entry.dtype, {group, count}, row_bytes, out);
      } else {
        for (size_t r = 0; r < count; ++r) std::memcpy(out + r * row_bytes, group[r], row_bytes);
      }
      // Pages are given back as they are copied: a head is too large to be in memory twice.
      if (!source.order.as_stored() || (g + 1 < end && (g + 1 - begin) % kGroupsAtOnce != 0)) continue;
      const size_t from = (g - (g - begin) % kGroupsAtOnce) * kX16Rows;
      release_pages(source.entry.bytes.subspan(from * row_bytes, (first + count - from) * row_bytes));
    }
  });
  linear.weights = weights;
  release_pages(source.entry.bytes);
}

/// t2 rows in groups of 16, with 2 or 1.6 bits a trit.
const uint8_t* interleave(const Source& source, const T2Rows& t2, const Linear& linear, Arena* memory) {
  const size_t rows = static_cast<size_t>(linear.out), row_bytes = linear.row_bytes,
               groups = (rows + kT2GroupRows - 1) / kT2GroupRows, t2_bytes = kT2GroupRows * row_bytes,
               group_bytes = linear.t5 ? t5_pieces(row_bytes) * kT5PieceBytes : t2_bytes;
  uint8_t* const weights = memory->take(laid_out_bytes(linear));
  source.pool->parallel_for(groups, range_grain(groups, *source.pool), [&](size_t begin, size_t end) {
    AlignedBuffer<uint8_t> scratch(linear.t5 ? t2_bytes : 0);
    for (size_t g = begin; g < end; ++g) {
      const size_t first = g * kT2GroupRows;
      uint8_t* const out = weights + g * group_bytes;
      interleave_t2_group(t2.data + first * row_bytes, row_bytes,
                          std::min<size_t>(kT2GroupRows, rows - first), linear.t5 ? scratch.data() : out);
      if (linear.t5) pack_t5_group(scratch.data(), row_bytes, out);
    }
  });
  return weights;
}

/// t2 rows into every layout that is asked for; their own pages are given back when they are the file's.
void lay_out(const Source& source, const T2Rows& t2, SparseUse sparse, Arena* memory, Linear& linear) {
  const size_t rows = static_cast<size_t>(linear.out), cols = static_cast<size_t>(linear.in),
               row_bytes = linear.row_bytes;
  linear.weights = interleave(source, t2, linear, memory);
  const bool in_file = t2.owned.size() == 0;
  if (sparse == SparseUse::kRows) {
    // Copied also where the file holds the same rows: they are read in pieces, which small pages make slow.
    uint8_t* const kept = memory->take(rows * row_bytes);
    std::memcpy(kept, t2.data, rows * row_bytes);
    linear.rows = kept;
  } else if (sparse == SparseUse::kColumns) {
    uint8_t* const columns = memory->take(t2_columns_bytes(rows, cols));
    const size_t blocks = t2_row_bytes(rows) / kT2BlockBytes;
    source.pool->parallel_for(blocks, 1, [&](size_t begin, size_t end) {
      for (size_t b = begin; b < end; ++b) transpose_t2_block(t2.data, rows, cols, b, columns);
    });
    linear.columns = columns;
  }
  if (in_file) release_pages(source.entry.bytes);
}

Status load_ternary(const ModelFile& file, const TensorSpec& spec, const Source& source, T2Rows& t2,
                    Linear& linear) {
  if (linear.kind == LinearKind::kTernaryOnline) {
    TERN_ASSIGN(const float absmean, load_masters(source, linear, t2));
    TERN_ASSIGN(const LinearScale scale, master_scale(file, spec, absmean));
    linear.scale = scale.value;
    linear.scale_op = scale.op;
    return {};
  }
  std::optional<float> stored;
  switch (source.entry.dtype) {
    case DType::kI2_S: {
      TERN_ASSIGN(stored, load_i2s(source, file.i2s_layout(), linear, t2));
      break;
    }
    case DType::kTQ1_0:
    case DType::kTQ2_0: {
      TERN_ASSIGN(stored, load_tq(source, linear, t2));
      break;
    }
    default:
      TERN_TRY(load_hf_packed(source, linear, t2));
  }
  TERN_ASSIGN(const LinearScale scale, linear_scale(file, spec, stored));
  linear.scale = scale.value;
  linear.scale_op = scale.op;
  return {};
}

/// `status`, which names the file and the tensor if it is an error.
Status located(Status status, const ModelFile& file, const TensorEntry& entry) {
  if (status) return status;
  return tl::unexpected(status.error().with_context(fmt::format("{}: {}", file.path(), entry.name)));
}

}  // namespace

Result<Linear> describe_linear(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options) {
  const TensorEntry* entry = file.find(spec);
  TERN_CHECK(entry != nullptr);  // ModelFile::open has checked the table
  Linear linear;
  linear.name = spec.name;
  linear.out = static_cast<int64_t>(spec.shape[0]);
  linear.in = static_cast<int64_t>(spec.shape[1]);
  linear.kind = file.linear_kind(spec);
  if (linear.kind == LinearKind::kDense) {
    TERN_TRY(located(describe_dense(*entry, options, linear), file, *entry));
  } else {
    linear.activations = ActivationKind::kRowInt8;
    linear.row_bytes = t2_row_bytes(static_cast<uint64_t>(linear.in));
    linear.t5 = options.packing == Packing::kT5;
  }
  return linear;
}

uint64_t linear_memory(const Linear& linear, SparseUse sparse) {
  uint64_t bytes = laid_out_bytes(linear);
  if (linear.kind == LinearKind::kDense) return bytes;
  const auto rows = static_cast<uint64_t>(linear.out), cols = static_cast<uint64_t>(linear.in);
  if (sparse == SparseUse::kRows) bytes += rows * linear.row_bytes;
  if (sparse == SparseUse::kColumns) bytes += t2_columns_bytes(rows, cols);
  return bytes;
}

Result<Linear> load_linear(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options,
                           SparseUse sparse, ThreadPool* pool, Arena* memory) {
  TERN_ASSIGN(Linear linear, describe_linear(file, spec, options));
  const TensorEntry& entry = *file.find(spec);
  const bool permuted = spec.rope_rows && file.config().llama_rope_rows;
  const Source source{entry, RowOrder(permuted ? file.config().head_dim : 0), pool};
  if (linear.kind == LinearKind::kDense) {
    load_dense(source, memory, linear);
    return linear;
  }
  T2Rows t2;
  TERN_TRY(located(load_ternary(file, spec, source, t2, linear), file, entry));
  lay_out(source, t2, sparse, memory, linear);
  if (file.config().linear_norms) {
    const TensorSpec norm{linear_norm_name(spec), "", TensorRole::kNorm, {spec.shape[1]}};
    linear.inner_norm.emplace().eps = file.config().linear_norm_eps;
    TERN_ASSIGN(linear.inner_norm->weight, load_vector(file, norm));
  }
  return linear;
}

}  // namespace tern
