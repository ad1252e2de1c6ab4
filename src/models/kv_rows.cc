#include "models/kv_rows.h"

#include <cstring>

#include "base/finite.h"
#include "kernels/dispatch.h"
#include "tensor/float16.h"

namespace tern {
namespace {

/// Where a position's row lies, and the scale of an int8 one.
struct Place {
  uint8_t* row;
  uint8_t* scale;
};

Place place_of(const KvView& kv, size_t head_offset, int64_t position) {
  const auto in_page = static_cast<size_t>(position % TERN_KV_PAGE);
  uint8_t* const head = kv.pages[static_cast<size_t>(position / TERN_KV_PAGE)] + head_offset;
  return {head + in_page * kv.layout.row_bytes(), head + kv.layout.scales_offset() + in_page * sizeof(float)};
}

}  // namespace

bool write_kv(const KvView& kv, size_t head_offset, int64_t position, const float* values) {
  const KvLayout& layout = kv.layout;
  const Place place = place_of(kv, head_offset, position);
  switch (layout.format) {
    case TERN_KV_F32:
      std::memcpy(place.row, values, layout.row_bytes());
      return all_finite(values, layout.head_dim);
    case TERN_KV_F16: {
      bool finite = true;
      for (int64_t i = 0; i < layout.head_dim; ++i) {
        const uint16_t half = f32_to_f16(values[i]);
        finite &= (half & 0x7c00u) != 0x7c00u;
        std::memcpy(place.row + 2 * i, &half, sizeof half);
      }
      return finite;
    }
    case TERN_KV_I8:
      break;
  }
  float a;
  int32_t sum;
  if (kernels().act_quant(values, layout.head_dim, reinterpret_cast<int8_t*>(place.row), layout.head_dim, &a,
                          &sum) != 0) {
    return false;
  }
  const float scale = 1.0f / a;
  std::memcpy(place.scale, &scale, sizeof scale);
  return true;
}

void read_kv(const KvView& kv, size_t head_offset, int64_t position, float* values) {
  const KvLayout& layout = kv.layout;
  const Place place = place_of(kv, head_offset, position);
  switch (layout.format) {
    case TERN_KV_F32:
      std::memcpy(values, place.row, layout.row_bytes());
      return;
    case TERN_KV_F16:
      for (int64_t i = 0; i < layout.head_dim; ++i) {
        uint16_t half;
        std::memcpy(&half, place.row + 2 * i, sizeof half);
        values[i] = f16_to_f32(half);
      }
      return;
    case TERN_KV_I8:
      break;
  }
  float scale;
  std::memcpy(&scale, place.scale, sizeof scale);
  for (int64_t i = 0; i < layout.head_dim; ++i) {
    values[i] = static_cast<float>(static_cast<int8_t>(place.row[i])) * scale;
  }
}

void copy_kv(const KvView& kv, size_t head_offset, int64_t from, int64_t to) {
  const Place source = place_of(kv, head_offset, from), target = place_of(kv, head_offset, to);
  std::memcpy(target.row, source.row, kv.layout.row_bytes());
  if (kv.layout.format == TERN_KV_I8) std::memcpy(target.scale, source.scale, sizeof(float));
}

}  // namespace tern
