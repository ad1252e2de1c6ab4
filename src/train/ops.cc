#include "train/ops.h"

#include <algorithm>

namespace tern::train {

int64_t Segments::longest() const {
  int64_t most = 0;
  for (const Part& part : parts) most = std::max(most, part.length);
  return most;
}

}  // namespace tern::train
