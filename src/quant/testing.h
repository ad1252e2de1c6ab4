#pragma once
// Tests only: blocks of any format, most of which have no encoder.
#include <cstring>
#include <vector>

#include "base/check.h"
#include "quant/blocks.h"
#include "tensor/dtype.h"
#include "tensor/float16.h"

namespace tern::testing {

/// Every dense block format.
inline const std::vector<DType>& block_formats() {
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) DType::k##name,
  static const std::vector<DType> formats = {
#include "quant/block_formats.inc"
  };
#undef TERN_BLOCK_FORMAT
  return formats;
}

/// Where a block's f16 scales stand: d, and m if there is one.
inline std::vector<size_t> f16_places(DType dtype) {
  switch (dtype) {
    case DType::kQ4_1:
    case DType::kQ5_1:
    case DType::kQ4_K:
    case DType::kQ5_K:
      return {0, 2};
    case DType::kQ2_K:
      return {80, 82};
    case DType::kQ3_K:
      return {108};
    case DType::kQ6_K:
      return {208};
    default:
      TERN_CHECK(dtype_info(dtype).block_elements == 32);
      return {0};
  }
}

/// Writes a scale of each of `n` bytes of whole blocks: of d for place 0, of m for place 1.
template <typename Scale>
void set_f16_scales(DType dtype, uint8_t* bytes, size_t n, const Scale& scale) {
  const std::vector<size_t> places = f16_places(dtype);
  for (size_t block = 0; block < n; block += static_cast<size_t>(dtype_info(dtype).block_bytes)) {
    for (size_t place = 0; place < places.size(); ++place) {
      const uint16_t bits = f32_to_f16(scale(place));
      std::memcpy(bytes + block + places[place], &bits, sizeof bits);
    }
  }
}

/// Whether quantize() can make it.
inline bool has_encoder(DType dtype) {
  return quantize(dtype, nullptr, 0, nullptr).has_value();
}

/// Whole blocks of any bits, with these scales.
template <typename Bits>
std::vector<uint8_t> random_blocks(DType dtype, uint64_t elements, float d, float m, Bits&& bits) {
  std::vector<uint8_t> bytes(*dtype_bytes(dtype, elements));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(bits());
  set_f16_scales(dtype, bytes.data(), bytes.size(), [&](size_t place) { return place == 0 ? d : m; });
  return bytes;
}

}  // namespace tern::testing
