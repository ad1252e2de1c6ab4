// Q2_K, 256 weights in 84 bytes:  | scales[16] | qs[64] | d f16 | m f16 |    weight = d * sc * q - m * mn
//
//   scales[i]: sc in bits 3-0 and mn in bits 7-4, of weights 16i .. 16i+15
//   qs[32h + l]: q of weight 128h + 32i + l in bits 2i+1, 2i
#include "quant/block_formats.h"

namespace tern::internal {

void unpack_q2_k(const uint8_t* block, Unpacked& out) {
  for (int i = 0; i < 16; ++i) {
    out.scales[i] = static_cast<int8_t>(block[i] & 15);
    out.minimums[i] = static_cast<int8_t>(block[i] >> 4);
  }
  unpack_pairs(block + 16, out.codes);
  out.d = load_u16(block + 80);
  out.m = load_u16(block + 82);
}

void decode_q2_k(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_q2_k(block, unpacked);
  decode_unpacked(unpacked, 256, 0, out);
}

}  // namespace tern::internal
