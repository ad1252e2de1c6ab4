#include "io/gguf_layout.h"

#include <algorithm>

#include "base/checked_math.h"

namespace tern::internal {
Result<uint64_t> gguf_tensor_bytes(DType dtype, std::span<const uint64_t> shape) {
  if (shape.empty() || shape.size() > kGgufMaxDims) {
    return fail(ErrorCode::kBadFile, "{} dimensions, GGUF has 1 to {}", shape.size(), kGgufMaxDims);
  }
  if (std::ranges::find(shape, uint64_t{0}) != shape.end()) {
    return fail(ErrorCode::kBadFile, "a dimension is 0");
  }
  const auto product = checked_product(shape);
  if (!product) return fail(ErrorCode::kBadFile, "the dimensions' product overflows");
  const uint64_t elements = *product;
  const DTypeInfo& info = dtype_info(dtype);
  if (dtype == DType::kI2_S) {
    // Which of the layouts it has is for the reader of the model to say (ternary/i2s_layouts.cc).
    if (elements % static_cast<uint64_t>(info.block_elements) != 0) {
      return fail(ErrorCode::kUnsupported,
                  "I2_S with {} elements: all of its layouts hold multiples of {}; convert the model again "
                  "from its safetensors",
                  elements, info.block_elements);
    }
  } else if (shape.back() % static_cast<uint64_t>(info.block_elements) != 0) {
    return fail(ErrorCode::kBadFile, "rows of {} elements are not whole {} blocks of {}", shape.back(),
                info.name, info.block_elements);
  }
  const auto bytes = dtype_bytes(dtype, elements);
  if (!bytes) return fail(ErrorCode::kBadFile, "the size in bytes overflows");
  return *bytes;
}

}  // namespace tern::internal
