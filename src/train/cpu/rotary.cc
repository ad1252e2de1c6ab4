#include "train/cpu/rotary.h"

#include <numeric>

#include "kernels/dispatch.h"
#include "train/parallel.h"

namespace tern::train {
namespace {

constexpr int64_t kRows = 16;  // a thread takes at least

}  // namespace

void Rotary::reserve(int64_t positions) {
  auto position = static_cast<int64_t>(forward_.size()) / head_dim_;
  if (positions <= position) return;
  forward_.resize(static_cast<size_t>(positions * head_dim_));
  back_.resize(forward_.size());
  for (; position < positions; ++position) {
    float* const angles = forward_.data() + position * head_dim_;
    table_.angles(position, angles);
    for (int64_t i = 0; i < head_dim_; ++i)
      back_[static_cast<size_t>(position * head_dim_ + i)] = i < head_dim_ / 2 ? angles[i] : -angles[i];
  }
}

void Rotary::rotate(const at::Tensor& x, const Segments& segments, bool back) const {
  const float* angles = back ? back_.data() : forward_.data();
  float* const data = x.data_ptr<float>();
  const int64_t width = x.size(1);
  std::vector<int64_t> positions(static_cast<size_t>(x.size(0)));  // 0, which rotates by nothing, for padding
  for (const Segments::Part& part : segments.parts)
    std::iota(positions.begin() + part.begin, positions.begin() + part.begin + part.length, 0);
  parallel_for(x.size(0), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      for (int64_t i = 0; i < width; i += head_dim_) {
        kernels().rope_rotate(data + t * width + i, angles + positions[static_cast<size_t>(t)] * head_dim_,
                              head_dim_);
      }
    }
  });
}

}  // namespace tern::train
