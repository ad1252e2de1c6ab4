#include "train/torch_ops.h"

#include <cmath>

#include "kernels/rope/rope.h"
#include "ternary/absmean.h"
#include "train/recompute.h"

namespace tern::train {
namespace {

constexpr int64_t kChunk = 1024;  // rows whose logits exist at once
constexpr double kMinAbsmax = 1e-5;

/// Straight through: the value of `quantized`, the gradient of x; only `lambda` of the way to it.
at::Tensor straight_through(const at::Tensor& x, const at::Tensor& quantized, float lambda) {
  return x + lambda * (quantized - x).detach();
}

at::Tensor quantized_weight(const at::Tensor& w) {
  const at::Tensor scale = w.abs().to(at::kDouble).mean().clamp_min(kMinAbsmean).to(at::kFloat);
  return (w * scale.reciprocal()).round().clamp(-1, 1) * scale;
}

at::Tensor quantized_rows(const at::Tensor& x) {
  const at::Tensor scale = 127.0f / x.abs().amax(-1, true).clamp_min(kMinAbsmax);
  return (x * scale).round().clamp(-128, 127) / scale;
}

at::Tensor log_probabilities(const at::Tensor& logits, double temperature) {
  return (logits / temperature).log_softmax(-1);
}

/// KL(teacher || student) of each row, from log-probabilities.
at::Tensor divergence(const at::Tensor& teacher, const at::Tensor& student) {
  return (teacher.exp() * (teacher - student)).sum(-1);
}

/// cosines and sines [T, 1, head_dim / 2] of each row's position.
std::pair<at::Tensor, at::Tensor> angles_of(const Segments& segments, int64_t rows,
                                            const AttentionShape& shape, at::Device device) {
  const RopeTable table(shape.rope_theta, static_cast<int>(shape.head_dim));
  const at::Tensor angles = at::zeros({rows, 2, shape.head_dim / 2}, at::kFloat);
  angles.select(1, 0).fill_(1);
  for (const Segments::Part& part : segments.parts) {
    for (int64_t i = 0; i < part.length; ++i)
      table.angles(i, angles.data_ptr<float>() + (part.begin + i) * shape.head_dim);
  }
  const at::Tensor there = angles.to(device);
  return {there.narrow(1, 0, 1), there.narrow(1, 1, 1)};
}

/// x [T, heads, head_dim]
at::Tensor rotated(const at::Tensor& x, const std::pair<at::Tensor, at::Tensor>& angles) {
  const auto halves = x.chunk(2, -1);
  const auto& [cosine, sine] = angles;
  return at::cat({halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine}, -1);
}

}  // namespace

Status TorchOps::prepare(std::vector<BitLinear>&, float lambda) {
  lambda_ = lambda;
  return {};
}

at::Tensor TorchOps::product(const at::Tensor& a, const at::Tensor& b) const {
  return at::matmul(a.to(compute_), b.to(compute_)).to(at::kFloat);
}

at::Tensor TorchOps::embed(const Parameter& table, const at::Tensor& ids) {
  return table.value.index_select(0, ids);
}

at::Tensor TorchOps::norm(const at::Tensor& x, const Parameter& weight, float eps) {
  return x * (x.square().mean(-1, true) + eps).rsqrt() * weight.value;
}

at::Tensor TorchOps::linear_of(const at::Tensor& h, const BitLinear& linear) const {
  const at::Tensor& w = linear.weight().value;
  if (linear.mode() == LinearMode::kDense) return product(h, w.t());
  const float lambda = linear.mode() == LinearMode::kBlend ? lambda_ : 1;
  return product(straight_through(h, quantized_rows(h), lambda),
                 straight_through(w, quantized_weight(w), lambda).t());
}

std::vector<at::Tensor> TorchOps::norm_linears(const at::Tensor& x, const Parameter* weight, float eps,
                                               std::span<const BitLinear* const> linears) {
  const at::Tensor h = weight == nullptr ? x : norm(x, *weight, eps);
  std::vector<at::Tensor> y;
  for (const BitLinear* linear : linears) y.push_back(linear_of(h, *linear));
  return y;
}

at::Tensor TorchOps::gated_norm_linear(const at::Tensor& gate, const at::Tensor& up, Activation activation,
                                       const Parameter* weight, float eps, const BitLinear& linear) {
  const at::Tensor opened = activation == Activation::kRelu2 ? gate.relu().square() : at::silu(gate);
  const at::Tensor gated = opened * up, h = weight == nullptr ? gated : norm(gated, *weight, eps);
  if (sample_ != nullptr) {
    const at::NoGradGuard no_grad;
    const at::Tensor rows = sample_->rows.to(h.device()), some = h.index_select(0, rows);
    ActivationZeros& zeros = sample_->zeros[&linear];
    zeros.values += some.numel();
    zeros.gated += some.numel() - gated.index_select(0, rows).count_nonzero().item<int64_t>();
    zeros.quantized += some.numel() - quantized_rows(some).count_nonzero().item<int64_t>();
  }
  return linear_of(h, linear);
}

at::Tensor TorchOps::attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                               const Segments& segments, const AttentionShape& shape) {
  const int64_t rows = q.size(0), group = shape.heads / shape.kv_heads;
  const auto angles = angles_of(segments, rows, shape, q.device());
  const auto by_heads = [&](const at::Tensor& x) { return x.reshape({rows, -1, shape.head_dim}); };
  const at::Tensor queries = rotated(by_heads(q), angles);
  const at::Tensor keys = rotated(by_heads(k), angles).repeat_interleave(group, 1);
  const at::Tensor values = by_heads(v).repeat_interleave(group, 1);
  std::vector<at::Tensor> out;
  int64_t end = 0;
  const auto pad_to = [&](int64_t row) {
    if (row > end) out.push_back(at::zeros({row - end, q.size(1)}, q.options()));
  };
  for (const Segments::Part& part : segments.parts) {
    pad_to(part.begin);
    const auto piece = [&](const at::Tensor& x) {
      return x.narrow(0, part.begin, part.length).transpose(0, 1);
    };
    at::Tensor scores =
        product(piece(queries), piece(keys).transpose(1, 2)) / std::sqrt(static_cast<double>(shape.head_dim));
    const at::Tensor hidden = at::ones({part.length, part.length}, q.options().dtype(at::kBool)).triu(1);
    scores = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
    out.push_back(product(scores.softmax(-1), piece(values)).transpose(0, 1).reshape({part.length, -1}));
    end = part.begin + part.length;
  }
  pad_to(rows);
  return at::cat(out);
}

at::Tensor TorchOps::nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets) {
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < h.size(0); first += kChunk) {
    const int64_t count = std::min(kChunk, h.size(0) - first);
    const at::Tensor logits = product(h.narrow(0, first, count), table.value.t());
    parts.push_back(
        at::nll_loss(logits.log_softmax(-1), targets.narrow(0, first, count), {}, at::Reduction::None, -1));
  }
  return at::cat(parts);
}

at::Tensor TorchOps::weighted_nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets,
                                  const at::Tensor& weights) {
  return (nll(h, table, targets) * weights).sum();
}

DistilledNll TorchOps::distilled_nll(const at::Tensor& h, const Parameter& table, const at::Tensor& targets,
                                     const at::Tensor& weights, const SoftTargets& soft) {
  DistilledNll result;
  at::Tensor sum = at::zeros({}, h.options());
  for (int64_t first = 0; first < h.size(0); first += kChunk) {
    const int64_t count = std::min(kChunk, h.size(0) - first);
    const auto piece = [&](const at::Tensor& x) { return x.narrow(0, first, count); };
    // By value: this is called again on the way back, so that no chunk's logits are kept.
    const auto losses = [this, &table, soft, ids = piece(targets),
                         teacher = piece(soft.h)](const at::Tensor& x) {
      const at::Tensor logits = product(x, table.value.t());
      const at::Tensor wanted = product(teacher, soft.table.value.detach().t());
      const at::Tensor kl = divergence(log_probabilities(wanted, soft.temperature),
                                       log_probabilities(logits, soft.temperature));
      const at::Tensor nll = at::nll_loss(logits.log_softmax(-1), ids, {}, at::Reduction::None, -1);
      return at::stack({nll, at::where(ids >= 0, kl, at::zeros_like(kl))});
    };
    const at::Tensor both = recomputed(losses, piece(h));
    sum = sum + ((both[0] + soft.weight * both[1]) * piece(weights)).sum();
    const at::Tensor sums = both.detach().to(at::kDouble).sum(1).cpu();
    result.nll += sums[0].item<double>();
    result.divergence += sums[1].item<double>();
  }
  result.loss = sum;
  return result;
}

at::Tensor TorchOps::relation_divergence(const at::Tensor& x, const at::Tensor& y, const Segments& segments,
                                         int64_t heads, const at::Tensor& weights) {
  at::Tensor sum = at::zeros({}, x.options());
  for (const Segments::Part& part : segments.parts) {
    const auto relation = [&](const at::Tensor& of) {
      const at::Tensor pieces =
          of.narrow(0, part.begin, part.length).reshape({part.length, heads, -1}).transpose(0, 1);
      const at::Tensor scores = product(pieces, pieces.transpose(1, 2));
      return (scores / std::sqrt(static_cast<double>(pieces.size(2)))).log_softmax(-1);
    };
    const at::Tensor kl = divergence(relation(y), relation(x)).mean(0);
    sum = sum + (kl * weights.narrow(0, part.begin, part.length)).sum();
  }
  return sum;
}

}  // namespace tern::train
