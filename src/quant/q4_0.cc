// Q4_0, 18 bytes, 32 weights:  | d f16 | qs[16] |    weight = (code - 8) * d
//   code j      is in bits 3-0 of qs[j], j = 0..15
//   code 16 + j is in bits 7-4
#include "quant/block_formats.h"

namespace tern::internal {

void unpack_q4_0(const uint8_t* block, Unpacked& out) {
  out.d = load_u16(block);
  unpack_nibbles(block + 2, out.codes);
}

void decode_q4_0(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_q4_0(block, unpacked);
  decode_unpacked(unpacked, 32, 8, out);
}

}  // namespace tern::internal
