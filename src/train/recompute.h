#pragma once
#include <functional>

#include "train/torch.h"

namespace tern::train {

/// body(x), of which only x is kept: the rest is computed again on the way back ("activation checkpointing").
/// `body` must give the same when it is called twice.
at::Tensor recomputed(const std::function<at::Tensor(const at::Tensor& x)>& body, const at::Tensor& x);

}  // namespace tern::train
