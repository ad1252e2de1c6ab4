#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace tern {

/// How a tensor's elements are stored in a file; one line each in tensor/dtypes.inc.
enum class DType {
#define TERN_DTYPE(enumerator, name, gguf_id, block_elements, block_bytes) enumerator,
#include "tensor/dtypes.inc"
#undef TERN_DTYPE
};

struct DTypeInfo {
  std::string_view name;
  int gguf_id;         ///< id in a GGUF tensor table, -1 when GGUF has none
  int block_elements;  ///< elements a block; a row is a whole number of blocks
  int block_bytes;
};

/// Bytes of an I2_S tensor behind its codes: the scale (f32), then nothing of meaning.
constexpr uint64_t kI2sTrailerBytes = 32;

/// The line of dtypes.inc.
const DTypeInfo& dtype_info(DType dtype);
/// The type with this id in GGUF tensor tables; nothing for one that Tern does not read.
std::optional<DType> dtype_from_gguf(uint32_t id);
/// Bytes of `elements` elements, a whole number of blocks, the I2_S trailer included; nothing on a remainder
/// or on overflow.
std::optional<uint64_t> dtype_bytes(DType dtype, uint64_t elements);
/// I2_S, TQ1_0, TQ2_0: weights are trits times a scale.
bool dtype_is_ternary(DType dtype);

}  // namespace tern
