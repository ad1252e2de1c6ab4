#pragma once
// The reduction of docs/numerics.md rule 3, as the scalar references write it.
#include <cmath>
#include <cstdint>

namespace tern::internal {

/// sum of a_i * b_i in 16 lanes (lane = i mod 16): one ascending FMA chain a lane from +0, then the tree
/// 8-4-2-1. The last group of 16 is filled up with +0 * +0, which turns an underflowed -0 of an unused lane
/// into +0, as a vector register does. `a` and `b` are called with the index.
template <typename A, typename B>
float lane_dot_of(int64_t n, const A& a, const B& b) {
  float lane[16] = {};
  for (int64_t group = 0; group < n; group += 16) {
    for (int64_t i = 0; i < 16; ++i) {
      const bool inside = group + i < n;
      lane[i] = std::fma(inside ? a(group + i) : 0.0f, inside ? b(group + i) : 0.0f, lane[i]);
    }
  }
  for (int width = 8; width >= 1; width /= 2) {
    for (int i = 0; i < width; ++i) lane[i] = lane[i] + lane[i + width];
  }
  return lane[0];
}

inline float lane_dot(int64_t n, const float* a, const float* b) {
  return lane_dot_of(
      n, [a](int64_t i) { return a[i]; }, [b](int64_t i) { return b[i]; });
}

}  // namespace tern::internal
