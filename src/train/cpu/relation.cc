#include "train/cpu/relation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "train/cpu/divergence.h"
#include "train/parallel.h"

namespace tern::train {
namespace {

constexpr int64_t kTile = 128;  // rows of a relation that exist at once

/// A document's rows of one head's columns.
at::Tensor piece_of(const at::Tensor& x, const Segments::Part& part, int64_t head, int64_t heads) {
  const int64_t d = x.size(1) / heads;
  return x.as_strided({part.length, d}, {x.size(1), 1}, part.begin * x.size(1) + head * d);
}

float scale_of(const at::Tensor& piece) {
  return static_cast<float>(1 / std::sqrt(static_cast<double>(piece.size(1))));
}

}  // namespace

Tensors RelationDivergence::forward(const Tensors& inputs, bool recorded) {
  const at::Tensor x = inputs[0].contiguous(), y = inputs[1].contiguous(), weights = inputs[2].contiguous();
  if (recorded) of_x_ = at::zeros_like(x);
  std::vector<double> sums(segments_.parts.size() * static_cast<size_t>(heads_));
  parallel_tasks(static_cast<int64_t>(sums.size()), [&](int64_t task) {
    const Segments::Part& part = segments_.parts[static_cast<size_t>(task / heads_)];
    sums[static_cast<size_t>(task)] =
        add_part(part, task % heads_, x, y, weights.data_ptr<float>() + part.begin);
  });
  double sum = 0;
  for (const double one : sums) sum += one;
  return {at::tensor(static_cast<float>(sum))};
}

double RelationDivergence::add_part(const Segments::Part& part, int64_t head, const at::Tensor& x,
                                    const at::Tensor& y, const float* weights) const {
  if (std::all_of(weights, weights + part.length, [](float weight) { return weight == 0; })) return 0;
  const at::Tensor own = piece_of(x, part, head, heads_), other = piece_of(y, part, head, heads_);
  const float own_scale = scale_of(own), other_scale = scale_of(other);
  const int64_t n = part.length;
  std::vector<float> scratch(static_cast<size_t>(n));
  double sum = 0;
  for (int64_t first = 0; first < n; first += kTile) {
    const int64_t count = std::min(kTile, n - first);
    const at::Tensor some = own.narrow(0, first, count);
    const at::Tensor scores = at::mm(some, own.t());  // then probabilities, then their gradient
    const at::Tensor wanted = at::mm(other.narrow(0, first, count), other.t());
    for (int64_t i = 0; i < count; ++i) {
      float* const row = scores.data_ptr<float>() + i * n;
      float* const teacher = wanted.data_ptr<float>() + i * n;
      const double weight = static_cast<double>(weights[first + i]) / static_cast<double>(heads_);
      sum += weight * divergence(row, own_scale, teacher, other_scale, n, scratch.data());
      const float slope = static_cast<float>(weight) * own_scale;
      for (int64_t j = 0; j < n; ++j) row[j] = slope * (row[j] - teacher[j]);
    }
    if (!of_x_.defined()) continue;
    // A row stands on both sides of its products.
    const at::Tensor grad = piece_of(of_x_, part, head, heads_);
    grad.narrow(0, first, count).addmm_(scores, own);
    grad.addmm_(scores.t(), some);
  }
  return sum;
}

Tensors RelationDivergence::backward(const Tensors& grads) {
  return {of_x_ * grads[0], at::Tensor(), at::Tensor()};
}

}  // namespace tern::train
