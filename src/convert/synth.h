#pragma once
// Full-size models of random trits for speed and memory work, with the statistics that matter to an engine:
// which FFN neurons are active depends on the token, and the head's best logit stands out and moves
// (docs/formats.md, "Synthetic models").
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "models/config.h"
#include "tensor/dtype.h"
#include "tokenizer/spec.h"

namespace tern {

struct SynthOptions {
  std::string shape = "2b4t";  ///< one of synth_shapes()
  uint64_t seed = 0;
  DType head = DType::kF16;  ///< embedding and tied head: kF16, kQ8_0 or kQ6_K
  /// Share of FFN neurons whose gate is not positive, 0.05 to 0.99. 0.5 is what unshifted random gates give.
  double gate_sparsity = 0.5;
  /// Instead of 256 byte tokens and fillers; its size becomes the vocabulary's.
  std::optional<TokenizerSpec> tokenizer;
};

/// Names of the shapes, e.g. "2b4t".
std::vector<std::string_view> synth_shapes();
/// The configuration that `options` describes; kInvalidArgument names the option that is wrong.
Result<ModelConfig> synth_config(const SynthOptions& options);
/// Writes a GGUF file (I2_S linears, architecture name bitnet-b1.58). Deterministic in `options`; atomic.
Status write_synthetic_model(const std::string& path, const SynthOptions& options, IfThere if_there,
                             const std::function<void(uint64_t done, uint64_t total)>& progress);

}  // namespace tern
