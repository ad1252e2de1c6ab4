#pragma once
#include "train/parameters.h"
#include "train/torch.h"

namespace tern::train {

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8;
};

/// AdamW over elements [begin, end) of the flat buffers: all of them, or a rank's share.
class AdamW {
 public:
  /// `parameters` outlives it.
  AdamW(Parameters& parameters, const AdamWOptions& options, int64_t begin, int64_t end);

  /// One step of the masters: decoupled decay of linears' matrices, p -= rate * weight_decay * p, then p -=
  /// rate * m / (sqrt(v)
  /// + epsilon), both moments without their bias, of gradients times `scale`. In the order of
  /// torch.optim.AdamW.
  void step(double rate, double weight_decay, double scale);

  int64_t begin() const { return begin_; }
  int64_t end() const { return end_; }
  /// State: the moments [end - begin], and how many steps were taken.
  at::Tensor& first_moment() { return m_; }
  at::Tensor& second_moment() { return v_; }
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  /// Elements [begin, end) of the flat buffers.
  void step_piece(int64_t begin, int64_t end, double rate, double weight_decay, double scale);

  Parameters& parameters_;
  AdamWOptions options_;
  int64_t begin_, end_, steps_ = 0;
  at::Tensor m_, v_;
};

}  // namespace tern::train
