#pragma once
// A model in training: an architecture's layers over Parameters, computed by Ops.
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/config.h"
#include "train/ops.h"

namespace tern::train {

struct ModuleOptions {
  LinearMode linears = LinearMode::kTernary;
  bool recompute = false;  ///< keep only the layers' inputs, and compute the rest again on the way back
};

/// q, k and v of one layer as their linears give them, before they are rotated.
struct Projections {
  int64_t layer = 0;              ///< whose
  std::array<at::Tensor, 3> qkv;  ///< [T, heads * head_dim], [T, kv_heads * head_dim] twice
};

class Module {
 public:
  virtual ~Module() = default;
  /// What the head multiplies: [T, hidden] behind the last norm. ids int64 [T]. Fills in `projections`,
  /// unless it is nullptr; losses may be made of them too.
  virtual at::Tensor hidden(const at::Tensor& ids, const Segments& segments, Projections* projections) = 0;
  at::Tensor hidden(const at::Tensor& ids, const Segments& segments) {
    return hidden(ids, segments, nullptr);
  }
  /// The head's table, [vocab, hidden].
  virtual const Parameter& head() const = 0;
  /// Makes the step's weights ready; behind every change of the parameters.
  Status prepare(float lambda) { return ops_.prepare(linears_, lambda); }
  Ops& ops() { return ops_; }
  /// In the order of the tensor table.
  const std::vector<BitLinear>& linears() const { return linears_; }

 protected:
  Module(const Parameters& parameters, Ops& ops, const ModuleOptions& options);
  Ops& ops_;
  ModuleOptions options_;
  std::vector<BitLinear> linears_;
};

/// kUnsupported names the field of `config` that the trainer does not compute.
Status check_trainable(const ModelConfig& config);

/// A module for config.arch over parameters that its tensor table describes. Errors of check_trainable(). All
/// arguments but the options outlive it.
Result<std::unique_ptr<Module>> make_module(const ModelConfig& config, const Parameters& parameters, Ops& ops,
                                            const ModuleOptions& options);

}  // namespace tern::train
