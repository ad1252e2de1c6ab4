// Q3_K, 256 weights in 110 bytes:  | hmask[32] | qs[64] | scales[12] | d f16 |
//
//   weight = d * (sc - 32) * (q - 4)
//
//   q, 3 bits: the low two as in Q2_K; bit 2 of weight 32i + l is bit i of hmask[l]
//   sc of weights 16i .. 16i+15, 6 bits: low 4 bits in scales[i % 8], bits 3-0 for i < 8, else 7-4;
//                                        high 2 bits in scales[8 + i % 4], bits 2(i / 4) + 1, 2(i / 4)
#include "quant/block_formats.h"

namespace tern::internal {

void unpack_q3_k(const uint8_t* block, Unpacked& out) {
  unpack_pairs(block + 32, out.codes);
  for (int part = 0; part < 8; ++part) {
    for (int l = 0; l < 32; ++l) {
      uint8_t& code = out.codes[32 * part + l];
      code = static_cast<uint8_t>(code | (block[l] >> part & 1) << 2);
    }
  }
  const uint8_t* scales = block + 96;
  for (int i = 0; i < 16; ++i) {
    const int low = scales[i % 8] >> (4 * (i / 8)) & 15, high = scales[8 + i % 4] >> (2 * (i / 4)) & 3;
    out.scales[i] = static_cast<int8_t>((low | high << 4) - 32);
  }
  out.d = load_u16(block + 108);
}

void decode_q3_k(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_q3_k(block, unpacked);
  decode_unpacked(unpacked, 256, 4, out);
}

}  // namespace tern::internal
