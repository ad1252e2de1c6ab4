#include "models/kv_shift.h"

#include <vector>

#include "base/check.h"
#include "kernels/dispatch.h"
#include "models/kv_rows.h"
#include "models/parallel.h"
#include "models/pass.h"

namespace tern {
namespace {

/// cos and sin of the turn by -positions, as rope_rotate takes them.
std::vector<float> backward_angles(const RopeTable& rope, int64_t head_dim, int64_t positions) {
  std::vector<float> angles(static_cast<size_t>(head_dim));
  rope.angles(positions, angles.data());
  for (size_t i = angles.size() / 2; i < angles.size(); ++i) angles[i] = -angles[i];
  return angles;
}

}  // namespace

Status shift_kv(const ModelConfig& config, const KvView& kv, int64_t keep, int64_t drop, int64_t count,
                ThreadPool* pool) {
  TERN_CHECK(keep >= 0 && drop >= 1 && keep + drop <= count);
  const RopeTables rope(config);
  const std::vector<float> angles = backward_angles(rope.all, config.head_dim, drop);
  std::vector<float> window_angles;
  if (rope.window) window_angles = backward_angles(*rope.window, config.head_dim, drop);
  const auto heads = static_cast<size_t>(config.layers * config.kv_heads);
  return parallel_rows(pool, heads, 1, [&](size_t begin, size_t end) -> Status {
    std::vector<float> key(static_cast<size_t>(config.head_dim));
    for (auto i = static_cast<int64_t>(begin); i < static_cast<int64_t>(end); ++i) {
      const int64_t layer = i / config.kv_heads, head = i % config.kv_heads;
      const size_t keys = kv.layout.k_offset(layer, head), values = kv.layout.v_offset(layer, head);
      for (int64_t position = keep + drop; position < count; ++position) {
        read_kv(kv, keys, position, key.data());
        const std::vector<float>& turn = config.windowed(layer) ? window_angles : angles;
        kernels().rope_rotate(key.data(), turn.data(), config.head_dim);
        if (!write_kv(kv, keys, position - drop, key.data())) {
          return fail(ErrorCode::kNonFinite,
                      "layer {}: a key overflows the cache when its position changes: try --kv f32", layer);
        }
        copy_kv(kv, values, position, position - drop);
      }
    }
    return {};
  });
}

}  // namespace tern
