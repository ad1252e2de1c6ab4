#pragma once
// A narrow copy of the head that bounds every logit from above, so that those which cannot matter need not be
// computed (docs/performance.md, "The head").
//
// A row w is copied as step * (code - 3.5), code in [0, 7]; e is what is left of it. With x as the kernels
// have it, in int8 blocks, and r what float activations have beyond that, Cauchy and Schwarz say
//   w.(x + r) <= step * (sum(code * x) - 3.5 * sum(x)) + |e| |x| + |w| |r|
// to which `error` and `norm` add, as further parts of |x| and |r|, all that float arithmetic may lose on
// either side.
#include <cstdint>
#include <optional>

#include "base/aligned_buffer.h"
#include "base/arena.h"
#include "base/thread_pool.h"
#include "io/tensor_source.h"
#include "models/linear.h"

namespace tern {

class Activations;

/// What the bounds need of one activation row.
struct ScreenedRow {
  float offset = 0;  ///< what the codes' middle takes off: 3.5 * sum(x)
  float length = 0;  ///< at least |x|
  float rest = 0;    ///< at least |r|
};

class HeadScreen {
 public:
  /// Of a head whose rows are `entry`'s, of which it gives back the pages. Nothing where no copy can be made
  /// or trusted: types other than Q8_0, Q6_K, F16, BF16 and F32, rows of no whole blocks, few rows, weights
  /// of absurd size.
  static std::optional<HeadScreen> make(const Linear& head, const TensorEntry& entry, ThreadPool* pool,
                                        Arena* memory);
  /// Bytes that make() takes for a head stored as `dtype`; nothing where that alone rules a copy out.
  static std::optional<uint64_t> memory(const Linear& head, DType dtype);
  /// What a pass over the copy reads.
  uint64_t bytes() const {
    return codes_.bytes() + (step_.size() + error_.size() + norm_.size()) * sizeof(float);
  }
  /// Row `row` of the activations (prepared as kBlockInt8); nothing when it is too small or large for the
  /// bounds.
  std::optional<ScreenedRow> measure(const Activations& activations, int64_t row) const;
  /// For groups [begin, end) of 16 head rows and every activation row t: bounds[t * stride + group] is at
  /// least each of their logits. `scratch` takes [activations.rows(), scratch_stride] floats, of which
  /// columns 16 * begin .. 16 * end - 1, as far as the head has such rows, are written.
  void bound_groups(const Activations& activations, const ScreenedRow* rows, int64_t begin, int64_t end,
                    float* scratch, size_t scratch_stride, float* bounds, size_t stride) const;

 private:
  HeadScreen() = default;
  void copy_group(const TensorEntry& entry, int64_t group, uint8_t* codes);

  Linear codes_;  ///< TERN_DENSE_SCREEN3
  ActivationKind head_activations_ = ActivationKind::kFloat;
  AlignedBuffer<float> step_, error_, norm_;  ///< [rows]
  float greatest_norm_ = 0;
};

}  // namespace tern
