// Q5_1, 24 bytes, 32 weights:  | d f16 | m f16 | qh[4] | qs[16] |    weight = code * d + m
//   codes as in Q5_0
#include "quant/block_formats.h"

namespace tern::internal {

void unpack_q5_1(const uint8_t* block, Unpacked& out) {
  out.d = load_u16(block);
  out.m = load_u16(block + 2);
  out.minimums[0] = out.minimums[1] = -1;
  unpack_nibbles(block + 8, out.codes);
  add_fifth_bits(block + 4, out.codes);
}

void decode_q5_1(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_q5_1(block, unpacked);
  decode_unpacked(unpacked, 32, 0, out);
}

}  // namespace tern::internal
