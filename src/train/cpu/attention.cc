#include "train/cpu/attention.h"

#include <algorithm>
#include <cmath>

#include "kernels/dispatch.h"
#include "train/parallel.h"

namespace tern::train {
namespace {

constexpr int64_t kQueries = 128;  // of a tile

/// Columns [head * d, (head + 1) * d) of rows [begin, begin + count).
at::Tensor head_of(const at::Tensor& of, int64_t begin, int64_t count, int64_t head, int64_t d) {
  const int64_t stride = of.size(1);
  return of.as_strided({count, d}, {stride, 1}, begin * stride + head * d);
}

}  // namespace

float Attention::scale() const {
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(shape_.head_dim)));
}

void Attention::for_each_kv_head(
    const std::function<void(const Segments::Part& part, int64_t kv_head)>& body) const {
  const auto parts = static_cast<int64_t>(segments_.parts.size());
  parallel_tasks(parts * shape_.kv_heads, [&](int64_t task) {
    body(segments_.parts[static_cast<size_t>(task / shape_.kv_heads)], task % shape_.kv_heads);
  });
}

void Attention::for_each_tile(const Segments::Part& part, int64_t kv_head,
                              const std::function<void(const Tile& tile)>& body) const {
  const int64_t group = shape_.heads / shape_.kv_heads;
  for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
    for (int64_t first = 0; first < part.length; first += kQueries)
      body({part, head, first, std::min(kQueries, part.length - first)});
  }
}

at::Tensor Attention::queries(const at::Tensor& of, const Tile& tile) const {
  return head_of(of, tile.part.begin + tile.first, tile.count, tile.head, shape_.head_dim);
}

at::Tensor Attention::keys(const at::Tensor& of, const Tile& tile) const {
  return head_of(of, tile.part.begin, tile.keys(), tile.head * shape_.kv_heads / shape_.heads,
                 shape_.head_dim);
}

Tensors Attention::forward(const Tensors& inputs, bool) {
  q_ = inputs[0].contiguous();
  k_ = inputs[1].contiguous();
  v_ = inputs[2].contiguous();
  rotary_.rotate(q_, segments_, false);
  rotary_.rotate(k_, segments_, false);
  const at::Tensor out = at::zeros_like(q_);  // of padding too
  out_ = out.detach();                        // the graph must not hold what holds the graph
  rows_.resize(static_cast<size_t>(q_.size(0) * shape_.heads));
  for_each_kv_head([&](const Segments::Part& part, int64_t kv_head) {
    for_each_tile(part, kv_head, [&](const Tile& tile) { forward_tile(tile); });
  });
  return {out};
}

void Attention::forward_tile(const Tile& tile) {
  const at::Tensor scores = at::mm(queries(q_, tile), keys(k_, tile).t());
  for (int64_t i = 0; i < tile.count; ++i) {
    kernels().softmax(scores.data_ptr<float>() + i * tile.keys(), tile.first + i + 1, tile.keys(), scale(),
                      &row_of(tile, i));
  }
  at::Tensor out = queries(out_, tile);
  at::mm_out(out, scores, keys(v_, tile));
}

Tensors Attention::backward(const Tensors& grads) {
  const at::Tensor of_out = grads[0].contiguous();
  const at::Tensor delta =
      (of_out * out_).view({-1, shape_.heads, shape_.head_dim}).sum(-1);  // sum of p * dp
  const Tensors of_inputs = {at::zeros_like(q_), at::zeros_like(k_), at::zeros_like(v_)};
  for_each_kv_head([&](const Segments::Part& part, int64_t kv_head) {
    for_each_tile(part, kv_head, [&](const Tile& tile) { backward_tile(tile, of_out, delta, of_inputs); });
  });
  rotary_.rotate(of_inputs[0], segments_, true);
  rotary_.rotate(of_inputs[1], segments_, true);
  return of_inputs;
}

void Attention::backward_tile(const Tile& tile, const at::Tensor& of_out, const at::Tensor& delta,
                              const Tensors& grads) {
  const at::Tensor q = queries(q_, tile), k = keys(k_, tile), d_out = queries(of_out, tile);
  const at::Tensor p = at::mm(q, k.t());                          // scores, then probabilities
  const at::Tensor d_scores = at::mm(d_out, keys(v_, tile).t());  // of the probabilities, then of the scores
  const float* deltas = delta.data_ptr<float>() + (tile.part.begin + tile.first) * shape_.heads + tile.head;
  for (int64_t i = 0; i < tile.count; ++i) {
    kernels().softmax_grad(p.data_ptr<float>() + i * tile.keys(),
                           d_scores.data_ptr<float>() + i * tile.keys(), tile.first + i + 1, tile.keys(),
                           scale(), &row_of(tile, i), deltas[i * shape_.heads]);
  }
  at::Tensor of_q = queries(grads[0], tile);
  at::mm_out(of_q, d_scores, k);
  keys(grads[1], tile).addmm_(d_scores.t(), q);
  keys(grads[2], tile).addmm_(p.t(), d_out);
}

}  // namespace tern::train
