#pragma once
// Loops on torch's own threads: a second pool would fight with them for the processors. Which thread does
// what is not defined, so bodies must not depend on it. Torch's operations may be used in them; each then
// runs on its one thread.
#include <cstdint>
#include <functional>

namespace tern::train {

/// body(begin, end) over disjoint ranges that cover [0, n), each a multiple of `grain` items long (but the
/// last).
void parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body);

/// body(i) for each i in [0, n), begun in order: for tasks of different size.
void parallel_tasks(int64_t n, const std::function<void(int64_t i)>& body);

}  // namespace tern::train
