#include "bench/roofline.h"

#include <algorithm>

namespace tern {
namespace {

uint64_t elements(const TensorSpec& spec) {
  uint64_t product = 1;
  for (const uint64_t size : spec.shape) product *= size;
  return product;
}

double read_seconds(const Work& work, const MachineLimits& limits) {
  return work.bytes / (limits.read_gbps * 1e9);
}
double compute_seconds(const Work& work, const MachineLimits& limits) {
  return work.operations / (limits.int8_gops() * 1e9);
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
      work.body_bytes += file.linear_kind(spec) == LinearKind::kDense ? stored : elements(spec) / 4;
    }
  }
  work.hidden = static_cast<uint64_t>(engine.config().hidden);
  const KvLayout layout{engine.options().kv, engine.config().layers, engine.config().kv_heads,
                        engine.config().head_dim};
  work.kv_bytes = layout.page_bytes() / TERN_KV_PAGE;
  return work;
}

TokenWork token_work(const ModelWork& model, const SpeedTest& test, int64_t chunk, const WeightReads& reads) {
  double passes = 0, positions = 0;  // whose keys and values a pass finds
  const int64_t step = test.prompt ? chunk : 1;
  for (int64_t begin = test.depth; begin < test.total(); begin += step) {
    passes += 1;
    positions += static_cast<double>(begin);
  }
  const auto tokens = static_cast<double>(test.tokens);
  const double heads = test.prompt ? 1 : tokens;
  const double kv_bytes = positions * static_cast<double>(model.kv_bytes);
  const uint64_t skipped = reads.up_rows - reads.up_rows_read + reads.down_columns - reads.down_columns_read;

  TokenWork work;
  work.done.bytes = static_cast<double>(reads.bytes) + kv_bytes;
  work.dense.bytes = passes * static_cast<double>(model.body_bytes) +
                     heads * static_cast<double>(model.head_bytes) + kv_bytes;
  work.dense.operations =
      2 * (tokens * static_cast<double>(model.body_macs) + heads * static_cast<double>(model.head_macs));
  // The head counts whole: its screen multiplies every row too, at 3 bits.
  work.done.operations = work.dense.operations - 2 * static_cast<double>(skipped * model.hidden);
  for (Work* each : {&work.done, &work.dense}) {
    each->bytes /= tokens;
    each->operations /= tokens;
  }
  return work;
}

double roofline_share(const Work& work, double tokens_s, const MachineLimits& limits) {
  return tokens_s * std::max(read_seconds(work, limits), compute_seconds(work, limits));
}

bool memory_bound(const Work& work, const MachineLimits& limits) {
  return read_seconds(work, limits) > compute_seconds(work, limits);
}

}  // namespace tern
