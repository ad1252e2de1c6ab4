#pragma once
#include <vector>

#include "kernels/softmax/softmax.h"
#include "train/cpu/rotary.h"
#include "train/operation.h"
#include "train/ops.h"

namespace tern::train {

/// Ops::attention. Inputs: q, k, v, which it rotates in place. Probabilities are made again on the way back,
/// from the maximum and sum of each row; tiles above the diagonal or in other documents are never computed.
class Attention final : public Operation {
 public:
  /// `rotary` has angles for the longest segment; it and the shape outlive the operation.
  Attention(const Segments& segments, const AttentionShape& shape, const Rotary& rotary)
      : segments_(segments), shape_(shape), rotary_(rotary) {}
  Tensors forward(const Tensors& inputs, bool recorded) override;
  Tensors backward(const Tensors& grads) override;

 private:
  /// Queries [first, first + count) of a part, and the keys up to the last of them.
  struct Tile {
    const Segments::Part& part;
    int64_t head, first, count;
    int64_t keys() const { return first + count; }
  };
  void for_each_kv_head(const std::function<void(const Segments::Part& part, int64_t kv_head)>& body) const;
  void for_each_tile(const Segments::Part& part, int64_t kv_head,
                     const std::function<void(const Tile& tile)>& body) const;
  at::Tensor queries(const at::Tensor& of, const Tile& tile) const;
  at::Tensor keys(const at::Tensor& of, const Tile& tile) const;
  void forward_tile(const Tile& tile);
  void backward_tile(const Tile& tile, const at::Tensor& of_out, const at::Tensor& delta,
                     const Tensors& grads);
  TernSoftmaxRow& row_of(const Tile& tile, int64_t query) {
    return rows_[static_cast<size_t>((tile.part.begin + tile.first + query) * shape_.heads + tile.head)];
  }
  float scale() const;

  Segments segments_;
  AttentionShape shape_;
  const Rotary& rotary_;
  at::Tensor q_, k_, v_, out_;
  std::vector<TernSoftmaxRow> rows_;  ///< [T, heads]
};

}  // namespace tern::train
