// Published I2_S: n/4 bytes of codes, one f32 scale, 28 bytes that may be junk.
//
//   block i (128 elements of the row-major stream) = bytes 32i .. 32i+31, drawn in ternary/block128.h
//   element e: i = e/128, j = e%128 -> byte 32i + j%32, bits 6-2(j/32)
//   byte n/4: scale (f32, little endian); weight = trit * scale
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "tensor/dtype.h"
#include "ternary/block128.h"
#include "ternary/packing.h"

namespace tern {

Status decode_i2s(std::span<const uint8_t> bytes, uint64_t n, int8_t* trits, float* scale) {
  if (n % kT2BlockElements != 0) {
    return fail(ErrorCode::kBadFile,
                "I2_S: {} elements are not a multiple of {}, as the published layout has them", n,
                kT2BlockElements);
  }
  const uint64_t code_bytes = n / 4;
  if (bytes.size() != code_bytes + kI2sTrailerBytes) {
    return fail(ErrorCode::kBadFile, "I2_S: {} bytes for {} elements, the published layout has {}",
                bytes.size(), n, code_bytes + kI2sTrailerBytes);
  }
  float stored;
  std::memcpy(&stored, bytes.data() + code_bytes, sizeof stored);
  if (!std::isfinite(stored)) return fail(ErrorCode::kBadFile, "I2_S: the scale is not a finite number");
  if (has_code3(bytes.first(code_bytes))) {
    return fail(ErrorCode::kBadFile,
                "I2_S: code 3 found, which no layout has: the file is broken or was packed in another way");
  }
  for (uint64_t i = 0; i < n / kT2BlockElements; ++i) {
    internal::decode_block128(bytes.data() + i * kT2BlockBytes, trits + i * kT2BlockElements);
  }
  *scale = stored;
  return {};
}

void encode_i2s(std::span<const int8_t> trits, float scale, uint8_t* bytes) {
  TERN_CHECK(trits.size() % kT2BlockElements == 0);
  for (uint64_t i = 0; i < trits.size() / kT2BlockElements; ++i) {
    internal::encode_block128(trits.data() + i * kT2BlockElements, bytes + i * kT2BlockBytes);
  }
  uint8_t* trailer = bytes + trits.size() / 4;
  std::memset(trailer, 0, kI2sTrailerBytes);
  std::memcpy(trailer, &scale, sizeof scale);
}

}  // namespace tern
