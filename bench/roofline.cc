#include "bench/roofline.h"

#include <algorithm>

namespace tern {
namespace {

uint64_t elements(const TensorSpec& spec) {
  uint64_t product = 1;
  for (const uint64_t size : spec.shape) product *= size;
  return product;
}

double read_seconds(double bytes, const MachineLimits& limits) {
  return bytes / (limits.read_gbps * 1e9);
}
double compute_seconds(double operations, const MachineLimits& limits) {
  return operations / (limits.int8_gops() * 1e9);
}

}  // namespace

ModelWork model_work(const Engine& engine) {
  const ModelFile& file = engine.file();
  ModelWork work;
  for (const TensorSpec& spec : file.table()) {
    const uint64_t stored = file.find(spec)->bytes.size();
    const bool is_head =
        spec.role == TensorRole::kHead || (spec.role == TensorRole::kEmbedding && engine.config().tied_head);
    if (is_head) {
      work.head_bytes = stored;
      work.head_macs = elements(spec);
    } else if (spec.role == TensorRole::kLinear) {
      work.body_macs += elements(spec);
      work.dense_body_bytes += file.linear_kind(spec) == LinearKind::kDense ? stored : elements(spec) / 4;
    }
  }
  work.body_bytes = engine.model().weight_bytes_per_token() - work.head_bytes;
  const KvLayout layout{engine.options().kv, engine.config().layers, engine.config().kv_heads,
                        engine.config().head_dim};
  work.kv_bytes = layout.page_bytes() / TERN_KV_PAGE;
  return work;
}

TokenWork token_work(const ModelWork& model, const SpeedTest& test, int64_t chunk) {
  double bytes = 0, dense_bytes = 0, operations = 0;
  const int64_t step = test.prompt ? chunk : 1;
  for (int64_t begin = test.depth; begin < test.total(); begin += step) {
    const auto kv = static_cast<double>(begin) * static_cast<double>(model.kv_bytes);
    bytes += static_cast<double>(model.body_bytes) + kv;
    dense_bytes += static_cast<double>(model.dense_body_bytes) + kv;
  }
  const auto tokens = static_cast<double>(test.tokens);
  const double heads = test.prompt ? 1 : tokens;
  bytes += heads * static_cast<double>(model.head_bytes);
  dense_bytes += heads * static_cast<double>(model.head_bytes);
  operations =
      2 * (tokens * static_cast<double>(model.body_macs) + heads * static_cast<double>(model.head_macs));
  return {bytes / tokens, dense_bytes / tokens, operations / tokens};
}

double roofline_share(double bytes, double operations, double tokens_s, const MachineLimits& limits) {
  return tokens_s * std::max(read_seconds(bytes, limits), compute_seconds(operations, limits));
}

bool memory_bound(double bytes, double operations, const MachineLimits& limits) {
  return read_seconds(bytes, limits) > compute_seconds(operations, limits);
}

}  // namespace tern
