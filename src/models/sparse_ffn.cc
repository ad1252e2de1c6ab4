// The FFN of one token without what squared ReLU makes zero (docs/numerics.md rule 8): the same bits from
// fewer bytes.
#include <algorithm>

#include "models/parallel.h"
#include "models/pass.h"

namespace tern {
namespace {

// Of its rows or columns, a matrix must leave out so much that picking the others pays: they are read in
// pieces, not in a stream.
constexpr double kLargestShare = 0.6;

bool worth_picking(size_t picked, int64_t of) {
  return static_cast<double>(picked) <= kLargestShare * static_cast<double>(of);
}

bool can_skip(const Linear& linear, const uint8_t* layout, size_t rows) {
  return rows == 1 && layout != nullptr && !linear.inner_norm && linear.bias.size() == 0;
}

/// The neurons whose gate lets something through: not <= 0, so a NaN does.
void open_gates(const float* gate, int64_t n, std::vector<int32_t>& list) {
  list.resize(static_cast<size_t>(n));
  size_t count = 0;
  for (int64_t i = 0; i < n; ++i) {
    list[count] = static_cast<int32_t>(i);
    count += !(gate[i] <= 0.0f);
  }
  list.resize(count);
}

}  // namespace

Status Pass::project_gate_up(const Rows& in, const Linear& gate_w, const Linear& up_w) {
  if (!can_skip(up_w, up_w.rows, rows_.size()) || gate_w.inner_norm) {
    return project(in, {{gate_w, gate}, {up_w, up}});
  }
  TERN_TRY(multiply(in.data, in.width, rows_, {{gate_w, gate}}));
  TERN_TRY(prepare(up_w, rows_));  // the same int8 row, unless gate is no BitLinear
  std::vector<int32_t>& list = workspace_.active;
  open_gates(gate.data, gate.width, list);
  reads_->up_rows += static_cast<uint64_t>(up_w.out);
  if (!worth_picking(list.size(), up_w.out)) {
    reads_->up_rows_read += static_cast<uint64_t>(up_w.out);
    multiply_prepared({{up_w, up}});
    return {};
  }
  reads_->up_rows_read += list.size();
  reads_->bytes += list.size() * up_w.row_bytes;
  std::fill_n(up.data, up.width, 0.0f);
  pool_->parallel_for(list.size(), range_grain(list.size(), *pool_, 32), [&](size_t begin, size_t end) {
    workspace_.activations.multiply_rows(up_w, list.data(), static_cast<int64_t>(begin),
                                         static_cast<int64_t>(end), up.data);
  });
  return {};
}

Status Pass::project_down(const Rows& in, const Linear& down, const Rows& out) {
  if (!can_skip(down, down.columns, rows_.size())) return project(in, {{down, out}});
  workspace_.activations.reset(in.data, 1, in.width);
  TERN_TRY(prepare(down, rows_));
  std::vector<int32_t>& list = workspace_.active;
  workspace_.activations.nonzero_inputs(list);
  reads_->down_columns += static_cast<uint64_t>(down.in);
  if (!worth_picking(list.size(), down.in)) {
    reads_->down_columns_read += static_cast<uint64_t>(down.in);
    multiply_prepared({{down, out}});
    return {};
  }
  const auto chunks = static_cast<size_t>((down.out + TERN_COLUMN_CHUNK - 1) / TERN_COLUMN_CHUNK);
  reads_->down_columns_read += list.size();
  reads_->bytes += list.size() * chunks * (TERN_COLUMN_CHUNK / 4);
  pool_->parallel_for(chunks, 1, [&](size_t begin, size_t end) {
    workspace_.activations.multiply_columns(down, list, static_cast<int64_t>(begin),
                                            static_cast<int64_t>(end), out.data);
  });
  return {};
}

}  // namespace tern
