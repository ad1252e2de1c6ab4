// The layouts that writers have given the one type id I2_S. All have n/4 bytes of codes (0 -> -1, 1 -> 0, 2
// -> +1), one f32 scale at byte n/4 and 28 bytes without meaning, so that neither id nor size tells them
// apart. They differ in one number, the stride S:
//
//   element e of the row-major stream:  block i = e / 4S, j = e % 4S -> byte S*i + j % S, bits 6 - 2(j / S)
//
//   block i = bytes S*i .. S*i + S-1;  byte m of it:   bit 7 6 | 5 4  | 3 2  | 1 0
//                                      code of element     m     m+S    m+2S   m+3S     (of the block)
//
//   published     S = 32     blocks of 128 elements in 32 bytes (ternary/i2s.cc)
//   arm64         S = 16     blocks of  64 elements in 16 bytes
//   rows4         S = cols   four rows a block: byte (r/4)*cols + c, bits 6 - 2(r%4); rows % 4 == 0
//   consecutive4  S = 1      four elements that follow one another, first in the high bits
#include <cmath>
#include <cstring>

#include "base/checked_math.h"
#include "tensor/dtype.h"
#include "ternary/packing.h"

namespace tern {
namespace {

struct LayoutInfo {
  std::string_view name;
  uint64_t stride;
};

constexpr LayoutInfo kLayouts[] = {
#define TERN_I2S_LAYOUT(enumerator, name, stride) {name, stride},
#include "ternary/i2s_layouts.inc"
#undef TERN_I2S_LAYOUT
};

uint64_t stride_of(I2sLayout layout, uint64_t cols) {
  const uint64_t stride = kLayouts[static_cast<size_t>(layout)].stride;
  return stride == 0 ? cols : stride;
}

/// What the layout must have, for messages.
std::string requirement(I2sLayout layout) {
  const uint64_t stride = kLayouts[static_cast<size_t>(layout)].stride;
  return stride == 0 ? "a number of rows that is a multiple of 4"
                     : fmt::format("a number of elements that is a multiple of {}", 4 * stride);
}

}  // namespace

std::string_view i2s_layout_name(I2sLayout layout) {
  return kLayouts[static_cast<size_t>(layout)].name;
}

std::optional<I2sLayout> i2s_layout_by_name(std::string_view name) {
  for (const I2sLayout layout : kI2sLayouts) {
    if (i2s_layout_name(layout) == name) return layout;
  }
  return std::nullopt;
}

std::vector<std::string> i2s_layout_names() {
  std::vector<std::string> names;
  for (const I2sLayout layout : kI2sLayouts) names.emplace_back(i2s_layout_name(layout));
  return names;
}

bool i2s_layout_fits(I2sLayout layout, uint64_t rows, uint64_t cols) {
  const auto n = checked_mul(rows, cols), block = checked_mul<uint64_t>(4, stride_of(layout, cols));
  return n && block && *n > 0 && *n % *block == 0;
}

Status check_i2s_shape(I2sLayout layout, uint64_t rows, uint64_t cols) {
  if (i2s_layout_fits(layout, rows, cols)) return {};
  std::string others;
  for (const I2sLayout other : kI2sLayouts) {
    if (!i2s_layout_fits(other, rows, cols)) continue;
    others += fmt::format("{}{}", others.empty() ? "" : ", ", i2s_layout_name(other));
  }
  return fail(ErrorCode::kUnsupported, "I2_S of {} x {}: the layout {} needs {}; {}", rows, cols,
              i2s_layout_name(layout), requirement(layout),
              others.empty() ? "no layout of I2_S holds this shape: take another type"
                             : fmt::format("these hold it: {}", others));
}

Status decode_i2s(std::span<const uint8_t> bytes, uint64_t rows, uint64_t cols, I2sLayout layout,
                  int8_t* trits, float* scale) {
  TERN_TRY(check_i2s_shape(layout, rows, cols));
  const uint64_t code_bytes = rows * cols / 4, stride = stride_of(layout, cols);
  if (bytes.size() != code_bytes + kI2sTrailerBytes) {
    return fail(ErrorCode::kBadFile, "I2_S: {} bytes for {} x {} elements, every layout has {}", bytes.size(),
                rows, cols, code_bytes + kI2sTrailerBytes);
  }
  float stored;
  std::memcpy(&stored, bytes.data() + code_bytes, sizeof stored);
  if (!std::isfinite(stored)) return fail(ErrorCode::kBadFile, "I2_S: the scale is not a finite number");
  if (has_code3(bytes.first(code_bytes))) {
    return fail(ErrorCode::kBadFile,
                "I2_S: code 3 found, which no layout has: the file is broken or was packed in another way");
  }
  for (uint64_t block = 0; block < code_bytes; block += stride) {
    for (int shift = 6; shift >= 0; shift -= 2) {
      for (uint64_t m = 0; m < stride; ++m) {
        *trits++ = static_cast<int8_t>(((bytes[block + m] >> shift) & 3) - 1);
      }
    }
  }
  *scale = stored;
  return {};
}

Status encode_i2s(std::span<const int8_t> trits, uint64_t rows, uint64_t cols, I2sLayout layout, float scale,
                  uint8_t* bytes) {
  TERN_TRY(check_i2s_shape(layout, rows, cols));
  if (trits.size() != rows * cols) {
    return fail(ErrorCode::kInvalidArgument, "I2_S: {} trits for {} x {}", trits.size(), rows, cols);
  }
  const uint64_t code_bytes = rows * cols / 4, stride = stride_of(layout, cols);
  const int8_t* from = trits.data();
  for (uint64_t block = 0; block < code_bytes; block += stride, from += 4 * stride) {
    for (uint64_t m = 0; m < stride; ++m) {
      bytes[block + m] = static_cast<uint8_t>((from[m] + 1) << 6 | (from[m + stride] + 1) << 4 |
                                              (from[m + 2 * stride] + 1) << 2 | (from[m + 3 * stride] + 1));
    }
  }
  std::memset(bytes + code_bytes, 0, kI2sTrailerBytes);
  std::memcpy(bytes + code_bytes, &scale, sizeof scale);
  return {};
}

}  // namespace tern
