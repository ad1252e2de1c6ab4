#include "apps/tern/trit_histogram.h"

#include <vector>

#include "models/weights.h"
#include "ternary/packing.h"

namespace tern {

Result<std::optional<TritHistogram>> trit_histogram(const ModelFile& file, const TensorSpec& spec,
                                                    ThreadPool* pool) {
  if (file.linear_kind(spec) == LinearKind::kDense) return std::nullopt;
  Arena memory;
  TERN_ASSIGN(const Linear linear, load_linear(file, spec, {}, SparseUse::kNone, pool, &memory));
  TritHistogram histogram{.scale = linear.scale, .op = linear.scale_op};
  std::vector<int8_t> trits(static_cast<size_t>(linear.in));
  for (size_t r = 0; r < static_cast<size_t>(linear.out); ++r) {
    decode_t2x16_row(linear.weights, r, trits.size(), trits.data());
    for (const int8_t trit : trits) ++histogram.counts[static_cast<size_t>(trit + 1)];
  }
  return histogram;
}

}  // namespace tern
