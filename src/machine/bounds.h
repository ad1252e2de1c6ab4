#pragma once
// The speeds that a model cannot exceed on a machine.
#include <optional>
#include <vector>

#include "machine/limits.h"
#include "machine/model_needs.h"

namespace tern {

/// The tokens a second at which `work` takes all that the machine can do.
struct Bound {
  Work work;  ///< of a token
  int threads = 1;
  bool by_memory = true;  ///< else by int8 arithmetic
  double tokens_s = 0;
};

struct ModelBounds {
  std::optional<Bound> prompt;    ///< nothing where no int8 instruction was measured
  Bound decode;                   ///< of the first tokens, with every weight read
  std::optional<Bound> skipping;  ///< the same without all that may be left out; nothing: nothing may
  Bound decode_full;              ///< of the context's last token
  int enough_threads = 1;         ///< with more the bound of decoding hardly rises
};

/// `limits`: ascending in threads, at least one. The bounds are those of the most threads measured up to the
/// model's.
ModelBounds model_bounds(const ModelNeeds& model, const std::vector<MachineLimits>& limits);

/// The limits of the most threads, up to `threads`, that were measured.
const MachineLimits& limits_of(const std::vector<MachineLimits>& limits, int threads);

constexpr double kHardlyMore = 1.05;  ///< times as fast

}  // namespace tern
