#pragma once
// What a model is made of, in words that an architecture's module writes its layers with. Two
// implementations: CpuOps computes with the engine's kernels and hand-written derivatives; TorchOps with
// torch's own operations and autograd, on any device, slowly and obviously: what CpuOps is tested against,
// and the way to a GPU.
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "models/config.h"
#include "train/bit_linear.h"
#include "train/parameters.h"
#include "train/torch.h"

namespace tern::train {

/// Documents that lie one behind the other in the T rows of a pass: each attends to itself alone, and its
/// positions count from 0. Rows that belong to none are padding; their values mean nothing.
struct Segments {
  struct Part {
    int64_t begin, length;
  };
  std::vector<Part> parts;
  int64_t longest() const;
};

/// Zeros in front of a down projection: what the engine's kernels can skip.
struct ActivationZeros {
  int64_t values = 0;     ///< that were looked at
  int64_t gated = 0;      ///< zeros of act(gate) * up
  int64_t quantized = 0;  ///< zeros of the projection's int8 input
};

/// What some rows of a pass look like inside.
struct ActivationSample {
  at::Tensor rows;                                    ///< int64: which of the pass's
  std::map<const BitLinear*, ActivationZeros> zeros;  ///< by down projection, in the order of layers
};

/// What a student's distribution is to be like: softmax(h table^T / temperature).
struct SoftTargets {
  at::Tensor h;            ///< [T, hidden] of the teacher, constants
  const Parameter& table;  ///< [vocab, hidden], the teacher's head
  double temperature = 1, weight = 1;
};

/// What Ops::distilled_nll gives.
struct DistilledNll {
  at::Tensor loss;                 ///< a scalar whose derivative must be taken with 1
  double nll = 0, divergence = 0;  ///< sums over the rows that have a target, whatever their weights
};

struct AttentionShape {
  int64_t heads, kv_heads, head_dim;
  double rope_theta;
};

class Ops {
 public:
  virtual ~Ops() = default;
  /// Once a step, behind Parameters::refresh(), with all linears of the model. `lambda` as in
  /// LinearMode::kBlend.
  virtual Status prepare(std::vector<BitLinear>& linears, float lambda) = 0;
  /// From now on, passes add to `sample` what they find in its rows; nullptr: no more.
  void look_at(ActivationSample* sample) { sample_ = sample; }

  /// Rows of `table` [vocab, hidden]; ids int64 [T] -> [T, hidden].
  virtual at::Tensor embed(const Parameter& table, const at::Tensor& ids) = 0;
  /// RMSNorm(x), x [T, n].
  virtual at::Tensor norm(const at::Tensor& x, const Parameter& weight, float eps) = 0;
  /// h = RMSNorm(x), or x itself where there is no `norm`; each linear of h. x [T, in] -> [T, out] each. The
  /// linears have one mode.
  virtual std::vector<at::Tensor> norm_linears(const at::Tensor& x, const Parameter* norm, float eps,
                                               std::span<const BitLinear* const> linears) = 0;
  /// h = RMSNorm(g), or g itself, of g = relu(gate)^2 * up (kRelu2) or silu(gate) * up (kSwiglu); the linear
  /// of h.
  virtual at::Tensor gated_norm_linear(const at::Tensor& gate, const at::Tensor& up, Activation activation,
                                       const Parameter* norm, float eps, const BitLinear& linear) = 0;
  /// Rotates q and k to their positions, then causal attention within each segment. q [T, heads * head_dim],
  /// k and v [T, kv_heads * head_dim] -> [T, heads * head_dim]. q and k belong to it from then on: it may
  /// write into them.
  virtual at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                               const Segments& segments, const AttentionShape& shape) = 0;
  /// -log softmax(h table^T)[target] for each row: h [T, hidden], targets int64 [T] -> [T]; rows whose target
  /// is -1 give 0. Never holds more than some hundred rows of logits.
  virtual at::Tensor nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets) = 0;
  /// sum of weights * nll, a scalar whose derivative must be taken with 1: both are computed at once, at
  /// three quarters of the cost. `weights` [T] are constants.
  virtual at::Tensor weighted_nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets,
                                  const at::Tensor& weights) = 0;
  /// sum of weights * (nll + soft.weight * KL(teacher || student)) over the rows that have a target, both
  /// distributions at the temperature: weighted_nll() with a teacher beside it, who has no gradient.
  virtual DistilledNll distilled_nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets,
                                     const at::Tensor& weights, const SoftTargets& soft) = 0;
  /// How differently the tokens of a document are related in x [T, n] and in the teacher's y [T, m], both cut
  /// into `heads` pieces of d columns: row t of a relation is softmax over the document's rows u of
  /// <x_t, x_u> / sqrt(d). Gives the scalar sum over t of weights[t] * KL(of y || of x), a mean over heads.
  /// `weights` [T] and y are constants; documents of weight 0 cost nothing (MiniLMv2, Wang et al., 2021).
  virtual at::Tensor relation_divergence(const at::Tensor& x, const at::Tensor& y, const Segments& segments,
                                         int64_t heads, const at::Tensor& weights) = 0;

 protected:
  ActivationSample* sample_ = nullptr;
};

/// TorchOps in bfloat16 on a GPU, or CpuOps. One for each model.
std::unique_ptr<Ops> make_ops(bool cuda);

}  // namespace tern::train
