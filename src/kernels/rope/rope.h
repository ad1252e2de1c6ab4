#pragma once
// Angles of rotary embedding, rotate-half order (Hugging Face): pairs (i, i + d/2). The rotation is in
// rotate.h.
#include <cstdint>
#include <vector>

namespace tern {

/// cos/sin for positions as needed, from own double-precision code (docs/numerics.md rule 2). As
/// transformers: inv_freq_i = float32(theta^(-2i/d)) / factor; angle = float32(pos) * inv_freq_i in float32;
/// cos and sin of that float, computed in double and rounded once to float32.
class RopeTable {
 public:
  /// `factor`: linear scaling, as if positions were so many times closer to each other.
  RopeTable(double theta, int head_dim, float factor = 1.0f);
  /// out[0 .. d/2) = cos, out[d/2 .. d) = sin at `position`.
  void angles(int64_t position, float* out) const;

 private:
  int half_;
  std::vector<float> inv_freq_;
};

}  // namespace tern
