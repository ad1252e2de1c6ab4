#include "convert/dense_stream.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/mmap.h"
#include "models/parallel.h"
#include "quant/blocks.h"

namespace tern {
namespace {

constexpr uint64_t kPieceBytes = uint64_t{4} << 20;

}  // namespace

Status stream_dense(const ModelFile& file, const TensorSpec& spec, DType to, RowOrder order, ThreadPool* pool,
                    const TensorSink& sink) {
  const TensorEntry& entry = *file.find(spec);
  const uint64_t rows = spec.shape.size() == 1 ? 1 : spec.shape[0], cols = spec.shape.back();
  const uint64_t from_bytes = *dtype_bytes(entry.dtype, cols), to_bytes = *dtype_bytes(to, cols);
  const RowOrder stored(spec.rope_rows && file.config().llama_rope_rows ? file.config().head_dim : 0);
  const uint64_t piece = std::clamp<uint64_t>(kPieceBytes / std::max(from_bytes, to_bytes), 1, rows);
  std::vector<uint8_t> out(piece * to_bytes);
  for (uint64_t first = 0; first < rows; first += piece) {
    const uint64_t count = std::min(piece, rows - first);
    const Status status =
        parallel_rows(pool, count, range_grain(count, *pool), [&](size_t begin, size_t end) -> Status {
          std::vector<float> values(entry.dtype == to ? 0 : cols);
          for (size_t r = begin; r < end; ++r) {
            const int64_t row = stored.source(order.model(static_cast<int64_t>(first + r)));
            const uint8_t* from = entry.bytes.data() + static_cast<uint64_t>(row) * from_bytes;
            if (entry.dtype == to) {
              std::memcpy(out.data() + r * to_bytes, from, to_bytes);
              continue;
            }
            TERN_TRY(dequantize(entry.dtype, from, cols, values.data()));
            TERN_TRY(quantize(to, values.data(), cols, out.data() + r * to_bytes));
          }
          return {};
        });
    if (!status) {
      return tl::unexpected(status.error().with_context(fmt::format("{}: {}", file.path(), entry.name)));
    }
    TERN_TRY(sink({out.data(), count * to_bytes}));
    // Rows in another order lie in one head's part of the matrix, give or take: within this piece or the
    // next.
    release_pages(entry.bytes.subspan(first * from_bytes, count * from_bytes));
  }
  release_pages(entry.bytes);
  return {};
}

}  // namespace tern
