// Zen 4 runs 512-bit instructions in two halves: vpdpbusd keeps two of its four vector ports busy and few
// loads, lookup tables (x86_lookup.h) all load ports and few vector ports. So some tokens go by tables while,
// between the same instructions, others go by tiles of vpdpbusd: 64 multiply-adds a cycle of one, 87 of the
// other, 110 of both.
#include "kernels/ternary_matmul/x86_avx512_tiles.h"
#include "kernels/ternary_matmul/x86_lookup.h"

namespace {

// A tile that fits the registers beside the tables' sums. It takes as long as 12 of its tokens to 16 of a
// block's.
constexpr int kGroups = 4, kTileRows = 16 * kGroups, kTileTokens = 3;
constexpr int32_t kTokensBeside = 12, kTokensTogether = kLookupTokens + kTokensBeside;
// Fewer rows do not pay for tables.
constexpr int32_t kManyRows = 512;

/// The walk of tiles through a panel of rows: for each 64 rows all tokens, three at a time, so that the rows
/// stay in the second-level cache.
struct Walk {
  const TernTernaryMatmul* args;
  int32_t n_end, t_begin, t_end;  // whole tiles only
  int32_t n, t;                   // the tile that is being made ..
  int32_t unit;                   // .. and how far
  __m512i sums[kGroups][kTileTokens];
};

bool done(const Walk& walk) {
  return walk.n >= walk.n_end;
}

void start_tile(Walk& walk) {
  walk.unit = 0;
  __builtin_memset(walk.sums, 0, sizeof walk.sums);
}

/// Stores a finished tile and goes on to the next.
void next_tile(Walk& walk) {
  for (int g = 0; g < kGroups; ++g) {
    for (int c = 0; c < kTileTokens; ++c) store(walk.args, walk.n + 16 * g, walk.t + c, walk.sums[g][c]);
  }
  walk.t += kTileTokens;
  if (walk.t >= walk.t_end) {
    walk.t = walk.t_begin;
    walk.n += kTileRows;
  }
  start_tile(walk);
}

/// `count` units of the walk's tile, and as often 8 rows of lookups.
void units_together(Walk& walk, int32_t count, const char* tables, const uint16_t* offsets, __m256i* rows) {
  const size_t row_bytes = walk.args->row_bytes, group_bytes = 16 * row_bytes, q_stride = walk.args->q_stride;
  const auto n = static_cast<size_t>(walk.n), t = static_cast<size_t>(walk.t);
  const uint32_t first = static_cast<uint32_t>(walk.unit), end = first + static_cast<uint32_t>(count);
  const uint8_t* packed_units = walk.args->weights + n * row_bytes + 64 * size_t{first};
  const int8_t* q = walk.args->q + t * q_stride + first / 8 * 128 + first % 8 * 4;
  __m512i sums[kGroups][kTileTokens];
#pragma GCC unroll 4
  for (int g = 0; g < kGroups; ++g) {
#pragma GCC unroll 3
    for (int c = 0; c < kTileTokens; ++c) sums[g][c] = walk.sums[g][c];
  }
  for (uint32_t unit = first; unit < end;) {
    __m512i packed[kGroups];
#pragma GCC unroll 4
    for (int g = 0; g < kGroups; ++g)
      packed[g] = _mm512_loadu_si512(packed_units + static_cast<size_t>(g) * group_bytes);
#pragma GCC unroll 4
    for (int part = 0; part < 4; ++part) {
      add_part(packed, q, q_stride, 0, part, sums);
      lookup_add_pair(tables, offsets, rows);
      offsets += 2 * kLookupTables;
      rows += 2;
    }
    packed_units += 64;
    q += ++unit % 8 == 0 ? 128 - 7 * 4 : 4;  // 8 units of 4 columns in each of 4 parts of a block
  }
  walk.unit = static_cast<int32_t>(end);
#pragma GCC unroll 4
  for (int g = 0; g < kGroups; ++g) {
#pragma GCC unroll 3
    for (int c = 0; c < kTileTokens; ++c) walk.sums[g][c] = sums[g][c];
  }
}

/// lookup_add() with the walk of `state` beside it, as far as it goes.
void add_together(const void* tables, const uint16_t* offsets, int32_t rows, __m256i* sums, void* state) {
  Walk& walk = *static_cast<Walk*>(state);
  const int32_t units = static_cast<int32_t>(walk.args->row_bytes / 4);
  int32_t r = 0;
  while (r < rows && !done(walk)) {
    const int32_t left = units - walk.unit, wanted = (rows - r) / 8, count = left < wanted ? left : wanted;
    units_together(walk, count, static_cast<const char*>(tables),
                   offsets + static_cast<size_t>(r) * kLookupTables, sums + r);
    r += 8 * count;
    if (walk.unit == units) next_tile(walk);
  }
  lookup_add(tables, offsets + static_cast<size_t>(r) * kLookupTables, rows - r, sums + r, nullptr);
}

/// What the walk has left of its panel, which ends before row n_end.
void finish(const Walk& walk, int32_t n_end) {
  const int32_t n_next = walk.n + kTileRows < n_end ? walk.n + kTileRows : n_end;
  tiles(walk.args, walk.n, n_next, walk.t, walk.t_end);
  tiles(walk.args, n_next, n_end, walk.t_begin, walk.t_end);
}

/// 16 * blocks tokens from t by tables and `beside` by tiles.
void together(const TernTernaryMatmul* args, int32_t t, int32_t blocks, int32_t beside) {
  const int32_t t_beside = t + kLookupTokens * blocks;
  for (int32_t n = args->n_begin; n < args->n_end; n += kLookupRows) {
    const int32_t rows = rows_of_panel(args, n);
    Walk walk = {.args = args,
                 .n_end = n + rows / kTileRows * kTileRows,
                 .t_begin = t_beside,
                 .t_end = t_beside + beside,
                 .n = n,
                 .t = t_beside,
                 .unit = 0,
                 .sums = {}};
    start_tile(walk);
    lookup_rows(args, n, rows, t, blocks, add_together, &walk);
    finish(walk, n + rows);
  }
}

}  // namespace

void ternary_matmul_i8_t2x16_i32_64x3_avx512zen4(const TernTernaryMatmul* args) {
  int32_t t = 0;
  if (args->n_end - args->n_begin >= kManyRows) {
    while (args->tokens - t >= kTokensTogether) {
      const int32_t most = (args->tokens - t) / kTokensTogether,
                    blocks = most < kLookupBlocks ? most : static_cast<int32_t>(kLookupBlocks);
      together(args, t, blocks, kTokensBeside * blocks);
      t += kTokensTogether * blocks;
    }
  }
  tiles(args, args->n_begin, args->n_end, t, args->tokens);
}
