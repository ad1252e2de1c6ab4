// IQ4_NL, 18 bytes, 32 weights:  | d f16 | qs[16] |    as Q4_0, but weight = d * kTernIq4Nl[code]
#include "quant/iq4_nl.h"

#include "quant/block_formats.h"
#include "tensor/float16.h"

namespace tern::internal {

void unpack_iq4_nl(const uint8_t* block, Unpacked& out) {
  unpack_q4_0(block, out);
}

void decode_iq4_nl(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_iq4_nl(block, unpacked);
  const float d = f16_to_f32(unpacked.d);
  for (int j = 0; j < 32; ++j) out[j] = d * static_cast<float>(kTernIq4Nl[unpacked.codes[j]]);
}

}  // namespace tern::internal
