// Q5_0, 22 bytes, 32 weights:  | d f16 | qh[4] | qs[16] |    weight = (code - 16) * d
//   code j: low 4 bits as in Q4_0, bit 4 in bit j of qh, 32 bits of which qh[0] has the lowest
#include "quant/block_formats.h"

namespace tern::internal {

void unpack_q5_0(const uint8_t* block, Unpacked& out) {
  out.d = load_u16(block);
  unpack_nibbles(block + 6, out.codes);
  add_fifth_bits(block + 2, out.codes);
}

void decode_q5_0(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_q5_0(block, unpacked);
  decode_unpacked(unpacked, 32, 16, out);
}

}  // namespace tern::internal
