#include "train/cpu/norm_linears.h"

namespace tern::train {

Tensors NormLinears::forward(const Tensors& inputs, bool) {
  const size_t sources = inputs.size() - linears_.size() - (normed_ ? 1 : 0);
  Tensors x;
  for (size_t i = 0; i < sources; ++i) x.push_back(inputs[i].contiguous());
  source_.emplace(std::move(x), normed_ ? inputs[sources] : at::Tensor(), eps_, activation_);
  Tensors y;
  if (ternary()) {
    rows_ = source_->quantized();
    for (const BitLinear* linear : linears_) {
      linear->multiply(rows_, y.emplace_back(at::empty({rows_.q.size(0), linear->out()}, at::kFloat)));
    }
  } else {
    const at::Tensor h = activations();
    for (const BitLinear* linear : linears_) y.push_back(at::mm(h, linear->effective().t()));
  }
  return y;
}

at::Tensor NormLinears::activations() const {
  at::Tensor h = source_->floats();
  if (linears_.front()->mode() == LinearMode::kBlend)
    h.lerp_(dequantized(source_->quantized()), linears_.front()->lambda());
  return h;
}

Tensors NormLinears::backward(const Tensors& grads) {
  const at::Tensor h = ternary() ? dequantized(rows_) : activations();
  rows_ = {};
  at::Tensor of_h;
  for (size_t i = 0; i < linears_.size(); ++i) {
    if (!grads[i].defined()) continue;
    const BitLinear& linear = *linears_[i];
    const at::Tensor grad = grads[i].contiguous();
    linear.weight().value.grad().addmm_(grad.t(), h);
    const bool first = !of_h.defined();
    if (first) of_h = at::empty_like(h);
    if (ternary()) {
      linear.input_gradient(grad, of_h, !first);
    } else {
      at::addmm_out(of_h, of_h, grad, linear.effective(), first ? 0 : 1);
    }
  }
  Tensors of_inputs = source_->gradients(of_h);
  of_inputs.resize(of_inputs.size() + (normed_ ? 1 : 0) + linears_.size());  // parameters have theirs already
  return of_inputs;
}

Tensors Norm::forward(const Tensors& inputs, bool) {
  source_.emplace(Tensors{inputs[0].contiguous()}, inputs[1], eps_);
  return {source_->floats()};
}

Tensors Norm::backward(const Tensors& grads) {
  return {source_->gradients(grads[0].clone(at::MemoryFormat::Contiguous))[0], at::Tensor()};
}

}  // namespace tern::train
