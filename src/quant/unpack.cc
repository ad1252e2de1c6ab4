// What the block formats share.
#include "quant/block_formats.h"
#include "tensor/float16.h"

namespace tern::internal {

void decode_unpacked(const Unpacked& block, int elements, int zero, float* out) {
  const float d = f16_to_f32(block.d), m = f16_to_f32(block.m);
  for (int g = 0; g < elements / 16; ++g) {
    const float scale = d * static_cast<float>(block.scales[g]);
    const float minimum = m * static_cast<float>(block.minimums[g]);
    for (int j = 16 * g; j < 16 * g + 16; ++j)
      out[j] = scale * static_cast<float>(block.codes[j] - zero) - minimum;
  }
}

void unpack_nibbles(const uint8_t* qs, uint8_t* codes) {
  for (int j = 0; j < 16; ++j) {
    codes[j] = qs[j] & 15;
    codes[16 + j] = qs[j] >> 4;
  }
}

void add_fifth_bits(const uint8_t* qh, uint8_t* codes) {
  for (int j = 0; j < 32; ++j) codes[j] = static_cast<uint8_t>(codes[j] | (qh[j / 8] >> (j % 8) & 1) << 4);
}

void unpack_pairs(const uint8_t* qs, uint8_t* codes) {
  for (int part = 0; part < 8; ++part) {
    for (int l = 0; l < 32; ++l) codes[32 * part + l] = qs[32 * (part / 4) + l] >> (2 * (part % 4)) & 3;
  }
}

void unpack_k_nibbles(const uint8_t* qs, uint8_t* codes) {
  for (int part = 0; part < 8; ++part) {
    for (int l = 0; l < 32; ++l) codes[32 * part + l] = qs[32 * (part / 2) + l] >> (4 * (part % 2)) & 15;
  }
}

}  // namespace tern::internal
