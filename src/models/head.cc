#include "models/head.h"

#include <algorithm>

#include "base/check.h"
#include "models/weights.h"
#include "quant/x16.h"

namespace tern {

static_assert(Head::kGroupRows == static_cast<int64_t>(kX16Rows));

Result<Head> Head::load(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options,
                        ThreadPool* pool) {
  Head head(file, spec, options);
  TERN_ASSIGN(head.linear_, describe_linear(file, spec, options));
  if (options.head_screen && head.linear_.kind == LinearKind::kDense) {
    head.screen_ = HeadScreen::make(head.linear_, *file.find(spec), pool, &head.screen_memory_);
  }
  if (!head.screen_) {
    head.screen_memory_ = Arena();  // of a copy that was refused
    TERN_ASSIGN(head.linear_, load_linear(file, spec, options, SparseUse::kNone, pool, &head.memory_));
  }
  return head;
}

Result<uint64_t> Head::memory(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options) {
  TERN_ASSIGN(const Linear linear, describe_linear(file, spec, options));
  if (options.head_screen && linear.kind == LinearKind::kDense) {
    if (const auto bytes = HeadScreen::memory(linear, file.find(spec)->dtype)) return *bytes;
  }
  return linear_memory(linear, SparseUse::kNone);
}

const Linear& Head::whole(ThreadPool* pool) const {
  if (linear_.weights == nullptr) {
    Result<Linear> loaded = load_linear(*file_, spec_, options_, SparseUse::kNone, pool, &memory_);
    TERN_CHECK(loaded.has_value());  // only what describe_linear() has accepted, and dense
    linear_ = std::move(*loaded);
  }
  return linear_;
}

Linear Head::group(int64_t g, AlignedBuffer<uint8_t>& scratch) const {
  const int64_t first = g * kGroupRows;
  Linear group;
  group.out = std::min(kGroupRows, linear_.out - first);
  group.in = linear_.in;
  group.activations = linear_.activations;
  group.row_bytes = linear_.row_bytes;
  group.format = linear_.format;
  const size_t skipped = static_cast<size_t>(first) * linear_.row_bytes;
  if (linear_.weights != nullptr) {
    group.weights = linear_.weights + skipped;
    return group;
  }
  const TensorEntry& entry = *file_->find(spec_);
  const uint8_t* const in_file = entry.bytes.data() + skipped;
  group.weights = in_file;
  if (linear_.activations != ActivationKind::kBlockInt8) return group;
  const size_t bytes = kX16Rows * linear_.row_bytes;
  if (scratch.size() < bytes) scratch = AlignedBuffer<uint8_t>(bytes);
  const uint8_t* rows[kX16Rows];
  for (int64_t r = 0; r < group.out; ++r) rows[r] = in_file + static_cast<size_t>(r) * linear_.row_bytes;
  interleave_x16(entry.dtype, {rows, static_cast<size_t>(group.out)}, linear_.row_bytes, scratch.data());
  group.weights = scratch.data();
  return group;
}

}  // namespace tern
