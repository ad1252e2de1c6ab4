#pragma once
#include <optional>

#include "base/aligned_buffer.h"
#include "base/arena.h"
#include "base/thread_pool.h"
#include "models/head_screen.h"
#include "models/linear.h"
#include "models/model.h"
#include "models/model_file.h"

namespace tern {

/// The matrix that makes logits. With a screen it is not in memory before somebody asks for all logits:
/// groups of its rows come from the mapped file.
class Head {
 public:
  static constexpr int64_t kGroupRows = 16;  ///< as they lie in x16

  /// Errors: as load_linear(). `file` must outlive it.
  static Result<Head> load(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options,
                           ThreadPool* pool);
  /// Bytes that load() takes: of the screen if the head's type allows one, else of the head. Errors: as
  /// describe_linear().
  static Result<uint64_t> memory(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options);
  /// What it is; its weights may be missing.
  const Linear& linear() const { return linear_; }
  /// nullptr: none.
  const HeadScreen* screen() const { return screen_ ? &*screen_ : nullptr; }
  /// With weights, which the first call loads; it may throw std::bad_alloc, as a forward pass may. One caller
  /// at a time.
  const Linear& whole(ThreadPool* pool) const;
  /// Rows 16g .. 16g + 15, as far as there are any, as a linear of their own. `scratch` may get their
  /// weights; it can be used again for another group.
  Linear group(int64_t g, AlignedBuffer<uint8_t>& scratch) const;

 private:
  Head(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options)
      : file_(&file), spec_(spec), options_(options) {}
  const ModelFile* file_;
  TensorSpec spec_;
  LoadOptions options_;
  std::optional<HeadScreen> screen_;
  Arena screen_memory_;
  mutable Arena memory_;
  mutable Linear linear_;
};

}  // namespace tern
