// Dense block formats. Q6_K has its own file.
//
// Q8_0, 34 bytes, 32 weights:  | d f16 | q[32] int8 |        weight j      = q[j] * d
// Q4_1, 20 bytes, 32 weights:  | d f16 | m f16 | qs[16] |    weight j = (qs[j] bits 3-0) * d + m, j = 0..15
//                                                            weight 16 + j = (qs[j] bits 7-4) * d + m
#include "quant/blocks.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/finite.h"
#include "quant/q6_k.h"
#include "tensor/float16.h"

namespace tern {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are little endian and read in place");

constexpr uint64_t kQ8Elements = 32, kQ8Bytes = 34;
constexpr uint64_t kQ4Elements = 32, kQ4Bytes = 20;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

uint16_t load_u16(const uint8_t* at) {
  uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
void store_u16(uint8_t* at, uint16_t value) {
  std::memcpy(at, &value, sizeof value);
}

void decode_q8_0(const uint8_t* block, float* out) {
  const float d = f16_to_f32(load_u16(block));
  for (uint64_t j = 0; j < kQ8Elements; ++j)
    out[j] = static_cast<float>(static_cast<int8_t>(block[2 + j])) * d;
}

void decode_q4_1(const uint8_t* block, float* out) {
  const float d = f16_to_f32(load_u16(block));
  const float m = f16_to_f32(load_u16(block + 2));
  for (uint64_t j = 0; j < kQ4Elements / 2; ++j) {
    out[j] = static_cast<float>(block[4 + j] & 15) * d + m;
    out[j + kQ4Elements / 2] = static_cast<float>(block[4 + j] >> 4) * d + m;
  }
}

/// Half away from zero for |v| < 2^22. What is added is the float below 0.5: 0.5 itself would lift the float
/// below a half over it.
int round_half_away(float v) {
  return static_cast<int>(v + std::copysign(0x1.fffffep-2f, v));
}

/// Finite values only. False when they are too large for the f16 scale.
bool encode_q8_0(const float* values, uint8_t* block) {
  float absmax = 0;
  for (uint64_t j = 0; j < kQ8Elements; ++j) absmax = std::max(absmax, std::fabs(values[j]));
  const float d = absmax / 127.0f;
  const float reciprocal = 1.0f / d;
  const float inverse = std::isfinite(reciprocal) ? reciprocal : 0.0f;  // d is 0, or stored as 0
  store_u16(block, f32_to_f16(d));
  for (uint64_t j = 0; j < kQ8Elements; ++j) {
    block[2 + j] = static_cast<uint8_t>(round_half_away(values[j] * inverse));
  }
  return std::isfinite(f16_to_f32(load_u16(block)));
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
    case DType::kQ8_0:
      for (uint64_t i = 0; i < n / kQ8Elements; ++i) decode_q8_0(bytes + i * kQ8Bytes, out + i * kQ8Elements);
      return {};
    case DType::kQ4_1:
      for (uint64_t i = 0; i < n / kQ4Elements; ++i) decode_q4_1(bytes + i * kQ4Bytes, out + i * kQ4Elements);
      return {};
    case DType::kQ6_K:
      for (uint64_t i = 0; i < n / internal::kQ6KElements; ++i) {
        internal::decode_q6_k(bytes + i * internal::kQ6KBytes, out + i * internal::kQ6KElements);
      }
      return {};
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
      return encode_blocks(values, n, bytes, info, encode_q8_0);
    case DType::kQ6_K:
      return encode_blocks(values, n, bytes, info, internal::encode_q6_k);
    default:
      return fail(ErrorCode::kUnsupported, "{} cannot be written; choose F32, F16, BF16, Q8_0 or Q6_K",
                  info.name);
  }
}

}  // namespace tern
