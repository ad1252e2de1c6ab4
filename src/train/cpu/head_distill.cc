#include "train/cpu/head_distill.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/math_f64.h"
#include "kernels/dispatch.h"
#include "train/cpu/divergence.h"
#include "train/parallel.h"

namespace tern::train {
namespace {

constexpr int64_t kChunk = 256;  // rows whose logits exist at once

struct RowLoss {
  double nll = 0, divergence = 0;
};

struct RowWeights {
  float nll, soft;  ///< of the nll; of the divergence's gradient, its temperature included
};

/// The losses of one row of logits. These become the gradient of their weighted sum, and the teacher's
/// probabilities.
RowLoss make_gradient(float* row, float* teacher, int64_t vocab, int64_t target, float inverse_temperature,
                      const RowWeights& weights) {
  static thread_local std::vector<float> soft, scratch;  // kept: this runs for every token
  soft.assign(row, row + vocab);
  scratch.resize(soft.size());
  RowLoss loss;
  loss.divergence =
      divergence(soft.data(), inverse_temperature, teacher, inverse_temperature, vocab, scratch.data());
  const float logit = row[target];
  TernSoftmaxRow state;
  kernels().softmax(row, vocab, vocab, 1.0f, &state);
  loss.nll = static_cast<double>(state.max) + log_f64(state.sum) - static_cast<double>(logit);
  row[target] -= 1.0f;
  for (int64_t i = 0; i < vocab; ++i)
    row[i] = weights.nll * row[i] + weights.soft * (soft[static_cast<size_t>(i)] - teacher[i]);
  return loss;
}

}  // namespace

Tensors HeadDistilledNll::forward(const Tensors& inputs, bool recorded) {
  const at::Tensor h = inputs[0].contiguous(), &table = inputs[1], targets = inputs[2].contiguous();
  const at::Tensor weights = inputs[3].contiguous(), &teacher_h = inputs[4], &teacher_table = inputs[5];
  std::vector<int64_t> asked;
  for (int64_t t = 0; t < targets.size(0); ++t) {
    if (targets.data_ptr<int64_t>()[t] >= 0) asked.push_back(t);
  }
  if (recorded) of_h_ = at::zeros_like(h);
  const auto count = static_cast<int64_t>(asked.size()), vocab = table.size(0);
  const auto inverse = static_cast<float>(1 / temperature_);
  std::vector<RowLoss> losses(asked.size());
  for (int64_t first = 0; first < count; first += kChunk) {
    const at::Tensor rows = at::from_blob(asked.data() + first, {std::min(kChunk, count - first)}, at::kLong);
    const at::Tensor some = h.index_select(0, rows);
    const at::Tensor logits = at::mm(some, table.t());
    const at::Tensor wanted = at::mm(teacher_h.index_select(0, rows), teacher_table.t());
    parallel_for(rows.size(0), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t t = asked[static_cast<size_t>(first + i)];
        const float weight = weights.data_ptr<float>()[t];
        const auto soft = static_cast<float>(static_cast<double>(weight) * weight_ / temperature_);
        losses[static_cast<size_t>(first + i)] =
            make_gradient(logits.data_ptr<float>() + i * vocab, wanted.data_ptr<float>() + i * vocab, vocab,
                          targets.data_ptr<int64_t>()[t], inverse, {weight, soft});
      }
    });
    if (!recorded) continue;
    of_h_.index_copy_(0, rows, at::mm(logits, table));
    table.grad().addmm_(logits.t(), some);
  }
  double sum = 0, nll = 0, divergence = 0;
  for (size_t i = 0; i < asked.size(); ++i) {
    nll += losses[i].nll;
    divergence += losses[i].divergence;
    sum += static_cast<double>(weights.data_ptr<float>()[asked[i]]) *
           (losses[i].nll + weight_ * losses[i].divergence);
  }
  return {at::tensor(static_cast<float>(sum)), at::tensor({nll, divergence}, at::kDouble)};
}

Tensors HeadDistilledNll::backward(const Tensors& grads) {
  TERN_CHECK(grads[0].item<float>() == 1.0f);  // the table's gradient has been added already
  Tensors of_inputs(6);
  of_inputs[0] = of_h_;
  return of_inputs;
}

}  // namespace tern::train
