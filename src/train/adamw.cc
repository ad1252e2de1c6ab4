#include "train/adamw.h"

#include <algorithm>
#include <cmath>

#include "train/parallel.h"

namespace tern::train {
namespace {

// On a CPU, elements that pass through all operations of a step while they are in the second-level cache.
constexpr int64_t kPiece = 1 << 15;

}  // namespace

AdamW::AdamW(Parameters& parameters, const AdamWOptions& options, int64_t begin, int64_t end)
    : parameters_(parameters),
      options_(options),
      begin_(begin),
      end_(end),
      m_(at::zeros({end - begin}, parameters.masters().options())),
      v_(at::zeros_like(m_)) {}

void AdamW::step(double rate, double weight_decay, double scale) {
  const at::NoGradGuard no_grad;
  ++steps_;
  // A piece lies on one side of the end of what decays.
  const int64_t split = std::clamp(parameters_.decayed(), begin_, end_);
  const auto run = [&](int64_t begin, int64_t end, double decay) {
    if (begin == end) return;
    if (!m_.device().is_cpu()) return step_piece(begin, end, rate, decay, scale);
    parallel_for(end - begin, kPiece, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; i += kPiece)
        step_piece(begin + i, begin + std::min(i + kPiece, to), rate, decay, scale);
    });
  };
  run(begin_, split, weight_decay);
  run(split, end_, 0);
}

void AdamW::step_piece(int64_t begin, int64_t end, double rate, double weight_decay, double scale) {
  const at::Tensor p = parameters_.masters().narrow(0, begin, end - begin);
  const at::Tensor g = parameters_.grads().narrow(0, begin, end - begin) * scale;
  const at::Tensor m = m_.narrow(0, begin - begin_, end - begin),
                   v = v_.narrow(0, begin - begin_, end - begin);
  if (weight_decay != 0) p.mul_(1 - rate * weight_decay);
  m.lerp_(g, 1 - options_.beta1);
  v.mul_(options_.beta2).addcmul_(g, g, 1 - options_.beta2);
  const auto t = static_cast<double>(steps_);
  const double first = 1 - std::pow(options_.beta1, t), second = 1 - std::pow(options_.beta2, t);
  p.addcdiv_(m, (v.sqrt() / std::sqrt(second)).add_(options_.epsilon), -rate / first);
}

}  // namespace tern::train
