#pragma once
#include <cstdint>
#include <vector>

#include "kernels/rope/rope.h"
#include "train/ops.h"
#include "train/torch.h"

namespace tern::train {

/// The angles of positions from 0 on, and the rotation by them of a pass's rows.
class Rotary {
 public:
  explicit Rotary(const AttentionShape& shape)
      : table_(shape.rope_theta, static_cast<int>(shape.head_dim)), head_dim_(shape.head_dim) {}

  /// Angles of positions below `positions`; not while another thread rotates.
  void reserve(int64_t positions);
  /// Rotates every head of the rows of `x` [T, heads * head_dim], in place, to its position in its segment,
  /// or `back`.
  void rotate(const at::Tensor& x, const Segments& segments, bool back) const;

 private:
  RopeTable table_;
  int64_t head_dim_;
  std::vector<float> forward_, back_;  ///< [positions, head_dim]: cosines, then sines or their negatives
};

}  // namespace tern::train
