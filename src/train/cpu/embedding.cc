#include "train/cpu/embedding.h"

#include <algorithm>

#include "train/parallel.h"

namespace tern::train {
namespace {

constexpr int64_t kRows = 16, kColumns = 16;  // a thread takes at least

}  // namespace

Tensors EmbeddingRows::forward(const Tensors& inputs, bool) {
  table_ = inputs[0];
  ids_ = inputs[1].contiguous();
  const int64_t n = table_.size(1);
  const at::Tensor x = at::empty({ids_.size(0), n}, at::kFloat);
  parallel_for(ids_.size(0), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const float* row = table_.data_ptr<float>() + ids_.data_ptr<int64_t>()[t] * n;
      std::copy_n(row, n, x.data_ptr<float>() + t * n);
    }
  });
  return {x};
}

Tensors EmbeddingRows::backward(const Tensors& grads) {
  const at::Tensor grad = grads[0].contiguous();
  const int64_t n = table_.size(1);
  float* const into = table_.grad().data_ptr<float>();
  // By columns, since two tokens may be the same.
  parallel_for(n, kColumns, [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t < ids_.size(0); ++t) {
      float* const row = into + ids_.data_ptr<int64_t>()[t] * n;
      const float* from = grad.data_ptr<float>() + t * n;
      for (int64_t i = begin; i < end; ++i) row[i] += from[i];
    }
  });
  return {at::Tensor(), at::Tensor()};
}

}  // namespace tern::train
