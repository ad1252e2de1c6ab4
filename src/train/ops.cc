#include "train/ops.h"

#include <algorithm>

#include "train/cpu/cpu_ops.h"
#include "train/torch_ops.h"

namespace tern::train {

int64_t Segments::longest() const {
  int64_t most = 0;
  for (const Part& part : parts) most = std::max(most, part.length);
  return most;
}

std::unique_ptr<Ops> make_ops(bool cuda) {
  if (cuda) return std::make_unique<TorchOps>(at::kBFloat16);
  return std::make_unique<CpuOps>();
}

}  // namespace tern::train
