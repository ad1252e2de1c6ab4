// Pass::rope, Pass::store_kv and Pass::attend: a layer's keys and values, and the attention over them.
#include <algorithm>
#include <atomic>
#include <cmath>

#include "kernels/dispatch.h"
#include "models/kv_rows.h"
#include "models/parallel.h"
#include "models/pass.h"

namespace tern {
namespace {

// Below this many multiplications attention costs more to hand out than to compute.
constexpr int64_t kLeastWork = 1 << 16;

/// Rows and heads whose attention is computed at once.
struct Tile {
  int64_t row = 0, rows = 0, head = 0, heads = 0;
  int64_t first_segment = 0, segments = 0;  ///< of keys that its rows see
  size_t part = 0;                          ///< number of its first segment among those of all tiles
};

/// Rows [first, first + result): at most `most` neighbours in one sequence that end in the same page.
int64_t neighbours(std::span<const PassRow> rows, size_t first, int64_t most) {
  int64_t n = 1;
  for (; n < most && first + static_cast<size_t>(n) < rows.size(); ++n) {
    const PassRow& row = rows[first + static_cast<size_t>(n)];
    if (row.kv != rows[first].kv || row.position != rows[first].position + n ||
        row.position % TERN_KV_PAGE == 0)
      break;
  }
  return n;
}

/// Tiles of at most `heads` heads, whose queries see `window` keys (0: all).
std::vector<Tile> tiles_of(std::span<const PassRow> rows, const ModelConfig& config, int64_t window,
                           int64_t heads) {
  const int64_t group = config.heads / config.kv_heads;
  std::vector<Tile> tiles;
  size_t parts = 0;
  for (int64_t row = 0; row < static_cast<int64_t>(rows.size());) {
    const int64_t n = neighbours(rows, static_cast<size_t>(row), TERN_ATTENTION_QUERIES / heads);
    const int64_t position = rows[static_cast<size_t>(row)].position;
    const int64_t first = tern_attention_first_key(position + 1, window) / TERN_KV_SEGMENT;
    const int64_t segments = position / TERN_KV_SEGMENT - first + 1;
    for (int64_t head = 0; head < config.heads;) {
      const int64_t left = group - head % group;  // a tile's heads share their keys
      tiles.push_back({row, n, head, std::min(heads, left), first, segments, parts});
      head += tiles.back().heads;
      parts += static_cast<size_t>(segments);
    }
    row += n;
  }
  return tiles;
}

int64_t multiplications(const std::vector<Tile>& tiles, std::span<const PassRow> rows, int64_t window,
                        int64_t head_dim) {
  int64_t n = 0;
  for (const Tile& tile : tiles) {
    const int64_t n_keys = rows[static_cast<size_t>(tile.row)].position + 1;
    n += tile.rows * tile.heads * (n_keys - tern_attention_first_key(n_keys, window)) * 2 * head_dim;
  }
  return n;
}

/// Where the segment begins that is number `part` among those of all tiles, of which it is the tile's.
int64_t segment_of(const Tile& tile, size_t part) {
  return (tile.first_segment + static_cast<int64_t>(part - tile.part)) * TERN_KV_SEGMENT;
}

}  // namespace

void Pass::rope(int64_t layer, const Rows& q, const Rows& k) {
  const int64_t d = config_.head_dim;
  const TernRopeRotateFn rotate = kernels().rope_rotate;
  for_rows([&](int64_t r) {
    const float* angles = (config_.windowed(layer) ? window_angles_ : angles_) + r * d;
    for (int64_t i = 0; i < q.width; i += d) rotate(q.row(r) + i, angles, d);
    for (int64_t i = 0; i < k.width; i += d) rotate(k.row(r) + i, angles, d);
  });
}

Status Pass::store_kv(int64_t layer, const Rows& k, const Rows& v) {
  std::atomic<bool> finite = true;
  for_rows([&](int64_t r) {
    const PassRow& row = rows_[static_cast<size_t>(r)];
    const KvLayout& layout = row.kv->layout;
    for (int64_t head = 0; head < layout.kv_heads; ++head) {
      const int64_t from = head * layout.head_dim;
      const bool k_ok = write_kv(*row.kv, layout.k_offset(layer, head), row.position, k.row(r) + from);
      const bool v_ok = write_kv(*row.kv, layout.v_offset(layer, head), row.position, v.row(r) + from);
      if (!k_ok || !v_ok) finite = false;
    }
  });
  if (finite) return {};
  return fail(
      ErrorCode::kNonFinite,
      "layer {}: keys or values (self_attn.k_proj, v_proj) are not finite in the cache: try a float32 cache",
      layer);
}

void Pass::attend(int64_t layer, const Rows& q, const Rows& out) {
  const int64_t d = config_.head_dim, group = config_.heads / config_.kv_heads,
                window = config_.window_of(layer);
  const size_t wanted = 2 * static_cast<size_t>(pool_->threads());
  // Every thread shall find work. Where whole tiles are too few (decoding), their segments are computed apart
  // and merged afterwards; where these are too few as well, a key is read again for each part of its heads.
  int64_t heads = std::min<int64_t>(group, TERN_ATTENTION_QUERIES);
  std::vector<Tile> tiles = tiles_of(rows_, config_, window, heads);
  const auto parts = [&] { return tiles.back().part + static_cast<size_t>(tiles.back().segments); };
  const bool whole = tiles.size() >= wanted || parts() == tiles.size();
  while (parts() < wanted && heads > 1) {
    heads = (heads + 1) / 2;
    tiles = tiles_of(rows_, config_, window, heads);
  }
  const bool small = multiplications(tiles, rows_, window, d) < kLeastWork;

  const auto args_of = [&](const Tile& tile) {
    const PassRow& row = rows_[static_cast<size_t>(tile.row)];
    const KvLayout& layout = row.kv->layout;
    return TernAttention{.q = q.row(tile.row) + tile.head * d,
                         .q_stride = static_cast<size_t>(q.width),
                         .rows = static_cast<int32_t>(tile.rows),
                         .heads = static_cast<int32_t>(tile.heads),
                         .pages = row.kv->pages.data(),
                         .k_offset = layout.k_offset(layer, tile.head / group),
                         .v_offset = layout.v_offset(layer, tile.head / group),
                         .format = layout.format,
                         .head_dim = static_cast<int32_t>(d),
                         .n_keys = row.position + 1,
                         .window = window,
                         .scale = config_.attention_scale};
  };
  const size_t slots = whole ? tiles.size() : parts(), queries = TERN_ATTENTION_QUERIES;
  float* const acc = grown(workspace_.segment_acc, slots * queries * static_cast<size_t>(d));
  TernAttentionState* const state = grown(workspace_.segment_state, slots * queries);
  const auto acc_of = [&](size_t slot) { return acc + slot * queries * static_cast<size_t>(d); };
  const auto out_of = [&](const Tile& tile) { return out.row(tile.row) + tile.head * d; };
  const size_t out_stride = static_cast<size_t>(out.width);

  if (whole) {
    pool_->parallel_for(tiles.size(), small ? tiles.size() : 1, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i)
        attention(args_of(tiles[i]), out_of(tiles[i]), out_stride, acc_of(i));
    });
    return;
  }
  pool_->parallel_for(parts(), 1, [&](size_t begin, size_t end) {
    for (size_t part = begin; part < end; ++part) {
      const auto after = std::upper_bound(tiles.begin(), tiles.end(), part,
                                          [](size_t p, const Tile& tile) { return p < tile.part; });
      const Tile& tile = *(after - 1);
      const TernAttention args = args_of(tile);
      kernels().attention_segment(&args, segment_of(tile, part), state + part * queries, acc_of(part));
    }
  });
  pool_->parallel_for(tiles.size(), 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const TernAttention args = args_of(tiles[i]);
      AttentionTotal total(args, out_of(tiles[i]), out_stride);
      for (size_t part = tiles[i].part; part < tiles[i].part + static_cast<size_t>(tiles[i].segments); ++part)
        total.add(segment_of(tiles[i], part), state + part * queries, acc_of(part));
      total.finish();
    }
  });
}

}  // namespace tern
