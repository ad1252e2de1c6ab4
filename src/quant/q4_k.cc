// Q4_K, 256 weights in 144 bytes:  | d f16 | m f16 | scales[12] | qs[128] |    weight = d * sc * q - m * mn
//
//   qs[32i + l]: q of weights 64i + l (bits 3-0) and 64i + 32 + l (bits 7-4)
//   sc and mn of weights 32i .. 32i+31, 6 bits each:
//                        bits 7 6             bits 5-0
//     scales[0..3]       high 2 of sc[4..7]   sc[0..3]
//     scales[4..7]       high 2 of mn[4..7]   mn[0..3]
//     scales[8..11]      bits 7-4: low 4 of mn[4..7], bits 3-0: low 4 of sc[4..7]
#include "quant/block_formats.h"

namespace tern::internal {

void unpack_k_scales(const uint8_t* packed, Unpacked& out) {
  for (int i = 0; i < 8; ++i) {
    const uint8_t first = packed[i % 4], second = packed[4 + i % 4], third = packed[8 + i % 4];
    const int sc = i < 4 ? first & 63 : (third & 15) | first >> 6 << 4;
    const int mn = i < 4 ? second & 63 : third >> 4 | second >> 6 << 4;
    out.scales[2 * i] = out.scales[2 * i + 1] = static_cast<int8_t>(sc);
    out.minimums[2 * i] = out.minimums[2 * i + 1] = static_cast<int8_t>(mn);
  }
}

void unpack_q4_k(const uint8_t* block, Unpacked& out) {
  out.d = load_u16(block);
  out.m = load_u16(block + 2);
  unpack_k_scales(block + 4, out);
  unpack_k_nibbles(block + 16, out.codes);
}

void decode_q4_k(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_q4_k(block, unpacked);
  decode_unpacked(unpacked, 256, 0, out);
}

}  // namespace tern::internal
