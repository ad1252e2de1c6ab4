#include "train/parallel.h"

#include <algorithm>
#include <atomic>

#include "train/torch.h"

namespace tern::train {

void parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body) {
  const int64_t pieces = (n + grain - 1) / grain;
  at::parallel_for(0, pieces, 1, [&](int64_t first, int64_t last) {
    const at::NoGradGuard no_grad;  // a thread's own setting
    body(first * grain, std::min(last * grain, n));
  });
}

void parallel_tasks(int64_t n, const std::function<void(int64_t i)>& body) {
  std::atomic<int64_t> next = 0;
  at::parallel_for(0, std::min<int64_t>(n, at::get_num_threads()), 1, [&](int64_t, int64_t) {
    const at::NoGradGuard no_grad;
    for (int64_t i = next++; i < n; i = next++) body(i);
  });
}

}  // namespace tern::train
