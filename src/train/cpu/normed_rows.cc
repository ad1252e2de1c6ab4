#include "train/cpu/normed_rows.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/dispatch.h"
#include "ternary/packing.h"
#include "train/cpu/swiglu_grad.h"
#include "train/parallel.h"

namespace tern::train {
namespace {

constexpr int64_t kRows = 16;  // a thread takes at least
// Rows whose sums for the norm's weight are added up together: a fixed number, so that the bits depend on no
// thread.
constexpr int64_t kSummedRows = 64;

}  // namespace

const float* NormedRows::row(int64_t t, float* scratch) const {
  const float* first = x_[0].data_ptr<float>() + t * width();
  if (x_.size() == 1) return first;
  const auto gated = activation_ == Activation::kRelu2 ? kernels().relu2 : kernels().swiglu;
  gated(first, x_[1].data_ptr<float>() + t * width(), width(), scratch);
  return scratch;
}

void NormedRows::norm_row(int64_t t, float* scratch, float* into) const {
  const float* from = row(t, scratch);
  if (weight_.defined()) {
    kernels().rmsnorm(from, weight_.data_ptr<float>(), eps_, width(), into);
  } else {
    std::copy_n(from, width(), into);
  }
}

void NormedRows::gate_gradients(int64_t t, float* dh, float* of_up) const {
  const auto gradients = activation_ == Activation::kRelu2 ? kernels().relu2_grad : swiglu_grad;
  const int64_t n = width();
  gradients(x_[0].data_ptr<float>() + t * n, x_[1].data_ptr<float>() + t * n, dh, n, dh, of_up);
}

at::Tensor NormedRows::floats() const {
  const at::Tensor h = at::empty({count(), width()}, at::kFloat);
  float* const into = h.data_ptr<float>();
  parallel_for(count(), kRows, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(static_cast<size_t>(width()));
    for (int64_t t = begin; t < end; ++t) norm_row(t, scratch.data(), into + t * width());
  });
  return h;
}

QuantizedRows NormedRows::quantized() const {
  const int64_t stride = 4 * static_cast<int64_t>(t2_row_bytes(static_cast<uint64_t>(width())));
  const QuantizedRows rows = {at::empty({count(), stride}, at::kChar), at::empty({count()}, at::kFloat),
                              at::empty({count()}, at::kInt), width()};
  auto* const q = rows.q.data_ptr<int8_t>();
  auto* const a = rows.a.data_ptr<float>();
  auto* const sum = rows.sum.data_ptr<int32_t>();
  parallel_for(count(), kRows, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(static_cast<size_t>(width())), h(scratch.size());
    for (int64_t t = begin; t < end; ++t) {
      norm_row(t, scratch.data(), h.data());
      if (kernels().act_quant(h.data(), width(), q + t * stride, stride, a + t, sum + t) == 0) continue;
      std::fill_n(q + t * stride, stride, int8_t{0});
      a[t] = std::numeric_limits<float>::quiet_NaN();
      sum[t] = 0;
    }
  });
  return rows;
}

Tensors NormedRows::gradients(const at::Tensor& of_rows) const {
  const bool gated = x_.size() == 2, normed = weight_.defined();
  const int64_t n = width(), chunks = (count() + kSummedRows - 1) / kSummedRows;
  const at::Tensor of_up = gated ? at::empty_like(of_rows) : at::Tensor();
  const Tensors of_inputs = gated ? Tensors{of_rows, of_up} : Tensors{of_rows};
  if (!gated && !normed) return of_inputs;
  const at::Tensor sums = at::zeros({normed ? chunks : 0, n}, at::kFloat);
  parallel_for(count(), kSummedRows, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(static_cast<size_t>(n));
    for (int64_t t = begin; t < end; ++t) {
      float* const grad = of_rows.data_ptr<float>() + t * n;
      if (normed) {
        kernels().rmsnorm_grad(row(t, scratch.data()), weight_.data_ptr<float>(), grad, eps_, n, grad,
                               sums.data_ptr<float>() + t / kSummedRows * n);
      }
      if (gated) gate_gradients(t, grad, of_up.data_ptr<float>() + t * n);
    }
  });
  if (!normed) return of_inputs;
  float* const of_weight = weight_.grad().data_ptr<float>();
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const float* sum = sums.data_ptr<float>() + chunk * n;
    for (int64_t i = 0; i < n; ++i) of_weight[i] += sum[i];
  }
  return of_inputs;
}

at::Tensor dequantized(const QuantizedRows& rows) {
  const int64_t count = rows.q.size(0), stride = rows.q.size(1), width = rows.width;
  const at::Tensor x = at::empty({count, width}, at::kFloat);
  parallel_for(count, kRows, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const int8_t* q = rows.q.data_ptr<int8_t>() + t * stride;
      const float a = rows.a.data_ptr<float>()[t];
      float* const into = x.data_ptr<float>() + t * width;
      for (int64_t i = 0; i < width; ++i) into[i] = static_cast<float>(q[i]) / a;
    }
  });
  return x;
}

}  // namespace tern::train
