#pragma once
// A ternary linear as plain trits: read from any packing by load_linear(), written in any.
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "models/linear_scale.h"
#include "models/model_file.h"
#include "models/row_order.h"
#include "ternary/packing.h"

namespace tern {

struct TritMatrix {
  uint64_t rows = 0, cols = 0;
  std::vector<int8_t> trits;  ///< row-major
};

/// What a plan needs to know of a ternary linear.
struct TritFacts {
  LinearScale scale;
  uint64_t nonzero = 0;
};

/// Both read the whole tensor, so that whatever is wrong with it comes out, and give its pages back. Errors:
/// those of load_linear().
Result<TritFacts> read_trit_facts(const ModelFile& file, const TensorSpec& spec, ThreadPool* pool);
/// Row r of the model becomes row `order.source(r)`.
Result<TritMatrix> read_trits(const ModelFile& file, const TensorSpec& spec, RowOrder order,
                              ThreadPool* pool);

/// The bytes of a tensor of type I2_S (in `layout`), TQ1_0, TQ2_0 or U8 (Hugging Face packed; has no scale
/// inside). Errors: kUnsupported when the type cannot hold the shape.
Result<std::vector<uint8_t>> encode_trits(const TritMatrix& matrix, DType type, I2sLayout layout, float scale,
                                          ThreadPool* pool);

}  // namespace tern
