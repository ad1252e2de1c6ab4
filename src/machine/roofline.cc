#include "machine/roofline.h"

#include <algorithm>

#include "models/kv_view.h"
#include "models/weights.h"

namespace tern {
namespace {

double read_seconds(const Work& work, const MachineLimits& limits) {
  return work.bytes / (limits.read_gbps * 1e9);
}
double compute_seconds(const Work& work, const MachineLimits& limits) {
  if (limits.int8.empty()) return 0;  // nothing is known
  return work.operations / (limits.int8_gops() * 1e9);
}

}  // namespace

double ModelWork::kv_read(int64_t positions) const {
  const auto all = static_cast<double>(positions), seen = std::min(all, static_cast<double>(window));
  return all * static_cast<double>(kv_bytes) + seen * static_cast<double>(window_kv_bytes);
}

Result<ModelWork> model_work(const ModelFile& file, TernKvFormat kv, const LoadOptions& options) {
  const ModelConfig& config = file.config();
  ModelWork work;
  for (const TensorSpec& spec : file.table()) {
    const bool head = is_head(config, spec);
    if (!head && spec.role != TensorRole::kLinear) continue;
    TERN_ASSIGN(const Linear linear, describe_linear(file, spec, options));
    (head ? work.head_bytes : work.body_bytes) += linear.bytes();
    (head ? work.head_macs : work.body_macs) += static_cast<uint64_t>(linear.out * linear.in);
  }
  work.hidden = static_cast<uint64_t>(config.hidden);
  work.window = static_cast<uint64_t>(config.window);
  const KvLayout layer{kv, 1, config.kv_heads, config.head_dim};
  for (int64_t l = 0; l < config.layers; ++l) {
    (config.windowed(l) ? work.window_kv_bytes : work.kv_bytes) += layer.page_bytes() / TERN_KV_PAGE;
  }
  return work;
}

TokenWork token_work(const ModelWork& model, const SpeedTest& test, int64_t chunk, const WeightReads& reads) {
  double passes = 0, kv_bytes = 0;  // of the keys and values that a pass finds
  const int64_t step = test.prompt ? chunk : 1;
  for (int64_t begin = test.depth; begin < test.total(); begin += step) {
    passes += 1;
    kv_bytes += model.kv_read(begin);
  }
  const auto tokens = static_cast<double>(test.tokens);
  const double heads = test.prompt ? 1 : tokens;
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

double roofline_speed(const Work& work, const MachineLimits& limits) {
  return 1 / std::max(read_seconds(work, limits), compute_seconds(work, limits));
}

double roofline_share(const Work& work, double tokens_s, const MachineLimits& limits) {
  return tokens_s / roofline_speed(work, limits);
}

bool memory_bound(const Work& work, const MachineLimits& limits) {
  return read_seconds(work, limits) > compute_seconds(work, limits);
}

}  // namespace tern
