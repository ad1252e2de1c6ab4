#pragma once
// The part of verify that reads weights. Internal to src/convert.
#include "convert/verify.h"

namespace tern::internal {

/// One tensor in both models; the table lines may be of another role (a tied head against one of its own).
struct TensorPair {
  const ModelFile& file_a;
  const ModelFile& file_b;
  const TensorSpec& a;
  const TensorSpec& b;
};

/// Compares the pair as what the engine makes of it and appends to `report`. Errors name file and tensor.
Status compare_tensors(const TensorPair& pair, ThreadPool* pool, VerifyReport& report);

}  // namespace tern::internal
