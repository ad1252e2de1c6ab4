// TQ2_0 and TQ1_0: blocks of 256 weights with an f16 scale d at the end; weight = trit * d.
//
// TQ2_0, 66 bytes:  | qs[64] | d |          code = trit + 1; code 3 is illegal
//   qs byte 32g+m (g = 0,1; m = 0..31):  bit 7 6 | 5 4 | 3 2 | 1 0
//   code of element 128g + ...              96+m   64+m   32+m    m
//
// TQ1_0, 54 bytes:  | qs[48] | qh[4] | d |
//   A byte holds five base-3 digits t0..t4 (trit + 1), t0 most significant, as the fixed-point fraction
//   ceil(256 * q / 243), q = 81 t0 + 27 t1 + 9 t2 + 3 t3 + t4: times 3^n modulo 256, digit n is on top.
//   qs  0..31:  digit n of byte m      is element       32n + m    160 elements
//   qs 32..47:  digit n of byte 32 + m is element 160 + 16n + m     80
//   qh  0..3:   digit n of byte m      is element 240 +  4n + m     16 (four digits, t4 = 0)
//
// A block without a non-zero trit stores d = 0; in a block with d = 0 every weight is 0, whatever its codes
// say.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "tensor/dtype.h"
#include "tensor/float16.h"
#include "ternary/packing.h"

namespace tern {
namespace {

constexpr uint64_t kBlock = 256;
constexpr uint64_t kTq2Bytes = 66, kTq2Codes = 64;
constexpr uint64_t kTq1Bytes = 54, kTq1Codes = 52;

struct Tq2 {
  static constexpr DType kDType = DType::kTQ2_0;
  static constexpr uint64_t kBytes = kTq2Bytes, kCodes = kTq2Codes;

  static void decode(const uint8_t* qs, int8_t* trits) {
    for (int g = 0; g < 2; ++g) {
      for (int l = 0; l < 4; ++l) {
        for (int m = 0; m < 32; ++m) {
          trits[128 * g + 32 * l + m] = static_cast<int8_t>(((qs[32 * g + m] >> (2 * l)) & 3) - 1);
        }
      }
    }
  }

  static void encode(const int8_t* trits, uint8_t* qs) {
    for (int g = 0; g < 2; ++g) {
      const int8_t* t = trits + 128 * g;
      for (int m = 0; m < 32; ++m) {
        qs[32 * g + m] = static_cast<uint8_t>((t[m] + 1) | (t[m + 32] + 1) << 2 | (t[m + 64] + 1) << 4 |
                                              (t[m + 96] + 1) << 6);
      }
    }
  }

  static bool legal(const uint8_t* qs) { return !has_code3({qs, kCodes}); }
};

struct Tq1 {
  static constexpr DType kDType = DType::kTQ1_0;
  static constexpr uint64_t kBytes = kTq1Bytes, kCodes = kTq1Codes;

  template <int kStride, int kDigits>
  static void decode_run(const uint8_t* bytes, int8_t* trits) {
    unsigned power = 1;
    for (int n = 0; n < kDigits; ++n, power *= 3) {
      for (int m = 0; m < kStride; ++m) {
        const auto fraction = static_cast<uint8_t>(bytes[m] * power);
        trits[n * kStride + m] = static_cast<int8_t>(((fraction * 3) >> 8) - 1);
      }
    }
  }

  template <int kStride, int kDigits>
  static void encode_run(const int8_t* trits, uint8_t* bytes) {
    for (int m = 0; m < kStride; ++m) {
      unsigned q = 0;
      for (int n = 0; n < kDigits; ++n) q = 3 * q + static_cast<unsigned>(trits[n * kStride + m] + 1);
      for (int n = kDigits; n < 5; ++n) q *= 3;
      bytes[m] = static_cast<uint8_t>((q * 256 + 242) / 243);
    }
  }

  static void decode(const uint8_t* qs, int8_t* trits) {
    decode_run<32, 5>(qs, trits);
    decode_run<16, 5>(qs + 32, trits + 160);
    decode_run<4, 4>(qs + 48, trits + 240);
  }

  static void encode(const int8_t* trits, uint8_t* qs) {
    encode_run<32, 5>(trits, qs);
    encode_run<16, 5>(trits + 160, qs + 32);
    encode_run<4, 4>(trits + 240, qs + 48);
  }

  static bool legal(const uint8_t*) { return true; }  // every byte decodes to digits 0..2
};

uint16_t load_d(const uint8_t* at) {
  return static_cast<uint16_t>(at[0] | at[1] << 8);
}

template <typename Format>
Status decode_tq(std::span<const uint8_t> bytes, uint64_t n, int8_t* trits, float* scale) {
  const std::string_view name = dtype_info(Format::kDType).name;
  if (dtype_bytes(Format::kDType, n) != bytes.size()) {
    return fail(ErrorCode::kBadFile, "{}: {} bytes do not hold {} elements in whole blocks of {}", name,
                bytes.size(), n, kBlock);
  }
  float common = 0;
  for (uint64_t i = 0; i < n / kBlock; ++i) {
    const uint8_t* block = bytes.data() + i * Format::kBytes;
    const float d = f16_to_f32(load_d(block + Format::kCodes));
    if (!std::isfinite(d))
      return fail(ErrorCode::kBadFile, "{}: block {}: the scale is not a finite number", name, i);
    if (!Format::legal(block))
      return fail(ErrorCode::kBadFile, "{}: block {}: code 3 found: the file is broken", name, i);
    if (d == 0) {
      std::fill_n(trits + i * kBlock, kBlock, int8_t{0});
      continue;
    }
    if (common == 0) common = d;
    if (d != common) {
      return fail(ErrorCode::kUnsupported,
                  "{}: block {} has scale {}, an earlier one {}: not a matrix with one scale, so not a "
                  "1.58-bit linear",
                  name, i, d, common);
    }
    Format::decode(block, trits + i * kBlock);
  }
  *scale = common;
  return {};
}

// The nearest f16 that keeps the trits alive: a finite non-zero scale becomes neither 0 nor infinity. (The
// exact scale travels in the file's metadata; docs/numerics.md, rule 7.)
uint16_t block_scale(float scale) {
  if (!std::isfinite(scale) || scale == 0) return f32_to_f16(scale);
  return f32_to_f16(std::copysign(std::clamp(std::fabs(scale), 0x1p-24f, 65504.0f), scale));
}

template <typename Format>
void encode_tq(std::span<const int8_t> trits, float scale, uint8_t* bytes) {
  TERN_CHECK(trits.size() % kBlock == 0);
  const uint16_t d = block_scale(scale);
  for (uint64_t i = 0; i < trits.size() / kBlock; ++i) {
    const int8_t* source = trits.data() + i * kBlock;
    uint8_t* block = bytes + i * Format::kBytes;
    Format::encode(source, block);
    const bool zero = std::all_of(source, source + kBlock, [](int8_t t) { return t == 0; });
    block[Format::kCodes] = static_cast<uint8_t>(zero ? 0 : d);
    block[Format::kCodes + 1] = static_cast<uint8_t>(zero ? 0 : d >> 8);
  }
}

}  // namespace

Status decode_tq2_0(std::span<const uint8_t> bytes, uint64_t n, int8_t* trits, float* scale) {
  return decode_tq<Tq2>(bytes, n, trits, scale);
}
Status decode_tq1_0(std::span<const uint8_t> bytes, uint64_t n, int8_t* trits, float* scale) {
  return decode_tq<Tq1>(bytes, n, trits, scale);
}
void encode_tq2_0(std::span<const int8_t> trits, float scale, uint8_t* bytes) {
  encode_tq<Tq2>(trits, scale, bytes);
}
void encode_tq1_0(std::span<const int8_t> trits, float scale, uint8_t* bytes) {
  encode_tq<Tq1>(trits, scale, bytes);
}

}  // namespace tern
