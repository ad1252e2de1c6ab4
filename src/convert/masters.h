#pragma once
// Masters made from trits: bf16 weights that absmean quantization turns into the same trits and the same
// scale.
#include <cstdint>
#include <span>

namespace tern {

/// Two neighbouring bf16 magnitudes for the non-zero weights of a matrix; zeros stay zero.
struct MasterMix {
  uint16_t low = 0;         ///< bf16 bits; the other magnitude is low + 1
  uint64_t high_count = 0;  ///< how many of the non-zero weights have the greater one
  float absmean = 0.0f;     ///< what absmean_scale() gives for the matrix, to the bit
};

/// The mix whose absmean is `scale` (positive), or comes nearest to it: `nonzero` of `elements` weights are
/// not zero. Exact for any scale of 1e-5 or more when some 2^16 weights are not zero, and by luck for fewer.
/// Whatever the scale, quantizing gives the trits back.
MasterMix find_master_mix(uint64_t nonzero, uint64_t elements, float scale);

/// Writes the masters of a matrix piece by piece: those with the greater magnitude are spread evenly.
class MasterStream {
 public:
  MasterStream(const MasterMix& mix, uint64_t nonzero) : mix_(mix), nonzero_(nonzero) {}
  /// The next trits.size() weights as bf16 bits.
  void next(std::span<const int8_t> trits, uint16_t* weights);

 private:
  MasterMix mix_;
  uint64_t nonzero_, phase_ = 0;
};

}  // namespace tern
