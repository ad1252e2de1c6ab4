#include "train/operation.h"

#include <algorithm>

namespace tern::train {
namespace {

struct Holder final : torch::CustomClassHolder {
  explicit Holder(std::shared_ptr<Operation> held) : operation(std::move(held)) {}
  std::shared_ptr<Operation> operation;
};

constexpr const char* kOperation = "operation";

struct Recorded : torch::autograd::Function<Recorded> {
  static Tensors forward(torch::autograd::AutogradContext* context, at::TensorList inputs,
                         const c10::intrusive_ptr<Holder>& holder) {
    context->set_materialize_grads(false);
    context->saved_data[kOperation] = c10::IValue::make_capsule(holder);
    return holder->operation->forward(inputs.vec(), true);
  }

  static Tensors backward(torch::autograd::AutogradContext* context, const Tensors& grads) {
    const at::NoGradGuard no_grad;
    const auto capsule = context->saved_data.at(kOperation).toCapsule();
    context->saved_data.clear();  // the node lives as long as the loss; what was kept need not
    Tensors of_inputs = static_cast<Holder*>(capsule.get())->operation->backward(grads);
    of_inputs.emplace_back();  // of the holder
    return of_inputs;
  }
};

}  // namespace

Tensors record(std::shared_ptr<Operation> operation, const Tensors& inputs) {
  const bool recorded =
      at::GradMode::is_enabled() &&
      std::any_of(inputs.begin(), inputs.end(), [](const at::Tensor& t) { return t.requires_grad(); });
  if (!recorded) {
    const at::NoGradGuard no_grad;
    return operation->forward(inputs, false);
  }
  return Recorded::apply(at::TensorList(inputs), c10::make_intrusive<Holder>(std::move(operation)));
}

}  // namespace tern::train
