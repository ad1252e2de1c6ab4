// Q4_1, 20 bytes, 32 weights:  | d f16 | m f16 | qs[16] |    weight = code * d + m
//   code j      is in bits 3-0 of qs[j], j = 0..15
//   code 16 + j is in bits 7-4
#include "quant/block_formats.h"

namespace tern::internal {

void unpack_q4_1(const uint8_t* block, Unpacked& out) {
  out.d = load_u16(block);
  out.m = load_u16(block + 2);
  out.minimums[0] = out.minimums[1] = -1;
  unpack_nibbles(block + 4, out.codes);
}

void decode_q4_1(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_q4_1(block, unpacked);
  decode_unpacked(unpacked, 32, 0, out);
}

}  // namespace tern::internal
