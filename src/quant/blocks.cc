// Whole tensors of floats and of block formats, of which each has its own file.
#include "quant/blocks.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/finite.h"
#include "quant/block_formats.h"
#include "tensor/float16.h"

namespace tern {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

using internal::load_u16, internal::store_u16;

template <typename DecodeBlock>
void decode_blocks(const uint8_t* bytes, uint64_t n, float* out, const DTypeInfo& info,
                   DecodeBlock decode_block) {
  const uint64_t elements = static_cast<uint64_t>(info.block_elements);
  for (uint64_t i = 0; i < n / elements; ++i)
    decode_block(bytes + i * static_cast<uint64_t>(info.block_bytes), out + i * elements);
}

/// Two-byte floats. An infinity or NaN is kept; a finite value must not become one.
template <typename ToBits>
Status encode_half(const float* values, uint64_t n, uint8_t* bytes, const DTypeInfo& info, uint16_t infinity,
                   ToBits to_bits) {
  uint32_t overflows = 0;
  for (uint64_t i = 0; i < n; ++i) {
    const uint16_t bits = to_bits(values[i]);
    overflows |= static_cast<uint32_t>((bits & 0x7fff) == infinity) &
                 static_cast<uint32_t>(std::fabs(values[i]) < kInfinity);
    store_u16(bytes + 2 * i, bits);
  }
  if (overflows == 0) return {};
  return fail(ErrorCode::kNonFinite, "a value is larger than {} can hold; choose a wider type", info.name);
}

template <typename EncodeBlock>
Status encode_blocks(const float* values, uint64_t n, uint8_t* bytes, const DTypeInfo& info,
                     EncodeBlock encode_block) {
  if (!all_finite(values, static_cast<int64_t>(n))) {
    return fail(ErrorCode::kNonFinite, "{} cannot hold NaN or infinity; choose F32, F16 or BF16", info.name);
  }
  const uint64_t elements = static_cast<uint64_t>(info.block_elements);
  for (uint64_t i = 0; i < n / elements; ++i) {
    if (!encode_block(values + i * elements, bytes + i * static_cast<uint64_t>(info.block_bytes))) {
      return fail(ErrorCode::kNonFinite, "block {} is too large for the f16 scale of {}; choose F32 or BF16",
                  i, info.name);
    }
  }
  return {};
}

Status check_whole_blocks(const DTypeInfo& info, uint64_t n) {
  if (n % static_cast<uint64_t>(info.block_elements) == 0) return {};
  return fail(ErrorCode::kInvalidArgument, "{} elements are not whole {} blocks of {}", n, info.name,
              info.block_elements);
}

}  // namespace

Status dequantize(DType dtype, const uint8_t* bytes, uint64_t n, float* out) {
  const DTypeInfo& info = dtype_info(dtype);
  TERN_TRY(check_whole_blocks(info, n));
  switch (dtype) {
    case DType::kF32:
      if (n > 0) std::memcpy(out, bytes, n * sizeof(float));
      return {};
    case DType::kF16:
      for (uint64_t i = 0; i < n; ++i) out[i] = f16_to_f32(load_u16(bytes + 2 * i));
      return {};
    case DType::kBF16:
      for (uint64_t i = 0; i < n; ++i) out[i] = bf16_to_f32(load_u16(bytes + 2 * i));
      return {};
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m)       \
  case DType::k##name:                                               \
    decode_blocks(bytes, n, out, info, internal::decode_##function); \
    return {};
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT
    default:
      return fail(ErrorCode::kUnsupported, "{} is not a dense format: it has no float decoder", info.name);
  }
}

Status quantize(DType dtype, const float* values, uint64_t n, uint8_t* bytes) {
  const DTypeInfo& info = dtype_info(dtype);
  TERN_TRY(check_whole_blocks(info, n));
  switch (dtype) {
    case DType::kF32:
      if (n > 0) std::memcpy(bytes, values, n * sizeof(float));
      return {};
    case DType::kF16:
      return encode_half(values, n, bytes, info, 0x7c00, [](float v) { return f32_to_f16(v); });
    case DType::kBF16:
      return encode_half(values, n, bytes, info, 0x7f80, [](float v) { return f32_to_bf16(v); });
    case DType::kQ8_0:
      return encode_blocks(values, n, bytes, info, internal::encode_q8_0);
    case DType::kQ6_K:
      return encode_blocks(values, n, bytes, info, internal::encode_q6_k);
    default:
      return fail(ErrorCode::kUnsupported, "{} cannot be written; choose F32, F16, BF16, Q8_0 or Q6_K",
                  info.name);
  }
}

}  // namespace tern
