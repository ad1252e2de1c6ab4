#include "tensor/dtype.h"

#include <array>

#include "base/checked_math.h"

namespace tern {
namespace {

constexpr DTypeInfo kInfos[] = {
#define TERN_DTYPE(enumerator, name, gguf_id, block_elements, block_bytes) \
  {name, gguf_id, block_elements, block_bytes},
#include "tensor/dtypes.inc"
#undef TERN_DTYPE
};

}  // namespace

const DTypeInfo& dtype_info(DType dtype) {
  return kInfos[static_cast<int>(dtype)];
}

std::optional<DType> dtype_from_gguf(uint32_t id) {
  for (size_t i = 0; i < std::size(kInfos); ++i) {
    if (kInfos[i].gguf_id >= 0 && static_cast<uint32_t>(kInfos[i].gguf_id) == id)
      return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::optional<uint64_t> dtype_bytes(DType dtype, uint64_t elements) {
  const DTypeInfo& info = dtype_info(dtype);
  if (elements % static_cast<uint64_t>(info.block_elements) != 0) return std::nullopt;
  const auto bytes = checked_mul<uint64_t>(elements / info.block_elements, info.block_bytes);
  if (!bytes || dtype != DType::kI2_S) return bytes;
  return checked_add(*bytes, kI2sTrailerBytes);
}

bool dtype_is_ternary(DType dtype) {
  return dtype == DType::kI2_S || dtype == DType::kTQ1_0 || dtype == DType::kTQ2_0;
}

}  // namespace tern
