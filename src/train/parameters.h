#pragma once
// All that is trained, as slices of a few flat buffers: so the optimizer, clipping, averaging over ranks and
// checkpoints see vectors, not models.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/tensor_table.h"
#include "train/torch.h"

namespace tern::train {

struct Parameter {
  TensorSpec spec;
  int64_t offset = 0, size = 0;  ///< of its slice
  /// What the model computes with, a leaf; its grad() is a slice of Parameters::grads().
  at::Tensor value;
  /// Its slice of a flat buffer, in its shape.
  at::Tensor slice(const at::Tensor& flat) const;
};

class Parameters {
 public:
  /// Float32 on `device`; all zero. The matrices of linears come first. Those of a model that is not trained
  /// are `frozen`: masters and values are one buffer, and there are no gradients.
  Parameters(const std::vector<TensorSpec>& table, at::Device device, bool frozen = false);
  Parameters(Parameters&&) = default;

  /// What the optimizer changes.
  const at::Tensor& masters() const { return masters_; }
  /// Their bfloat16 view, in float32: what the model computes with, so that an exported model, which holds
  /// the view, is the trained one (docs/numerics.md).
  const at::Tensor& values() const { return values_; }
  const at::Tensor& grads() const { return grads_; }
  /// Elements of a flat buffer; slices begin at multiples of 16, what lies between is zero.
  int64_t size() const { return masters_.numel(); }
  /// Elements [0, decayed()) are matrices of linears, which weight decay is for; norms and embeddings follow.
  int64_t decayed() const { return decayed_; }
  /// Elements that are really parameters.
  int64_t count() const;

  /// In the order of the table.
  std::span<const Parameter> all() const { return all_; }
  /// The one of that name, which must be there.
  const Parameter& at(std::string_view name) const;

  /// Norms 1, everything else normal with deviation `std`, from a generator of our own: the same on every
  /// machine.
  void initialize(uint64_t seed, float std);
  /// values = bfloat16 view of masters; to be called when they changed.
  void refresh();

 private:
  std::vector<Parameter> all_;
  at::Tensor masters_, values_, grads_;
  int64_t decayed_ = 0;
};

}  // namespace tern::train
