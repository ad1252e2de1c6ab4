#pragma once
// One position's keys or values of one head in the cache's type. `head_offset`: KvLayout::k_offset or
// v_offset.
#include "models/kv_view.h"

namespace tern {

/// Rounds values[head_dim] to the cache's type and writes them; false when one is not finite there.
bool write_kv(const KvView& kv, size_t head_offset, int64_t position, const float* values);
/// What the cache holds, as float32: values[head_dim].
void read_kv(const KvView& kv, size_t head_offset, int64_t position, float* values);
/// Copies the stored bytes of position `from` to position `to`.
void copy_kv(const KvView& kv, size_t head_offset, int64_t from, int64_t to);

}  // namespace tern
