// Q5_K, 256 weights in 176 bytes:  | d f16 | m f16 | scales[12] | qh[32] | qs[128] |
//
//   weight = d * sc * q - m * mn
//   scales and qs as in Q4_K; bit 4 of q of weight 32i + l is bit i of qh[l]
#include "quant/block_formats.h"

namespace tern::internal {

void unpack_q5_k(const uint8_t* block, Unpacked& out) {
  out.d = load_u16(block);
  out.m = load_u16(block + 2);
  unpack_k_scales(block + 4, out);
  unpack_k_nibbles(block + 48, out.codes);
  for (int part = 0; part < 8; ++part) {
    for (int l = 0; l < 32; ++l) {
      uint8_t& code = out.codes[32 * part + l];
      code = static_cast<uint8_t>(code | (block[16 + l] >> part & 1) << 4);
    }
  }
}

void decode_q5_k(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_q5_k(block, unpacked);
  decode_unpacked(unpacked, 256, 0, out);
}

}  // namespace tern::internal
