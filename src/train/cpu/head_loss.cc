#include "train/cpu/head_loss.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/math_f64.h"
#include "kernels/dispatch.h"
#include "train/parallel.h"

namespace tern::train {
namespace {

constexpr int64_t kChunk = 256;  // rows whose logits exist at once

/// The rows of h that have a target, chunk by chunk.
class Chunks {
 public:
  Chunks(const at::Tensor& h, const at::Tensor& table, const at::Tensor& targets)
      : h_(h.contiguous()), table_(table), targets_(targets.contiguous()) {
    for (int64_t t = 0; t < targets_.size(0); ++t) {
      if (targets_.data_ptr<int64_t>()[t] >= 0) rows_.push_back(t);
    }
  }

  /// For each row that has a target: nll, where logits are at hand, is given to `take(t, nll)`. With
  /// `weight`, the row's logits then become the gradient of weight(t) * nll, and what follows from it is
  /// added to `of_h` and `of_table`.
  void run(const std::function<void(int64_t t, float nll)>& take,
           const std::function<float(int64_t t)>& weight, const at::Tensor& of_h,
           const at::Tensor& of_table) const {
    const auto count = static_cast<int64_t>(rows_.size());
    for (int64_t first = 0; first < count; first += kChunk) {
      const at::Tensor rows = at::from_blob(const_cast<int64_t*>(rows_.data()) + first,
                                            {std::min(kChunk, count - first)}, at::kLong);
      const at::Tensor h = h_.index_select(0, rows);
      const at::Tensor logits = at::mm(h, table_.t());
      parallel_for(rows.size(0), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t t = rows_[static_cast<size_t>(first + i)];
          float* const row = logits.data_ptr<float>() + i * logits.size(1);
          take(t, make_gradient(t, row, logits.size(1), weight));
        }
      });
      if (!weight) continue;
      of_h.index_copy_(0, rows, at::mm(logits, table_));
      of_table.addmm_(logits.t(), h);
    }
  }

 private:
  /// The row's nll; its logits become probabilities, then a gradient.
  float make_gradient(int64_t t, float* row, int64_t vocab,
                      const std::function<float(int64_t t)>& weight) const {
    const int64_t target = targets_.data_ptr<int64_t>()[t];
    const float logit = row[target];
    TernSoftmaxRow state;
    kernels().softmax(row, vocab, vocab, 1.0f, &state);
    if (weight) {
      const float scale = weight(t);
      row[target] -= 1.0f;
      for (int64_t i = 0; i < vocab; ++i) row[i] *= scale;
    }
    return static_cast<float>(static_cast<double>(state.max) + log_f64(state.sum) -
                              static_cast<double>(logit));
  }

  at::Tensor h_, table_, targets_;
  std::vector<int64_t> rows_;
};

}  // namespace

Tensors HeadNll::forward(const Tensors& inputs, bool) {
  h_ = inputs[0];
  table_ = inputs[1];
  targets_ = inputs[2];
  const at::Tensor nll = at::zeros({h_.size(0)}, at::kFloat);
  const Chunks chunks(h_, table_, targets_);
  chunks.run([&](int64_t t, float value) { nll.data_ptr<float>()[t] = value; }, nullptr, {}, {});
  return {nll};
}

Tensors HeadNll::backward(const Tensors& grads) {
  const at::Tensor grad = grads[0].contiguous(), of_h = at::zeros_like(h_);
  const Chunks chunks(h_, table_, targets_);
  chunks.run([](int64_t, float) {}, [&](int64_t t) { return grad.data_ptr<float>()[t]; }, of_h,
             table_.grad());
  return {of_h, at::Tensor(), at::Tensor()};
}

Tensors HeadWeightedNll::forward(const Tensors& inputs, bool recorded) {
  const at::Tensor weights = inputs[3].contiguous();
  const auto weight = [&](int64_t t) { return weights.data_ptr<float>()[t]; };
  std::vector<float> nll(static_cast<size_t>(weights.size(0)));
  const auto take = [&](int64_t t, float value) { nll[static_cast<size_t>(t)] = value; };
  const Chunks chunks(inputs[0], inputs[1], inputs[2]);
  if (recorded) {
    of_h_ = at::zeros_like(inputs[0]);
    chunks.run(take, weight, of_h_, inputs[1].grad());
  } else {
    chunks.run(take, nullptr, {}, {});
  }
  double sum = 0;
  for (int64_t t = 0; t < weights.size(0); ++t)
    sum += static_cast<double>(weight(t)) * static_cast<double>(nll[static_cast<size_t>(t)]);
  return {at::tensor(static_cast<float>(sum))};
}

Tensors HeadWeightedNll::backward(const Tensors& grads) {
  TERN_CHECK(grads[0].item<float>() == 1.0f);  // the table's gradient has been added already
  return {of_h_, at::Tensor(), at::Tensor(), at::Tensor()};
}

}  // namespace tern::train
