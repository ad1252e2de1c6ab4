#include "models/pass.h"

#include <algorithm>

#include "base/check.h"
#include "kernels/dispatch.h"
#include "models/parallel.h"
#include "quant/blocks.h"

namespace tern {
namespace {

// Output rows come to the kernels in groups of 16, which is how ternary weights are interleaved.
constexpr int64_t kRowGroup = 16;
// Below this many multiplications a range costs more to hand out than to compute.
constexpr int64_t kLeastWork = 1 << 16;
// Many tokens are shared out too, these at least to a thread: kernels make tables of each token's
// activations, which all rows that the thread computes for it share.
constexpr int64_t kTokensApart = 64;
// A slice of the tokens is a multiple of this, which is what kernels take at once.
constexpr int64_t kTokenGroup = 16;

int64_t groups_of(const Linear& linear) {
  return (linear.out + kRowGroup - 1) / kRowGroup;
}

}  // namespace

RopeTables::RopeTables(const ModelConfig& config)
    : all(config.rope_theta, static_cast<int>(config.head_dim), config.rope_factor) {
  if (!config.windowed_layers.empty())
    window.emplace(config.window_rope_theta, static_cast<int>(config.head_dim));
}

Pass::Pass(const ModelConfig& config, const RopeTables& rope, std::span<const PassRow> rows, ThreadPool* pool,
           Workspace& workspace, GateCounts* gates, WeightReads* reads)
    : config_(config), rows_(rows), pool_(pool), workspace_(workspace), gates_(gates), reads_(reads) {
  const auto take = [&](AlignedBuffer<float>& buffer, int64_t width) {
    return Rows{grown(buffer, rows.size() * static_cast<size_t>(width)), width};
  };
  x = take(workspace.x, config.hidden);
  h = take(workspace.h, config.hidden);
  q = take(workspace.q, config.heads * config.head_dim);
  k = take(workspace.k, config.kv_heads * config.head_dim);
  v = take(workspace.v, config.kv_heads * config.head_dim);
  a = take(workspace.a, config.heads * config.head_dim);
  gate = take(workspace.gate, config.ffn);
  up = take(workspace.up, config.ffn);
  angles_ = take(workspace.rope, config.head_dim).data;
  window_angles_ = rope.window ? take(workspace.window_rope, config.head_dim).data : nullptr;
  for_rows([&](int64_t r) {
    const int64_t position = rows_[static_cast<size_t>(r)].position;
    rope.all.angles(position, angles_ + r * config_.head_dim);
    if (rope.window) rope.window->angles(position, window_angles_ + r * config_.head_dim);
  });
}

void Pass::for_rows(const std::function<void(int64_t row)>& body) {
  pool_->parallel_for(rows_.size(), range_grain(rows_.size(), *pool_), [&](size_t begin, size_t end) {
    for (size_t r = begin; r < end; ++r) body(static_cast<int64_t>(r));
  });
}

void Pass::embed(const Embedding& embedding) {
  for_rows([&](int64_t r) {
    const size_t token = static_cast<size_t>(rows_[static_cast<size_t>(r)].token);
    const Status status = dequantize(embedding.dtype, embedding.rows + token * embedding.row_bytes,
                                     static_cast<uint64_t>(config_.hidden), x.row(r));
    TERN_CHECK(status.has_value());  // ModelFile::open has checked the type
    if (config_.embedding_scale == 1.0f) return;
    for (int64_t i = 0; i < x.width; ++i) x.row(r)[i] *= config_.embedding_scale;
  });
}

void Pass::norm(const Rows& in, const Norm& norm, const Rows& out) {
  for_rows(
      [&](int64_t r) { kernels().rmsnorm(in.row(r), norm.weight.data(), norm.eps, in.width, out.row(r)); });
}

void Pass::norm_heads(const Rows& rows, const Norm& norm) {
  const auto d = static_cast<int64_t>(norm.weight.size());
  for_rows([&](int64_t r) {
    for (float* head = rows.row(r); head < rows.row(r) + rows.width; head += d)
      kernels().rmsnorm(head, norm.weight.data(), norm.eps, d, head);
  });
}

Status Pass::project(const Rows& in, std::initializer_list<Projection> projections) {
  bool inner = false;
  for (const Projection& p : projections) inner |= p.linear.inner_norm.has_value();
  if (!inner) return multiply(in.data, in.width, rows_, projections);
  const Rows normed{grown(workspace_.inner, rows_.size() * static_cast<size_t>(in.width)), in.width};
  for (const Projection& p : projections) {
    if (p.linear.inner_norm) norm(in, *p.linear.inner_norm, normed);
    TERN_TRY(multiply(p.linear.inner_norm ? normed.data : in.data, in.width, rows_, {p}));
  }
  return {};
}

Status Pass::multiply(const float* in, int64_t width, std::span<const PassRow> rows,
                      std::initializer_list<Projection> projections) {
  workspace_.activations.reset(in, static_cast<int64_t>(rows.size()), width);
  for (const Projection& p : projections) TERN_TRY(prepare(p.linear, rows));
  multiply_prepared(projections);
  for (const Projection& p : projections) add_bias(p);
  return {};
}

void Pass::add_bias(const Projection& p) {
  if (p.linear.bias.size() == 0) return;
  for_rows([&](int64_t r) {
    for (int64_t i = 0; i < p.out.width; ++i) p.out.row(r)[i] += p.linear.bias[static_cast<size_t>(i)];
  });
}

Status Pass::prepare(const Linear& linear, std::span<const PassRow> rows) {
  return prepare(linear.activations, linear.name, rows);
}

Status Pass::prepare(ActivationKind kind, const std::string& name, std::span<const PassRow> rows) {
  const std::optional<int64_t> bad = workspace_.activations.prepare(kind, pool_);
  if (!bad) return {};
  return fail(ErrorCode::kNonFinite, "the input of {} is not finite at position {}", name,
              rows[static_cast<size_t>(*bad)].position);
}

void Pass::multiply_prepared(std::initializer_list<Projection> projections) {
  const Activations& activations = workspace_.activations;
  int64_t groups = 0;
  for (const Projection& p : projections) {
    groups += groups_of(p.linear);
    reads_->bytes += p.linear.bytes();
  }
  // One loop over the output rows of all of them, for each slice of the tokens.
  const int64_t tokens = activations.rows();
  const int64_t slices = std::clamp<int64_t>(tokens / kTokensApart, 1, pool_->threads());
  const int64_t slice = (tokens + slices * kTokenGroup - 1) / (slices * kTokenGroup) * kTokenGroup;
  const int64_t work = kRowGroup * projections.begin()->linear.in * std::min(slice, tokens);
  const auto all = static_cast<size_t>(groups * slices), least = static_cast<size_t>(kLeastWork / work + 1);
  const size_t share = tokens < kTokensApart ? 4 : 2;
  pool_->parallel_for(all, range_grain(all, *pool_, least, share), [&](size_t range_begin, size_t range_end) {
    const int64_t begin = static_cast<int64_t>(range_begin), end = static_cast<int64_t>(range_end);
    for (int64_t s = begin / groups; s * groups < end; ++s) {
      const int64_t t_begin = std::min(s * slice, tokens), t_end = std::min(t_begin + slice, tokens);
      if (t_begin < t_end)
        multiply_row_groups(projections, t_begin, t_end, begin - s * groups, end - s * groups);
    }
  });
}

void Pass::multiply_row_groups(std::initializer_list<Projection> projections, int64_t t_begin, int64_t t_end,
                               int64_t begin, int64_t end) {
  for (const Projection& p : projections) {
    const int64_t own = groups_of(p.linear);
    const int64_t first = std::clamp<int64_t>(begin, 0, own), last = std::clamp<int64_t>(end, 0, own);
    if (first < last) {
      workspace_.activations.multiply(
          p.linear, {t_begin, t_end, first * kRowGroup, std::min(last * kRowGroup, p.linear.out)}, p.out.data,
          static_cast<size_t>(p.out.width));
    }
    begin -= own;
    end -= own;
  }
}

void Pass::gated(int64_t layer, const Rows& gate, const Rows& up, const Rows& out) {
  if (gates_ != nullptr) {
    uint32_t* open = gates_->open.data() + layer * config_.ffn;
    for (int64_t r = 0; r < count(); ++r) {
      for (int64_t i = 0; i < gate.width; ++i) open[i] += gate.row(r)[i] > 0.0f;
    }
  }
  const auto kernel = config_.activation == Activation::kRelu2    ? kernels().relu2
                      : config_.activation == Activation::kSwiglu ? kernels().swiglu
                                                                  : kernels().geglu;
  for_rows([&](int64_t r) { kernel(gate.row(r), up.row(r), gate.width, out.row(r)); });
}

void Pass::add(const Rows& y, const Rows& x) {
  for_rows([&](int64_t r) {
    for (int64_t i = 0; i < x.width; ++i) x.row(r)[i] += y.row(r)[i];
  });
}

void Pass::add_scaled(const Rows& y, const Rows& x) {
  for_rows([&](int64_t r) {
    for (int64_t i = 0; i < x.width; ++i) x.row(r)[i] += y.row(r)[i] * config_.residual_scale;
  });
}

}  // namespace tern
